using System.Collections.Immutable;
using Writ.Requests;
using Writ.Runs;
using Writ.Tests.Realms;
using Writ.Sessions;
using Writ.Testing;

namespace Writ.Tests.Runs;

/// <summary>What a run was allowed for bounds what it starts.</summary>
public sealed class ExecutionJudgeTests
{
    const string Tree = "/home/agent/work";

    readonly World _world = World.WithEverybody();
    readonly SessionId _session;

    public ExecutionJudgeTests() => _session = _world.OpenSession(workflow: "release-staging");

    static ExecutedProgram Program(params ImmutableArray<string> argv) => new(
        "/usr/bin/" + argv[0], "/usr/bin/" + argv[0], ExecutableOrigin.System, argv, Tree, ["bash"], [], null);

    RunBounds Automatic() => Bounds(Given.Exec(_world, _session, "git", "status"), []);

    /// <summary>A run of code that nobody has looked into, for which dave of security agreed.</summary>
    RunBounds Approved(params ImmutableArray<string> argv) => Bounds(
        Given.Exec(_world, _session, argv),
        [new Approval(new PersonId("dave"), "", _world.Now, _world.Now.AddHours(1))]);

    RunBounds Bounds(Request request, ImmutableArray<Approval> approvals)
    {
        var submitted = _world.Submit(request);
        var verdict = _world.StateOf(submitted) switch
        {
            RequestState.Waiting w => w.Verdict,
            RequestState.Ready r => r.Verdict,
            var other => throw new InvalidOperationException(other.ToString()),
        };
        return new RunBounds(submitted, verdict, approvals, _world.Now);
    }

    ExecutionVerdict Decide(RunBounds run, ExecutedProgram program) =>
        ExecutionJudge.Decide(_world.State, run, program, ownScratch: true, _world.Now);

    [Fact]
    public void What_is_automatic_by_itself_starts_in_any_run()
    {
        foreach (var run in (RunBounds[])[Automatic(), Approved("make")])
            Assert.Equal("exec.automatic", Decide(run, Program("ls", "-l")).Code);
    }

    [Fact]
    public void Code_that_nobody_has_seen_starts_only_where_people_agreed_to_such_code()
    {
        var own = Program("x") with
        {
            Name = Tree + "/x",
            Executable = Tree + "/x",
            Origin = ExecutableOrigin.WorkTree,
        };
        foreach (var program in (ExecutedProgram[])[own, Program("python3", "x.py"), Program("sh", "x.sh")])
        {
            Assert.Equal("exec.not-covered", Decide(Automatic(), program).Code);
            Assert.Equal("exec.covered", Decide(Approved("make"), program).Code);
        }
    }

