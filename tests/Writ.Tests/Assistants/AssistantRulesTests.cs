using System.Collections.Immutable;
using Writ.Assistants;
using Writ.Egress;
using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;
using Writ.Testing;
using Writ.Tests.Realms;
using Writ.Workflows;

namespace Writ.Tests.Assistants;

/// <summary>Who may act in a session in which an assistant lives, what it may start there, and how both end.</summary>
public sealed class AssistantRulesTests
{
    internal static AssistantTerms Terms { get; } = new(
        ["claude"], ["/opt/claude"], AssistantHome.Scratch, [new Variable("A", "1")],
        [new AssistantSecret("MODEL_KEY", "/etc/writ/model.key")], ["api.example:443"], Depth: 2);

    internal static Workflow With(Workflow workflow) => workflow with
    {
        Assistant = Terms,
        Egress = [new EgressGrant("api.example", 443), new EgressGrant("web.example", 443)],
    };

    internal static World NewWorld(Tier tier = Tier.T2) => World.WithEverybody(d => d with
    {
        Workflows = [d.Workflows[0], With(d.Workflows[1]) with { TierMin = tier }],
    });

    internal static Request Assistant(World world, SessionId session, bool ends = false) =>
        Tests.Given.Exec(world, session, "claude") with { Ask = new Ask.Assistant(["claude"], ends) };

    /// <summary>A world in which one lives, its session, its request and its run.</summary>
    internal static (World World, SessionId Session, Request Request, RunId Run) Living(
        bool ends = false, Tier tier = Tier.T2)
    {
        var world = NewWorld(tier);
        var session = world.OpenSession(workflow: "release-staging");
        var request = world.Submit(Assistant(world, session, ends));
        return (world, session, request, world.Run(request, tier));
    }

    internal static Actor.Agent Inside(RunId run) => ((Actor.Agent)World.Agent) with { Within = run };

    internal static void End(World world, Request request, RunId run) => world.Must(
        new RunMove.End(run, request.Id, new RunOutcome(RunEnd.Exited, 0, 5, 0, 0, null, null, null)), World.Host);

    [Fact]
    public void While_its_tree_is_held_nothing_is_carried_out_beside_it_and_what_is_advised_still_is()
    {
        var (world, session, request, run) = Living(tier: Tier.T3);
        RequestMove Ask(Assurance how) =>
            new RequestMove.Submit(Tests.Given.Exec(world, session, "ls") with { Assurance = how });

        Assert.Equal("assistant.tree-held", world.Refuses(Ask(Assurance.Brokered), Inside(run)));
        world.Must(Ask(Assurance.Advisory), Inside(run));
        Assert.True(AssistantRules.HoldsTree(world.State, world.State.OpenSession(session)!));

        End(world, request, run);
        Assert.False(AssistantRules.HoldsTree(world.State, world.State.OpenSession(session)!));
        world.Must(Ask(Assurance.Brokered), World.Agent);
    }

    [Fact]
    public void While_it_lives_only_what_is_in_its_sandbox_acts_in_the_session()
    {
        var (world, session, _, run) = Living();
        var other = world.OpenSession(workflow: "release-staging");
        RequestMove Ask(SessionId id) => new RequestMove.Submit(Tests.Given.Exec(world, id, "ls"));

        Assert.Equal("session.not-yours", world.Refuses(Ask(session), World.Agent));
        Assert.Equal("session.not-yours", world.Refuses(Ask(session), Inside(new RunId("run-of-another"))));
        Assert.Equal("session.not-yours", world.Refuses(Ask(other), Inside(run)));
        Assert.Equal("session.not-yours", world.Refuses(new SessionMove.Close(other, ""), Inside(run)));
        Assert.Equal("session.not-yours", world.Refuses(
            Ask(session), Inside(run) with { Uid = World.AgentUid + 1 }));
        world.Must(Ask(session), Inside(run));
        world.Must(Ask(other), World.Agent);
    }

    [Fact]
    public void A_session_that_was_opened_for_it_ends_with_it_and_another_one_goes_on()
    {
        var (world, session, request, run) = Living(ends: true);
        var waiting = Tests.Given.Exec(world, session, "terraform", "destroy");
        world.Must(new RequestMove.Submit(waiting), Inside(run));
        End(world, request, run);
        Assert.Equal("session.assistant-ended", world.EndedBy(session));
        Assert.Equal(new AssistantRun(request.Id, run, Lives: false),
            ((SessionState.Ended)world.State.Sessions[session]).Assistant);

        (world, session, request, run) = Living();
        End(world, request, run);
        Assert.Equal("open", world.EndedBy(session));
        Assert.Equal("session.not-yours", world.Refuses(
            new RequestMove.Submit(Tests.Given.Exec(world, session, "ls")), Inside(run)));
        world.Submit(session, "ls");
    }

    [Fact]
    public void A_kill_ends_it_with_its_session_and_the_end_of_its_run_says_so_once()
    {
        var (world, session, request, run) = Living(ends: true);
        world.Kill(new Kills.Scope(Kills.ScopeKind.Session, session.Value));
        Assert.Equal("session.killed", world.EndedBy(session));
        End(world, request, run);
        Assert.Equal("session.killed", world.EndedBy(session));
    }

