using System.Collections.Immutable;
using Writ.Agents;
using Writ.Kills;
using Writ.People;
using Writ.Realms;
using Writ.Requests;
using Writ.Sessions;
using Writ.Workflows;

namespace Writ.Tests.Realms;

/// <summary>What sessions refuse, and how they end.</summary>
static class SessionRefusals
{
    public static ImmutableArray<RefusalCase> Cases { get; } =
    [
        new("person.required", w => w.Refuses(new SessionMove.Open(Terms), World.Agent)),
        new("session.bad-id", w => Open(w, t => t with { Id = new SessionId("Not An Id") })),
        new("session.bad-id", w => Open(w, t => t with { Id = w.OpenSession() })),
        new("session.bad-task", w => Open(w, t => t with { Task = " " })),
        new("session.bad-task", w => Open(w, t => t with { Purpose = new string('x', 5_000) })),
        new("session.bad-work-tree", w => Open(w, t => t with { WorkTree = "/" })),
        new("session.bad-work-tree", w => Open(w, t => t with { WorkTree = "//" })),
        new("session.bad-work-tree", w => Open(w, t => t with { WorkTree = "relative" })),
        new("session.bad-work-tree", w => Open(w, t => t with { WorkTree = "/home/../etc" })),
        new("session.bad-work-tree", w => Open(w, t => t with { WorkTree = "/home/\0" })),
        new("session.no-target", w => Open(w, t => t with { Targets = [] })),
        new("session.too-many", Crowded),
        new("workflow.unknown", w => Open(w, t => t with { Workflow = new WorkflowId("ghost") })),
        new("agent.unknown", w => Open(w, t => t with { Agent = new AgentId("ghost") })),
        new("workflow.agent", _ => Open(Altered(x => x with { Agents = [new AgentId("claude")] }),
            t => t with { Agent = new AgentId("other") })),
        new("agent.not-active", _ => Open(WithAgent(a => a with { State = AgentState.Suspended }), t => t)),
        new("agent.not-active", _ => Open(WithAgent(a => a with { State = AgentState.Retired }), t => t)),
        new("agent.review-overdue", _ => Open(WithAgent(a => a with { ReviewBy = new DateOnly(2026, 11, 15) }),
            t => t)),
        new("agent.no-owner", _ =>
        {
            var w = World.WithEverybody(d => d with
            {
                Teams = [.. d.Teams, new Team(new TeamId("lonely"), Given.Ids("carol"), [])],
                Agents = [.. d.Agents.Select(a => a with { OwnerTeam = new TeamId("lonely") })],
            });
            w.Must(new PersonMove.Offboard(new PersonId("carol"), "left"), w.As("alice"));
            return Open(w, t => t);
        }),
        new("workflow.environment", w => Open(w, t => t with { Environment = new EnvironmentId("staging") })),
        new("workflow.target", w => Open(w, t => t with { Targets = [new TargetId("db-staging")] })),
        new("workflow.target", w => Open(w, t => t with { Targets = [new TargetId("ghost")] })),
        new("session.target-environment", _ => Open(
            Altered(x => x with { Targets = [new TargetId("db-staging"), new TargetId("db-prod")] }),
            t => t with { Targets = [new TargetId("db-staging")] })),
        new("workflow.bounds", w => Open(w, t => t with { Bounds = Bounds.Default with { Commands = 1_000 } })),
        new("workflow.bounds", w => Open(w, t => t with { Bounds = Bounds.Default with { Minutes = 0 } })),
        new("workflow.bounds", w => Open(w, t => t with { Bounds = Bounds.Default with { Minutes = -1 } })),
        new("workflow.bounds", w => Open(w, t => t with { Bounds = Bounds.Default with { Writes = -1 } })),
        new("workflow.no-owner", _ => Open(Altered(x => x with { SecurityOwner = default }), t => t)),
        new("workflow.review-overdue", _ => Open(Altered(x => x with { ReviewBy = new DateOnly(2026, 11, 15) }),
            t => t)),
        new("session.parent", w => Open(w, t => t with { Parent = new SessionId("ghost") })),
        new("session.parent-ended", w =>
        {
            var parent = w.OpenSession();
            w.Must(new SessionMove.Close(parent, ""), World.Host);
            return Open(w, t => t with { Parent = parent });
        }),
        new("session.parent-ended", w =>
        {
            var parent = w.OpenSession();
            var child = w.OpenSession("bob", parent: parent);
            w.Must(new SessionMove.Close(parent, ""), World.Host);
            return w.Refuses(new SessionMove.Attach(child, "x", "y"), World.Agent);
        }),
        new("session.parent-ended", w =>
        {
            var parent = w.OpenSession();
            var child = w.OpenSession("bob", parent: parent);
            w.Must(new SessionMove.Close(parent, ""), World.Host);
            w.Must(new RealmMove.Tick(), World.Host);
            return w.EndedBy(child);
        }),
        new("session.chain", w =>
        {
            SessionId? parent = null;
            for (var depth = 0; depth < 9; depth++)
                parent = w.OpenSession(parent: parent);
            return Open(w, t => t with { Parent = parent });
        }),
        .. Scopes.Select(scope => new RefusalCase("session.stopped", w =>
        {
            w.Kill(scope(w));
            return Open(w, t => t);
        })),

        new("session.not-yours", w => w.Refuses(
            new SessionMove.Attach(w.OpenSession(), "x", "y"), new Actor.Agent(7, 1, "/usr/bin/node"))),
        new("session.not-yours", w => w.Refuses(new SessionMove.Attach(w.OpenSession(), "x", "y"), w.As("alice"))),
        new("session.not-yours", w => w.Refuses(
            new SessionMove.Close(w.OpenSession(), ""), new Actor.Agent(7, 1, "/usr/bin/node"))),
        new("session.not-yours", w => w.Refuses(new SessionMove.Close(w.OpenSession(), ""), new Actor.Nobody())),
        new("session.bad-client", w => w.Refuses(
            new SessionMove.Attach(w.OpenSession(), new string('x', 65), "y"), World.Agent)),
        new("session.bad-prompt", w => w.Refuses(new SessionMove.RecordPrompt(
            w.OpenSession(), new PromptReference(new string('x', 129), "sha256:x", 1)), World.Agent)),
        new("session.bad-content", w => w.Refuses(
            new SessionMove.TakeIn(w.OpenSession(), ContentOrigins.None, "x"), World.Agent)),
        new("session.bad-content", w => w.Refuses(
            new SessionMove.TakeIn(w.OpenSession(), (ContentOrigins)4096, "x"), World.Agent)),
        new("session.bad-content", w => w.Refuses(
            new SessionMove.TakeIn(w.OpenSession(), ContentOrigins.Web, new string('x', 5_000)), World.Agent)),
        new("session.bad-reason", w => w.Refuses(new SessionMove.Close(w.OpenSession(), new string('x', 5_000)),
            World.Agent)),
        new("session.unknown", w => w.Refuses(new SessionMove.Close(new SessionId("ghost"), ""), World.Host)),
        new("session.expired", w =>
        {
            var session = w.OpenSession();
            w.Now = w.Now.AddMinutes(60);
            return w.Refuses(new SessionMove.Close(session, ""), World.Host);
        }),
        new("session.expired", w =>
        {
            var session = w.OpenSession();
            w.Now = w.Now.AddMinutes(60);
            w.Must(new RealmMove.Tick(), World.Host);
            return w.EndedBy(session);
        }),
        new("session.closed", w =>
        {
            var session = w.OpenSession();
            w.Must(new SessionMove.Close(session, ""), World.Agent);
            return w.EndedBy(session);
        }),
        new("session.ended", w =>
        {
            var session = w.OpenSession();
            w.Must(new SessionMove.Close(session, ""), World.Agent);
            return w.Refuses(new SessionMove.Close(session, ""), World.Agent);
        }),
        new("session.killed", w =>
        {
            var session = w.OpenSession();
            w.Kill(new Scope(ScopeKind.Session, session.Value), "carol");
            return w.EndedBy(session);
        }),
        new("session.sponsor-left", w =>
        {
            var session = w.OpenSession("carol");
            w.Must(new PersonMove.Offboard(new PersonId("carol"), "left"), w.As("alice"));
            return w.EndedBy(session);
        }),
        .. Changes.Select(change => new RefusalCase(change.Code, w =>
        {
            var session = w.OpenSession();
            var (id, _) = w.Propose(change.Change(Given.Document), "alice");
            w.Review(id, "bob");
            return w.EndedBy(session);
        })),
    ];

