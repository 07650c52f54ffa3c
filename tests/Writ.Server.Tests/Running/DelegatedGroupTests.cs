using System.Diagnostics;
using System.Globalization;
using Writ.Server.Running;

namespace Writ.Server.Tests.Running;

/// <summary>
/// Control groups of version 2, where this machine has their controllers. Machines that bind them to version 1 say so;
/// <c>eng/version-2.sh</c> runs these tests, and others of runs, on a machine that has them.
/// </summary>
public sealed class DelegatedGroupTests(RunningFixture given) : IClassFixture<RunningFixture>
{
    [Fact]
    public void What_is_no_control_group_is_said_to_be_none()
    {
        var fault = Assert.Throws<IOException>(() => DelegatedGroup.Prepare("/tmp"));
        Assert.Equal("/tmp is no control group of version 2", fault.Message);
        Assert.Equal(CgroupKind.None, RunCgroup.Probe("/tmp", out var memory, out var problem));
        Assert.Equal((false, fault.Message), (memory, problem));
    }

    [Fact]
    public void A_group_in_which_others_live_is_left_as_it_is()
    {
        var shared = Directory.CreateDirectory(Path.Combine(Above(), "shared")).FullName;
        using var other = Process.Start("sleep", "600");
        File.WriteAllText(Path.Combine(shared, "cgroup.procs"), other.Id.ToString(CultureInfo.InvariantCulture));

        var fault = Assert.Throws<IOException>(() => DelegatedGroup.Prepare(shared));

        Assert.Contains($"({other.Id})", fault.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(shared));
        other.Kill();
        other.WaitForExit();
        // Nobody is left: now it can be divided, from outside of it.
        Assert.True(DelegatedGroup.Prepare(shared).Memory);
        Directory.Delete(Path.Combine(shared, DelegatedGroup.Folder));
        Directory.Delete(shared);
    }

    [Fact]
    public async Task A_run_whose_memory_is_used_up_ends_as_a_whole_and_says_why()
    {
        _ = Above();
        const string script = "python3 -c 'b = bytearray(512 << 20)'; echo went on";
        var plan = given.Shell(given.NewTree(), script);
        var done = await given.Run(plan with { Limits = plan.Limits with { MemoryBytesMax = 128 << 20 } });
        Assert.Equal("", done.Output);
        Assert.Equal("run.memory", done.Outcome.StoppedBy?.Code);
        Assert.Equal("cgroup2", done.Outcome.Containment.Limits);
        Assert.DoesNotContain(
            done.Outcome.Containment.Weak, w => w.StartsWith("limit.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_run_that_forks_without_end_stands_still_as_one_and_ends_as_one()
    {
        _ = Above();
        const string script = """
            import os, sys
            print("up", flush=True)
            while True:
                try:
                    os.fork()
                except OSError:
                    pass
            """;
        var run = given.Start(given.Plan(given.NewTree(), "/usr/bin/python3", "-c", script));
        using var limit = new CancellationTokenSource(RunningFixture.Patience);
        await foreach (var _ in run.ReadOutputAsync(limit.Token))
            break;

        _ = run.Kill(withEvidence: true);
        var ended = await run.Outcome.WaitAsync(limit.Token);

        Assert.Equal(RunEndReason.Killed, ended.Reason);
        Assert.InRange(ended.Frozen!.Processes, 2, 65);
        Assert.Empty(Directory.GetDirectories(DelegatedGroup.Prepare(named: null).Runs, $"*{run.Id}"));
    }

    [Fact]
    public async Task Without_namespaces_the_command_is_in_the_group_before_it_is_anything()
    {
        _ = Above();
        using var runner = given.NewRunner(uids: null, RunningFixture.Bare);
        var plan = given.Seal(given.Shell(given.NewTree(), "cat /proc/self/cgroup") with
        {
            TierMin = ContainmentTier.T1,
        });
        var done = await RunningFixture.Collect(given.Start(plan, runner));
        Assert.Contains($"/{DelegatedGroup.Folder}/", done.Output, StringComparison.Ordinal);
    }

    // Skips where there is no version 2 to try; else the group in which others can be made.
    static string Above() => RunCgroup.Probe(root: null, out var memory, out var problem) switch
    {
        CgroupKind.Version2 when memory =>
            Path.GetDirectoryName(DelegatedGroup.Prepare(named: null).Runs)!,
        CgroupKind.Version1 => Skip("this machine binds its controllers to control groups of version 1"),
        _ => Skip($"no control group of version 2 is the tests' own here: {problem ?? "no memory controller"}"),
    };

    static string Skip(string why)
    {
        Assert.Skip(why);
        return why;
    }
}
