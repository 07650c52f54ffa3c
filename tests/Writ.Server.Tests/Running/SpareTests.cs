using System.Diagnostics;
using System.Text;
using Writ.Linux;
using Writ.Server.Running;

namespace Writ.Server.Tests.Running;

/// <summary>
/// A session's next run begins in a sandbox that already stands. The run cannot tell, and nothing of the sandbox stays.
/// </summary>
[Collection(HostMounts.Name)]
public sealed class SpareTests(RunningFixture given) : IClassFixture<RunningFixture>
{
    const string HoldVariable = "WRIT_TEST_HOLD";
    const string Session = "ses-1";

    readonly HeldTimers _time = new();

    RunPlan Shell(string tree, string script) => given.Shell(tree, script) with { Session = Session };

    /// <summary>Has a sandbox stand ready as for this plan, and answers with its processes.</summary>
    static List<ProcessHandle> Prepare(Runner runner, RunPlan plan)
    {
        runner.PrepareNext(plan);
        Assert.Equal(1, runner.SpareCount);
        List<ProcessHandle> inside;
        // The first process of the sandbox, and the launcher.
        while ((inside = Seeing(plan.WorkTree)).Count < 2)
            Thread.Yield();
        return inside;
    }

    /// <summary>The processes, ours aside, in whose view of the file system the tree is mounted.</summary>
    static List<ProcessHandle> Seeing(string tree)
    {
        var found = new List<ProcessHandle>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
            try
            {
                if (int.TryParse(Path.GetFileName(directory), out var pid)
                    && File.ReadAllText(Path.Combine(directory, "mountinfo")).Contains($" {tree} ",
                        StringComparison.Ordinal)
                    && ProcessHandle.TryOpen(pid) is { } process)
                    found.Add(process);
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                continue;
            }
        return found;
    }

    static async Task AssertNothingLeft(Runner runner, List<ProcessHandle> processes)
    {
        using var limit = new CancellationTokenSource(RunningFixture.Patience);
        while (runner.SpareCount > 0)
            await Task.Delay(1, limit.Token);
        foreach (var process in processes)
        {
            Span<PollEntry> entry = [new() { Number = process.Descriptor.Number, WantsRead = true }];
            Assert.True(Polling.Wait(entry, 0), $"{process.Pid} survived");
            process.Dispose();
        }
    }

    static string[] GroupsOf(List<ProcessHandle> processes) => [.. processes
        .SelectMany(p => File.ReadAllLines($"/proc/{p.Pid}/cgroup"))
        .Where(line => line.Contains("/writ-runs/", StringComparison.Ordinal))
        .Select(line => line.Split(':', 3))
        .Select(parts => $"/sys/fs/cgroup/{parts[1]}{parts[2]}")
        .Distinct()];

    async Task<Finished> RunIn(Runner runner, RunPlan plan, bool fromSpare = true, string? input = null)
    {
        var before = runner.SpareCount;
        var run = given.Start(plan with { InputClosed = input is null }, runner);
        if (fromSpare)
            Assert.Equal((1, 0), (before, runner.SpareCount));
        if (input is not null)
        {
            await run.WriteInputAsync(Encoding.UTF8.GetBytes(input), TestContext.Current.CancellationToken);
            run.CloseInput();
        }
        return await RunningFixture.Collect(run);
    }

    public static TheoryData<string, string?> Scripts => new()
    {
        { "exit 0", null },
        { "exit 7", null },
        { "kill -SEGV $$", null },
        { "echo out; echo err >&2; exit 3", null },
        { "wc -c; cat /proc/self/status | grep -E '^(Cap|Seccomp:|NoNewPrivs)'", "some input" },
        { "pwd; id -u; id -g; env | sort; ulimit -a; umask; hostname; readlink /proc/self/fd/*", null },
        { "set -- /proc/[0-9]*; echo $#; ls /proc/self/fd; cat /proc/self/mountinfo | cut -d' ' -f4- | sort", null },
        { "ps -o pid,ppid,pgid,sid,tty,comm 2>&1; touch /usr/x; touch /etc/x; touch made; ls", null },
        { "head -c 3000000 /dev/zero | tr '\\0' x", null },
        { "exec /no/such/program", null },
    };

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task A_run_in_a_prepared_sandbox_is_as_any_other(string script, string? input)
    {
        using var runner = given.NewRunner(_time);
        var plan = Shell(given.NewTree(), script);
        var cold = await RunIn(runner, plan, fromSpare: false, input);
        Prepare(runner, plan);
        var spare = await RunIn(runner, plan with { Id = plan.Id + "-2" }, input: input);
        Assert.Equal(Comparable(cold.Output), Comparable(spare.Output));
        Assert.Equal(Comparable(cold.Error), Comparable(spare.Error));
        Assert.Equal(
            cold.Outcome with { StartedAt = null, EndedAt = default, Containment = spare.Outcome.Containment },
            spare.Outcome with { StartedAt = null, EndedAt = default });
        Assert.Equal(cold.Outcome.Containment.ToString(), spare.Outcome.Containment.ToString());
        Assert.Equal(cold.Outcome.Containment.Weak.AsEnumerable(), spare.Outcome.Containment.Weak.AsEnumerable());
        Assert.NotNull(spare.Outcome.StartedAt);
        Assert.Equal(0, runner.SpareCount);
    }

