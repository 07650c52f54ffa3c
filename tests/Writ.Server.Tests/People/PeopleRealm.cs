using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Writ.Approvals;
using Writ.Changes;
using Writ.Kills;
using Writ.People;
using Writ.Policies;
using Writ.Requests;
using Writ.Runs;
using Writ.Server.Callers;
using Writ.Server.Endpoints;
using Writ.Server.Hosting;
using Writ.Server.Sequencer;
using Writ.Server.Tests.Storage;
using Writ.Testing;
using Writ.Wire;
using Writ.Workflows;

namespace Writ.Server.Tests.PeoplePath;

/// <summary>A clock that runs with the machine's and can be moved on.</summary>
sealed class MovableClock : TimeProvider
{
    TimeSpan _ahead;

    public void Advance(TimeSpan by) => _ahead += by;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + _ahead;
}

/// <summary>Processes a test calls agents'.</summary>
sealed class NamedAgents : IAgentProcesses
{
    public HashSet<int> Pids { get; } = [];

    public void Note(int pid, long startTime) => Pids.Add(pid);

    public bool IsInsideSession(int pid) => Pids.Contains(pid);
}

/// <summary>Kills on paper, and remembers what it was asked.</summary>
sealed class RecordingKiller : IRunKiller
{
    public List<RunId> Killed { get; } = [];

    public Task<ImmutableArray<KillStep>> KillAsync(ImmutableArray<RunId> runs, CancellationToken cancel)
    {
        Killed.AddRange(runs);
        return Task.FromResult<ImmutableArray<KillStep>>([.. runs.Select(r => new KillStep(r, 3))]);
    }
}

/// <summary>A whole daemon on a private data directory, and its founder's one-time code.</summary>
sealed class PeopleRealm : IAsyncDisposable
{
    public const int AgentUid = 4_711;

    readonly TemporaryFolder _folder;

    PeopleRealm(TemporaryFolder folder, WebApplication app, string code, MovableClock clock)
    {
        (_folder, App, FounderCode, Clock) = (folder, app, code, clock);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses
            .First(a => a.StartsWith("http://127", StringComparison.Ordinal));
        Address = new Uri(address);
        Http = new HttpClient { BaseAddress = Address };
    }

    public WebApplication App { get; }

    public string FounderCode { get; }

    public MovableClock Clock { get; }

    public Uri Address { get; }

    public HttpClient Http { get; }

    public string Root => _folder.Root;

    public string Socket => _folder["a.sock"];

    public NamedAgents Agents { get; private init; } = new();

    public RecordingKiller Killer { get; private init; } = new();

    public RealmActor Actor => App.Services.GetRequiredService<RealmActor>();

    public static async Task<PeopleRealm> Start(Action<WebApplicationBuilder>? adjust = null)
    {
        var folder = new TemporaryFolder();
        var clock = new MovableClock();
        var (answer, refusal) = await Inception.Create(
            folder["data"], new InceptionOrder("Test", "writ.test/realm", new PersonId("ada"), "Ada"), clock,
            new IdSource());
        Assert.Null(refusal);
        var (agents, killer) = (new NamedAgents(), new RecordingKiller());
        var app = Build(folder, clock, builder =>
        {
            builder.Services.AddSingleton<IAgentProcesses>(agents);
            builder.Services.AddSingleton<IRunKiller>(killer);
            builder.Services.AddSingleton(new AttemptLimit(clock, perMinute: 10_000));
            adjust?.Invoke(builder);
        });
        MapMissingAgentEndpoints(app);
        await app.StartAsync();
        return new PeopleRealm(folder, app, answer!.Code, clock) { Agents = agents, Killer = killer };
    }

    public static WebApplication Build(
        TemporaryFolder folder, TimeProvider clock, Action<WebApplicationBuilder> adjust) =>
        Writd.Build(
            new WritdOptions
            {
                Data = folder["data"],
                Socket = folder["a.sock"],
                Urls = ["http://127.0.0.1:0"],
                Quiet = true,
            },
            clock, adjust);

