using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Writ.Agents;
using Writ.Approvals;
using Writ.Changes;
using Writ.Kills;
using Writ.People;
using Writ.Policies;
using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;
using Writ.Targets;
using Writ.Testing;
using Writ.Wire;
using Writ.Workflows;

namespace Writ.Tests;

/// <summary>A realm that lives in memory: every state in it came of real moves, and every entry is kept.</summary>
sealed class World
{
    public static readonly DateTimeOffset Start = new(2026, 11, 16, 9, 0, 0, TimeSpan.Zero);
    public const int AgentUid = 1000;

    static readonly Lazy<World> Everybody = new(() => Populated(d => d));

    readonly Dictionary<PersonId, ECDsa> _keys = [];
    int _ids;

    public RealmState State { get; private set; } = RealmState.None;

    public DateTimeOffset Now { get; set; } = Start;

    public List<Entry> Entries { get; } = [];

    public static Actor Agent { get; } = new Actor.Agent(AgentUid, 4242, "/usr/bin/node");

    public static Actor Host { get; } = new Actor.Host("test");

    public string NewId(string kind) => $"{kind}-{++_ids:0000}";

    /// <summary>Decides a move, keeps the entry, and folds it when it was accepted.</summary>
    public Decided Try(Move move, Actor actor)
    {
        var decided = RealmDecider.Decide(State, move, actor, Now);
        var data = decided switch
        {
            Decided.Accepted a => new EntryBody(actor, move, a.Events, null),
            Decided.Refused r => new EntryBody(actor, move, null, r.Refusal),
            _ => throw new InvalidOperationException("an answer of a third kind"),
        };
        Entries.Add(new Entry(NewId("entry"), "writ://test", Now, null, data));
        State = RealmDecider.Evolve(State, move, actor, data.Events ?? [], Now);
        return decided;
    }

    public ImmutableArray<Event> Must(Move move, Actor actor) => Try(move, actor) switch
    {
        Decided.Accepted accepted => accepted.Events,
        Decided.Refused refused => throw new InvalidOperationException(
            $"{refused.Refusal.Code}: {refused.Refusal.Why}"),
        _ => throw new InvalidOperationException("an answer of a third kind"),
    };

    /// <summary>The code with which a move is refused.</summary>
    public string Refuses(Move move, Actor actor) =>
        Try(move, actor) is Decided.Refused refused ? refused.Refusal.Code : "accepted";

    /// <summary>A realm of its founder alone, enrolled and logged in.</summary>
    public static World Founded(string founder = "alice")
    {
        var world = new World();
        var id = new PersonId(founder);
        world.Must(new RealmMove.Create(
            "Test", "writ.test/realm", new Person(id, "Alice", null), Signatures.Sha256("code-" + founder),
            world.Now.AddDays(1)), Host);
        world.Enrol(id);
        return world;
    }

    /// <summary>The realm most tests use: see <see cref="Given.Document"/>; everybody is enrolled.</summary>
    public static World WithEverybody(Func<RealmDocument, RealmDocument>? change = null) =>
        change is null ? Everybody.Value.Copy() : Populated(change);

    static World Populated(Func<RealmDocument, RealmDocument> change)
    {
        var world = Founded();
        var document = change(Given.Document);
        world.Apply(document, "alice");
        foreach (var person in document.People.Select(p => p.Id).Where(p => p.Value != "alice"))
        {
            world.Must(new PersonMove.Invite(person, Signatures.Sha256("code-" + person), world.Now.AddDays(1)),
                world.As("alice"));
            world.Enrol(person);
        }
        return world;
    }

    /// <summary>The same realm again: what happens in one does not happen in the other.</summary>
    public World Copy()
    {
        var copy = new World { State = State, Now = Now, _ids = _ids };
        copy.Entries.AddRange(Entries);
        foreach (var (person, key) in _keys)
            copy._keys.Add(person, key);
        return copy;
    }

    /// <summary>A state that would take too many moves to reach. Nothing folded from entries equals it any
    /// more.</summary>
    public void Assume(RealmState state) => State = state;

