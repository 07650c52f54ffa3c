using System.Diagnostics;
using System.Globalization;
using Writ.Server.Running;

namespace Writ.Server.Tests.Running;

/// <summary>
/// Limits that the kernel keeps for a whole run. Where no control group can be made, that is said by the test as it is
/// by <c>doctor</c>: such a run is limited by its user's process limit alone.
/// </summary>
public sealed class CgroupTests(RunningFixture given) : IClassFixture<RunningFixture>
{
    [Fact]
    public async Task More_memory_than_is_granted_ends_the_process_that_takes_it()
    {
        Require();
        const string script = "import sys; b = bytearray(int(sys.argv[1]) << 20); print(len(b) >> 20)";
        var small = given.Plan(given.NewTree(), "/usr/bin/python3", "-c", script, "8");
        var enough = await given.Run(small with { Limits = small.Limits with { MemoryBytesMax = 128 << 20 } });
        Assert.Equal("8\n", enough.Output);

        var large = given.Plan(given.NewTree(), "/usr/bin/python3", "-c", script, "512");
        var over = await given.Run(large with { Limits = large.Limits with { MemoryBytesMax = 128 << 20 } });
        Assert.Equal("", over.Output);
        Assert.NotEqual(0, over.Outcome.ExitCode);
    }

    [Fact]
    public async Task Processes_that_left_the_session_count_and_end_with_the_run_and_its_group_is_gone()
    {
        Require();
        const string script = """
            import os, time
            born = 0
            for i in range(40):
                try:
                    if os.fork() == 0:
                        os.setsid()
                        os.close(1)
                        time.sleep(600)
                        os._exit(0)
                    born += 1
                except OSError:
                    break
            print(born)
            """;
        var plan = given.Plan(given.NewTree(), "/usr/bin/python3", "-c", script);
        var done = await given.Run(plan with { Limits = plan.Limits with { ProcessesMax = 10 } });
        Assert.Equal("9\n", done.Output);
        Assert.DoesNotContain(Groups(), g => g.EndsWith($"-{plan.Id}", StringComparison.Ordinal));
    }

    [Fact]
    public void What_a_daemon_that_is_no_more_left_running_is_ended_by_the_next_one()
    {
        Require();
        using var daemon = Process.Start("true");
        daemon.WaitForExit();
        var limits = new RunLimits { WallTimeMax = TimeSpan.FromMinutes(1), ProcessesMax = 10, OutputBytesMax = 1 };
        var group = RunCgroup.Create(root: null, "left-behind", limits);
        using var left = Process.Start("sleep", "600");
        group.Add(left.Id);
        // As if another process had made it: the name says whose group it is.
        var made = Groups().Single(g => g.EndsWith("-left-behind", StringComparison.Ordinal));
        var orphan = Path.Combine(
            Path.GetDirectoryName(made)!, string.Create(CultureInfo.InvariantCulture, $"{daemon.Id}-orphan"));
        Directory.CreateDirectory(orphan);
        File.WriteAllText(Path.Combine(orphan, "cgroup.procs"), left.Id.ToString(CultureInfo.InvariantCulture));

        RunCgroup.Sweep(root: null);

        Assert.True(left.WaitForExit(RunningFixture.Patience));
        Assert.False(Directory.Exists(orphan));
        // Our own group is not a dead daemon's.
        Assert.True(Directory.Exists(made));
        group.Remove();
        Assert.False(Directory.Exists(made));
    }

    [Fact]
    public async Task Daemons_that_start_at_once_clear_away_together_what_was_left()
    {
        Require();
        var kind = RunCgroup.Probe(root: null, out _, out _);
        using var daemon = Process.Start("true");
        daemon.WaitForExit();
        var limits = new RunLimits { WallTimeMax = TimeSpan.FromMinutes(1), ProcessesMax = 10, OutputBytesMax = 1 };
        var group = RunCgroup.Create(root: null, "beside-left", limits);
        var folder = Path.GetDirectoryName(
            Groups().Single(g => g.EndsWith($"{Environment.ProcessId}-beside-left", StringComparison.Ordinal)))!;
        for (var round = 0; round < 10; round++)
        {
            for (var i = 0; i < 30; i++)
                Directory.CreateDirectory(Path.Combine(
                    folder, string.Create(CultureInfo.InvariantCulture, $"{daemon.Id}-left-{round}-{i}")));
            using var together = new Barrier(4);
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    together.SignalAndWait();
                    RunCgroup.Sweep(root: null);
                    Assert.Equal(kind, RunCgroup.Probe(root: null, out bool _, out var problem));
                    Assert.Null(problem);
                },
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
            Assert.DoesNotContain(Groups(), g => g.Contains($"{daemon.Id}-left-", StringComparison.Ordinal));
        }
        group.Remove();
    }

    // There the number in a group's name is nobody's, and so are those of who lives in it.
    [Fact]
    public void What_a_daemon_in_another_pid_namespace_runs_is_left_alone()
    {
        Require();
        var limits = new RunLimits
        {
            WallTimeMax = TimeSpan.FromMinutes(1),
            ProcessesMax = 10,
            OutputBytesMax = 1,
            MemoryBytesMax = 64 << 20,
        };
        var group = RunCgroup.Create(root: null, "of-a-stranger", limits);
        using var stranger = Process.Start("sleep", "600");
        try
        {
            group.Add(stranger.Id);
            using var other = Process.Start(new ProcessStartInfo(
                "unshare",
                [
                    "--pid", "--fork", "--mount-proc", Environment.ProcessPath!,
                    "-noColor", "-explicit", "only", "-method", $"*.{nameof(Sweep_here)}",
                ])
            { RedirectStandardOutput = true })!;
            var said = other.StandardOutput.ReadToEnd();
            other.WaitForExit();
            Assert.True(other.ExitCode == 0, said);
            Assert.Contains("Total: 1,", said, StringComparison.Ordinal);
            Assert.False(stranger.HasExited);
            Assert.Contains(Groups(), g => g.EndsWith("-of-a-stranger", StringComparison.Ordinal));
        }
        finally
        {
            stranger.Kill();
            stranger.WaitForExit();
            group.Remove();
        }
    }

    [Fact(Explicit = true)]
    public void Sweep_here() => RunCgroup.Sweep(root: null);

    /// <summary>The process groups there are of runs, of whichever daemon.</summary>
    static IEnumerable<string> Groups() => Directory
        .EnumerateDirectories("/sys/fs/cgroup", "writ-runs", new EnumerationOptions
        {
            RecurseSubdirectories = true,
            MaxRecursionDepth = 6,
            IgnoreInaccessible = true,
        })
        .Where(folder => folder.Contains("/pids/", StringComparison.Ordinal)
            || File.Exists(Path.Combine(folder, "pids.max")))
        .SelectMany(Directory.EnumerateDirectories);

    static void Require()
    {
        if (RunCgroup.Probe(root: null, out bool _, out var problem) == CgroupKind.None)
            Assert.Skip($"this kernel gives no control group to the tests: {problem}");
    }
}
