using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Writ.Agents;
using Writ.Approvals;
using Writ.Changes;
using Writ.Linux;
using Writ.People;
using Writ.Policies;
using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Server.Agents;
using Writ.Server.Findings;
using Writ.Server.Hosting;
using Writ.Server.Sequencer;
using Writ.Sessions;
using Writ.Targets;
using Writ.Wire;
using Writ.Workflows;

namespace Writ.Testing;

/// <summary>
/// A real daemon in this process: a realm in a temporary folder with the default policies, SQLite, the Unix socket, and
/// the real sandbox. Ada founded the realm and sponsors sessions; Bea is everybody who approves.
/// </summary>
public sealed class AgentWorld : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>In front of a line of shell: does nothing, but nobody can know that, so the line waits for a
    /// person.</summary>
    public const string Unclear = "eval \"$NOT_KNOWN\"; ";
    public static readonly PersonId Ada = new("ada");
    public static readonly PersonId Bea = new("bea");

    static readonly string[] _binaryPlaces = ["out", "artifacts/publish/Writ.Launcher/release_linux-x64",
        "artifacts/publish/Writ.Cli/release_linux-x64"];

    readonly Dictionary<PersonId, (ECDsa Key, LoginId Login)> _people = [];
    readonly List<string> _trees = [];
    WebApplication _app = null!;
    int _next;

    AgentWorld(string root) => Root = root;

    public string Root { get; }

    public string Socket => Path.Combine(Root, "run", "agent.sock");

    public WebApplication App => _app;

    public RealmActor Realm => _app.Services.GetRequiredService<RealmActor>();

    public RealmState State => Realm.State;

    public static string Binary(string name)
    {
        foreach (var place in _binaryPlaces)
            if (Path.Combine(SharedData.RepositoryRoot, place, name) is var path && File.Exists(path))
                return path;
        SharedData.Unavailable($"{name} has not been published");
        throw new InvalidOperationException("unreachable: Unavailable always throws");
    }

    public static async Task<AgentWorld> Create(
        Action<WebApplicationBuilder>? adjust = null, TimeProvider? time = null, Tier tierMin = Tier.T2,
            int? treeOwner = null, bool holds = false)
    {
        if (!File.Exists("/usr/bin/bwrap"))
            SharedData.Unavailable("bubblewrap is not installed");
        var world = new AgentWorld(Directory.CreateTempSubdirectory("writ-world-").FullName);
        // Agents of other users reach the socket through here; the data folder itself stays closed.
        Files.SetMode(world.Root, 0x1ED);
        var data = Path.Combine(world.Root, "data");
        var (born, refusal) = await Inception.Create(
            data, new InceptionOrder("Test", "writ.test/agents", Ada, "Ada"), time ?? TimeProvider.System,
                new IdSource());
        if (born is null)
            throw new InvalidOperationException(refusal!.Why);
        world._app = Writd.Build(
            new WritdOptions { Data = data, Socket = world.Socket, Urls = ["http://127.0.0.1:0"], Quiet = true }, time,
            builder =>
            {
                builder.Services.AddSingleton(new AgentPathOptions(
                    Binary("writ-launch"), Path.Combine(world.Root, "runner"), Binary("writ"),
                    holds ? Path.Combine(data, "held") : null)
                {
                    SessionUids = System.Environment.GetEnvironmentVariable("WRIT_TEST_WITH_SESSION_USERS") == "1"
                        ? Server.Running.UidRange.Default
                        : null,
                });
                // What lies in the home and the environment of whoever runs the tests is no matter of theirs.
                builder.Services.AddSingleton(SearchLimits.None);
                adjust?.Invoke(builder);
            });
        await world._app.StartAsync();
        await world.Found(born.Code, tierMin);
        return world;
    }

    /// <summary>An empty work tree with an open session of this user in it, or of another one.</summary>
    public async Task<(SessionId Session, string Tree)> OpenSession(
        Bounds? bounds = null, string? tree = null, int? uid = null, string agent = "claude", PersonId? sponsor = null)
    {
        tree ??= Directory.CreateDirectory(Path.Combine(Root, $"tree-{Interlocked.Increment(ref _next)}")).FullName;
        if (uid is { } owner)
            Files.ChangeOwner(tree, owner, owner);
        var id = new SessionId($"ses-{Interlocked.Increment(ref _next)}");
        var terms = new SessionTerms(
            id, new WorkflowId("mend"), new AgentId(agent), new EnvironmentId("staging"), [new TargetId("web")],
            "mend the tests", "testing", uid ?? ThisProcess.EffectiveUid, tree, Branch: null,
            bounds ?? new Bounds(60, 1_000, 500, 50, 3, 0), Parent: null);
        await Must(new SessionMove.Open(terms), Person(sponsor ?? Ada));
        return (id, tree);
    }

    public Task<MoveAnswer> Close(SessionId session) => Must(new SessionMove.Close(session, "done"), Person(Ada));

    public Task<MoveAnswer> Approve(RequestId id, bool approves = true)
    {
        var waiting = (RequestState.Waiting)State.Find(id)!.Value.Request;
        var document = new ApprovalDocument(
            State.Origin, id, waiting.Digest, waiting.Verdict.PolicyDigest,
                ApprovalDocument.DigestOf(waiting.Approvals), Bea,
            approves, "looked at it", Now().AddMinutes(30));
        return Must(new ApprovalMove.Dispose(
            id, Bea, document.RequestDigest, document.PolicyDigest, document.Earlier, approves, document.Reason,
            document.ExpiresAt, Signatures.Sign(_people[Bea].Key, document.Render())), Person(Bea));
    }

    public async Task<MoveAnswer> Must(Move move, Actor actor)
    {
        var answer = await Realm.Submit(move, actor, $"test-{Interlocked.Increment(ref _next)}", CancellationToken.None)
            .WaitAsync(Patience);
        return answer.Decided is Decided.Refused refused
            ? throw new InvalidOperationException($"{move.GetType().Name}: {refused.Refusal}")
            : answer;
    }

    /// <summary>A person's signature with the key of their device.</summary>
    public string Sign(PersonId person, string text) => Signatures.Sign(_people[person].Key, text);

    public Actor.Person Person(PersonId id) => new(id, _people[id].Login);

    /// <summary>Every entry of the ledger so far.</summary>
    public IReadOnlyList<Entry> Ledger()
    {
        var store = _app.Services.GetRequiredService<Writ.Server.Storage.ILedgerStore>();
        var entries = new List<Entry>();
        while (entries.Count < store.Head.Size)
            foreach (var bytes in store.Read(entries.Count, 256))
                entries.Add(Entry.FromBytes(bytes.Span));
        return entries;
    }

    public IEnumerable<T> Happened<T>() where T : Event =>
        Ledger().SelectMany(e => e.Data.Events ?? []).OfType<T>();

    /// <summary>The requests of a session that wait for people.</summary>
    public IEnumerable<RequestId> Waiting(SessionId session) =>
        (State.OpenSession(session)?.Requests.Values ?? []).OfType<RequestState.Waiting>().Select(w => w.Id);

    /// <summary>What came of every run that is over, in the ledger's order.</summary>
    public IEnumerable<RunOutcome> Outcomes() =>
        Ledger().Select(e => e.Data.Move).OfType<RunMove.End>().Select(m => m.Outcome);

    /// <summary>Approves the one request that waits in a session, as soon as there is one.</summary>
    public async Task ApproveNext(SessionId session)
    {
        await Until(() => Waiting(session).Any());
        await Approve(Waiting(session).Single());
    }

    /// <summary>Waits until something is so; every change of the realm is looked at.</summary>
    public async Task Until(Func<bool> holds)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var changed = new SemaphoreSlim(0);
        using var subscription = Realm.Subscribe(_ => changed.Release());
        while (!holds())
            await changed.WaitAsync(TimeSpan.FromMilliseconds(100), limit.Token);
    }

    /// <summary>HTTP over the agents' socket.</summary>
    public HttpClient Client() => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancel) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        },
        // Where a test asks before it sends, it is the answer that decides, not how busy the machine is.
        Expect100ContinueTimeout = Patience,
    })
    { BaseAddress = new Uri("http://writ"), Timeout = Patience };

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        foreach (var (key, _) in _people.Values)
            key.Dispose();
        Directory.Delete(Root, recursive: true);
    }

    static DateTimeOffset Whole(DateTimeOffset at) => DateTimeOffset.FromUnixTimeMilliseconds(
        at.ToUnixTimeMilliseconds());

    DateTimeOffset Now() => Whole(_app.Services.GetRequiredService<TimeProvider>().GetUtcNow());

    async Task Found(string code, Tier tierMin)
    {
        await Enrol(Ada, code);
        await Apply(Document(tierMin));
        var invitation = new IdSource().NewCode();
        await Must(new PersonMove.Invite(Bea, Signatures.Sha256(invitation), Now().AddHours(1)), Person(Ada));
        await Enrol(Bea, invitation);
    }

    async Task Enrol(PersonId person, string code)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var spki = Convert.ToBase64String(key.ExportSubjectPublicKeyInfo());
        var digest = Signatures.Sha256(code);
        await Must(new PersonMove.Enrol(person, digest, spki, Signatures.Sign(
            key, new EnrolmentDocument(State.Origin, person, digest, spki).Render())), new Actor.Nobody());
        var login = new LoginDocument(
            State.Origin, person, new LoginId($"login-{person}"), Signatures.Sha256("token"), Now(), Now().AddHours(8));
        await Must(new PersonMove.LogIn(
            person, login.Login, login.TokenDigest, login.IssuedAt, login.ExpiresAt,
            Signatures.Sign(key, login.Render())), new Actor.Nobody());
        _people[person] = (key, login.Login);
    }

    /// <summary>Ada governs alone, so what she proposes applies at once.</summary>
    public async Task Apply(RealmDocument document)
    {
        var text = JsonSerializer.Serialize(document, WireJson.Default.RealmDocument);
        var digest = Signatures.Sha256(text);
        var parts = text.Chunk(20_000).Select(c => new string(c)).ToArray();
        for (var i = 0; i < parts.Length; i++)
            await Must(new ChangeMove.Stage(digest, i, parts.Length, parts[i]), Person(Ada));
        var change = new ChangeId($"chg-{Interlocked.Increment(ref _next)}");
        var evidence = document.Policy.Digest() == State.Registry.Policy.Digest ? null : new PolicyEvidence(
            document.Policy.Digest(), 40, 1, 0, [], 0, new PolicyImpact(Now(), 0, 0, Whole: true, 0, 0, 0, [], 0));
        var signed = new ChangeDocument(
            State.Origin, change, digest, Ada, "propose", "test", Evidence: evidence?.Digest());
        await Must(new ChangeMove.Propose(
            change, digest, Ada, "test", Signatures.Sign(_people[Ada].Key, signed.Render()), Evidence: evidence),
            Person(Ada));
    }

    static RealmDocument Document(Tier tierMin) => new(
        [new Person(Ada, "Ada", null), new Person(Bea, "Bea", null)],
        [
            new Team(new TeamId("governance"), [Ada], []), new Team(new TeamId("sre"), [Bea], []),
            new Team(new TeamId("security"), [Bea], []), new Team(new TeamId("platform"), [Bea], []),
        ],
        [new Agent(new AgentId("claude"), "claude-code", "2", new TeamId("platform"), new DateOnly(2099, 1, 1),
            AgentState.Active)],
        [new Stage(new EnvironmentId("staging"), Production: false)],
        [new Target(new TargetId("web"), "service", new EnvironmentId("staging"), Sensitivity.Low, Ada, [])],
        [
            new Workflow(
                new WorkflowId("mend"), "mending", Ada, Bea, Bea, [new TeamId("sre")], [new AgentId("claude")],
                [new EnvironmentId("staging")], [new TargetId("web")], new Bounds(600, 10_000, 10_000, 10_000, 3, 0),
                    tierMin,
                [], Rollback: null, new DateOnly(2099, 1, 1)),
        ],
        new Governance(new TeamId("governance"), Quorum: 1),
        new PolicySource([
            .. Directory.EnumerateFiles(Path.Combine(SharedData.RepositoryRoot, "policies"), "*.cedar")
                .Order(StringComparer.Ordinal).Select(f => new PolicyFile(Path.GetFileName(f), File.ReadAllText(f))),
            .. new[] { "schema.cedarschema", "tests/everyday.yaml" }.Select(name => new PolicyFile(
                name, File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "policies", name)))),
        ]));
}
