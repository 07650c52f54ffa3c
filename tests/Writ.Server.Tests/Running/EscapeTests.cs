using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Writ.Linux;
using Writ.Runs;
using Writ.Server.Mediation;
using Writ.Server.Running;
using Writ.Server.Tests.Mediation;

namespace Writ.Server.Tests.Running;

/// <summary>Ways out of a run, tried from the inside (<c>tests/escapes</c>), with and without namespaces.</summary>
public sealed class EscapeTests(RunningFixture given) : IClassFixture<RunningFixture>
{
    const string Denied = "Operation not permitted";
    const string Any = "*";

    // Whoever else's /proc it is may not even say that the file is there.
    const string Closed = "closed";
    const string Missing = "Function not implemented";

    static readonly ExecutionLimits Unlimited = new()
    {
        CountMax = int.MaxValue,
        PerSecond = 1_000_000,
        BurstMax = 1_000_000,
    };

    /// <summary>What is tried, and what the kernel has to say with namespaces and without.</summary>
    public static TheoryData<string, string, string?> Attempts => new()
    {
        { "ptrace attach", Denied, null },
        { "ptrace seize", Denied, null },
        { "process_vm_readv", Denied, null },
        { "process_vm_writev", Denied, null },
        { "write memory file", Closed, null },
        { "write oom score", Closed, null },
        { "pidfd_getfd", Denied, null },
        { "process_madvise", Denied, null },
        { "limit another", Denied, null },
        { "limit itself", "OK", null },
        { "read core limit", "OK", null },
        { "lower core limit", Denied, null },
        { "lower it, old call", Denied, null },
        { "unshare mount", Denied, null },
        { "clone mount", Denied, null },
        { "unshare cgroup", Denied, null },
        { "clone cgroup", Denied, null },
        { "unshare uts", Denied, null },
        { "clone uts", Denied, null },
        { "unshare ipc", Denied, null },
        { "clone ipc", Denied, null },
        { "unshare user", Denied, null },
        { "clone user", Denied, null },
        { "unshare pid", Denied, null },
        { "clone pid", Denied, null },
        { "unshare net", Denied, null },
        { "clone net", Denied, null },
        { "unshare time", Denied, null },
        { "setns", Denied, null },
        { "shared directory", Denied, null },
        { "clone3", Missing, null },
        { "io_uring_setup", Denied, null },
        { "io_uring_enter", Denied, null },
        { "io_uring_register", Denied, null },
        { "add_key", Denied, null },
        { "request_key", Denied, null },
        { "keyctl", Denied, null },
        { "bpf", Denied, null },
        { "userfaultfd", Denied, null },
        { "memfd_secret", Denied, null },
        { "personality", Denied, null },
        { "open_tree", Denied, null },
        { "fsopen", Denied, null },
        { "mount_setattr", Denied, null },
        { "TIOCSTI", Denied, null },
        { "TIOCSTI, high bits", Denied, null },
        { "TIOCLINUX", Denied, null },
        { "TIOCSETD", Denied, null },
        { "chmod set-user", Denied, null },
        { "fchmodat set-user", Denied, null },
        { "fchmodat2 set-user", Denied, null },
        { "open set-user", Denied, null },
        { "creat set-user", Denied, null },
        { "mknod set-user", Denied, null },
        { "tmpfile set-user", Denied, null },
        { "openat2 set-user", Missing, null },
        { "chmod plain", "OK", null },
        { "nested listener", "Device or resource busy", null },
        { "shmget", "OK", Denied },
        { "mq_open", Any, Denied },
        { "setpriority", "OK", Denied },
        { "setsid of a child", "OK", Denied },
    };

