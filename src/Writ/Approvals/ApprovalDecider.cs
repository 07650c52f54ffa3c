using Writ.People;
using Writ.Preparations;
using Writ.Realms;
using Writ.Requests;
using Writ.Sessions;

namespace Writ.Approvals;

/// <summary>What can be asked of approvals.</summary>
public abstract record ApprovalMove : Move
{
    /// <summary>A person approves or refuses one request, with a signature made for nothing else.</summary>
    /// <param name="StepUp">A sign-in for exactly this, beside the signature.</param>
    public sealed record Dispose(
        RequestId Request, PersonId Person, string RequestDigest, string PolicyDigest, string Earlier, bool Approves,
        string Reason, DateTimeOffset ExpiresAt, string Signature, ProviderEvidence? StepUp = null) : ApprovalMove;
}

/// <summary>What can happen to approvals.</summary>
public abstract record ApprovalEvent : Event
{
    /// <param name="Teams">The gates' teams this person speaks for.</param>
    /// <param name="NotFor">Teams that they are in and do not speak for; null for none.</param>
    public sealed record Given(ImmutableArray<TeamId> Teams, ImmutableArray<TeamId>? NotFor = null) : ApprovalEvent;

    /// <summary>Every gate is met; the request may be carried out until then.</summary>
    public sealed record Completed(DateTimeOffset ReadyUntil) : ApprovalEvent;
}

/// <summary>Who may agree to what: never an agent, never anybody the request is for.</summary>
static class ApprovalDecider
{
    public static readonly TimeSpan ApprovalLifeMax = TimeSpan.FromHours(1);
    public const int ReasonMax = 2_048;

    public static Decided Dispose(RealmState realm, ApprovalMove.Dispose move, Actor actor, DateTimeOffset now)
    {
        if (RealmRules.RequirePerson(realm, actor, now, out var person) is { } no)
            return Decided.No(no);
        if (person != move.Person)
            return Decided.No("approval.not-you", "An approval is signed by the person who is logged in.");
        if (RequireWaiting(realm, move, now, out var session, out var waiting) is { } notWaiting)
            return Decided.No(notWaiting);
        if (NotBound(session, move, waiting, now) is { } unbound)
            return Decided.No(unbound);
        if (MayNot(realm, session, waiting, person, move.Approves) is { } mayNot)
            return Decided.No(mayNot);
        if (Forged(realm, move) is { } forged)
            return Decided.No(forged);
        if (!move.Approves)
            return Decided.Because(new RequestEvent.Closed(move.Request, "approval.refused"));

        var document = DocumentOf(realm, move).Render();
        if (SignInDecider.StepUp(realm, move, document, now) is { } notProven)
            return Decided.No(notProven);
        var notFor = SignInDecider.NotFor(realm, move.StepUp);
        var teams = TeamsFor(realm, waiting, person).RemoveAll(notFor.Contains);
        if (teams.IsEmpty)
            return Decided.No("approval.not-in-group", "The provider has you in no group of the teams that are asked.");
        var given = new ApprovalEvent.Given(teams, notFor.IsEmpty ? null : notFor);
        var approvals = waiting.Approvals.Add(
            new Approval(person, move.Signature, now, move.ExpiresAt, given.NotFor));
        var approved = Approved.Of(realm, session, waiting.Request, waiting.Verdict.Gates, approvals, now);
        return approved.Meets(waiting.Verdict.Gates)
            ? Decided.Because(given, new ApprovalEvent.Completed(ReadyUntil(session, approvals, now)))
            : Decided.Because(given);
    }

    public static RealmState Evolve(RealmState realm, ApprovalEvent happened, Move move, DateTimeOffset at)
    {
        var dispose = (ApprovalMove.Dispose)move;
        var (session, state) = realm.Find(dispose.Request)!.Value;
        var waiting = (RequestState.Waiting)state;
        return happened switch
        {
            ApprovalEvent.Given e => realm.With(session, waiting with
            {
                Approvals = waiting.Approvals.Add(
                    new Approval(dispose.Person, dispose.Signature, at, dispose.ExpiresAt, e.NotFor)),
            }),
            ApprovalEvent.Completed e => realm.With(session, new RequestState.Ready(
                waiting.Request, waiting.Digest, waiting.Verdict, waiting.Approvals, e.ReadyUntil)),
            _ => throw new InvariantBrokenException($"{happened.GetType().Name} is not an approval's event."),
        };
    }