    // Numbers of pipes and of mounts are new each time.
    static string Comparable(string text) => System.Text.RegularExpressions.Regex.Replace(
        text, @"(pipe:\[|master:|shared:|peer_group:|propagate_from:)\d+", "$1N");

    [Fact]
    public async Task The_limits_of_a_run_hold_in_a_prepared_sandbox()
    {
        using var runner = given.NewRunner(_time);
        var tree = given.NewTree();
        var forks = Shell(tree, "for i in $(seq 40); do sleep 9 & done 2>/dev/null; jobs -p | wc -l");
        forks = forks with { Limits = forks.Limits with { ProcessesMax = 20, WallTimeMax = TimeSpan.FromSeconds(20) } };
        Prepare(runner, forks);
        var many = await RunIn(runner, forks);
        Assert.NotEqual(0, many.Outcome.ExitCode);
        Assert.DoesNotContain("40", many.Output, StringComparison.Ordinal);

        var output = Shell(tree, "yes");
        output = output with { Limits = output.Limits with { OutputBytesMax = 100_000 } };
        Prepare(runner, output);
        var much = await RunIn(runner, output);
        Assert.Equal((RunEndReason.OutputLimit, 100_000), (much.Outcome.Reason, much.OutputBytes.Length));

        var time = Shell(tree, "sleep 60");
        time = time with { Limits = time.Limits with { WallTimeMax = TimeSpan.FromMilliseconds(300) } };
        Prepare(runner, time);
        Assert.Equal(RunEndReason.TimedOut, (await RunIn(runner, time)).Outcome.Reason);
    }

    [Fact]
    public async Task A_kill_ends_a_run_in_a_prepared_sandbox_at_any_moment_of_its_start()
    {
        using var runner = given.NewRunner(_time);
        var plan = Shell(given.NewTree(), "sleep 60");
        for (var i = 0; i < 30; i++)
        {
            // Also before the sandbox stands.
            runner.PrepareNext(plan);
            if (i % 2 == 0)
                Thread.SpinWait(i * 40_000);
            var run = given.Start(plan with { Id = $"{plan.Id}-{i}" }, runner);
            Thread.SpinWait(i * 20_000);
            var outcome = await run.Kill().WaitAsync(RunningFixture.Patience, TestContext.Current.CancellationToken);
            Assert.True((outcome.Reason, outcome.ExitCode) is (RunEndReason.Killed, 137), $"{i}: {outcome}");
        }
        await AssertNothingLeft(runner, Seeing(plan.WorkTree));
    }

    [Fact]
    public async Task A_kill_in_the_moment_a_prepared_sandbox_gets_its_run_is_not_lost()
    {
        using var runner = given.NewRunner(_time);
        var plan = Shell(given.NewTree(), "sleep 60");
        for (var i = 0; i < 20; i++)
        {
            Prepare(runner, plan);
            var order = plan with { Id = $"{plan.Id}-{i}" };
            var outcome = await given.Start(order, runner).Kill()
                .WaitAsync(RunningFixture.Patience, TestContext.Current.CancellationToken);
            Assert.True((outcome.Reason, outcome.ExitCode) is (RunEndReason.Killed, 137), $"{i}: {outcome}");
        }
    }

    [Fact]
    public async Task Without_an_order_for_it_nothing_runs_in_a_prepared_sandbox()
    {
        using var runner = given.NewRunner(_time);
        var plan = Shell(given.NewTree(), "echo ran");
        Prepare(runner, plan);
        var other = await RunIn(runner, plan with { Argv = [.. plan.Argv, "more"] });
        Assert.Equal((126, "writ.other-argv", ""), (other.Outcome.ExitCode, other.Outcome.RefusalCode, other.Output));

        Prepare(runner, plan);
        var expired = given.Seal(plan, order => order with { ExpiresAt = order.IssuedAt });
        var late = await RunIn(runner, expired with { Id = plan.Id + "-2" });
        Assert.Equal((126, "writ.expired", ""), (late.Outcome.ExitCode, late.Outcome.RefusalCode, late.Output));
    }