    [Theory]
    [InlineData("assistant.not-named", "codex")]
    [InlineData("assistant.not-named", "/opt/claude/claude")]
    public void Only_what_the_workflow_names_lives_in_a_sandbox(string code, string program)
    {
        var world = NewWorld();
        var session = world.OpenSession(workflow: "release-staging");
        Assert.Equal(code, world.Refuses(
            new RequestMove.Submit(Assistant(world, session) with { Ask = new Ask.Assistant([program], false) }),
            World.Agent));
        Assert.Equal("assistant.not-named", world.Refuses(
            new RequestMove.Submit(Assistant(world, world.OpenSession())), World.Agent));
    }

    [Fact]
    public void One_lives_in_a_session_and_starts_no_other_there()
    {
        var (world, session, request, run) = Living();
        Assert.Equal("assistant.already", world.Refuses(
            new RequestMove.Submit(Assistant(world, session)), Inside(run)));
        End(world, request, run);
        world.Submit(Assistant(world, session));
    }

    [Fact]
    public void It_needs_namespaces()
    {
        var world = NewWorld();
        var session = world.OpenSession(workflow: "release-staging");
        var request = world.Submit(Assistant(world, session));
        Assert.Equal("run.tier", world.Refuses(
            new RunMove.Consume(world.Order(request), request.Id, new RunId("run-a"), Tier.T1), World.Host));
    }

    [Fact]
    public void What_its_model_says_is_no_text_of_strangers()
    {
        var (world, session, request, run) = Living();
        world.Must(new RunMove.RecordEgress(run, request.Id, Batch(0, "api.example")), World.Host);
        Assert.Equal(ContentOrigins.None, world.State.OpenSession(session)!.Content);
        world.Must(new RunMove.RecordEgress(run, request.Id, Batch(1, "web.example")), World.Host);
        Assert.Equal(ContentOrigins.Web, world.State.OpenSession(session)!.Content);
    }

    [Theory]
    [InlineData("exec.automatic", "ls -l")]
    [InlineData("exec.assistant", "make")]
    [InlineData("exec.assistant", "bash -c eval_$NOT_KNOWN")]
    [InlineData("exec.brokered", "rm src/main.c")]
    [InlineData("exec.brokered", "terraform destroy")]
    [InlineData("exec.blocked", "sudo id")]
    public void In_there_it_does_what_its_sandbox_bounds_and_nothing_that_policy_asks_about(string code, string line)
    {
        var (world, _, request, _) = Living();
        ImmutableArray<string> argv = [.. line.Split(' ').Select(w => w.Replace('_', ' '))];
        Assert.Equal(code, Decide(world, request, Program(argv)).Code);
    }

    [Fact]
    public void An_approval_of_its_stay_covers_nothing_that_policy_asks_about()
    {
        var (world, _, request, _) = Living();
        var approved = Decide(
            world, request, Program(["rm", "src/main.c"]),
            [new Approval(new PersonId("bob"), "", world.Now, world.Now.AddHours(1))]);
        Assert.Equal("exec.brokered", approved.Code);
        Assert.False(approved.MayBeHeld);
        Assert.True(approved.IsBrokered);
    }

    [Theory]
    [InlineData("exec.assistant", "claude", "bash")]
    [InlineData("exec.depth", "claude", "bash", "claude")]
    public void As_many_of_it_stand_above_one_another_as_the_workflow_says(string code, params string[] via)
    {
        var (world, _, request, _) = Living();
        Assert.Equal(code, Decide(world, request, Program(["claude"]) with { Via = [.. via] }).Code);
    }

    [Fact]
    public void Its_hook_starts_and_asks()
    {
        var (world, _, request, _) = Living();
        foreach (var argv in (ImmutableArray<string>[])
            [
                ["/bin/sh", "-c", Writ.Hooks.HookLine.Of(AssistantPlaces.ClientPath, AssistantPlaces.SocketPath)],
                ["timeout", "-k", "1", "8", AssistantPlaces.ClientPath, "hook", "claude-code"],
                ["bash", "-c", $"eval '{AssistantPlaces.ClientPath} run --request r-1' && pwd >| /tmp/x"],
            ])
            Assert.Equal("exec.assistant", Decide(world, request, Program(argv) with
            {
                Name = argv[0] == "/bin/sh" ? "/bin/sh" : "/usr/bin/" + argv[0],
                Executable = "/usr/bin/" + (argv[0] == "/bin/sh" ? "dash" : argv[0]),
            }).Code);
    }

    static ExecutedProgram Program(ImmutableArray<string> argv) => new(
        "/usr/bin/" + argv[0], "/usr/bin/" + argv[0], ExecutableOrigin.System, argv, "/home/agent/work", ["claude"], [],
        null);

    static ExecutionVerdict Decide(
        World world, Request request, ExecutedProgram program, ImmutableArray<Approval>? approvals = null)
    {
        var running = world.StateOf(request);
        Assert.IsType<RequestState.Running>(running);
        var verdict = new Verdict(
            VerdictKind.Automatic, "policy.automatic", "", [], [], [], [new Effect(Verbs.AgentRun, "claude", null)], [],
            "", Verdict.EngineVersion);
        return ExecutionJudge.Decide(
            world.State, new RunBounds(request, verdict, approvals ?? [], world.Now), program, ownScratch: true,
            world.Now);
    }

    static EgressBatch Batch(int first, string host) => EgressBatch.Of(
        first,
        [
            new EgressRecord(
                first, 0, 1, EgressVia.Tunnel, host, 443, null, null, true, "203.0.113.1", EgressEnd.Done,
                "net.automatic", null, null, 10, 20),
        ], _ => "sha256:none");
}
