using Writ.Runs;
using Writ.Server.Mediation;
using Writ.Server.Running;
using Writ.Server.Tests.Running;
using Writ.Testing;

namespace Writ.Server.Tests.Mediation;

/// <summary>Attacks on the decision about what starts, as programs that run inside the sandbox.</summary>
public sealed class AttackTests(RunningFixture given) : IClassFixture<RunningFixture>
{
    const int Attempts = 2_000;
    static readonly TimeSpan Long = TimeSpan.FromMinutes(20);

    static readonly ExecutionLimits Unlimited = new()
    {
        CountMax = int.MaxValue,
        PerSecond = 1_000_000,
        BurstMax = 1_000_000,
        MismatchEndsRun = false,
    };

    async Task<Finished> Attack(RuleDesk desk, string name, ExecutionLimits limits, params string[] arguments)
    {
        var tree = given.NewTree();
        var program = Path.Combine(tree, name);
        RunningFixture.Compile(SharedData.Require($"attacks/{name}.c"), program);
        var plan = given.Plan(tree, program, arguments);
        var run = given.Start(given.Seal(plan with { Limits = plan.Limits with { WallTimeMax = Long } })
            with
        { Desk = desk, Executions = limits });
        using var limit = new CancellationTokenSource(Long);
        using var output = new MemoryStream();
        await foreach (var chunk in run.ReadOutputAsync(limit.Token))
            output.Write(chunk.Bytes.Span);
        return new Finished(await run.Outcome, output.ToArray(), []);
    }

    static int Count(string output, string key)
    {
        var at = output.IndexOf(key + "=", StringComparison.Ordinal) + key.Length + 1;
        return int.Parse(output.AsSpan(at, output.AsSpan(at).IndexOfAny(' ', '\n')));
    }

    [Theory]
    [InlineData("race", "allowed_target", "FORBIDDEN_TARGET_RAN")]
    [InlineData("argrace", "allowed_arg", "FORBIDDEN_ARG_RAN")]
    public async Task A_race_for_the_path_or_the_arguments_is_never_won(string name, string allowed, string forbidden)
    {
        var desk = new RuleDesk(q => q.Program.Executable == "/usr/bin/false" || q.Program.Argv.Contains("evilword")
            ? "forbidden"
            : null);
        var done = await Attack(desk, name, Unlimited, $"{Attempts}");
        Assert.Equal(Attempts, Count(done.Output, "attempts"));
        Assert.Equal(0, Count(done.Output, forbidden));
        // It was a race, not a wall: the permitted one got through, and some were caught between the two decisions.
        Assert.True(Count(done.Output, allowed) > 0, done.Output);
        Assert.True(Count(done.Output, "killed") > 0, done.Output);
        Assert.Equal(
            Count(done.Output, "killed"),
            desk.Records.Count(r => r is { End: ExecutionEnd.Killed, Code: "exec.mismatch" }));
    }

    [Fact]
    public async Task Something_else_than_was_decided_ends_the_whole_run()
    {
        var desk = new RuleDesk(q => q.Program.Executable == "/usr/bin/false" ? "forbidden" : null);
        var done = await Attack(desk, "race", Unlimited with { MismatchEndsRun = true }, $"{Attempts}");
        Assert.Equal(("exec.mismatch", RunEndReason.Killed), (done.Outcome.StoppedBy?.Code, done.Outcome.Reason));
        Assert.DoesNotContain("attempts=", done.Output, StringComparison.Ordinal);
        Assert.Contains(desk.Records, r => r.End == ExecutionEnd.Killed && r.Found is not null);
    }

