using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Writ.Agents;
using Writ.Changes;
using Writ.People;
using Writ.Policies;
using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Server.Sequencer;
using Writ.Sessions;
using Writ.Targets;
using Writ.Wire;
using Writ.Workflows;

namespace Writ.Server.Tests.Sequencer;

/// <summary>
/// A founder's way from an empty directory to a session with thirty policies, through the real moves; and the moves an
/// agent makes in it. Tests and benchmarks share it.
/// </summary>
sealed class SampleRealm : IDisposable
{
    public const string Origin = "sample.example/realm";
    public const int Uid = 1000;
    public const int RequestsPerSession = RequestRules.RequestsPerSessionMax;
    static readonly PersonId _founder = new("ada");
    static readonly TargetId _target = new("web");
    static readonly string _executableDigest = Signatures.Sha256("ls")["sha256:".Length..];

    readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    readonly TimeProvider _time;
    readonly string _code;
    int _sessions;

    SampleRealm(TimeProvider time, string code)
    {
        _time = time;
        _code = code;
    }

    public static Actor Agent { get; } = new Actor.Agent(Uid, 4711, "/usr/bin/claude");

    public static Actor Host { get; } = new Actor.Host("runner");

    public Actor Founder { get; private set; } = new Actor.Nobody();

    public static async Task<SampleRealm> Create(string dataPath, TimeProvider time)
    {
        var order = new InceptionOrder("Sample", Origin, _founder, "Ada");
        var (answer, refusal) = await Inception.Create(dataPath, order, time, new IdSource());
        return answer is null
            ? throw new InvalidOperationException(refusal!.Why)
            : new SampleRealm(time, answer.Code);
    }

    /// <summary>Enrols and logs in the founder and applies the document, under thirty made-up policies or under
    /// others.</summary>
    public async Task Govern(
        RealmActor realm, PolicySource? policies = null, Func<RealmDocument, RealmDocument>? adjust = null)
    {
        var now = Milliseconds(_time.GetUtcNow());
        var spki = Convert.ToBase64String(_key.ExportSubjectPublicKeyInfo());
        var codeDigest = Signatures.Sha256(_code);
        var nobody = new Actor.Nobody();
        await Accepted(realm, nobody, "enrol", new PersonMove.Enrol(_founder, codeDigest, spki,
            Sign(new EnrolmentDocument(Origin, _founder, codeDigest, spki).Render())));
        var login = new LoginId("login-1");
        var token = Signatures.Sha256("token");
        var until = now + TimeSpan.FromHours(12);
        await Accepted(realm, nobody, "log-in", new PersonMove.LogIn(_founder, login, token, now, until,
            Sign(new LoginDocument(Origin, _founder, login, token, now, until).Render())));
        Founder = new Actor.Person(_founder, login);

        var document = Document(Publishable(policies ?? new PolicySource([new PolicyFile("policies.cedar",
            Policies())])));
        document = adjust?.Invoke(document) ?? document;
        var evidence = new PolicyEvidence(
            document.Policy.Digest(), 30, 1, 0, [], 0, new PolicyImpact(now, 0, 0, Whole: true, 0, 0, 0, [], 0));
        var text = JsonSerializer.Serialize(document, WireJson.Default.RealmDocument);
        var digest = Signatures.Sha256(text);
        const int part = 20_000;
        var parts = (text.Length + part - 1) / part;
        for (var i = 0; i < parts; i++)
            await Accepted(realm, Founder, $"stage-{i}", new ChangeMove.Stage(
                digest, i, parts, text.Substring(i * part, Math.Min(part, text.Length - i * part))));
        var change = new ChangeId("change-1");
        await Accepted(realm, Founder, "propose", new ChangeMove.Propose(change, digest, _founder, "first",
            Sign(new ChangeDocument(
                Origin, change, digest, _founder, "propose", "first", Evidence: evidence.Digest()).Render()),
            Evidence: evidence));
    }

    // With the files that a publication needs, where they are not there; here nobody looks into them.
    static PolicySource Publishable(PolicySource policies) => new([
        .. policies.Files,
        .. policies.Of(PolicyFileKind.Schema).Any() ? [] : new[] { new PolicyFile("s.cedarschema", "entity Agent;") },
        .. policies.Of(PolicyFileKind.Tests).Any() ? [] : new[] { new PolicyFile("tests/t.yaml", "tests: []") },
    ]);