    public void Enrol(PersonId person)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _keys[person] = key;
        var spki = Convert.ToBase64String(key.ExportSubjectPublicKeyInfo());
        var code = Signatures.Sha256("code-" + person);
        var document = new EnrolmentDocument(State.Origin, person, code, spki);
        Must(new PersonMove.Enrol(person, code, spki, Signatures.Sign(key, document.Render())), new Actor.Nobody());
    }

    public ECDsa KeyOf(string person) => _keys[new PersonId(person)];

    public string Sign(string person, string text)
    {
        // Copies of a world share their keys, and tests run side by side.
        var key = KeyOf(person);
        lock (key)
            return Signatures.Sign(key, text);
    }

    /// <summary>A person with a login that stands now.</summary>
    public Actor.Person As(string person)
    {
        var id = new PersonId(person);
        var standing = State.Logins.FirstOrDefault(l => l.Value.Person == id && l.Value.ExpiresAt > Now);
        if (standing.Value is not null)
            return new Actor.Person(id, standing.Key);
        var login = new LoginId(NewId("login"));
        var expires = Now.AddHours(8);
        var token = Signatures.Sha256("token-" + login);
        var document = new LoginDocument(State.Origin, id, login, token, Now, expires);
        Must(new PersonMove.LogIn(id, login, token, Now, expires, Sign(person, document.Render())), new Actor.Nobody());
        return new Actor.Person(id, login);
    }

    /// <summary>
    /// Proposes a document, with what its bundle needs to be published; whether it applies at once is the realm's
    /// decision.
    /// </summary>
    public (ChangeId Change, Decided Decided) Propose(
        RealmDocument document, string author, PolicyReach? reach = null, PolicyEvidence? evidence = null)
    {
        document = Given.Publishable(document);
        var isNew = document.Policy.Digest() != State.Registry.Policy.Digest;
        return ProposeExactly(document, author, reach, evidence ?? (isNew ? Given.Evidence(document) : null));
    }

    /// <summary>Stages this document and proposes it as it is.</summary>
    public (ChangeId Change, Decided Decided) ProposeExactly(
        RealmDocument document, string author, PolicyReach? reach = null, PolicyEvidence? evidence = null)
    {
        var actor = As(author);
        var text = Encoding.UTF8.GetString(Canonical.Bytes(document, WireJson.Default.RealmDocument).Span);
        var digest = Signatures.Sha256(text);
        var parts = text.Chunk(ChangePartMax).Select(c => new string(c)).ToArray();
        for (var i = 0; i < parts.Length; i++)
            if (!State.Staged.TryGetValue(digest, out var staged) || !staged.Parts.ContainsKey(i))
                Must(new ChangeMove.Stage(digest, i, parts.Length, parts[i]), actor);
        var change = new ChangeId(NewId("change"));
        var signed = new ChangeDocument(
            State.Origin, change, digest, actor.Id, "propose", "test", reach, evidence?.Digest());
        return (change, Try(new ChangeMove.Propose(
            change, digest, actor.Id, "test", Sign(author, signed.Render()), reach, evidence), actor));
    }

    public void Apply(RealmDocument document, string author)
    {
        var (change, decided) = Propose(document, author);
        if (decided is Decided.Refused no)
            throw new InvalidOperationException($"{no.Refusal.Code}: {no.Refusal.Why}");
        Invariant.Must(State.Changes[change] is ChangeState.Closed { Code: "change.applied" }, "The change applied.");
    }

    /// <summary>Reviews a change; who agrees to another bundle has looked at it.</summary>
    public Decided Review(ChangeId change, string person, bool approves = true, PolicyEvidence? evidence = null)
    {
        var waits = (ChangeState.Pending)State.Changes[change];
        return ReviewExactly(change, person, approves, evidence ?? (approves ? waits.Evidence : null));
    }

    public Decided ReviewExactly(ChangeId change, string person, bool approves, PolicyEvidence? evidence)
    {
        var actor = As(person);
        var pending = (ChangeState.Pending)State.Changes[change];
        var document = new ChangeDocument(
            State.Origin, change, pending.DocumentDigest, actor.Id, approves ? "approve" : "refuse", "looked",
            pending.Reach, evidence?.Digest());
        return Try(new ChangeMove.Review(
            change, actor.Id, approves, "looked", Sign(person, document.Render()), evidence), actor);
    }

    public SessionId OpenSession(string sponsor = "alice", string workflow = "release-prod", SessionId? parent = null)
    {
        var id = new SessionId(NewId("session"));
        Must(new SessionMove.Open(Given.Terms(id, workflow) with { Parent = parent }), As(sponsor));
        return id;
    }

    public Request Submit(SessionId session, params ImmutableArray<string> argv) => Submit(Given.Exec(this, session,
        argv));

    public Request Submit(Request request)
    {
        Must(new RequestMove.Submit(request), Agent);
        return request;
    }

    public RequestState StateOf(Request request) =>
        State.Find(request.Id)?.Request ?? throw new InvalidOperationException($"{request.Id} is gone");

    public ApprovalMove.Dispose Disposition(Request request, string person, bool approves = true)
    {
        var waiting = (RequestState.Waiting)StateOf(request);
        var document = new ApprovalDocument(
            State.Origin, request.Id, waiting.Digest, waiting.Verdict.PolicyDigest,
            ApprovalDocument.DigestOf(waiting.Approvals), new PersonId(person), approves, "looked", Now.AddMinutes(10));
        return new ApprovalMove.Dispose(
            document.Request, document.Person, document.RequestDigest, document.PolicyDigest, document.Earlier,
                approves,
            document.Reason, document.ExpiresAt, Sign(person, document.Render()));
    }

    public Decided Dispose(Request request, string person, bool approves = true) =>
        Try(Disposition(request, person, approves), As(person));

    /// <summary>A writ for a request that is ready.</summary>
    public WritId Order(Request request)
    {
        var writ = new WritId(NewId("writ"));
        Must(new RequestMove.Execute(request.Id, writ, ((RequestState.Ready)StateOf(request)).Digest), Agent);
        return writ;
    }

    /// <summary>A run of a request that is ready.</summary>
    public RunId Run(Request request, Tier tier = Tier.T2)
    {
        var run = new RunId(NewId("run"));
        Must(new RunMove.Consume(Order(request), request.Id, run, tier), Host);
        return run;
    }

    public void Kill(Scope scope, string person = "alice") =>
        Must(new KillMove.Order(new KillId(NewId("kill")), scope, "test"), As(person));

    /// <summary>The code with which a request is over.</summary>
    public string ClosedBy(Request request) =>
        StateOf(request) is RequestState.Closed closed ? closed.Code : StateOf(request).GetType().Name;

    /// <summary>The code with which a session is over.</summary>
    public string EndedBy(SessionId session) =>
        State.Sessions[session] is SessionState.Ended ended ? ended.Code : "open";

    // The decider's own limit is internal; the tests stay well below it.
    const int ChangePartMax = 20_000;
}