    /// <summary>
    /// What the agents' side has not mapped (yet) is mapped to nothing, so that the table is complete.
    /// </summary>
    public static void MapMissingAgentEndpoints(WebApplication app)
    {
        var mapped = ((IEndpointRouteBuilder)app).DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
            .Select(e => e.RoutePattern.RawText).ToHashSet();
        foreach (var line in AuthorizationTable.Lines.Where(l => l.Who == Who.AgentPeer && !mapped.Contains(l.Route)))
            app.MapMethods(line.Route, [line.Method], () => "agent");
    }

    /// <summary>The realm with everybody of <see cref="Files"/> enrolled and logged in.</summary>
    public static async Task<(PeopleRealm Realm, Someone Ada, Someone Bob, Someone Cyd)> Peopled(
        Action<WebApplicationBuilder>? adjust = null)
    {
        var realm = await Start(adjust);
        var ada = await realm.Founder();
        await ada.Apply(Files());
        return (realm, ada, await realm.Join(ada, "bob"), await realm.Join(ada, "cyd"));
    }

    public async Task<Someone> Founder()
    {
        var ada = new Someone(this, "ada");
        await ada.Enrol(FounderCode);
        await ada.LogIn();
        return ada;
    }

    public async Task<Someone> Join(Someone inviter, string id)
    {
        var someone = new Someone(this, id);
        await someone.Enrol((await inviter.Invite(id)).Code);
        await someone.LogIn();
        return someone;
    }

    /// <summary>An agent's process asks for something, as the agents' socket would submit it.</summary>
    public async Task<MoveAnswer> Ask(SessionId session, string id, params string[] argv)
    {
        var request = new Request(
            new RequestId(id), session, new Ask.Exec([.. argv]), Assurance.Brokered, "/srv/work", [],
            "/usr/bin/" + argv[0],
            new string('a', 64), OutsidePath: false, Client: null);
        return await Submit(new RequestMove.Submit(request), Agent);
    }

    public static Actor Agent { get; } = new Actor.Agent(AgentUid, 99_999, "/usr/bin/agent");

    public Task<MoveAnswer> Submit(Move move, Actor actor) =>
        Actor.Submit(move, actor, new IdSource().New("test"), CancellationToken.None);

    /// <summary>Carries a ready request out as far as the ledger goes.</summary>
    public async Task<RunId> StartRun(RequestId request)
    {
        var ready = Assert.IsType<RequestState.Ready>(Actor.State.Find(request)!.Value.Request);
        var (writ, run) = (new WritId("writ-" + request), new RunId("run-" + request));
        Accepted(await Submit(new RequestMove.Execute(request, writ, ready.Digest), Agent));
        Accepted(await Submit(new RunMove.Consume(writ, request, run, Tier.T2), new Actor.Host("runner")));
        return run;
    }

    public static void Accepted(MoveAnswer answer) => Assert.True(
        answer.Decided is Decided.Accepted, (answer.Decided as Decided.Refused)?.Refusal.ToString());

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await App.StopAsync();
        await App.DisposeAsync();
        _folder.Dispose();
    }

    public const string Policy = """
        @id("run") permit (principal, action, resource);
        @id("prod") @approval("team:sre") @reason("Production needs a second look.")
        forbid (principal, action == Action::"run", resource)
        when { context.session.production }
        unless { context.approvals.teams.contains("sre") };
        """;

    public const string Document = """
        people:
          - {id: ada, name: Ada}
          - {id: bob, name: Bob, email: bob@example.org}
          - {id: cyd, name: Cyd}
        teams:
          - {id: governance, members: [ada, bob]}
          - {id: sre, members: [ada, bob, cyd]}
        agents:
          - {id: coder, kind: claude-code, version: "1", ownerTeam: sre, reviewBy: 2999-01-31, state: active}
        environments:
          - {id: staging, production: false}
          - {id: prod, production: true}
        targets:
          - {id: web, kind: host, environment: prod, sensitivity: high, owner: cyd, groups: []}
          - {id: test-web, kind: host, environment: staging, sensitivity: low}
        workflows:
          - id: deploy
            purpose: Deploy the site.
            workflowOwner: ada
            platformOwner: bob
            securityOwner: cyd
            approverTeams: [sre]
            agents: [coder]
            environments: [staging, prod]
            targets: [web, test-web]
            bounds: {minutes: 60, commands: 100, writes: 10, deletions: 5, targets: 3, credentials: 0}
            tierMin: T1
            rollback: writ run -- rollback
            reviewBy: 2999-01-31
        governance: {team: governance, quorum: 1}
        """;

    public const string Cases = """
        tests: [{ name: looking, command: [git, status], expect: allow }]
        """;

    /// <summary>The schema of the bundle that Writ brings.</summary>
    public static string Schema { get; } = File.ReadAllText(
        Path.Combine(SharedData.RepositoryRoot, "policies", "schema.cedarschema"));

    public static SourceFile[] Files(string? document = null, string? policy = null) =>
    [
        new("realm.yaml", document ?? Document), new("policies/main.cedar", policy ?? Policy),
        new("policies/schema.cedarschema", Schema), new("policies/tests/cases.yaml", Cases),
    ];
}