    static SessionTerms Terms => Given.Terms(new SessionId("s"), "release-prod");

    static ImmutableArray<Func<World, Scope>> Scopes =>
    [
        _ => new Scope(ScopeKind.Realm, ""), _ => new Scope(ScopeKind.Agent, "claude"),
        _ => new Scope(ScopeKind.Workflow, "release-prod"), _ => new Scope(ScopeKind.Sponsor, "alice"),
        _ => new Scope(ScopeKind.Target, "db-prod"), w => new Scope(ScopeKind.Policy, w.State.Registry.Policy.Digest),
    ];

    // A session that the new document would not let open does not go on under it either.
    static ImmutableArray<(string Code, Func<RealmDocument, RealmDocument> Change)> Changes =>
    [
        ("workflow.unknown", d => d with { Workflows = [d.Workflows[1]] }),
        ("workflow.agent", d => Workflow(d, w => w with { Agents = [new AgentId("other")] })),
        ("workflow.target", d => Workflow(d, w => w with { Targets = [] })),
        ("workflow.environment", d => Workflow(d, w => w with { Environments = [] })),
        ("workflow.no-owner", d => Workflow(d, w => w with { PlatformOwner = default })),
        ("workflow.review-overdue", d => Workflow(d, w => w with { ReviewBy = new DateOnly(2026, 11, 1) })),
        ("agent.not-active", d => d with { Agents = [.. d.Agents.Select(a => a with { State =
            AgentState.Suspended })] }),
        ("session.target-environment", d => d with
        {
            Targets = [.. d.Targets.Select(t => t with { Environment = new EnvironmentId("staging") })],
        }),
        ("session.sponsor-left", d => Workflow(d, w => w with { WorkflowOwner = new PersonId("bob") }) with
        {
            People = [.. d.People.Where(p => p.Id.Value != "alice")],
            Teams = [.. d.Teams.Select(t => t with { Members = t.Members.Remove(new PersonId("alice")) })],
        }),
    ];

    static RealmDocument Workflow(RealmDocument document, Func<Workflow, Workflow> change) =>
        document with { Workflows = [.. document.Workflows.Select(change)] };

    static World Altered(Func<Workflow, Workflow> change) => World.WithEverybody(d => Workflow(d, change));

    static World WithAgent(Func<Agent, Agent> change) =>
        World.WithEverybody(d => d with { Agents = [.. d.Agents.Select(change)] });

    static string Open(World w, Func<SessionTerms, SessionTerms> change) =>
        w.Refuses(new SessionMove.Open(change(Terms)), w.As("alice"));

    static string Crowded(World w)
    {
        var session = w.OpenSession();
        var open = (SessionState.Open)w.State.Sessions[session];
        w.Assume(w.State with
        {
            Sessions = w.State.Sessions.AddRange(Enumerable.Range(0, 10_000).Select(i => new SessionId($"many-{i}"))
                .Select(id => KeyValuePair.Create<SessionId, SessionState>(id, open))),
        });
        return Open(w, t => t);
    }
}
