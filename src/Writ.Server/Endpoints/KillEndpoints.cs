using System.Collections.Immutable;
using Writ.Kills;
using Writ.Server.Sequencer;
using Writ.Wire;

namespace Writ.Server.Endpoints;

/// <summary>The kill switch: stop now, answer when it is dead, say how long it took.</summary>
static class KillEndpoints
{
    static readonly TimeSpan _killMax = TimeSpan.FromSeconds(30);

    public static void MapKillEndpoints(this IEndpointRouteBuilder app)
    {
        app.MapPost("/v1/kills", Kill).Reads<KillRequest>()
            .Answers<KillView>("Stop", "Ends every session in the scope, voids what waits, kills what runs, and "
                + "answers when it is dead. The scope stays stopped until it is resumed.");
        app.MapPost("/v1/kills/resume", Resume).Reads<KillRequest>()
            .AnswersNothing("Resume", "Lets a stopped scope open sessions again.");
    }

    static async Task<IResult> Kill(
        HttpContext http, Submission submission, IRunKiller killer, IdSource ids, TimeProvider clock,
        ILogger<IRunKiller> log)
    {
        var body = await Bodies.Read(http, ApiJson.Default.KillRequest);
        var started = clock.GetTimestamp();
        var order = new KillMove.Order(
            new KillId(ids.New("kill")), ScopeOf(body), Bodies.Text(body.Reason, "reason", 2_048));
        var accepted = await submission.Submit(http, order, Gatekeeper.CallerOf(http));
        var kill = ((KillMove.Order)accepted.Answer.Move).Kill;
        var ordered = accepted.Decided.Events.OfType<KillEvent.Ordered>().Single();

        // Nothing the client does takes a kill back: neither its disconnecting nor its repeating.
        using var limit = new CancellationTokenSource(_killMax, clock);
        var steps = await EndRuns(killer, ordered.Runs, limit.Token);
        var total = (int)clock.GetElapsedTime(started).TotalMilliseconds;
        var missing = ordered.Runs.Except(steps.Select(s => s.Run)).Count();
        if (missing > 0)
            EndpointLog.KillIncomplete(log, kill.Value, missing, ordered.Runs.Length);
        else
            await submission.SubmitOnce(new KillMove.Complete(kill, steps, total), new Actor.Host("kill"));
        return Answers.Json(
            new KillView(kill, order.Scope, ordered.Sessions, steps, total, Completed: missing == 0),
            ApiJson.Default.KillView);
    }

    // A scope that was left out reads as the widest one; nobody stops the realm by a typing error.
    static Scope ScopeOf(KillRequest body) => body.Scope.Id is null
        ? throw Bodies.Malformed("scope", "must be 'realm' or 'kind:id'")
        : body.Scope;

    static async Task<ImmutableArray<KillStep>> EndRuns(
        IRunKiller killer, ImmutableArray<RunId> runs, CancellationToken cancel)
    {
        if (runs.IsEmpty)
            return [];
        try
        {
            return await killer.KillAsync(runs, cancel);
        }
        catch (OperationCanceledException)
        {
            // Not dead in time: the kill stays open in the ledger, and the answer says so.
            return [];
        }
    }

    static async Task<IResult> Resume(HttpContext http, Submission submission)
    {
        var body = await Bodies.Read(http, ApiJson.Default.KillRequest);
        await submission.Submit(
            http, new KillMove.Resume(ScopeOf(body), Bodies.Text(body.Reason, "reason", 2_048)),
            Gatekeeper.CallerOf(http));
        return Answers.Done();
    }
}