/// <summary>A person with a key of their own, doing over HTTP what the client does.</summary>
sealed class Someone(PeopleRealm realm, string id, ECDsa? key = null)
{
    readonly IdSource _ids = new();

    public PersonId Id { get; } = new(id);

    public ECDsa Key { get; } = key ?? ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public string? Bearer { get; set; }

    public string Spki => Convert.ToBase64String(Key.ExportSubjectPublicKeyInfo());

    public string Sign(string text) => Signatures.Sign(Key, text);

    public DateTimeOffset Now =>
        DateTimeOffset.FromUnixTimeMilliseconds(realm.Clock.GetUtcNow().ToUnixTimeMilliseconds());

    public string Origin => realm.Actor.State.Origin;

    public async Task<HttpResponseMessage> Send(
        HttpMethod method, string path, HttpContent? body = null, string? key = null)
    {
        var request = new HttpRequestMessage(method, path) { Content = body };
        if (Bearer is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Bearer);
        // A refused large body is answered before it is sent; otherwise the answer and the sending race.
        request.Headers.ExpectContinue = body?.Headers.ContentLength > 1024 * 1024;
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        return await realm.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public async Task<TAnswer> Get<TAnswer>(string path, JsonTypeInfo<TAnswer> type) =>
        await Read(await Send(HttpMethod.Get, path), type);

    public Task<HttpResponseMessage> Post<T>(string path, T body, JsonTypeInfo<T> type, string? key = null) => Send(
        HttpMethod.Post, path,
        new StringContent(JsonSerializer.Serialize(body, type), Encoding.UTF8, "application/json"), key);

    public static async Task<T> Read<T>(HttpResponseMessage response, JsonTypeInfo<T> type)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonSerializer.Deserialize(text, type)!;
    }

    public static async Task<Problem> Problem(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = JsonSerializer.Deserialize(text, ApiJson.Default.Problem)!;
        Assert.Equal((int)response.StatusCode, problem.Status);
        return problem;
    }

    public static async Task<string> CodeOf(Task<HttpResponseMessage> response) => (await Problem(await response)).Code;

    public Task<HttpResponseMessage> TryEnrol(string code)
    {
        var document = new EnrolmentDocument(Origin, Id, Signatures.Sha256(code), Spki);
        return Post("/v1/enrol", new EnrolRequest(Id, code, Spki, Sign(document.Render())),
            ApiJson.Default.EnrolRequest);
    }

    public async Task Enrol(string code) => Must(await TryEnrol(code));

    public async Task<HttpResponseMessage> TryLogIn(TimeSpan? issuedAgo = null, ECDsa? with = null)
    {
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var login = new LoginId(_ids.New("login"));
        var (digest, issued, expires) =
            (Signatures.Sha256(token), Now - (issuedAgo ?? TimeSpan.Zero), Now + TimeSpan.FromHours(8));
        var document = new LoginDocument(Origin, Id, login, digest, issued, expires);
        var signature = Signatures.Sign(with ?? Key, document.Render());
        var answer = await Post(
            "/v1/logins", new LoginRequest(Id, login, digest, issued, expires, signature),
            ApiJson.Default.LoginRequest);
        if (answer.IsSuccessStatusCode)
            Bearer = $"{login}.{token}";
        return answer;
    }

    public async Task LogIn() => Must(await TryLogIn());

    public async Task<InviteAnswer> Invite(string person) => await Read(
        await Post("/v1/invitations", new InviteRequest(new PersonId(person)), ApiJson.Default.InviteRequest),
        ApiJson.Default.InviteAnswer);

