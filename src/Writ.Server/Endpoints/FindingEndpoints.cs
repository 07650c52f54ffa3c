using System.Collections.Immutable;
using Writ.Findings;
using Writ.Realms;
using Writ.Server.Findings;
using Writ.Server.Reading;
using Writ.Server.Sequencer;
using Writ.Wire;

namespace Writ.Server.Endpoints;

/// <summary>What should not be as it is: seen, looked for, and lived with.</summary>
static class FindingEndpoints
{
    const int ListMax = 2_000;
    static readonly TimeSpan _indexMax = TimeSpan.FromSeconds(2);

    public static void MapFindingEndpoints(this IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/findings", List)
            .Answers<ImmutableArray<FindingView>>("Findings", "Those that are open, oldest first; with ?all=true also "
                + "those that somebody lives with and the last that were settled. ?kind=KIND and ?agent=AGENT choose. "
                + "At most 2,000.");
        app.MapGet("/v1/findings/{id}", Show)
            .Answers<FindingView>("One finding", "Who is to act and how, and the entries that tell of it.");
        app.MapPost("/v1/findings/review", Review)
            .Answers<FindingReview>("Look for findings", "Raises what is found now and settles what is found "
                + "no longer.");
        app.MapPost("/v1/findings/{id}/accept", Accept).Reads<FindingAcceptRequest>()
            .Answers<FindingView>("Accept a finding", "The realm lives with it until that day, and says why.");
    }

    static IResult List(HttpContext http, RealmActor realm, TimeProvider time)
    {
        var (state, now) = (realm.State, time.GetUtcNow());
        var kind = http.Request.Query["kind"].ToString();
        if (kind.Length > 0 && FindingKinds.Of(kind) is null)
            throw Bodies.Malformed("kind", $"is one of {string.Join(", ", FindingKinds.Words)}");
        var agent = http.Request.Query["agent"].ToString();
        var all = http.Request.Query["all"] == "true";
        IEnumerable<FindingView> views = state.Found.Standing.Values.Where(f => all || f.IsOpen(now))
            .OrderBy(f => f.IsOpen(now) ? 0 : 1).ThenBy(f => f.Since)
            .ThenBy(f => f.Id.Value, StringComparer.Ordinal).Select(f => FindingView.Of(state, f, now));
        if (all)
            views = views.Concat(state.Found.Settled.Values.OrderByDescending(s => s.At)
                .Select(s => FindingView.Of(state, s, now)));
        return Answers.Json<ImmutableArray<FindingView>>(
        [
            .. views.Where(v => (kind.Length == 0 || v.Kind == kind)
                && (agent.Length == 0 || Concerns(state, v.Scope, new AgentId(agent)))).Take(ListMax),
        ], ApiJson.Default.ImmutableArrayFindingView);
    }

    // What is about a workflow or a target is about every agent that works there.
    static bool Concerns(RealmState state, FindingScope scope, AgentId agent) => scope.Agent is { } named
        ? named == agent
        : state.Registry.Document.Workflows.Any(w => w.Agents.Contains(agent)
            && (scope.Workflow == w.Id || (scope.Targets ?? []).Any(w.Targets.Contains)
                || (scope.WorkTree is not null && scope.Environment is { } place && w.Environments.Contains(place))));

    static async Task<IResult> Show(
        string id, RealmActor realm, DerivedIndex index, TimeProvider time, CancellationToken cancel)
    {
        var view = Find(realm, Bodies.Id<FindingId>(id, "id"), time);
        await index.CaughtUp(_indexMax, time, cancel);
        return Answers.Json(
            view with { Entries = FindingEvidence.Of(index, view.Id, view.Evidence) }, ApiJson.Default.FindingView);
    }

    // Nothing the client does takes back what was begun.
    static async Task<IResult> Review(FindingDesk desk) =>
        Answers.Json(await desk.Review(CancellationToken.None), ApiJson.Default.FindingReview);

    static async Task<IResult> Accept(
        string id, HttpContext http, Submission submission, RealmActor realm, TimeProvider time)
    {
        var body = await Bodies.Read(http, ApiJson.Default.FindingAcceptRequest);
        var finding = Bodies.Id<FindingId>(id, "id");
        await submission.Submit(
            http, new FindingMove.Accept(
                finding, Bodies.Text(body.Reason, "reason", FindingDecider.ReasonMax), body.Until),
            Gatekeeper.CallerOf(http));
        return Answers.Json(Find(realm, finding, time), ApiJson.Default.FindingView);
    }

    static FindingView Find(RealmActor realm, FindingId id, TimeProvider time)
    {
        var (state, now) = (realm.State, time.GetUtcNow());
        return state.Found.Standing.TryGetValue(id, out var standing) ? FindingView.Of(state, standing, now)
            : state.Found.Settled.TryGetValue(id, out var settled) ? FindingView.Of(state, settled, now)
            : throw new RefusedException(new Refusal("finding.unknown", $"No finding {id} stands, nor did lately."));
    }
}