/// <summary>Parts that tests are made of. Times and ids are literals.</summary>
static class Given
{
    public const string Policy = """
        @id("ask") permit (principal, action == Action::"run", resource);
        @id("reads") @reason("Reading changes nothing.") permit (principal, action in Action::"read", resource);
        @id("writes") permit (principal, action in [Action::"write", Action::"execute", Action::"network"], resource);
        @id("prod") @approval("team:sre") @reason("This writes to production.")
        forbid (principal, action in Action::"write", resource)
        when { context.session.production && !(resource in TargetGroup::"worktree") }
        unless { context.approvals.teams.contains("sre") };
        @id("deletes") @approval("team:sre") @quorum("2") @reason("This deletes.")
        forbid (principal, action in Action::"delete", resource)
        unless { context.approvals.teams.contains("sre") && context.approvals.count >= 2 };
        @id("unknown") @approval("team:sre") @reason("Not understood.")
        forbid (principal, action == Action::"unknown", resource)
        unless { context.approvals.teams.contains("sre") };
        @id("code") @approval("team:security") @reason("Code.")
        forbid (principal, action == Action::"code.run", resource)
        unless { context.approvals.teams.contains("security") };
        @id("never") @reason("Never.") forbid (principal, action == Action::"privilege.raise", resource);
        """;

    public static RealmDocument Document => _document.Value;

