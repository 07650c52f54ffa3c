using Writ.Approvals;
using Writ.Assistants;
using Writ.Findings;
using Writ.Holds;
using Writ.Identity;
using Writ.Policies;
using Writ.Preparations;
using Writ.Realms;
using Writ.Rollbacks;
using Writ.Runs;
using Writ.Sessions;
using Writ.Shell;

namespace Writ.Requests;

/// <summary>What can be asked of requests.</summary>
public abstract record RequestMove : Move
{
    public sealed record Submit(Request Request) : RequestMove;

    /// <summary>An advisory request that is ready: the agent's own tool wants to act now.</summary>
    public sealed record Allow(RequestId Request) : RequestMove;

    /// <summary>Carry it out now. The facts are those of this moment; they must equal those that were judged.</summary>
    public sealed record Execute(RequestId Request, WritId Writ, string Digest) : RequestMove;

    /// <summary>What an advisory tool said of its own outcome. A claim, not a fact.</summary>
    public sealed record Report(RequestId Request, bool Succeeded, string? Detail) : RequestMove;
}

/// <summary>What can happen to requests.</summary>
public abstract record RequestEvent : Event
{
    /// <param name="ExpiresAt">Until when people may decide, or until when it may be carried out.</param>
    public sealed record Judged(string Digest, Verdict Verdict, DateTimeOffset ExpiresAt) : RequestEvent;

    public sealed record Allowed : RequestEvent;

    /// <param name="Code">Why it is over: <c>request.expired</c>, <c>approval.refused</c>, <c>approval.stale</c>,
    /// ...</param>
    public sealed record Closed(RequestId Request, string Code) : RequestEvent;

    public sealed record Reported : RequestEvent;
}

/// <summary>A request is judged when it is made and judged again when it is to be carried out.</summary>
static class RequestDecider
{
    public static readonly TimeSpan WaitingLife = TimeSpan.FromMinutes(60);
    public static readonly TimeSpan ReadyLife = TimeSpan.FromMinutes(15);

    public static Decided Submit(RealmState realm, RequestMove.Submit move, Actor actor, DateTimeOffset now)
    {
        var request = move.Request;
        if (RealmRules.RequireAgentIn(realm, request.Session, actor, now, out var session) is { } no)
            return Decided.No(no);
        if (request.Hold is not null)
            return Decided.No("hold.malformed", "Only the control plane holds what a run wants to do.");
        // A sandbox is the one thing of these that the core sees itself.
        if (request.Attested is { } by
            && (by == AttestedBy.Launched) != (actor is Actor.Agent { Within: not null }))
            return Decided.No("request.bad-attestation", "How this process is known is not what the request says.");
        if (RequestRules.Malformed(realm, session, request) is { } malformed)
            return Decided.No(malformed);
        if (RealmRules.StoppedBy(realm, session) is { } scope)
            return Decided.No("session.stopped", $"{scope} is stopped by the kill switch.");
        if (RealmRules.Untenable(realm.Registry, session, now) is { } untenable)
            return Decided.No(untenable);
        if (FindingRules.Refused(realm, session.Terms, now) is { } found)
            return Decided.No(found);
        if (RollbackRules.MayNot(realm, session, request) is { } notUndone)
            return Decided.No(notUndone);
        if (AssistantRules.MayNot(realm, session, request) is { } notLiving)
            return Decided.No(notLiving);
        if (PreparationRules.MayNot(realm, session, request, now) is { } notPrepared)
            return Decided.No(notPrepared);

        var facts = RequestFacts.Of(request, session.Terms, PinnedPolicies.Of(realm, session).Knowledge);
        if (OverBudget(session, facts) is { } spent)
            return Decided.Because(Blocked(session, request, facts, "session.budget", spent, now),
                SessionDecider.End(session, "session.budget"));
        var verdict = Judge.Decide(realm, session, request, facts, Approved.Nothing, now);
        // Nobody is asked to approve what cannot be run. A block says more than the missing program does.
        if (verdict.Kind != VerdictKind.Blocked && IsMissing(request))
            return Decided.No("request.no-executable",
                $"'{request.Argv[0]}' was not found where Writ looks for programs.");
        var life = request.Prepares == true ? PreparationRules.Life
            : verdict.Kind == VerdictKind.Approval ? WaitingLife : ReadyLife;
        return Decided.Because(new RequestEvent.Judged(RequestRules.Digest(request), verdict, Earlier(now
            + life, session)));
    }

