using System.Collections.Immutable;
using System.Text;
using Writ.Linux;
using Writ.Server.Running;

namespace Writ.Server.Tests.Running;

public sealed class RunnerTests(RunningFixture given) : IClassFixture<RunningFixture>
{
    [Fact]
    public async Task A_command_runs_in_its_work_tree_and_its_output_and_exit_code_arrive()
    {
        var tree = given.NewTree();
        var done = await given.Run(given.Shell(tree, "pwd; echo oops >&2; echo made > file; exit 7"));
        Assert.True(done.Outcome.StartedAt is not null, $"{done.Outcome} {done.Error}");
        Assert.Equal(tree + "\n", done.Output);
        Assert.Equal("oops\n", done.Error);
        Assert.Equal(7, done.Outcome.ExitCode);
        Assert.Equal(RunEndReason.Exited, done.Outcome.Reason);
        Assert.Equal("made\n", File.ReadAllText(Path.Combine(tree, "file")));
        Assert.Equal(ContainmentTier.T2, done.Outcome.Containment.Tier);
        Assert.Equal((5L + tree.Length - 4, 5L), (done.Outcome.BytesOut, done.Outcome.BytesError));
    }

    [Fact]
    public async Task Every_exit_code_arrives_as_it_is()
    {
        var tree = given.NewTree();
        var plan = given.Shell(tree, "exit $(cat code)");
        for (var code = 0; code < 256; code++)
        {
            File.WriteAllText(Path.Combine(tree, "code"), $"{code}");
            var done = await given.Run(plan with { Id = $"{plan.Id}-{code}" });
            Assert.Equal((code, RunEndReason.Exited), (done.Outcome.ExitCode, done.Outcome.Reason));
            Assert.Null(done.Outcome.RefusalCode);
        }
    }

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("KILL", 137)]
    [InlineData("SEGV", 139)]
    [InlineData("ABRT", 134)]
    [InlineData("PIPE", 141)]
    [InlineData("USR1", 138)]
    public async Task A_command_that_dies_by_a_signal_ends_as_a_shell_would_say(string signal, int code)
    {
        var done = await given.Run(given.Shell(given.NewTree(), $"kill -{signal} $$"));
        Assert.Equal((code, code - 128), (done.Outcome.ExitCode, done.Outcome.ShellSignal));
        Assert.Equal(RunEndReason.Exited, done.Outcome.Reason);
    }

    [Fact]
    public async Task A_command_that_does_not_exist_is_127_and_one_that_cannot_be_executed_is_126()
    {
        var tree = given.NewTree();
        var missing = await given.Run(given.Plan(tree, "/usr/bin/there-is-no-such-program"));
        Assert.Equal((127, "launch.not-found"), (missing.Outcome.ExitCode, missing.Outcome.RefusalCode));
        Assert.Equal(RunEndReason.NotStarted, missing.Outcome.Reason);

        var file = Path.Combine(tree, "plain.txt");
        File.WriteAllText(file, "not a program");
        var refused = await given.Run(given.Plan(tree, file));
        Assert.Equal((126, "launch.not-executable"), (refused.Outcome.ExitCode, refused.Outcome.RefusalCode));
        Assert.Single(refused.Error.Trim().Split('\n'));
    }

    [Fact]
    public async Task A_script_of_the_work_tree_runs_from_a_copy_that_nobody_can_change()
    {
        var tree = given.NewTree();
        var script = Path.Combine(tree, "script.sh");
        File.WriteAllText(script, "#!/bin/sh\necho \"$0 $1\"\n(echo changed > \"$0\") 2>/dev/null || echo kept\n");
        Files.SetMode(script, 0b111_101_101);
        var done = await given.Run(given.Plan(tree, script, "one"));
        Assert.Equal($"{script} one\nkept\n", done.Output);
    }

    [Fact]
    public async Task Ten_megabytes_of_output_arrive_whole()
    {
        var done = await given.Run(given.Shell(given.NewTree(), "head -c 10485760 /dev/zero | tr '\\0' 'x'"));
        Assert.Equal(10 << 20, done.OutputBytes.Length);
        Assert.All(done.OutputBytes, b => Assert.Equal((byte)'x', b));
        Assert.Equal(10L << 20, done.Outcome.BytesOut);
    }

    [Fact]
    public async Task Output_beyond_the_limit_kills_the_run_and_only_the_limit_is_delivered()
    {
        var plan = given.Shell(given.NewTree(), "yes");
        var done = await given.Run(plan with { Limits = plan.Limits with { OutputBytesMax = 100_000 } });
        Assert.Equal(RunEndReason.OutputLimit, done.Outcome.Reason);
        Assert.Equal(100_000, done.OutputBytes.Length);
        Assert.NotNull(done.Outcome.KillTook);
    }

    [Fact]
    public async Task A_command_whose_output_nobody_reads_stands_still_until_its_time_is_over()
    {
        var plan = given.Shell(given.NewTree(), "yes");
        var run = given.Start(plan with
        {
            Limits = plan.Limits with { WallTimeMax = TimeSpan.FromSeconds(5), OutputBytesMax = 1L << 40 },
        });
        var outcome = await run.Outcome.WaitAsync(RunningFixture.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(RunEndReason.TimedOut, outcome.Reason);
        Assert.InRange(outcome.BytesOut, 1 << 20, 2 << 20);
    }

    [Fact]
    public async Task Standard_input_arrives_and_ends()
    {
        var stop = TestContext.Current.CancellationToken;
        var run = given.Start(given.Plan(given.NewTree(), "/usr/bin/cat") with { InputClosed = false });
        var expected = new StringBuilder();
        for (var i = 0; i < 100; i++)
        {
            var line = $"{i} {new string('y', 5000)}\n";
            expected.Append(line);
            Assert.True(await run.WriteInputAsync(Encoding.UTF8.GetBytes(line), stop));
        }
        run.CloseInput();
        var done = await RunningFixture.Collect(run);
        Assert.Equal(expected.ToString(), done.Output);
        Assert.Equal(0, done.Outcome.ExitCode);
    }

    [Fact]
    public async Task Closed_input_is_an_end_of_file_at_once()
    {
        var done = await given.Run(given.Plan(given.NewTree(), "/usr/bin/wc", "-c"));
        Assert.Equal("0\n", done.Output);
    }

    [Fact]
    public async Task Input_that_nobody_reads_does_not_disturb_the_end()
    {
        var stop = TestContext.Current.CancellationToken;
        var run = given.Start(given.Plan(given.NewTree(), "/usr/bin/true") with { InputClosed = false });
        for (var i = 0; i < 100 && await run.WriteInputAsync(new byte[100_000], stop); i++)
            continue;
        var done = await RunningFixture.Collect(run);
        Assert.Equal(0, done.Outcome.ExitCode);
        Assert.False(await run.WriteInputAsync(new byte[1], stop));
    }

    [Fact]
    public async Task The_wall_time_ends_a_run_politely_then_firmly()
    {
        var polite = given.Shell(given.NewTree(), "trap 'echo bye; exit 3' TERM; while :; do sleep 0.05; done");
        var done = await given.Run(polite with
        {
            // Enough for a shell to begin on a busy machine.
            Limits = polite.Limits with { WallTimeMax = TimeSpan.FromSeconds(5) },
        });
        Assert.Equal((RunEndReason.TimedOut, 3), (done.Outcome.Reason, done.Outcome.ExitCode));
        Assert.Contains("bye", done.Output, StringComparison.Ordinal);

        var stubborn = given.Shell(given.NewTree(), "trap '' TERM; while :; do sleep 0.05; done");
        done = await given.Run(stubborn with
        {
            Limits = stubborn.Limits with
            {
                WallTimeMax = TimeSpan.FromSeconds(5),
                TerminationGrace = TimeSpan.FromMilliseconds(300),
            },
        });
        Assert.Equal((RunEndReason.TimedOut, 137), (done.Outcome.Reason, done.Outcome.ExitCode));
        Assert.NotNull(done.Outcome.KillTook);
    }

    [Theory]
    [InlineData(Signals.Interrupt, "INT")]
    [InlineData(Signals.Terminate, "TERM")]
    [InlineData(Signals.Hangup, "HUP")]
    [InlineData(Signals.Quit, "QUIT")]
    public async Task A_signal_reaches_the_whole_process_group_of_the_command(int signal, string name)
    {
        var plan = given.Shell(
            given.NewTree(),
            $"""
            trap 'echo got {name}; wait; exit 0' {name}
            (trap 'echo child; exit 0' {name}; echo up; while :; do sleep 0.02; done) &
            wait
            """);
        var run = given.Start(plan);
        await using var output = run.ReadOutputAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator(
            TestContext.Current.CancellationToken);
        var seen = "";
        while (!seen.Contains("up", StringComparison.Ordinal) && await output.MoveNextAsync())
            seen += Encoding.UTF8.GetString(output.Current.Bytes.Span);
        run.Signal(signal);
        while (await output.MoveNextAsync())
            seen += Encoding.UTF8.GetString(output.Current.Bytes.Span);
        Assert.Contains($"got {name}", seen, StringComparison.Ordinal);
        Assert.Contains("child", seen, StringComparison.Ordinal);
        Assert.Equal(0, (await run.Outcome).ExitCode);
    }

    [Fact]
    public async Task A_terminal_has_its_size_is_a_terminal_and_can_be_resized()
    {
        var plan = given.Shell(
            given.NewTree(),
            """
            [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo tty
            stty size
            trap 'stty size; exit 5' WINCH
            echo ready
            while :; do sleep 0.05; done
            """);
        var run = given.Start(plan with { Terminal = new WindowSize(33, 101), InputClosed = false });
        var stop = TestContext.Current.CancellationToken;
        await using var output = run.ReadOutputAsync(stop).GetAsyncEnumerator(stop);
        var seen = "";
        while (!seen.Contains("ready", StringComparison.Ordinal) && await output.MoveNextAsync())
            seen += Encoding.UTF8.GetString(output.Current.Bytes.Span);
        Assert.Contains("tty\r\n33 101\r\n", seen, StringComparison.Ordinal);
        run.Resize(new WindowSize(44, 202));
        while (await output.MoveNextAsync())
            seen += Encoding.UTF8.GetString(output.Current.Bytes.Span);
        Assert.Contains("44 202", seen, StringComparison.Ordinal);
        Assert.Equal(5, (await run.Outcome).ExitCode);
    }

    [Fact]
    public async Task An_interrupt_typed_on_the_terminal_is_a_signal_to_the_foreground()
    {
        var plan = given.Shell(
            given.NewTree(), "trap 'echo interrupted; exit 9' INT; echo ready; while :; do sleep 0.05; done");
        var run = given.Start(plan with { Terminal = new WindowSize(24, 80), InputClosed = false });
        var stop = TestContext.Current.CancellationToken;
        await using var output = run.ReadOutputAsync(stop).GetAsyncEnumerator(stop);
        var seen = "";
        while (!seen.Contains("ready", StringComparison.Ordinal) && await output.MoveNextAsync())
            seen += Encoding.UTF8.GetString(output.Current.Bytes.Span);
        await run.WriteInputAsync(new byte[] { 3 }, stop);
        while (await output.MoveNextAsync())
            seen += Encoding.UTF8.GetString(output.Current.Bytes.Span);
        Assert.Contains("interrupted", seen, StringComparison.Ordinal);
        Assert.Equal(9, (await run.Outcome).ExitCode);
    }

    [Fact]
    public async Task A_read_only_work_tree_cannot_be_written()
    {
        var tree = given.NewTree();
        var done = await given.Run(given.Shell(tree, "touch x") with { WorkTreeWritable = false });
        Assert.NotEqual(0, done.Outcome.ExitCode);
        Assert.Empty(Directory.GetFileSystemEntries(tree));
    }

    [Fact]
    public async Task Extra_paths_are_visible_and_read_only()
    {
        var extra = given.NewTree();
        File.WriteAllText(Path.Combine(extra, "input"), "value");
        var plan = given.Shell(given.NewTree(), $"cat {extra}/input; touch {extra}/y && echo written");
        var done = await given.Run(plan with { ReadOnlyPaths = [extra] });
        Assert.Equal("value", done.Output);
    }

    public static TheoryData<string, string> RefusedTrees => new()
    {
        { "/", "run.tree-refused" },
        { "/usr", "run.tree-refused" },
        { "/etc/ssl", "run.tree-refused" },
        { "/tmp", "run.tree-refused" },
        { "/home", "run.tree-refused" },
        { "/proc/self", "run.tree-refused" },
        { "/no/such/tree", "run.tree-refused" },
        { "relative", "run.tree-refused" },
        { "/var/../var/lib", "run.tree-refused" },
    };

    [Theory]
    [MemberData(nameof(RefusedTrees))]
    public void A_work_tree_that_would_replace_the_system_is_refused(string tree, string code)
    {
        var plan = given.Plan(given.NewTree(), "/usr/bin/true") with { WorkTree = tree, WorkingDirectory = tree };
        Assert.Equal(code, Assert.IsType<RunStart.Refused>(given.Runner.Start(plan)).Code);
    }

    [Fact]
    public void A_work_tree_behind_a_symbolic_link_is_refused()
    {
        var link = given.NewTree() + "-link";
        File.CreateSymbolicLink(link, given.NewTree());
        var plan = given.Plan(given.NewTree(), "/usr/bin/true") with { WorkTree = link, WorkingDirectory = link };
        Assert.Equal("run.tree-refused", Assert.IsType<RunStart.Refused>(given.Runner.Start(plan)).Code);
    }

    [Fact]
    public void A_host_without_a_sandbox_refuses_and_says_why()
    {
        var probe = ContainmentProbe.Run("/nonexistent/bwrap");
        Assert.Equal((null, false, ContainmentTier.T1), (probe.BubblewrapVersion, probe.NamespacesWork, probe.Best));
        var runner = new Runner(
            new RunnerOptions
            {
                LauncherPath = given.Launcher,
                OrderKeyPath = given.Signer.VerifierKeyPath,
                RuntimeDirectory = given.NewTree(),
            },
            probe,
            TimeProvider.System);
        var refused = Assert.IsType<RunStart.Refused>(runner.Start(given.Plan(given.NewTree(), "/usr/bin/true")));
        Assert.Equal("run.no-sandbox", refused.Code);
        Assert.Contains("not installed", refused.Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(60001)]
    public async Task A_process_limit_holds_whoever_the_user_is(int? owner)
    {
        if (owner is not null && ThisProcess.EffectiveUid != 0)
            Writ.Testing.SharedData.Unavailable("only root can run as somebody else");
        const string script = """
            import os, time
            born = 0
            for i in range(60):
                try:
                    if os.fork() == 0:
                        time.sleep(30)
                        os._exit(0)
                    born += 1
                except OSError:
                    break
            print(born)
            """;
        var plan = given.Plan(given.NewTree(owner), "/usr/bin/python3", "-c", script);
        var done = await given.Run(plan with { Limits = plan.Limits with { ProcessesMax = 20 } });
        Assert.Equal("19\n", done.Output);
    }

    [Fact]
    public async Task A_run_belongs_to_the_owner_of_its_work_tree()
    {
        if (ThisProcess.EffectiveUid != 0)
            Writ.Testing.SharedData.Unavailable("only root can run as somebody else");
        var tree = given.NewTree(uid: 60001);
        var done = await given.Run(given.Shell(
            tree, "id -u; id -G; touch made; grep -E '^Cap(Eff|Bnd|Prm)' /proc/self/status"));
        Assert.True(done.Outcome.StartedAt is not null, $"{done.Outcome} {done.Error}");
        Assert.StartsWith("60001\n60001\n", done.Output, StringComparison.Ordinal);
        Assert.Equal(60001, Files.TryFacts(Path.Combine(tree, "made"))!.Value.OwnerUid);
        Assert.Equal(60001, done.Outcome.Containment.Uid);
        Assert.DoesNotContain(done.Outcome.Containment.Weak, w => w.StartsWith("uid.root", StringComparison.Ordinal));
        Assert.Equal(3, done.Output.Split("0000000000000000").Length - 1);
    }
}