    public async Task<Preview> Preview(params SourceFile[] files) => await Read(
        await Post("/v1/changes/preview", new PreviewRequest([.. files]), ApiJson.Default.PreviewRequest),
        ApiJson.Default.Preview);

    public async Task<HttpResponseMessage> TryPropose(
        string documentText, string reason = "because", string? signature = null)
    {
        var change = new ChangeId(_ids.New("chg"));
        var document = new ChangeDocument(
            Origin, change, Signatures.Sha256(documentText), Id, "propose", reason);
        return await Post(
            "/v1/changes", new ProposeRequest(change, documentText, reason, signature ?? Sign(document.Render())),
            ApiJson.Default.ProposeRequest);
    }

    /// <summary>Proposes a bundle with what was found about it.</summary>
    public Task<HttpResponseMessage> TryPropose(string documentText, PolicyReach reach, PolicyEvidence evidence)
    {
        var change = new ChangeId(_ids.New("chg"));
        var document = new ChangeDocument(
            Origin, change, Signatures.Sha256(documentText), Id, "propose", "because", reach, evidence.Digest());
        return Post(
            "/v1/changes",
            new ProposeRequest(change, documentText, "because", Sign(document.Render()), reach, evidence),
            ApiJson.Default.ProposeRequest);
    }

    public async Task<ChangeView> Apply(params SourceFile[] files)
    {
        var preview = await Preview(files);
        Assert.Empty(preview.Faults);
        return await Read(
            preview.Evidence is { } evidence
                ? await TryPropose(preview.DocumentText, PolicyReach.AllSessions, evidence)
                : await TryPropose(preview.DocumentText),
            ApiJson.Default.ChangeView);
    }

    public Task<HttpResponseMessage> TryReview(
        ChangeView change, bool approves = true, PolicyEvidence? evidence = null)
    {
        var document = new ChangeDocument(
            Origin, change.Id, change.DocumentDigest!, Id, approves ? "approve" : "refuse", "looked at it",
            change.Reach, evidence?.Digest());
        return Post(
            $"/v1/changes/{change.Id}/review",
            new ReviewRequest(approves, "looked at it", Sign(document.Render()), evidence),
            ApiJson.Default.ReviewRequest);
    }

    public Task<HttpResponseMessage> TryOpen(string environment = "prod", SessionId? parent = null) => Post(
        "/v1/sessions",
        new OpenSessionRequest(
            new WorkflowId("deploy"), null, new EnvironmentId(environment), null, "deploy it", null,
            PeopleRealm.AgentUid,
            "/srv/work", null, null, parent),
        ApiJson.Default.OpenSessionRequest);

    public async Task<SessionId> Open(string environment = "prod", SessionId? parent = null) =>
        (await Read(await TryOpen(environment, parent), ApiJson.Default.SessionView)).Terms.Id;

    public Task<RequestView> Look(string request) => Get($"/v1/requests/{request}", ApiJson.Default.RequestView);

    public Task<HttpResponseMessage> TryDispose(
        RequestView view, bool approves = true, Func<ApprovalDocument, ApprovalDocument>? signedInstead = null,
        Func<ApprovalDocument, string>? evidence = null)
    {
        var body = new DisposeRequest(
            view.Digest, view.Verdict!.PolicyDigest, view.Earlier, approves, "fine", Now + TimeSpan.FromMinutes(30),
            "");
        var document = new ApprovalDocument(
            view.Realm, view.Request.Id, body.RequestDigest, body.PolicyDigest, body.Earlier, Id, approves, body.Reason,
            body.ExpiresAt);
        var signature = Sign((signedInstead?.Invoke(document) ?? document).Render());
        return Post(
            $"/v1/requests/{view.Request.Id}/dispose",
            body with { Signature = signature, IdToken = evidence?.Invoke(document) },
            ApiJson.Default.DisposeRequest);
    }

    public Task<HttpResponseMessage> TryKill(string scope)
    {
        Assert.True(Scope.TryParse(scope, out var parsed));
        return Post("/v1/kills", new KillRequest(parsed, "enough"), ApiJson.Default.KillRequest);
    }

    public static void Must(HttpResponseMessage response) => Assert.True(
        response.IsSuccessStatusCode, response.Content.ReadAsStringAsync().GetAwaiter().GetResult());
}