    async Task<Finished> Try(RuleDesk desk, params string[] words)
    {
        var tree = given.NewTree();
        return await given.Run(given.Plan(tree, RunningFixture.Escape(tree), words) with
        {
            Desk = desk,
            Executions = Unlimited,
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_attempt_is_answered_as_it_must_be(bool onTerminal)
    {
        var tree = given.NewTree();
        var plan = given.Plan(tree, RunningFixture.Escape(tree), "all");
        var done = await given.Run(plan with
        {
            Desk = new RuleDesk(),
            Terminal = onTerminal ? new WindowSize(24, 80) : null,
        });
        var answers = done.Output.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        var wrong = new StringBuilder();
        foreach (var row in Attempts)
        {
            var (attempt, isolated, otherwise) = row.Data;
            var expected = RunningFixture.WithoutNamespaces ? otherwise ?? isolated : isolated;
            var answer = answers.SingleOrDefault(line => line.StartsWith($"{attempt,-24} ", StringComparison.Ordinal));
            if (!IsAnswer(answer?[25..], expected))
                wrong.AppendLine($"{attempt}: {expected} expected: {answer}");
        }
        Assert.True(wrong.Length == 0, $"{wrong}{done.Output}{done.Error}{done.Outcome}");
        Assert.Equal(Attempts.Count, answers.Length);
    }

    static bool IsAnswer(string? answer, string expected) => expected switch
    {
        Any => answer is not null,
        Closed => answer is "Permission denied" or "No such file or directory",
        _ => answer == expected,
    };

    [Theory]
    [InlineData("allow")]
    [InlineData("trace")]
    public async Task A_filter_of_its_own_gives_a_program_no_more_than_it_had(string answer)
    {
        var desk = new RuleDesk(q => q.Program.Executable == "/usr/bin/id" ? "not this" : null);
        var done = await Try(desk, "filter", answer);
        Assert.Equal("not started: Operation not permitted\n", done.Output);
        Assert.Equal("id", desk.Denied);
    }

    [Fact]
    public async Task A_race_for_the_working_directory_is_never_won()
    {
        var tree = given.NewTree();
        var (here, there) = (Path.Combine(tree, "here"), Path.Combine(tree, "there"));
        Directory.CreateDirectory(here);
        Directory.CreateDirectory(there);
        await File.WriteAllTextAsync(Path.Combine(there, "marker"), "");
        var desk = new RuleDesk(q => q.Program.Executable == "/usr/bin/test" && q.Program.Cwd == there
            ? "not there" : null);
        var done = await given.Run(given.Plan(tree, RunningFixture.Escape(tree), "directory", here, there, "400") with
        {
            Desk = desk,
            Executions = Unlimited,
        });
        Assert.Contains("attempts=400", done.Output, StringComparison.Ordinal);
        Assert.Contains("FORBIDDEN=0 ", done.Output, StringComparison.Ordinal);
        // It was a race: some, or all, were in another directory when they were there.
        Assert.Contains(desk.Records, r => r is { End: ExecutionEnd.Killed, Code: "exec.moved" });
    }

    [Fact]
    public async Task A_lease_on_a_file_does_not_hold_up_whoever_decides()
    {
        var tree = given.NewTree();
        RunningFixture.Escape(tree);
        var done = await given.Run(given.Shell(tree, """
            printf '#!/bin/sh\necho ran\n' > script; cp /usr/bin/true own; chmod +x script
            ./escape lease script > one & ./escape lease own > two & until [ -s one ] && [ -s two ]; do sleep 0.05; done
            env ./script; echo $?; env ./own; echo $?; /usr/bin/echo others; cat one two
            """) with
        { Desk = new RuleDesk() });
        Assert.Equal("126\n126\nothers\nleased\nleased\n", done.Output);
        Assert.InRange(done.Outcome.EndedAt - done.Outcome.StartedAt!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(15));
    }

    [Theory]
    [InlineData("/nowhere")]
    [InlineData("/usr/bin/id")]
    [InlineData("/usr")]
    public async Task A_flood_of_attempts_ends_the_run_whatever_becomes_of_them(string program)
    {
        var tree = given.NewTree();
        var desk = new RuleDesk(q => q.Number > 0 ? "nothing more" : null);
        var done = await given.Run(given.Plan(tree, RunningFixture.Escape(tree), "flood", program) with
        {
            Desk = desk,
            Executions = new ExecutionLimits { PerSecond = 50, BurstMax = 200 },
        });
        Assert.Equal(("exec.rate", RunEndReason.Killed), (done.Outcome.StoppedBy?.Code, done.Outcome.Reason));
    }

    [Fact]
    public async Task Processes_that_fork_without_end_are_gone_soon_after_the_kill()
    {
        var tree = given.NewTree();
        var marker = $"fork-{Guid.NewGuid():N}";
        var plan = given.Plan(tree, RunningFixture.Escape(tree), "fork", marker);
        var run = given.Start(plan with
        {
            Desk = new RuleDesk(),
            Limits = plan.Limits with { ProcessesMax = 150 },
        });
        var waited = Stopwatch.StartNew();
        while (EndingTests.Marked(marker).Count < 40 && waited.Elapsed < RunningFixture.Patience)
            await Task.Delay(10, TestContext.Current.CancellationToken);
        var outcome = await run.Kill(withEvidence: true)
            .WaitAsync(RunningFixture.Patience, TestContext.Current.CancellationToken);
        Assert.Equal((RunEndReason.Killed, 137), (outcome.Reason, outcome.ExitCode));
        Assert.InRange(outcome.KillTook!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.InRange(outcome.Frozen!.Processes, 20, 160);
        Assert.Empty(EndingTests.Marked(marker));
    }

    [Fact]
    public async Task A_kill_does_not_wait_for_whoever_decides()
    {
        using var never = new ManualResetEventSlim();
        using var isStuck = new ManualResetEventSlim();
        try
        {
            var desk = new RuleDesk(q =>
            {
                if (q.Number > 0)
                {
                    isStuck.Set();
                    never.Wait();
                }
                return null;
            });
            var marker = $"7{Environment.ProcessId:D7}.25";
            var run = given.Start(given.Shell(
                given.NewTree(), $"exec 3<> <(:); read -t {marker} <&3 & echo up; /usr/bin/true; wait") with
            { Desk = desk });
            var stop = TestContext.Current.CancellationToken;
            await using var output = run.ReadOutputAsync(stop).GetAsyncEnumerator(stop);
            Assert.True(await output.MoveNextAsync());
            Assert.True(isStuck.Wait(RunningFixture.Patience, stop));
            var ended = run.Kill(withEvidence: true);
            await run.Gone.WaitAsync(TimeSpan.FromSeconds(2), stop);
            Assert.Empty(EndingTests.Marked(marker));
            var outcome = await ended.WaitAsync(RunningFixture.Patience, stop);
            Assert.Equal(
                (RunEndReason.Killed, "exec.mediator-stuck"), (outcome.Reason, outcome.StoppedBy?.Code));
            Assert.InRange(outcome.KillTook!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        }
        finally
        {
            never.Set();
        }
    }

    // What decides too long goes on when its run is long over: with what is its own, not with another run's.
    [Fact]
    public async Task Who_decided_too_long_has_nothing_of_the_runs_that_came_after()
    {
        using var never = new ManualResetEventSlim();
        using var isStuck = new ManualResetEventSlim();
        var desk = new RuleDesk(q =>
        {
            if (q.Number > 0)
            {
                isStuck.Set();
                never.Wait();
            }
            return null;
        });
        List<WakeSignal> others = [];
        try
        {
            // The thread's name, of which the kernel keeps the beginning, is no other run's.
            var plan = given.Shell(given.NewTree(), "/usr/bin/true; exit") with { Desk = desk };
            var run = given.Start(given.Seal(plan with { Id = $"late{Interlocked.Increment(ref s_late)}" }));
            var stop = TestContext.Current.CancellationToken;
            Assert.True(isStuck.Wait(RunningFixture.Patience, stop));
            var outcome = await run.Kill().WaitAsync(RunningFixture.Patience, stop);
            Assert.Equal("exec.mediator-stuck", outcome.StoppedBy?.Code);
            Assert.True(IsThere($"mediate late{s_late}"));
            // Descriptors get the lowest numbers that are free: here each that the run has left is taken.
            for (var i = 0; i < 500; i++)
                others.Add(new WakeSignal());
            never.Set();
            Assert.True(SpinWait.SpinUntil(() => !IsThere($"mediate late{s_late}"), RunningFixture.Patience));
            Assert.Equal(
                [ExecutionEnd.Started, ExecutionEnd.Gone], desk.Records.OrderBy(r => r.Number).Select(r => r.End));
        }
        finally
        {
            never.Set();
            foreach (var other in others)
                other.Dispose();
        }
    }

    static int s_late;

    static bool IsThere(string thread)
    {
        foreach (var task in Directory.EnumerateDirectories("/proc/self/task"))
            try
            {
                if (File.ReadAllText(Path.Combine(task, "comm")).TrimEnd('\n') == thread)
                    return true;
            }
            catch (IOException)
            {
                continue;
            }
        return false;
    }

    [Fact]
    public async Task A_run_outlives_the_thread_that_ordered_it()
    {
        Run? run = null;
        var orderer = new Thread(() => run = given.Start(given.Shell(given.NewTree(), "sleep 1; echo done") with
        {
            Desk = new RuleDesk(),
        }));
        orderer.Start();
        orderer.Join();
        var done = await RunningFixture.Collect(run!);
        Assert.Equal(("done\n", 0), (done.Output, done.Outcome.ExitCode));
    }

    [Fact]
    public async Task What_forgets_its_parent_ends_with_the_run()
    {
        var tree = given.NewTree();
        var marker = $"outlive-{Guid.NewGuid():N}";
        var plan = given.Plan(tree, RunningFixture.Escape(tree), "outlive", marker);
        var run = given.Start(plan with { Desk = new RuleDesk() });
        var stop = TestContext.Current.CancellationToken;
        await using var output = run.ReadOutputAsync(stop).GetAsyncEnumerator(stop);
        Assert.True(await output.MoveNextAsync());
        // Itself and the children of its children, whose parents have gone: a look at all processes takes a while, and
        // who comes and goes meanwhile may be missed.
        var alive = EndingTests.Marked(marker).Count;
        var outcome = await run.Kill();
        Assert.True(alive == 4, $"{alive}: {Encoding.UTF8.GetString(output.Current.Bytes.Span)}{outcome}");
        Assert.Empty(EndingTests.Marked(marker));
    }

    // A read-only folder keeps nobody from connecting to a socket in it.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_socket_of_the_host_in_what_is_shown_cannot_be_reached(bool inTree)
    {
        var (tree, shown) = (given.NewTree(), given.NewTree());
        var path = Path.Combine(inTree ? tree : shown, "host.sock");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        socket.Listen();
        // Whoever it is inside: with another socket of its own it could connect.
        Files.SetMode(path, 0x1B6);
        var plan = given.Plan(tree, "/usr/bin/python3", "-c", $$"""
            import socket, os
            try:
                s = socket.socket(socket.AF_UNIX)
                s.connect('{{path}}')
                print('connected')
            except OSError as e:
                print(e.errno)
            """);
        var done = await given.Run(plan with { ReadOnlyPaths = [shown] });
        Assert.Equal(RunningFixture.WithoutNamespaces ? "97\n" : "111\n", done.Output);
        Assert.True(File.Exists(path));
    }
}