    [Fact]
    public async Task A_tree_that_was_replaced_is_noticed()
    {
        using var runner = given.NewRunner(_time);
        var tree = given.NewTree();
        File.WriteAllText(Path.Combine(tree, "which"), "old");
        var plan = Shell(tree, "cat which");
        var stale = Prepare(runner, plan);
        Directory.Move(tree, tree + "-old");
        Directory.CreateDirectory(tree);
        File.WriteAllText(Path.Combine(tree, "which"), "new");

        Assert.Equal("new", (await RunIn(runner, plan, fromSpare: false)).Output);
        await AssertNothingLeft(runner, stale);
    }

    [Theory]
    [InlineData(-60_000, "old")]
    [InlineData(21, "new")]
    public async Task What_was_foreseen_a_moment_ago_is_not_looked_at_again(int agoMs, string seen)
    {
        using var runner = given.NewRunner(_time);
        var tree = given.NewTree();
        File.WriteAllText(Path.Combine(tree, "which"), "old");
        var plan = Shell(tree, "cat which");
        Assert.Null(runner.Foresee(plan));
        Prepare(runner, plan);
        var foreseen = runner.Foresee(plan with { Argv = [], Environment = [] });
        Assert.NotNull(foreseen);
        Directory.Move(tree, tree + "-old");
        Directory.CreateDirectory(tree);
        File.WriteAllText(Path.Combine(tree, "which"), "new");
        var at = foreseen.At - (agoMs * _time.TimestampFrequency / 1000);

        // What was decided about is what runs: the tree that was there then.
        var done = await RunIn(runner, plan with { Foreseen = foreseen with { At = at } }, fromSpare: false);
        Assert.Equal(seen, done.Output);
    }

    [Fact]
    public void What_was_foreseen_serves_no_plan_with_anything_of_its_own()
    {
        using var runner = given.NewRunner(_time);
        var plan = Shell(given.NewTree(), "true");
        Prepare(runner, plan);
        var foreseen = runner.Foresee(plan)!;
        Assert.True(foreseen.Serves(plan, _time));
        Assert.True(foreseen.Serves(
            plan with { Limits = plan.Limits with { WallTimeMax = TimeSpan.FromSeconds(1) } }, _time));
        foreach (var other in (RunPlan[])[
            plan with { Session = "ses-2" }, plan with { WorkTree = "/elsewhere" },
            plan with { WorkTreeWritable = false }, plan with { ReadOnlyPaths = ["/srv"] },
            plan with { DemandsOwnUser = true }, plan with { TierMin = ContainmentTier.T3 },
            plan with { Terminal = new WindowSize(24, 80) },
            plan with { Limits = plan.Limits with { ProcessesMax = 63 } },
            plan with { Limits = plan.Limits with { ScratchBytesMax = 1 << 20 } }])
            Assert.False(foreseen.Serves(other, _time), other.ToString());
    }

    public static TheoryData<string> Changes =>
        ["read-only", "extra path", "processes", "memory", "scratch", "owner", "another tree"];

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_plan_that_needs_another_sandbox_gets_one(string change)
    {
        using var runner = given.NewRunner(_time);
        var tree = given.NewTree();
        var extra = given.NewTree();
        var plan = Shell(tree, "touch made 2>/dev/null; ls");
        var stale = Prepare(runner, plan);
        if (change == "owner")
        {
            if (ThisProcess.EffectiveUid != 0)
                Writ.Testing.SharedData.Unavailable("only root can give a directory away");
            Files.ChangeOwner(tree, 60001, 60001);
        }
        var other = change switch
        {
            "read-only" => plan with { WorkTreeWritable = false },
            "extra path" => plan with { ReadOnlyPaths = [extra] },
            "processes" => plan with { Limits = plan.Limits with { ProcessesMax = 63 } },
            "memory" => plan with { Limits = plan.Limits with { MemoryBytesMax = 128 << 20 } },
            "scratch" => plan with { Limits = plan.Limits with { ScratchBytesMax = 1 << 20 } },
            "another tree" => Shell(extra, "touch made 2>/dev/null; ls"),
            _ => plan,
        };

        var done = await RunIn(runner, other, fromSpare: false);

        Assert.Equal(change == "read-only" ? "" : "made\n", done.Output);
        await AssertNothingLeft(runner, stale);
    }