    [Theory]
    [InlineData("/usr/bin/id")]
    [InlineData("/usr/bin/id", "by-path")]
    public async Task A_program_in_memory_is_seen_as_one(params string[] arguments)
    {
        var desk = new RuleDesk(q => q.Program.Origin == ExecutableOrigin.Memory ? "nameless" : null);
        var done = await Attack(desk, "memfd", Unlimited, arguments);
        Assert.Contains("memfd exec errno=1", done.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("uid=", done.Output, StringComparison.Ordinal);
        Assert.Equal(ExecutionEnd.Denied, desk.Records.Last().End);
    }

    [Theory]
    [InlineData("int80")]
    [InlineData("x32")]
    public async Task Other_ways_into_the_kernel_kill(string name)
    {
        var done = await Attack(new RuleDesk(), name, Unlimited);
        Assert.Equal(128 + 31, done.Outcome.ExitCode);
        Assert.DoesNotContain("uid=", done.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Threads_failures_and_questions_about_executing_are_answered_as_ever()
    {
        var desk = new RuleDesk();
        var done = await Attack(desk, "thr", Unlimited);
        Assert.Equal(0, done.Outcome.ExitCode);
        Assert.Contains("bad argv pointer -> -1 Bad address", done.Output, StringComparison.Ordinal);
        Assert.Contains("first attempt errno 2", done.Output, StringComparison.Ordinal);
        Assert.Contains("exec from a non-leader thread", done.Output, StringComparison.Ordinal);
        Assert.Contains(desk.Records, r => r is { End: ExecutionEnd.Started, Program.Name: "/usr/bin/echo" });
    }

    [Fact]
    public async Task The_loader_a_deleted_program_and_a_preloaded_one_are_told_apart()
    {
        var desk = new RuleDesk();
        var done = await given.Run(given.Shell(given.NewTree(), """
            /lib64/ld-linux-x86-64.so.2 /usr/bin/true
            cp /usr/bin/true gone; exec 5<gone; rm gone; /proc/self/fd/5; exec 5<&-
            LD_PRELOAD=/nowhere.so LD_BIND_NOW=1 /usr/bin/true 2>/dev/null
            cp /usr/bin/true own; ./own; ln -s /usr/bin/true link; ./link
            """) with
        { Desk = desk });
        Assert.Equal(0, done.Outcome.ExitCode);
        var found = desk.Records.Where(r => r.Program.Name is not ("/usr/bin/bash" or "/usr/bin/cp" or "/usr/bin/rm"
            or "/usr/bin/ln")).Select(r => (r.Program.Origin, Loaders: string.Join(',', r.Program.Loaders))).ToArray();
        Assert.Equal(
            [
                (ExecutableOrigin.Loader, ""), (ExecutableOrigin.Deleted, ""), (ExecutableOrigin.System, "LD_PRELOAD"),
                (ExecutableOrigin.WorkTree, ""), (ExecutableOrigin.System, ""),
            ],
            found);
    }

    [Theory]
    [InlineData("exec.rate", 100, 1_000_000)]
    [InlineData("exec.budget", 1_000_000, 100)]
    public async Task A_flood_of_programs_ends_the_run(string code, int burst, int count)
    {
        var desk = new RuleDesk();
        var done = await given.Run(given.Shell(given.NewTree(), "while :; do /usr/bin/true; done") with
        {
            Desk = desk,
            Executions = new ExecutionLimits { PerSecond = 1, BurstMax = burst, CountMax = count },
        });
        Assert.Equal((code, RunEndReason.Killed), (done.Outcome.StoppedBy?.Code, done.Outcome.Reason));
        Assert.InRange(desk.Records.Count, 50, 200);
    }

    [Fact]
    public async Task Nothing_starts_when_the_one_who_decides_has_failed()
    {
        var desk = new RuleDesk(_ => throw new InvalidOperationException("a bug of the test"));
        var tree = given.NewTree();
        var done = await given.Run(given.Shell(
            tree, "echo here > begun; /usr/bin/touch made; /usr/bin/touch made; sleep 30") with
        { Desk = desk });
        Assert.Equal("exec.mediator-fault", done.Outcome.StoppedBy?.Code);
        Assert.Equal("bash", desk.Started);
        Assert.True(File.Exists(Path.Combine(tree, "begun")));
        Assert.False(File.Exists(Path.Combine(tree, "made")));
    }
}