    /// <summary>
    /// Why this person may not decide this request, or null. Also what a screen shows instead of a button.
    /// </summary>
    public static Refusal? MayNot(
        RealmState realm, SessionState.Open session, RequestState.Waiting waiting, PersonId person, bool approves)
    {
        var parties = PreparationRules.Parties(realm, session, waiting.Request);
        if (approves && session.Accountable.Sponsor == person)
            return new Refusal("approval.self",
                "You sponsor the session that asks, so somebody else has to approve it.");
        if (approves && parties.Contains(person))
            return new Refusal("approval.sponsor-in-chain", "You sponsor an agent in the chain that leads to this "
                + "request, so somebody else has to approve it.");
        if (waiting.Approvals.Any(a => a.Person == person))
            return new Refusal("approval.repeated", "You have approved this request already; each person counts once.");
        return TeamsFor(realm, waiting, person).IsEmpty && (approves || !parties.Contains(person))
            ? new Refusal("approval.not-asked", "This request asks "
                + string.Join(" and ", waiting.Verdict.Gates.Select(g => g.Team).Distinct())
                + ", and you are in neither.")
            : null;
    }

    static ImmutableArray<TeamId> TeamsFor(RealmState realm, RequestState.Waiting waiting, PersonId person) =>
    [
        .. waiting.Verdict.Gates.Select(g => g.Team).Distinct()
            .Where(t => realm.Registry.IsActiveMember(t, person)).OrderBy(t => t.Value, StringComparer.Ordinal),
    ];

    static Refusal? RequireWaiting(
        RealmState realm, ApprovalMove.Dispose move, DateTimeOffset now,
        out SessionState.Open session, out RequestState.Waiting waiting)
    {
        session = null!;
        waiting = null!;
        if (realm.Find(move.Request) is not var (found, state))
            return new Refusal("request.unknown", $"There is no open request {move.Request}.");
        if (RealmRules.RequireOpen(realm, found.Terms.Id, now, out session) is { } no)
            return no;
        switch (state)
        {
            case RequestState.Waiting w when w.ExpiresAt > now:
                waiting = w;
                return null;
            case RequestState.Waiting:
                return new Refusal("request.expired", $"Request {move.Request} was not decided in time.");
            case RequestState.Closed closed:
                return new Refusal("request.closed", $"Request {move.Request} is closed ({closed.Code}).");
            default:
                return new Refusal("approval.not-needed", $"Request {move.Request} does not wait for approval.");
        }
    }

    // Invariant 4: the signature names the request, the policy and the earlier approvals exactly as they are now.
    static Refusal? NotBound(
        SessionState.Open session, ApprovalMove.Dispose move, RequestState.Waiting waiting, DateTimeOffset now)
    {
        if (move.RequestDigest != waiting.Digest)
            return new Refusal("approval.other-request", "The signature is for another command than this request's.");
        if (move.PolicyDigest != waiting.Verdict.PolicyDigest || move.PolicyDigest != session.PolicyDigest)
            return new Refusal("approval.policy-changed", "The policy has changed since this request was judged; the "
                + "agent has to ask again.");
        if (move.Earlier != ApprovalDocument.DigestOf(waiting.Approvals))
            return new Refusal("approval.outdated", "Somebody else has approved meanwhile; look again, then decide.");
        if (move.ExpiresAt <= now || move.ExpiresAt > now + ApprovalLifeMax)
            return new Refusal("approval.bad-expiry",
                $"An approval lives at most {ApprovalLifeMax.TotalMinutes} minutes.");
        return move.Reason.Length > ReasonMax || (!move.Approves && string.IsNullOrWhiteSpace(move.Reason))
            ? new Refusal("approval.reason", $"A refusal says why, and a reason has at most {ReasonMax} characters.")
            : null;
    }

    static Refusal? Forged(RealmState realm, ApprovalMove.Dispose move)
    {
        if (!realm.Keys.TryGetValue(move.Person, out var key))
            return new Refusal("person.not-enrolled", $"{move.Person} has no enrolled key in this realm.");
        return Signatures.Verify(key.Spki, DocumentOf(realm, move).Render(), move.Signature)
            ? null
            : new Refusal("approval.bad-signature", "The signature does not match the enrolled key and this request.");
    }

    static ApprovalDocument DocumentOf(RealmState realm, ApprovalMove.Dispose move) => new(
        realm.Origin, move.Request, move.RequestDigest, move.PolicyDigest, move.Earlier, move.Person, move.Approves,
        move.Reason, move.ExpiresAt);

    static DateTimeOffset ReadyUntil(
        SessionState.Open session, ImmutableArray<Approval> approvals, DateTimeOffset now) =>
        approvals.Select(a => a.ExpiresAt).Append(session.ExpiresAt).Append(now + RequestDecider.ReadyLife).Min();
}