    static readonly Lazy<RealmDocument> _document = new(() => Publishable(new RealmDocument(
        [Someone("alice"), Someone("bob"), Someone("carol"), Someone("dave")],
        [
            new Team(new TeamId("sre"), Ids("alice", "bob", "carol"), []),
            new Team(new TeamId("security"), Ids("bob", "dave"), []),
            new Team(new TeamId("platform"), [], [new TeamId("sre")]),
            new Team(new TeamId("governance"), Ids("alice", "bob"), []),
        ],
        [
            new Agent(new AgentId("claude"), "claude-code", "2.1", new TeamId("platform"), new DateOnly(2027, 6, 30),
                AgentState.Active),
            new Agent(new AgentId("other"), "codex", "1", new TeamId("platform"), new DateOnly(2027, 6, 30),
                AgentState.Active),
        ],
        [new Stage(new EnvironmentId("staging"), Production: false), new Stage(new EnvironmentId("prod"),
            Production: true)],
        [
            new Target(new TargetId("db-staging"), "database", new EnvironmentId("staging"), Sensitivity.Low,
                new PersonId("dave"), []),
            new Target(new TargetId("db-prod"), "database", new EnvironmentId("prod"), Sensitivity.High,
                new PersonId("dave"), ["databases"]),
        ],
        [Release("release-prod", "prod", "db-prod"), Release("release-staging", "staging", "db-staging")],
        new Governance(new TeamId("governance"), 1),
        new PolicySource([new PolicyFile("test.cedar", Policy)]))));

    public static Person Someone(string id) => new(new PersonId(id), id, null);

    public static ImmutableArray<PersonId> Ids(params ReadOnlySpan<string> ids) =>
        [.. ids.ToArray().Select(i => new PersonId(i))];

    public static Workflow Release(string id, string environment, string target) => new(
        new WorkflowId(id), "Release", new PersonId("alice"), new PersonId("bob"), new PersonId("dave"),
            [new TeamId("sre")],
        [new AgentId("claude"), new AgentId("other")], [new EnvironmentId(environment)], [new TargetId(target)],
        Bounds.Default, Tier.T2, [], "undo", new DateOnly(2027, 6, 30));

    public static SessionTerms Terms(SessionId id, string workflow)
    {
        var environment = workflow.EndsWith("prod", StringComparison.Ordinal) ? "prod" : "staging";
        return new SessionTerms(
            id, new WorkflowId(workflow), new AgentId("claude"), new EnvironmentId(environment),
            [new TargetId("db-" + environment)], "task", "purpose", World.AgentUid, "/home/agent/work", "main",
                Bounds.Default, null);
    }

    public static Request Exec(World world, SessionId session, params ImmutableArray<string> argv) => new(
        new RequestId(world.NewId("request")), session, new Ask.Exec(argv), Assurance.Brokered, "/home/agent/work",
        [new Variable("PATH", "/usr/bin")], "/usr/bin/" + argv[0], new string('a', 64), OutsidePath: false, null);

    /// <summary>The document with a schema and a test beside its policies, where it has none of its own.</summary>
    public static RealmDocument Publishable(RealmDocument document) =>
        document with { Policy = Publishable(document.Policy) };

    public static PolicySource Publishable(PolicySource policy)
    {
        if (!policy.Of(PolicyFileKind.Schema).Any())
            policy = new PolicySource(policy.Files.Add(new PolicyFile("schema.cedarschema", Schema)));
        if (!policy.Of(PolicyFileKind.Tests).Any())
            policy = new PolicySource(policy.Files.Add(new PolicyFile(
                "tests/usual.yaml", "tests: [{ name: looking, command: [git, status], expect: allow }]\n")));
        return policy;
    }

    static string Schema { get; } = File.ReadAllText(
        Path.Combine(SharedData.RepositoryRoot, "policies", "schema.cedarschema"));

    /// <summary>Evidence that keeps nobody from publishing this document's bundle.</summary>
    public static PolicyEvidence Evidence(RealmDocument document) => new(
        Publishable(document).Policy.Digest(), 8, 1, 0, [], 0,
        new PolicyImpact(World.Start.AddDays(-30), 10, 0, Whole: true, 0, 0, 0, [], 0));

    /// <summary>A bundle goes into force by alice's proposal and bob's agreement.</summary>
    public static void Publish(World world, RealmDocument document, PolicyReach? reach)
    {
        document = Publishable(document);
        var evidence = Evidence(document);
        var (change, _) = world.Propose(document, "alice", reach, evidence);
        world.Review(change, "bob", evidence: evidence);
        Invariant.Must(
            world.State.Registry.Policy.Digest == evidence.PolicyDigest, "The bundle was published.");
    }

    /// <summary>A session of alice's that a policy of its own narrows.</summary>
    public static SessionId OpenNarrowed(World world, string policy, SessionId? parent = null)
    {
        var id = new SessionId(world.NewId("session"));
        world.Must(new SessionMove.Open(Terms(id, "release-prod") with
        {
            Policy = new PolicyFile("only.cedar", policy),
            Parent = parent,
        }), world.As("alice"));
        return id;
    }
}
