using System.Collections.Immutable;
using Writ.Approvals;
using Writ.Changes;
using Writ.People;
using Writ.Policies;
using Writ.Realms;
using Writ.Requests;
using Writ.Server.Reading;
using Writ.Server.Foreign;
using Writ.Server.Sequencer;
using Writ.Sessions;
using Writ.Shell;
using Writ.Wire;

namespace Writ.Server.Endpoints;

/// <summary>What waits for people: the inbox, one request whole, and their word on it.</summary>
static class RequestEndpoints
{
    const int InboxMax = 1_000;
    const int TitleMax = 160;
    const string RecordingType = "application/x-asciicast";

    public static void MapRequestEndpoints(this IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/inbox", Inbox)
            .Answers<ImmutableArray<InboxItem>>("What waits", "Requests and changes that wait for a person, those that "
                + "expire first at the top; each says why you may not decide it, if so. What runs changed and is held "
                + "back is there for those who may commit it.");
        app.MapGet("/v1/requests/{id}", Get)
            .Answers<RequestView>("One request, whole", "Open or closed: what would run, why it asks, who agreed, what "
                + "came of it.");
        app.MapGet("/v1/requests/{id}/recording", Recording)
            .WithSummary("What its run printed, and when").WithDescription("An asciicast file, version 2, by the id "
                + "of the request or of its run; secrets that were recognised are masked.")
            .Produces<byte[]>(StatusCodes.Status200OK, RecordingType)
            .Produces<Problem>(StatusCodes.Status404NotFound, Problems.ContentType);
        app.MapGet("/v1/runs/{id}/lists/{digest}", List)
            .Answers<SaltedContent>("A list beside the ledger", "The programs or connections of a run that the ledger "
                + "names by a digest, a line of JSON each, with the salt that belongs to the digest.");
        app.MapPost("/v1/requests/{id}/dispose", Dispose).Reads<DisposeRequest>()
            .Answers<RequestView>("Approve or refuse", "Your signature covers the request, the policy and the earlier "
                + "approvals exactly as they are; anything else voids it.");
    }

    static IResult Inbox(HttpContext http, RealmActor realm, RequestReader reader, TimeProvider clock)
    {
        var (state, now, person) = (realm.State, clock.GetUtcNow(), Gatekeeper.CallerOf(http).Id);
        var requests = state.Sessions.Values.OfType<SessionState.Open>()
            .SelectMany(s => s.Requests.Values.OfType<RequestState.Waiting>().Select(w => (Session: s, Waiting: w)))
            .Where(p => p.Waiting.ExpiresAt > now)
            .OrderBy(p => p.Waiting.ExpiresAt).ThenBy(p => p.Waiting.Id.Value, StringComparer.Ordinal).Take(InboxMax)
            .Select(p => Item(state, p.Session, p.Waiting, person, reader, now));
        var changes = state.Changes.Values.OfType<ChangeState.Pending>().Where(c => c.ExpiresAt > now)
            .Select(c => Item(state, c, person, now));
        return Answers.Json<ImmutableArray<InboxItem>>(
            [
                .. requests.Concat(changes).Concat(TreeEndpoints.Waiting(state, person))
                    .OrderBy(i => i.ExpiresAt).ThenBy(i => i.Id, StringComparer.Ordinal),
            ],
            ApiJson.Default.ImmutableArrayInboxItem);
    }

    static async Task<IResult> Get(
        string id, HttpContext http, RequestReader reader, RealmActor realm, TimeProvider clock) =>
        await reader.Find(new RequestId(id), Gatekeeper.CallerOf(http).Id, withContent: true, http.RequestAborted)
            is { } view
            ? Answers.Json(view with
            {
                Conditions = view.State == "waiting"
                    ? PolicyExplanation.Conditions(realm.State, view.Request, clock.GetUtcNow())
                    : null,
            }, ApiJson.Default.RequestView)
            : Problems.Of("request.unknown", $"There is no request {VisibleText.Of(id)}.");

    static async Task<IResult> Recording(string id, HttpContext http, RequestReader reader)
    {
        var (isKnown, file) = await reader.Recording(new RequestId(id), http.RequestAborted);
        if (!isKnown)
            return Problems.Of("request.unknown", $"There is no request or run {VisibleText.Of(id)}.");
        if (file is null)
            return Problems.Of("recording.none", $"There is no recording of {VisibleText.Of(id)}.");
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        return Results.Bytes(file, RecordingType);
    }