    [Fact]
    public async Task A_terminal_and_a_program_of_the_tree_do_without_what_stands_ready()
    {
        using var runner = given.NewRunner(_time);
        var tree = given.NewTree();
        var program = Path.Combine(tree, "program");
        File.WriteAllText(program, "#!/bin/sh\necho mine\n");
        Files.SetMode(program, 0b111_101_101);
        Prepare(runner, Shell(tree, "true"));

        var copied = await RunIn(runner, given.Plan(tree, program) with { Session = Session }, fromSpare: false);
        Assert.Equal("mine\n", copied.Output);
        var terminal = Shell(tree, "tty") with { Terminal = new WindowSize(24, 80) };
        Assert.Contains("/dev/", (await RunIn(runner, terminal, fromSpare: false)).Output, StringComparison.Ordinal);
        Assert.Equal(1, runner.SpareCount);
    }

    [Theory]
    [InlineData("expiry")]
    [InlineData("session")]
    [InlineData("stop")]
    [InlineData("death")]
    public async Task However_it_goes_unused_nothing_of_it_is_left(string way)
    {
        using var runner = given.NewRunner(_time);
        var plan = Shell(given.NewTree(), "echo later");
        var inside = Prepare(runner, plan);
        var groups = GroupsOf(inside);
        Assert.All(groups, group => Assert.True(Directory.Exists(group), group));
        _time.Pass(TimeSpan.FromSeconds(59));
        runner.Dismiss("another session");
        Assert.Equal(1, runner.SpareCount);

        if (way == "expiry")
            _time.Pass(TimeSpan.FromSeconds(1));
        else if (way == "session")
            runner.Dismiss(Session);
        else if (way == "stop")
            runner.Dispose();
        else
            inside[^1].Signal(Signals.Kill);

        await AssertNothingLeft(runner, inside);
        Assert.Empty(Seeing(plan.WorkTree));
        Assert.All(groups, group => Assert.False(Directory.Exists(group), group));
        Assert.Equal("later\n", (await RunIn(runner, plan, fromSpare: false)).Output);
        if (way == "stop")
        {
            runner.PrepareNext(plan);
            Assert.Equal(0, runner.SpareCount);
        }
    }

    [Fact]
    public async Task There_are_eight_at_most_and_one_for_a_session()
    {
        using var runner = given.NewRunner(_time);
        var plan = Shell(given.NewTree(), "true");
        for (var i = 0; i < 10; i++)
        {
            runner.PrepareNext(plan with { Session = $"ses-{i}" });
            runner.PrepareNext(plan with { Session = $"ses-{i}" });
            Assert.Equal(Math.Min(i + 1, 8), runner.SpareCount);
        }
        runner.Dispose();
        await AssertNothingLeft(runner, Seeing(plan.WorkTree));
    }

    [Fact]
    public void A_daemon_killed_outright_leaves_no_prepared_sandbox_behind()
    {
        var tree = given.NewTree();
        var start = new ProcessStartInfo(
            Environment.ProcessPath!, ["-explicit", "only", "-method", $"*.{nameof(Hold_a_spare)}"])
        {
            RedirectStandardOutput = true,
        };
        start.Environment[HoldVariable] = tree;
        start.Environment["WRIT_LAUNCH"] = given.Launcher;
        using var daemon = Process.Start(start)!;
        var seen = new StringBuilder();
        while (!seen.ToString().Contains("HOLDING", StringComparison.Ordinal))
            seen.AppendLine(daemon.StandardOutput.ReadLine() ?? throw new InvalidOperationException(seen.ToString()));
        var inside = Seeing(tree);
        Assert.InRange(inside.Count, 2, 3);
        daemon.Kill();
        foreach (var process in inside)
        {
            Span<PollEntry> entry = [new() { Number = process.Descriptor.Number, WantsRead = true }];
            Assert.True(Polling.Wait(entry, 2000), $"{process.Pid} survived");
            process.Dispose();
        }
        daemon.WaitForExit();
        Assert.Empty(Seeing(tree));
    }

    [Fact(Explicit = true)]
    public async Task Hold_a_spare()
    {
        var tree = Environment.GetEnvironmentVariable(HoldVariable);
        Assert.NotNull(tree);
        using var runner = given.NewRunner(TimeProvider.System);
        Prepare(runner, Shell(tree, "true"));
        Console.WriteLine("HOLDING");
        await Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken);
    }
}
