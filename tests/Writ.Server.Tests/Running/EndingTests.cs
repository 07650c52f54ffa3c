using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Writ.Linux;
using Writ.Server.Running;
using Writ.Server.Tests.Mediation;

namespace Writ.Server.Tests.Running;

/// <summary>
/// However a run ends, nothing of it is left: not inside, not in the daemon, not when the daemon dies.
/// </summary>
public sealed class EndingTests(RunningFixture given) : IClassFixture<RunningFixture>
{
    const string HoldVariable = "WRIT_TEST_HOLD";

    internal static List<ProcessHandle> Marked(string marker)
    {
        var found = new List<ProcessHandle>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), out var pid) || pid == Environment.ProcessId)
                continue;
            try
            {
                if (File.ReadAllText(Path.Combine(directory, "cmdline")).Contains(marker, StringComparison.Ordinal)
                    && ProcessHandle.TryOpen(pid) is { } process)
                    found.Add(process);
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                continue;
            }
        }
        return found;
    }

    static void AssertEnded(List<ProcessHandle> processes, TimeSpan within)
    {
        var clock = Stopwatch.StartNew();
        foreach (var process in processes)
        {
            Span<PollEntry> entry = [new() { Number = process.Descriptor.Number, WantsRead = true }];
            var left = (int)Math.Max(0, (within - clock.Elapsed).TotalMilliseconds);
            if (!Polling.Wait(entry, left))
                Assert.Fail($"survived: {Describe(process.Pid)}");
            process.Dispose();
        }
    }

    static string Describe(int pid) =>
        File.Exists($"/proc/{pid}/stat")
            ? File.ReadAllText($"/proc/{pid}/stat") + File.ReadAllText($"/proc/{pid}/cmdline").Replace('\0', ' ')
            : $"{pid} (gone by now)";

    static async Task<string> ReadUntil(IAsyncEnumerator<RunChunk> output, string word)
    {
        var seen = "";
        while (!seen.Contains(word, StringComparison.Ordinal) && await output.MoveNextAsync())
            seen += Encoding.UTF8.GetString(output.Current.Bytes.Span);
        Assert.Contains(word, seen, StringComparison.Ordinal);
        return seen;
    }

    // Every process forks whenever it can; the group's limit bounds it, and the pause keeps this machine usable.
    RunPlan ForkBomb(string marker)
    {
        const string script = """
            import os, time
            told = False
            while True:
                try:
                    os.fork()
                except OSError:
                    if not told:
                        os.write(1, b'full\n')
                        told = True
                    time.sleep(0.02)
            """;
        var plan = given.Plan(given.NewTree(), "/usr/bin/python3", "-c", script, marker);
        return plan with { Limits = plan.Limits with { ProcessesMax = 120 } };
    }

    // Where the kernel counts all that a user has, what of that has ended since leaves room for more.
    static int BombMost => RunningFixture.WithoutNamespaces ? 250 : 125;

    [Fact]
    public async Task A_tree_that_forks_without_end_is_gone_within_a_second_of_the_kill()
    {
        var marker = $"bomb-{Guid.NewGuid():N}";
        var run = given.Start(ForkBomb(marker));
        var stop = TestContext.Current.CancellationToken;
        await using var output = run.ReadOutputAsync(stop).GetAsyncEnumerator(stop);
        await ReadUntil(output, "full");
        var processes = Marked(marker);
        Assert.InRange(processes.Count, 50, BombMost);
        var outcome = await run.Kill();
        Assert.Equal((RunEndReason.Killed, 137), (outcome.Reason, outcome.ExitCode));
        Assert.InRange(outcome.KillTook!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        AssertEnded(processes, TimeSpan.Zero);
        Assert.Empty(Marked(marker));
    }

    [Fact]
    public async Task A_tree_that_forks_without_end_stands_still_first_and_is_written_down()
    {
        var marker = $"bomb-{Guid.NewGuid():N}";
        var run = given.Start(ForkBomb(marker));
        var stop = TestContext.Current.CancellationToken;
        await using var output = run.ReadOutputAsync(stop).GetAsyncEnumerator(stop);
        await ReadUntil(output, "full");

        var outcome = await run.Kill(withEvidence: true);

        Assert.Equal((RunEndReason.Killed, 137), (outcome.Reason, outcome.ExitCode));
        var frozen = outcome.Frozen!;
        Assert.InRange(frozen.Took, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.InRange(frozen.Processes, 50, BombMost);
        var lines = Encoding.UTF8.GetString(frozen.Document).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(frozen.Processes, lines.Length);
        Assert.All(lines, line => JsonDocument.Parse(line).Dispose());
        Assert.InRange(lines.Count(l => l.Contains(marker, StringComparison.Ordinal)), 50, BombMost);
        Assert.Empty(Marked(marker));
    }

    // A process that stands still does not run a handler, nor is anything of it left over by the evidence.
    [Fact]
    public async Task What_stands_still_does_nothing_any_more()
    {
        var tree = given.NewTree();
        var run = given.Start(given.Shell(
            tree, "echo begun; trap 'echo caught > caught.txt' CONT TERM; while :; do date +%s%N > beat.txt; done"));
        var stop = TestContext.Current.CancellationToken;
        await using var output = run.ReadOutputAsync(stop).GetAsyncEnumerator(stop);
        await ReadUntil(output, "begun");

        var outcome = await run.Kill(withEvidence: true);

        // The shell, and beside it its sandbox, or what of it is in its control group.
        Assert.InRange(outcome.Frozen!.Processes, RunningFixture.WithoutNamespaces ? 1 : 2, 6);
        Assert.False(File.Exists(Path.Combine(tree, "caught.txt")));
    }

    [Fact]
    public async Task Processes_that_leave_session_and_parent_end_with_the_command()
    {
        var marker = $"98765.{Environment.ProcessId:D7}";
        var done = await given.Run(given.Shell(
            given.NewTree(),
            $"(setsid nohup sleep {marker} || exec nohup sleep {marker}) >/dev/null 2>&1 & (sleep {marker} & disown); "
                + "sleep 0.1; echo done"));
        Assert.Contains("done", done.Output, StringComparison.Ordinal);
        Assert.Equal(0, done.Outcome.ExitCode);
        Assert.Empty(Marked(marker));
    }

    [Fact]
    public async Task A_kill_at_any_moment_of_the_start_ends_the_run()
    {
        var plan = given.Shell(given.NewTree(), "sleep 60");
        for (var i = 0; i < 60; i++)
        {
            var run = given.Start(plan with { Id = $"{plan.Id}-{i}" });
            Thread.SpinWait(i * 20_000);
            var outcome = await run.Kill().WaitAsync(RunningFixture.Patience, TestContext.Current.CancellationToken);
            Assert.True((outcome.Reason, outcome.ExitCode) is (RunEndReason.Killed, 137), $"{i}: {outcome}");
        }
    }

    // In a process of its own: what the tests beside it hold at a moment is more than a leak that matters.
    [Fact]
    public void A_thousand_runs_leave_nothing_behind_in_the_daemon()
    {
        using var daemon = StartAlone(nameof(Run_a_thousand));
        var said = daemon.StandardOutput.ReadToEnd();
        daemon.WaitForExit();
        Assert.True(daemon.ExitCode == 0, said);
        Assert.Contains("Total: 1,", said, StringComparison.Ordinal);
    }

    [Fact(Explicit = true)]
    public async Task Run_a_thousand()
    {
        var plan = given.Plan(given.NewTree(), "/usr/bin/true");
        await given.Run(plan with { Id = plan.Id + "-warm" });
        var (descriptors, threads) = Held();
        for (var i = 0; i < (RunningFixture.WithoutNamespaces ? 200 : 1000); i++)
        {
            var done = await given.Run(plan with { Id = $"{plan.Id}-{i}" });
            Assert.True(done.Outcome.ExitCode == 0, $"{i}: {done.Outcome} {done.Error}");
        }
        var after = Held();
        Assert.InRange(after.Descriptors, 0, descriptors + 10);
        Assert.InRange(after.Threads, 0, threads + 20);
        Assert.Empty(Directory.GetDirectories(Path.Combine(given.Root, "runtime", "runs")));
        Assert.Empty(Zombies());
    }

    static (int Descriptors, int Threads) Held()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return (Directory.GetFiles("/proc/self/fd").Length, Directory.GetDirectories("/proc/self/task").Length);
    }

    Process StartAlone(string method, string? hold = null)
    {
        var start = new ProcessStartInfo(
            Environment.ProcessPath!, ["-noColor", "-explicit", "only", "-method", $"*.{method}"])
        {
            RedirectStandardOutput = true,
        };
        start.Environment[HoldVariable] = hold;
        start.Environment["WRIT_LAUNCH"] = given.Launcher;
        // One that is killed removes nothing; here it goes with what is ours.
        start.Environment["TMPDIR"] = Directory.CreateDirectory(Path.Combine(given.Root, method)).FullName;
        return Process.Start(start)!;
    }

    [Fact]
    public async Task Runs_side_by_side_do_not_mix_their_output()
    {
        var plan = given.Shell(given.NewTree(), "for i in 1 2 3 4 5; do echo $0; done");
        var all = Enumerable.Range(0, 40).Select(async i =>
        {
            var mine = given.Seal(plan with { Id = $"{plan.Id}-{i}", Argv = [.. plan.Argv, $"me-{i}"] });
            var done = await given.Run(mine);
            Assert.Equal(string.Concat(Enumerable.Repeat($"me-{i}\n", 5)), done.Output);
        });
        await Task.WhenAll(all);
    }

    [Fact]
    public void A_daemon_killed_outright_leaves_no_process_behind()
    {
        var marker = $"87654.{Environment.ProcessId:D7}";
        using var daemon = StartAlone(nameof(Hold_a_run), marker);
        var seen = new StringBuilder();
        while (!seen.ToString().Contains("HOLDING", StringComparison.Ordinal))
            seen.AppendLine(daemon.StandardOutput.ReadLine() ?? throw new InvalidOperationException(seen.ToString()));
        var processes = Marked(marker);
        Assert.InRange(processes.Count, 3, 20);
        daemon.Kill();
        AssertEnded(processes, TimeSpan.FromSeconds(2));
        daemon.WaitForExit();
        // What was started meanwhile is ended like the rest; without a pid namespace that is one after the other.
        Assert.True(SpinWait.SpinUntil(() => Marked(marker).Count == 0, TimeSpan.FromSeconds(2)));
    }

    [Fact(Explicit = true)]
    public async Task Hold_a_run()
    {
        var marker = Environment.GetEnvironmentVariable(HoldVariable);
        Assert.NotNull(marker);
        var run = given.Start(given.Shell(
            given.NewTree(), $"(setsid nohup sleep {marker} || exec nohup sleep {marker}) & sleep {marker} & "
                + $"while :; do /usr/bin/true {marker}; done & echo up; sleep {marker}") with
        { Desk = new RuleDesk() });
        var stop = TestContext.Current.CancellationToken;
        await using var output = run.ReadOutputAsync(stop).GetAsyncEnumerator(stop);
        await ReadUntil(output, "up");
        while (Marked(marker).Count < 3)
            Thread.Yield();
        Console.WriteLine("HOLDING");
        await run.Outcome;
    }

    static List<string> Zombies()
    {
        var zombies = new List<string>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            var path = Path.Combine(directory, "stat");
            if (!int.TryParse(Path.GetFileName(directory), out _))
                continue;
            try
            {
                var text = File.ReadAllText(path);
                var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
                if (fields[0] == "Z" && fields[1] == $"{Environment.ProcessId}"
                    && text.Contains("(bwrap)", StringComparison.Ordinal))
                    zombies.Add(text);
            }
            catch (IOException)
            {
                continue;
            }
        }
        return zombies;
    }
}