    [Fact]
    public void Who_agreed_to_code_agreed_to_no_effect_that_policy_asks_about_by_name()
    {
        var verdict = Decide(Approved("make"), Program("rm", "-rf", "src"));
        Assert.Equal("exec.not-covered", verdict.Code);
        Assert.Contains("fs.", verdict.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_block_stays_one_whoever_agreed_to_the_run()
    {
        var verdict = Decide(Approved("make"), Program("sudo", "id"));
        Assert.Equal((false, "exec.blocked", "never"), (verdict.Allows, verdict.Code, verdict.Rule));
    }

    public static TheoryData<string, string, string> Companions => new()
    {
        { "gcc", "/usr/lib/gcc/x86_64-linux-gnu/12/cc1", "exec.automatic" },
        { "x86_64-linux-gnu-gcc-12", "/usr/bin/as", "exec.automatic" },
        { "collect2", "/usr/bin/x86_64-linux-gnu-ld.bfd", "exec.automatic" },
        { "bash", "/usr/lib/gcc/x86_64-linux-gnu/12/cc1", "exec.not-covered" },
        { Tree + "/gcc", "/usr/bin/as", "exec.not-covered" },
        { "gcc", "/usr/bin/python3", "exec.not-covered" },
    };

    [Theory]
    [MemberData(nameof(Companions))]
    public void A_part_of_a_program_does_only_what_the_program_does(string nearest, string path, string code)
    {
        var program = new ExecutedProgram(
            path, path, ExecutableOrigin.System, [path, "http://x"], Tree, [nearest], [], null);
        Assert.Equal(code, Decide(Automatic(), program).Code);
    }

    const string Receive = "git-receive-pack '/srv/a.git'";
    const string GitCore = "/usr/lib/git-core/git";
    const string Objects = "--format=%(objectname)";

    public static TheoryData<string[], string[], string> Transports => new()
    {
        { ["git"], ["/bin/sh", "-c", Receive, Receive], "exec.automatic" },
        { ["git"], ["/bin/sh", "-c", Receive], "exec.not-covered" },
        { ["git"], ["/bin/sh", "-c", Receive, "other"], "exec.not-covered" },
        { ["git"], ["/bin/sh", "-c", Receive + "; id", Receive + "; id"], "exec.not-covered" },
        { ["git"], ["/bin/sh", "-c", "git-receive-pack '/a' 'b'", "git-receive-pack '/a' 'b'"], "exec.not-covered" },
        { ["git"], ["/bin/sh", "-c", "git-receive-pack $(id)", "git-receive-pack $(id)"], "exec.not-covered" },
        { ["git"], ["/bin/sh", "-xc", Receive, Receive], "exec.not-covered" },
        { ["make"], ["/bin/sh", "-c", Receive, Receive], "exec.not-covered" },
        { [Tree + "/git"], ["/bin/sh", "-c", Receive, Receive], "exec.not-covered" },
        { ["sh", "git"], ["/usr/bin/git-receive-pack", "/srv/a.git"], "exec.automatic" },
        { ["sh", "make"], ["/usr/bin/git-receive-pack", "/srv/a.git"], "exec.not-covered" },
        { ["sh", Tree + "/git"], ["/usr/bin/git-receive-pack", "/srv/a.git"], "exec.not-covered" },
        { ["git-receive-pack", "sh"], ["/usr/bin/git", "unpack-objects"], "exec.automatic" },
        { ["git-receive-pack", "sh"], ["/usr/bin/git", "-c", "alias.x=!id", "x"], "exec.not-covered" },
        { ["git-receive-pack", "sh"], [Tree + "/hooks/post-receive"], "exec.not-covered" },
        { ["git", "git-receive-pack"], [GitCore, "--git-dir=/srv/a.git", "for-each-ref", Objects], "exec.automatic" },
        { ["make"], [GitCore, "--git-dir=/srv/a.git", "for-each-ref", Objects], "exec.not-covered" },
        { ["git"], [GitCore, "--git-dir=/srv/a.git", "for-each-ref", Objects, "--shell"], "exec.not-covered" },
        { ["git"], [GitCore, "--git-dir=/srv/a.git", "gc", Objects], "exec.not-covered" },
    };

    [Theory]
    [MemberData(nameof(Transports))]
    public void The_other_end_of_a_push_is_a_part_of_git_and_nothing_beside_it(
        string[] via, string[] argv, string code)
    {
        var origin = argv[0].StartsWith(Tree, StringComparison.Ordinal)
            ? ExecutableOrigin.WorkTree
            : ExecutableOrigin.System;
        var program = new ExecutedProgram(argv[0], argv[0], origin, [.. argv], Tree, [.. via], [], null);
        Assert.Equal(code, Decide(Automatic(), program).Code);
    }

    [Theory]
    [InlineData(ExecutableOrigin.Memory)]
    [InlineData(ExecutableOrigin.Deleted)]
    [InlineData(ExecutableOrigin.Loader)]
    [InlineData(ExecutableOrigin.Unknown)]
    public void A_program_of_no_origin_is_never_automatic(ExecutableOrigin origin) => Assert.Equal(
        "exec.not-covered", Decide(Automatic(), Program("ls") with { Origin = origin }).Code);

    [Fact]
    public void A_program_with_other_code_in_it_is_not_that_program() => Assert.Equal(
        "exec.not-covered", Decide(Automatic(), Program("ls") with { Loaders = ["LD_PRELOAD"] }).Code);

    [Fact]
    public void A_name_that_somebody_else_made_says_nothing()
    {
        // ./ls is a link to a shell, and calls itself ls.
        var shell = Program("ls") with { Name = Tree + "/ls", Executable = "/usr/bin/bash" };
        Assert.Equal("exec.not-covered", Decide(Automatic(), shell).Code);
        // It is ls, and calls itself something that may not start.
        var disguised = Program("ls") with { Argv = ["sudo"] };
        Assert.Equal("exec.blocked", Decide(Automatic(), disguised).Code);
    }

    [Fact]
    public void A_script_of_the_system_is_that_program_of_the_system()
    {
        var script = new ExecutedScript("/usr/bin/ls", ExecutableOrigin.System, null, 1);
        var program = Program("perl", "/usr/bin/ls", "-l") with { Script = script };
        Assert.Equal("exec.automatic", Decide(Automatic(), program).Code);
        Assert.Equal("exec.not-covered", Decide(Automatic(), program with
        {
            Script = script with { Origin = ExecutableOrigin.WorkTree },
        }).Code);
    }

    [Fact]
    public void Nothing_starts_when_the_session_is_over()
    {
        var run = Automatic();
        _world.Must(new SessionMove.Close(_session, ""), World.Host);
        Assert.Equal("exec.session-over", Decide(run, Program("ls")).Code);
    }
}
