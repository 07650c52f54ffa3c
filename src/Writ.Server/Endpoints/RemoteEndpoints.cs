using System.Collections.Immutable;
using Microsoft.AspNetCore.WebUtilities;
using Writ.Foreign;
using Writ.Identity;
using Writ.Requests;
using Writ.Server.Agents;
using Writ.Server.Foreign;
using Writ.Server.Sequencer;
using Writ.Sessions;
using Writ.Shell;
using Writ.Wire;

namespace Writ.Server.Endpoints;

/// <summary>
/// For agents on other machines: a foreign token for a pass, and with the pass sessions and verdicts. Nothing is run
/// for them here, and nothing that they say of their machine is looked at on this one.
/// </summary>
static class RemoteEndpoints
{
    const string FormType = "application/x-www-form-urlencoded";
    const int FormBytesMax = 64 * 1_024;
    const int FieldsMax = 16;
    const int PathMax = 4_096;
    const int ArgumentsMax = 1_024;
    const int FilesMax = 64;

    public static void MapRemoteEndpoints(this IEndpointRouteBuilder app)
    {
        app.MapPost("/v1/token", Token)
            .WithSummary("Exchange a token").WithDescription("RFC 8693, with a DPoP proof (RFC 9449): "
                + "grant_type, subject_token and subject_token_type; actor_token and actor_token_type where an agent "
                + "acts for another. A form, and errors as RFC 6749 has them.")
            .Produces<TokenAnswer>().Produces<TokenError>(StatusCodes.Status400BadRequest);
        app.MapPost("/v1/remote/sessions", Open).Reads<OpenRemoteRequest>()
            .Answers<SessionView>("Open a session from another machine", "With a pass. Its sponsor is the one for whom "
                + "the pass acts.");
        app.MapGet("/v1/remote/sessions/{id}", Show)
            .Answers<SessionView>("One session of yours", "Its terms, who answers for it, and what it has used.");
        app.MapPost("/v1/remote/sessions/{id}/close", Close).Reads<CloseSessionRequest>()
            .Answers<SessionView>("Close a session of yours", "What waits is void.");
        app.MapPost("/v1/remote/requests", Ask).Reads<AskRemoteRequest>()
            .Answers<RequestView>("Ask for a verdict", "Of something that you would do where you are.");
        app.MapGet("/v1/remote/requests/{id}", Look)
            .Answers<RequestView>("One request of yours", "Where it stands.");
        app.MapPost("/v1/remote/requests/{id}/allow", Allow)
            .Answers<RequestView>("Carry it out now", "It is judged again, and counts once.");
        app.MapPost("/v1/remote/requests/{id}/report", Report).Reads<ReportRemoteRequest>()
            .AnswersNothing("Say how it went", "A claim, and recorded as one.");
    }

    static async Task Token(HttpContext http, TokenExchange exchange, DpopGuard proofs)
    {
        var form = await Form(http);
        var answer = form is null
            ? Exchanged.No("invalid_request", "api.malformed",
                $"A token is asked for with {FormType}, each field once, in at most {FormBytesMax} bytes.")
            : await exchange.Answer(http, form);
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        if (answer.Token is { } token)
        {
            await http.Response.WriteAsJsonAsync(
                new TokenAnswer(token, TokenExchange.AccessToken, "DPoP", (int)answer.Life.TotalSeconds),
                ApiJson.Default.TokenAnswer, contentType: null, http.RequestAborted);
            return;
        }
        http.Response.StatusCode = answer.Error == "temporarily_unavailable"
            ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status400BadRequest;
        if (answer.Error == "use_dpop_nonce")
            http.Response.Headers[DpopGuard.NonceHeader] = proofs.Nonce();
        await http.Response.WriteAsJsonAsync(
            new TokenError(answer.Error!, answer.Refusal!.Why, answer.Refusal.Code), ApiJson.Default.TokenError,
            contentType: null, http.RequestAborted);
    }