    public async Task<SessionId> OpenSession(RealmActor realm)
    {
        var id = new SessionId($"session-{Interlocked.Increment(ref _sessions)}");
        await Accepted(realm, Founder, $"open-{id}", new SessionMove.Open(new SessionTerms(
            id, new WorkflowId("build"), new AgentId("claude"), new EnvironmentId("staging"), [_target], "try things",
            "test", Uid, "/srv/tree", "main", _bounds, Parent: null)));
        return id;
    }

    /// <summary>One harmless command, of ordinary length.</summary>
    public static RequestMove.Submit Submit(SessionId session, RequestId id, string? line = null) => new(new Request(
        id, session, line is null ? new Ask.Exec(["ls", "-la", "src"]) : new Ask.ShellLine(line), Assurance.Brokered,
        "/srv/tree", [new Variable("LANG", "C.UTF-8"), new Variable("PATH", "/usr/bin:/bin")], "/usr/bin/ls",
        _executableDigest, OutsidePath: false,
        new ClientCall("claude-code", "client-session-1", "prompt-1", $"call-{id}", null)));

    public static async Task<MoveAnswer> Accepted(RealmActor realm, Actor actor, string key, Move move)
    {
        var answer = await realm.Submit(move, actor, key, CancellationToken.None);
        return answer.Decided is Decided.Refused refused
            ? throw new InvalidOperationException($"{move.GetType().Name}: {refused.Refusal}")
            : answer;
    }

    static readonly Bounds _bounds = new(600, 1_000_000, 1_000_000, 1_000, 3, 0);

    static RealmDocument Document(PolicySource policies) => new(
        [new Person(_founder, "Ada", null), new Person(new PersonId("bob"), "Bob", null)],
        [
            new Team(RealmDecider.FounderTeam, [_founder], []),
            new Team(new TeamId("sre"), [_founder, new PersonId("bob")], []),
            new Team(new TeamId("security"), [_founder], []),
            new Team(new TeamId("platform"), [_founder], []),
        ],
        [new Agent(new AgentId("claude"), "claude-code", "2.0", new TeamId("sre"), new DateOnly(2099, 1, 1),
            AgentState.Active)],
        [new Stage(new EnvironmentId("staging"), Production: false)],
        [new Target(_target, "service", new EnvironmentId("staging"), Sensitivity.Low, _founder, ["frontend"])],
        [
            new Workflow(new WorkflowId("build"), "Build things", _founder, _founder, _founder, [new TeamId("sre")],
                [new AgentId("claude")], [new EnvironmentId("staging")], [_target], _bounds, Tier.T0, [], null,
                new DateOnly(2099, 1, 1)),
        ],
        new Governance(RealmDecider.FounderTeam, Quorum: 1),
        policies);

    /// <summary>Thirty rules, most of which have to be looked at and do not apply, as in life.</summary>
    static string Policies()
    {
        var text = new StringBuilder("@id(\"base\") permit (principal, action, resource);\n");
        for (var i = 0; i < 9; i++)
            text.Append($"@id(\"permit-{i}\") permit (principal in Team::\"sre\", action in Action::\"read\", ")
                .Append($"resource in TargetGroup::\"group-{i}\");\n");
        for (var i = 0; i < 10; i++)
            text.Append($"@id(\"forbid-{i}\") @reason(\"rule {i}\") forbid (principal, action in Action::\"delete\", ")
                .Append($"resource) when {{ principal.kind == \"other-{i}\" }};\n");
        for (var i = 0; i < 10; i++)
            text.Append($"@id(\"gate-{i}\") @approval(\"team:sre\") @reason(\"gate {i}\") forbid (principal, action, ")
                .Append($"resource) when {{ principal.version == \"0.{i}\" }} ")
                .Append("unless { context.approvals.teams.contains(\"sre\") };\n");
        return text.ToString();
    }

    string Sign(string text) => Signatures.Sign(_key, text);

    static DateTimeOffset Milliseconds(DateTimeOffset at) =>
        DateTimeOffset.FromUnixTimeMilliseconds(at.ToUnixTimeMilliseconds());

    public void Dispose() => _key.Dispose();
}
