using Writ.Kills;
using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;
using Writ.Wire;

namespace Writ.Tests.Realms;

/// <summary>Every kind of move, by every kind of actor, in every kind of state: an answer, and always the same
/// one.</summary>
public sealed class EveryMoveTests
{
    public static TheoryData<string> States =>
        ["none", "founded", "open", "requests", "ended", "expired", "pending-change", "closed-change", "killed",
            "leftover"];

    [Theory]
    [MemberData(nameof(States))]
    public void Every_move_is_answered_and_its_events_fold(string name)
    {
        var world = InState(name);
        var state = world.State;
        Actor[] actors = state.Exists && state.Keys.Count > 1
            ? [new Actor.Nobody(), world.As("alice"), world.As("bob"), World.Agent, World.Host]
            : [new Actor.Nobody(), World.Agent, World.Host];
        state = world.State;
        var samples = new Samples(17, Pools(state));
        var accepted = 0;
        foreach (var type in Samples.CasesOf(typeof(Move)))
            for (var round = 0; round < 25; round++)
            {
                var move = (Move)samples.Of(type);
                foreach (var actor in actors)
                {
                    var decided = RealmDecider.Decide(state, move, actor, world.Now);
                    var again = RealmDecider.Decide(state, move, actor, world.Now);
                    Assert.Equal(Bytes(decided), Bytes(again));
                    if (decided is Decided.Accepted happened)
                    {
                        accepted++;
                        Assert.NotEmpty(happened.Events);
                        AssertSnapshots(RealmDecider.Evolve(state, move, actor, happened.Events, world.Now));
                    }
                    else if (!state.Exists && move is not RealmMove.Create)
                        Assert.Equal("realm.none", ((Decided.Refused)decided).Refusal.Code);
                }
            }
        Assert.True(accepted > 0 || name == "none", "some of the moves were possible");
    }

    static void AssertSnapshots(RealmState state)
    {
        var bytes = Canonical.Bytes(RealmSnapshot.Of(state), WireJson.Default.RealmSnapshot);
        Assert.False(bytes.IsEmpty);
    }

    static World InState(string name)
    {
        if (name == "none")
            return new World();
        if (name == "founded")
            return World.Founded();
        var world = World.WithEverybody();
        var session = world.OpenSession();
        if (name == "requests" || name == "ended" || name == "leftover" || name == "expired" || name == "killed")
            WithRequests(world, session);
        switch (name)
        {
            case "ended":
                world.Must(new SessionMove.Close(session, ""), World.Host);
                world.Must(new RunMove.End(world.State.Leftover.Keys.First(), world.State.Leftover.Values.First(),
                    new RunOutcome(RunEnd.Killed, 0, 1, 0, 0, null, null, null)), World.Host);
                break;
            case "leftover":
                world.Must(new SessionMove.Close(session, ""), World.Host);
                break;
            case "expired":
                world.Now = world.Now.AddHours(1);
                break;
            case "killed":
                world.Kill(new Scope(ScopeKind.Agent, "claude"));
                break;
            case "pending-change":
                world.Propose(Given.Document with { Workflows = [] }, "alice");
                break;
            case "closed-change":
                world.Review(world.Propose(Given.Document with { Workflows = [] }, "alice").Change, "bob",
                    approves: false);
                break;
        }
        return world;
    }

    static void WithRequests(World world, SessionId session)
    {
        world.Submit(session, "terraform", "apply");
        world.Submit(session, "git", "status");
        world.Order(world.Submit(session, "git", "status"));
        world.Run(world.Submit(session, "git", "status"));
        world.Submit(session, "sudo", "id");
        var advisory = world.Submit(Given.Exec(world, session, "git", "status") with
        {
            Assurance =
            Assurance.Advisory
        });
        world.Must(new RequestMove.Allow(advisory.Id), World.Agent);
        world.Submit(Given.Exec(world, session, "git", "log") with { Assurance = Assurance.Advisory });
    }

    static Dictionary<Type, object[]> Pools(RealmState state)
    {
        var requests = state.Sessions.Values.OfType<SessionState.Open>().SelectMany(s => s.Requests.Values).ToList();
        object[] runs = [.. requests.OfType<RequestState.Running>().Select(r => (object)r.Run),
            .. state.Leftover.Keys, new RunId("run-new")];
        object[] writs = [.. requests.OfType<RequestState.Ordered>().Select(r => (object)r.Writ),
            new WritId("writ-new")];
        return new Dictionary<Type, object[]>
        {
            [typeof(PersonId)] = [.. state.Registry.People.Keys.Select(p => (object)p), new PersonId("ghost"),
                default(PersonId)],
            [typeof(SessionId)] = [.. state.Sessions.Keys.Select(s => (object)s), new SessionId("session-new"),
                default(SessionId)],
            [typeof(RequestId)] = [.. requests.Select(r => (object)r.Id), new RequestId("request-new"),
                default(RequestId)],
            [typeof(ChangeId)] = [.. state.Changes.Keys.Select(c => (object)c), new ChangeId("change-new"),
                default(ChangeId)],
            [typeof(KillId)] = [.. state.Kills.Keys.Select(k => (object)k), new KillId("kill-new"), default(KillId)],
            [typeof(LoginId)] = [.. state.Logins.Keys.Select(l => (object)l), new LoginId("login-new"),
                default(LoginId)],
            [typeof(RunId)] = [.. runs, default(RunId)],
            [typeof(WritId)] = [.. writs, default(WritId)],
            [typeof(AgentId)] = [new AgentId("claude"), new AgentId("ghost")],
            [typeof(WorkflowId)] = [new WorkflowId("release-prod"), new WorkflowId("ghost")],
            [typeof(TargetId)] = [new TargetId("db-prod"), new TargetId("ghost")],
            [typeof(EnvironmentId)] = [new EnvironmentId("prod"), new EnvironmentId("ghost")],
            [typeof(Scope)] = [new Scope(ScopeKind.Realm, ""), new Scope(ScopeKind.Agent, "claude"),
                new Scope(ScopeKind.Session, "x")],
        };
    }

    static byte[] Bytes(Decided decided) => decided switch
    {
        Decided.Accepted a => Canonical.Bytes(
            new EntryBody(World.Host, new RealmMove.Tick(), a.Events, null), WireJson.Default.EntryBody).ToArray(),
        Decided.Refused r => Canonical.Bytes(
            new EntryBody(World.Host, new RealmMove.Tick(), null, r.Refusal), WireJson.Default.EntryBody).ToArray(),
        _ => throw new InvalidOperationException("an answer of a third kind"),
    };
}