    static async Task<IResult> Open(HttpContext http, Submission submission, RealmActor realm, IdSource ids)
    {
        var caller = Gatekeeper.RemoteOf(http);
        var body = await Bodies.Read(http, ApiJson.Default.OpenRemoteRequest);
        var asked = new OpenSessionRequest(
            body.Workflow, caller.Id, body.Environment, body.Targets, body.Task, body.Purpose, Uid: 0, body.WorkTree,
            body.Branch, body.Bounds, Parent: null, body.Policy);
        var terms = SessionEndpoints.Terms(realm.State.Registry, asked, new SessionId(ids.New("ses"))) with
        {
            Uid = RemoteRules.NoUid,
        };
        SessionEndpoints.RequireFitting(terms.Policy, realm.State.Registry.Policy);
        var accepted = await submission.Submit(http, new SessionMove.Open(terms), caller);
        return Answers.Json(
            SessionEndpoints.View(accepted.Answer.After.Sessions[terms.Id]), ApiJson.Default.SessionView,
            StatusCodes.Status201Created);
    }

    static IResult Show(string id, HttpContext http, RealmActor realm, TimeProvider time) =>
        Answers.Json(SessionEndpoints.View(Own(realm, http, new SessionId(id), time)), ApiJson.Default.SessionView);

    static async Task<IResult> Close(string id, HttpContext http, Submission submission)
    {
        var body = await Bodies.Read(http, ApiJson.Default.CloseSessionRequest);
        var session = Bodies.Id<SessionId>(id, "id");
        var accepted = await submission.Submit(
            http, new SessionMove.Close(session, Bodies.Text(body.Reason, "reason", 2_048)), Gatekeeper.RemoteOf(http));
        return Answers.Json(
            SessionEndpoints.View(accepted.Answer.After.Sessions[session]), ApiJson.Default.SessionView);
    }

    static async Task<IResult> Ask(
        HttpContext http, Submission submission, RealmActor realm, RequestHistory history, IdSource ids,
        TimeProvider time)
    {
        var body = await Bodies.Read(http, ApiJson.Default.AskRemoteRequest);
        var session = Own(realm, http, Bodies.Id(body.Session, "session"), time);
        var request = Understood(body, session.Terms, new RequestId(ids.New("req")));
        var accepted = await submission.Submit(http, new RequestMove.Submit(request), Gatekeeper.RemoteOf(http));
        var judged = accepted.Decided.Events.OfType<RequestEvent.Judged>().Single();
        return Answers.Json(
            RequestViews.Judged(new Asked.Judged(
                request, session.Terms, judged, accepted.Answer.After, accepted.Answer.At, accepted.Answer.Index,
                Repeated: false)),
            ApiJson.Default.RequestView, StatusCodes.Status201Created);
    }

    static IResult Look(string id, HttpContext http, RealmActor realm, RequestHistory history, TimeProvider time) =>
        Answers.Json(ViewOf(id, http, realm, history, time), ApiJson.Default.RequestView);

    static async Task<IResult> Allow(
        string id, HttpContext http, RealmActor realm, RequestHistory history, IdSource ids, TimeProvider time)
    {
        var request = Bodies.Id<RequestId>(id, "id");
        var answer = await realm.Submit(
            new RequestMove.Allow(request), Gatekeeper.RemoteOf(http), ids.New("mv"), CancellationToken.None);
        return AgentDesk.Voided(answer, request) is { } no
            ? Problems.Of(no)
            : Answers.Json(ViewOf(id, http, realm, history, time), ApiJson.Default.RequestView);
    }

    static async Task<IResult> Report(string id, HttpContext http, Submission submission)
    {
        var body = await Bodies.Read(http, ApiJson.Default.ReportRemoteRequest);
        await submission.Submit(
            http, new RequestMove.Report(Bodies.Id<RequestId>(id, "id"), body.Succeeded, body.Detail),
            Gatekeeper.RemoteOf(http));
        return Answers.Done();
    }