    public static Decided Allow(RealmState realm, RequestMove.Allow move, Actor actor, DateTimeOffset now)
    {
        if (RequireReady(realm, move.Request, actor, now, out var session, out var ready) is { } no)
            return Decided.No(no);
        if (ready.Request.Assurance != Assurance.Advisory)
            return Decided.No("request.brokered", "This request is carried out by Writ, with: writ run --request "
                + $"{move.Request}");
        return Again(realm, session, ready, now) is { } stale
            ? stale
            : Decided.Because([new RequestEvent.Allowed(), .. PreparationRules.Used(ready.Request)]);
    }

    public static Decided Execute(RealmState realm, RequestMove.Execute move, Actor actor, DateTimeOffset now)
    {
        if (RequireReady(realm, move.Request, actor, now, out var session, out var ready) is { } no)
            return Decided.No(no);
        if (ready.Request.Assurance != Assurance.Brokered || ready.Request.Argv.IsEmpty)
            return Decided.No("request.advisory", "This request is for the agent's own tool; Writ has nothing to run.");
        if (!IdRules.IsWellFormed(move.Writ.Value))
            return Decided.No("writ.malformed", "A writ needs a well-formed id.");
        if (move.Digest != ready.Digest)
            return Decided.Because(new RequestEvent.Closed(move.Request, "approval.stale"));
        return Again(realm, session, ready, now) is { } stale
            ? stale
            : Decided.Because([
                new RunEvent.WritIssued(WritRules.Order(realm, session, ready, move.Writ, now)),
                .. PreparationRules.Used(ready.Request),
            ]);
    }

    public static Decided Report(RealmState realm, RequestMove.Report move, Actor actor, DateTimeOffset now)
    {
        if (realm.Find(move.Request) is not var (session, request))
            return Decided.No("request.unknown", $"There is no open request {move.Request}.");
        if (RealmRules.RequireAgentIn(realm, session.Terms.Id, actor, now, out _) is { } no)
            return Decided.No(no);
        if (move.Detail is { Length: > 1_024 })
            return Decided.No("request.too-large", "A report has at most 1,024 characters.");
        return request is RequestState.Allowed
            ? Decided.Because(new RequestEvent.Reported())
            : Decided.No("request.not-allowed", $"Request {move.Request} was not allowed to the agent's own tool.");
    }

    public static RealmState Evolve(RealmState realm, RequestEvent happened, Move move)
    {
        switch (happened, move)
        {
            case (RequestEvent.Judged e, RequestMove.Submit m):
                return Judged(realm, e, m.Request);
            case (RequestEvent.Judged e, HoldMove.Open m):
                return HoldDecider.Counted(Judged(realm, e, m.Request), m.Request.Hold!);
            case (RequestEvent.Allowed, RequestMove.Allow m):
                var (session, state) = realm.Find(m.Request)!.Value;
                var ready = (RequestState.Ready)state;
                var used = session with
                {
                    Usage = session.Usage.Plus(ready.Verdict.Effects),
                    Content = session.Content | Provenance.Of(ready.Request.Ask, ready.Verdict.Effects),
                };
                return realm.With(used, new RequestState.Allowed(m.Request, ready.Digest));
            case (RequestEvent.Closed e, _):
                return Close(realm, e.Request, e.Code);
            case (RequestEvent.Reported, RequestMove.Report m):
                return Close(realm, m.Request, m.Succeeded ? "request.done" : "request.failed");
            default:
                throw new InvariantBrokenException(
                    $"{happened.GetType().Name} does not come of {move.GetType().Name}.");
        }
    }

    public static RealmState Close(RealmState realm, RequestId id, string code) =>
        realm.Find(id) is var (session, _) ? realm.With(session, new RequestState.Closed(id, code)) : realm;

    static RealmState Judged(RealmState realm, RequestEvent.Judged e, Request request)
    {
        var session = realm.OpenSession(request.Session)!;
        RequestState state = e.Verdict.Kind switch
        {
            // Whoever carries it out is judged, and approved, on their own.
            VerdictKind.Approval when request.Prepares == true =>
                new RequestState.Ready(request, e.Digest, e.Verdict, [], e.ExpiresAt),
            VerdictKind.Automatic => new RequestState.Ready(request, e.Digest, e.Verdict, [], e.ExpiresAt),
            VerdictKind.Approval => new RequestState.Waiting(request, e.Digest, e.Verdict, [], e.ExpiresAt),
            _ => new RequestState.Closed(request.Id, e.Verdict.Code),
        };
        return realm.With(session, state) with
        {
            SessionByRequest = realm.SessionByRequest.SetItem(request.Id, request.Session),
        };
    }

