using Writ.Approvals;
using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;

namespace Writ.Holds;

/// <summary>
/// Something inside a run waits for people: judged when it begins to wait, and judged again with what they signed when
/// it wants to go on. In between it is a request like any other, and what ends those ends it.
/// </summary>
static class HoldDecider
{
    public static Decided Open(RealmState realm, HoldMove.Open move, Actor actor, DateTimeOffset now)
    {
        if (actor is not Actor.Host)
            return NotRunner();
        var request = move.Request;
        if (request.Hold is not { } hold || !HoldRules.IsWhole(hold.Action))
            return Decided.No("hold.malformed", "What is held says in which run, and what it is.");
        if (HoldRules.MayNot(realm, hold.Run, hold.Parent) is { } mayNot)
            return Decided.No(mayNot);
        if (RealmRules.RequireOpen(realm, request.Session, now, out var session) is { } no)
            return Decided.No(no);
        if (RealmRules.StoppedBy(realm, session) is { } scope)
            return Decided.No("session.stopped", $"{scope} is stopped by the kill switch.");
        if (RequestRules.Malformed(realm, session, request) is { } malformed)
            return Decided.No(malformed);
        var parent = (RequestState.Running)session.Requests[hold.Parent];
        if (!Follows(request, parent.Request, hold))
            return Decided.No("hold.malformed", "What is held is not of the run that it names.");
        if (HoldRules.Forbidden(realm, session, hold.Action) is { } forbidden)
            return Decided.No(forbidden);
        if (move.Until <= now)
            return Decided.No("hold.too-late", "The run ends before anybody could decide.");
        var verdict = HoldRules.Judge(realm, session, request, Approved.Nothing, now);
        if (session.Usage.Plus(verdict.Effects).Exceeds(session.Terms.Bounds) is { } bound)
            return Decided.No("session.budget", $"This would exceed the session's bound of {bound}.");
        var wait = TimeSpan.FromSeconds(realm.Registry.Workflows[session.Terms.Workflow].Held!.WaitSeconds);
        DateTimeOffset[] ends = [now + wait, move.Until, session.ExpiresAt];
        return Decided.Because(new RequestEvent.Judged(RequestRules.Digest(request), verdict, ends.Min()));
    }

    public static Decided Go(RealmState realm, HoldMove.Go move, Actor actor, DateTimeOffset now)
    {
        if (actor is not Actor.Host)
            return NotRunner();
        if (realm.Find(move.Request) is not var (found, state))
            return Decided.No("request.unknown", $"There is no open request {move.Request}.");
        if (state is not RequestState.Ready { Request.Hold: { } hold } ready)
            return Decided.No("hold.not-ready", $"Request {move.Request} is nothing that may go on.");
        if (RealmRules.RequireOpen(realm, found.Terms.Id, now, out var session) is { } no)
            return Decided.No(no);
        if (RealmRules.StoppedBy(realm, session) is { } scope)
            return Decided.No("session.stopped", $"{scope} is stopped by the kill switch.");
        if (RealmRules.Untenable(realm.Registry, session, now) is { } untenable)
            return Decided.No(untenable);
        if (ready.ExpiresAt <= now)
            return Closed(ready, "request.expired");
        if (session.Requests.GetValueOrDefault(hold.Parent) is not RequestState.Running running
            || running.Run != hold.Run)
            return Closed(ready, "hold.run-over");
        if (ready.Verdict.PolicyDigest != session.PolicyDigest)
            return Closed(ready, "approval.policy-changed");
        if (HoldRules.Forbidden(realm, session, hold.Action) is { } forbidden)
            return Closed(ready, forbidden.Code);
        var verdict = HoldRules.Judge(
            realm, session, ready.Request, Approved.From(realm, session, ready, now), now);
        if (verdict.Kind != VerdictKind.Automatic)
            return Closed(ready, verdict.Kind == VerdictKind.Approval ? "approval.stale" : verdict.Code);
        return session.Usage.Plus(verdict.Effects).Exceeds(session.Terms.Bounds) is null
            ? Decided.Because(new HoldEvent.LetGo())
            : Closed(ready, "session.budget");
    }

    public static Decided Withdraw(RealmState realm, HoldMove.Withdraw move, Actor actor, DateTimeOffset now)
    {
        if (actor is not Actor.Host)
            return NotRunner();
        if (realm.Find(move.Request) is not var (_, state))
            return Decided.No("request.unknown", $"There is no open request {move.Request}.");
        return state switch
        {
            RequestState.Waiting { Request.Hold: not null } w => Closed(w, CodeAt(w.ExpiresAt, now)),
            RequestState.Ready { Request.Hold: not null } r => Closed(r, CodeAt(r.ExpiresAt, now)),
            _ => Decided.No("hold.not-waiting", $"Request {move.Request} is nothing that waits inside a run."),
        };
    }

    public static RealmState Evolve(RealmState realm, HoldEvent happened, Move move)
    {
        if ((happened, move) is not (HoldEvent.LetGo, HoldMove.Go go))
            throw new InvariantBrokenException($"{happened.GetType().Name} does not come of {move.GetType().Name}.");
        var (session, state) = realm.Find(go.Request)!.Value;
        var ready = (RequestState.Ready)state;
        var used = session with
        {
            Usage = session.Usage.Plus(ready.Verdict.Effects),
            Content = session.Content | Provenance.Of(ready.Request.Ask, ready.Verdict.Effects),
        };
        return realm.With(used, new RequestState.Closed(go.Request, "hold.let-go"));
    }

    /// <summary>A run counts how often something of it began to wait.</summary>
    public static RealmState Counted(RealmState realm, Hold hold)
    {
        var (session, state) = realm.Find(hold.Parent)!.Value;
        var running = (RequestState.Running)state;
        return realm.With(session, running with { Holds = running.Holds + 1 });
    }

    /// <summary>With a run ends what waits in it. Most runs never let anything wait, and a session may have asked for
    /// very much: that is looked through only where something can be found.</summary>
    public static IEnumerable<Event> EndOf(RealmState realm, RunId run, RequestId parent) =>
        realm.Find(parent) is var (session, state) && state is not RequestState.Running { Holds: 0 }
            ? HoldRules.OpenIn(session, run).Select(id => new RequestEvent.Closed(id, "hold.run-over"))
            : [];

    // Everything but the hold itself is the run's, or follows from the hold.
    static bool Follows(Request request, Request parent, Hold hold) => request.Session == parent.Session
        && RequestRules.Digest(request) == RequestRules.Digest(HoldRules.RequestOf(request.Id, parent, hold));

    static Decided Closed(RequestState state, string code) => Decided.Because(new RequestEvent.Closed(state.Id, code));

    static string CodeAt(DateTimeOffset expiresAt, DateTimeOffset now) =>
        expiresAt <= now ? "request.expired" : "hold.withdrawn";

    static Decided NotRunner() => Decided.No("run.not-runner", "Only the runner holds what a run wants to do.");
}