    // Each field once (RFC 6749, section 3.2).
    static async Task<Dictionary<string, string>?> Form(HttpContext http)
    {
        if (http.Request.ContentType?.Split(';')[0].Trim().Equals(FormType, StringComparison.OrdinalIgnoreCase) != true
            || await AgentGate.ReadBody(http, FormBytesMax, http.RequestAborted) is not { } body)
            return null;
        using var reader = new FormReader(new MemoryStream(body)) { ValueCountLimit = FieldsMax };
        try
        {
            var form = new Dictionary<string, string>(StringComparer.Ordinal);
            while (await reader.ReadNextPairAsync(http.RequestAborted) is { } pair)
                if (!form.TryAdd(pair.Key, pair.Value))
                    return null;
            return form;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    static SessionState.Open Own(RealmActor realm, HttpContext http, SessionId id, TimeProvider time) =>
        RemoteRules.Session(realm.State, id, Gatekeeper.RemoteOf(http), time.GetUtcNow(), out var session) is { } no
            ? throw new RefusedException(no)
            : session;

    static RequestView ViewOf(
        string id, HttpContext http, RealmActor realm, RequestHistory history, TimeProvider time)
    {
        var state = realm.State;
        var request = new RequestId(id);
        var session = history.Find(request)?.Session.Id ?? state.Find(request)?.Session.Terms.Id;
        return session is { } known
            && RemoteRules.Session(state, known, Gatekeeper.RemoteOf(http), time.GetUtcNow(), out var own) is null
            && RequestViews.OfRemote(state, history, request, own) is { } view
                ? view
                : throw new RefusedException(new Refusal(
                    "request.unknown", "There is no such request of yours, or it is long over."));
    }

    static Request Understood(AskRemoteRequest body, SessionTerms terms, RequestId id)
    {
        var cwd = Paths.Normalize("/", Bodies.Text(body.Cwd, "cwd", PathMax));
        Ask? ask = body switch
        {
            { Argv: { IsDefaultOrEmpty: false } argv, Line: null, Url: null, Write: null } =>
                new Ask.Exec([.. Bodies.List(argv, "argv", ArgumentsMax).Select(a => a ?? "")]),
            { Argv: null, Line: { } line, Url: null, Write: null } =>
                PlainWords.Split(line) is { } words ? new Ask.Exec(words) : new Ask.ShellLine(line),
            { Argv: null, Line: null, Url: { } url, Write: null } => new Ask.Connect(url),
            { Argv: null, Line: null, Url: null, Write: { Path: not null, ContentDigest: not null } write } =>
                write with { Path = Paths.Normalize(cwd, write.Path) },
            _ => null,
        };
        if (ask is null)
            throw Bodies.Malformed("$", "must have exactly one of argv, line, url and write");
        var outside = !Paths.IsWithin(terms.WorkTree, cwd)
            || (ask is Ask.WriteFile { Path: var path } && !Paths.IsWithin(terms.WorkTree, path));
        ImmutableArray<FileFact>? files = body.Files is { } claimed
            ? [.. Bodies.List(claimed, "files", FilesMax).Select(f => FileOf(f, cwd))]
            : null;
        return new Request(
            id, terms.Id, ask, Assurance.Advisory, cwd, [], body.Executable, body.ExecutableDigest, outside,
            Client: null, files, Attested: AttestedBy.Remote, Prepares: body.Prepares, Prepared: body.Prepared);
    }

    static FileFact FileOf(ClaimedFile? file, string cwd)
    {
        var path = Paths.Normalize(cwd, Bodies.Text(file?.Path, "files.path", PathMax));
        return Runs.ActionDigests.IsDigest(Bodies.Text(file!.Digest, "files.digest", 64))
            ? new FileFact(path, path, file.Digest)
            : throw Bodies.Malformed("files.digest", "must be the SHA-256 of the file as hex");
    }
}