    /// <summary>The second judging: approvals are facts now, and time, policy and stops are as they are now.</summary>
    static Decided? Again(RealmState realm, SessionState.Open session, RequestState.Ready ready, DateTimeOffset now)
    {
        if (RealmRules.StoppedBy(realm, session) is { } scope)
            return Decided.No("session.stopped", $"{scope} is stopped by the kill switch.");
        if (RealmRules.Untenable(realm.Registry, session, now) is { } untenable)
            return Decided.No(untenable);
        if (FindingRules.Refused(realm, session.Terms, now) is { } found)
            return Decided.No(found);
        if (ready.Verdict.PolicyDigest != session.PolicyDigest)
            return Decided.Because(new RequestEvent.Closed(ready.Id, "approval.policy-changed"));
        if (RollbackRules.MayNot(realm, session, ready.Request) is { } notUndone)
            return Decided.Because(new RequestEvent.Closed(ready.Id, notUndone.Code));
        if (AssistantRules.MayNot(realm, session, ready.Request) is { } notLiving)
            return Decided.Because(new RequestEvent.Closed(ready.Id, notLiving.Code));
        if (PreparationRules.MayNot(realm, session, ready.Request, now) is { } notPrepared)
            return Decided.Because(new RequestEvent.Closed(ready.Id, notPrepared.Code));
        var facts = RequestFacts.Of(ready.Request, session.Terms, PinnedPolicies.Of(realm, session).Knowledge);
        if (OverBudget(session, facts) is not null)
            return Decided.Because(SessionDecider.End(session, "session.budget"));
        var approved = Approved.From(realm, session, ready, now);
        var verdict = Judge.Decide(realm, session, ready.Request, facts, approved, now);
        return verdict.Kind switch
        {
            VerdictKind.Automatic => null,
            VerdictKind.Approval => Decided.Because(new RequestEvent.Closed(ready.Id, "approval.stale")),
            _ => Decided.Because(new RequestEvent.Closed(ready.Id, verdict.Code)),
        };
    }

    static Refusal? RequireReady(
        RealmState realm, RequestId id, Actor actor, DateTimeOffset now,
        out SessionState.Open session, out RequestState.Ready ready)
    {
        ready = null!;
        session = null!;
        if (realm.Find(id) is not var (found, state))
            return new Refusal("request.unknown", $"There is no open request {id}.");
        if (RealmRules.RequireAgentIn(realm, found.Terms.Id, actor, now, out session) is { } no)
            return no;
        switch (state)
        {
            case RequestState.Ready { Request.Hold: { } hold }:
                return new Refusal("hold.in-run", $"Request {id} waits inside run {hold.Run}, where it goes on.");
            case RequestState.Ready { Request.Prepares: true }:
                return new Refusal("preparation.not-yours", $"Request {id} is prepared for another agent to carry "
                    + "out.");
            case RequestState.Ready r when r.ExpiresAt > now:
                ready = r;
                return null;
            case RequestState.Ready or RequestState.Ordered:
                return state is RequestState.Ready
                    ? new Refusal("request.expired", $"Request {id} was not carried out in time.")
                    : new Refusal("writ.issued", $"A writ for request {id} was issued already; each is used once.");
            case RequestState.Waiting:
                return new Refusal("request.waiting", $"Request {id} still waits for approval.");
            case RequestState.Running:
                return new Refusal("writ.consumed", $"The writ for request {id} is consumed; it ran or is running.");
            case RequestState.Closed closed:
                return new Refusal("request.closed", $"Request {id} is closed ({closed.Code}).");
            default:
                return new Refusal("request.allowed", $"Request {id} was allowed once already.");
        }
    }

    static RequestEvent.Judged Blocked(
        SessionState.Open session, Request request, RequestFacts facts, string code, string why, DateTimeOffset now) =>
        new(RequestRules.Digest(request),
            new Verdict(VerdictKind.Blocked, code, why, [], [], [], facts.Effects, facts.Unresolved,
                session.PolicyDigest, Verdict.EngineVersion, session.SessionPolicyDigest),
            now);

    static string? OverBudget(SessionState.Open session, RequestFacts facts) =>
        session.Usage.Plus(facts.Effects).Exceeds(session.Terms.Bounds) is { } bound
            ? $"This would exceed the session's bound of {bound}; the session has ended."
            : null;

    static bool IsMissing(Request request) =>
        request.Assurance == Assurance.Brokered && !request.Argv.IsEmpty && request.Executable is null;

    static DateTimeOffset Earlier(DateTimeOffset at, SessionState.Open session) =>
        at < session.ExpiresAt ? at : session.ExpiresAt;
}