    static async Task<IResult> List(string id, string digest, HttpContext http, RequestReader reader) =>
        await reader.ListOf(Bodies.Id<RunId>(id, "id"), digest, http.RequestAborted) is { } blob
            ? Answers.Json(new SaltedContent(blob.Salt, blob.Content), ApiJson.Default.SaltedContent)
            : Problems.Of("recording.none", $"There is no such list of {VisibleText.Of(id)}.");

    static async Task<IResult> Dispose(
        string id, HttpContext http, Submission submission, RequestReader reader, RealmActor realm,
        ForeignTokens tokens)
    {
        var body = await Bodies.Read(http, ApiJson.Default.DisposeRequest);
        var caller = Gatekeeper.CallerOf(http);
        var request = Bodies.Id<RequestId>(id, "id");
        var stepUp = body.IdToken is { } token
            ? await tokens.LookAtSignIn(
                Bodies.Text(token, "idToken", Identity.CompactToken.LengthMax), http.RequestAborted)
            : null;
        // Decided and recorded like a sign-in that is not believed. Ledgers of before hold approvals without one where
        // a team has a group, and those stay decided as they were.
        if (body.Approves && realm.State.Registry.Document.SignIn?.DemandsSignIn == true)
            stepUp ??= ProviderEvidence.No(
                "none", new Refusal("approval.step-up", "An approval here needs a sign-in of its own, right before."));
        await submission.Submit(http, new ApprovalMove.Dispose(
            request, caller.Id, Bodies.Digest(body.RequestDigest, "requestDigest"),
            Bodies.Digest(body.PolicyDigest, "policyDigest"), Bodies.Digest(body.Earlier, "earlier"), body.Approves,
            Bodies.Text(body.Reason, "reason", 4_096), Bodies.Instant(body.ExpiresAt, "expiresAt"),
            Bodies.Text(body.Signature, "signature", 128), stepUp), caller);
        return Answers.Json(
            await reader.Find(request, caller.Id, withContent: true, http.RequestAborted)
                ?? throw new InvariantBrokenException("A request that was just disposed of is known."),
            ApiJson.Default.RequestView);
    }

    static InboxItem Item(
        RealmState state, SessionState.Open session, RequestState.Waiting waiting, PersonId person,
        RequestReader reader,
        DateTimeOffset now)
    {
        var terms = session.Terms;
        return new InboxItem(
            "request", waiting.Id.Value, Title(waiting.Request), $"{terms.Agent} for {session.Accountable.Sponsor}",
            $"{terms.Environment}: {string.Join(", ", terms.Targets)}"
                + (waiting.Request.Hold is { } hold ? $", inside {hold.Run}" : ""),
            reader.RequestedAt(waiting.Id) ?? session.OpenedAt, waiting.ExpiresAt, VisibleText.Of(waiting.Verdict.Why),
            ApprovalQuery.MayNot(state, waiting.Id, person, now)?.Why, Does(waiting.Verdict));
    }

    static string Does(Verdict verdict) => string.Join(", ", verdict.Effects.Select(e => e.Verb).Distinct()
        .Concat(verdict.Unresolved.IsEmpty ? [] : [$"{verdict.Unresolved.Length} not understood"]));

    static InboxItem Item(RealmState state, ChangeState.Pending change, PersonId person, DateTimeOffset now) => new(
        "change", change.Id.Value, Short(change.Reason.Length > 0 ? change.Reason : "A change of the realm"),
        change.Author.Value, "realm", change.ExpiresAt - ChangeQuery.PendingLife, change.ExpiresAt,
        "It moves accountability or policy, so a second person has to agree.",
        ChangeQuery.MayNot(state, change, person, now)?.Why);

    /// <summary>What is asked on one line; the whole of it is one look away.</summary>
    static string Title(Request request) => Short(request.Ask switch
    {
        Ask.Exec exec => VisibleText.Command(exec.Argv),
        Ask.ShellLine shell => shell.Line,
        Ask.Assistant assistant => $"live in a sandbox: {VisibleText.Command(assistant.Argv)}",
        Ask.WriteFile write => $"write {write.Path}",
        Ask.Connect connect => $"connect to {connect.Url}",
        Ask.CallTool tool => $"call {tool.Tool}: {tool.Summary}",
        _ => "something this version does not know",
    });

    // Cut before it is made visible, so that no escape is cut in half, and never inside a surrogate pair.
    static string Short(string text)
    {
        if (text.Length <= TitleMax)
            return VisibleText.Of(text);
        var end = char.IsHighSurrogate(text[TitleMax - 1]) ? TitleMax - 1 : TitleMax;
        return $"{VisibleText.Of(text[..end])} … ({text.Length - end} more characters)";
    }
}
