using Writ.Realms;
using Writ.Requests;
using Writ.Runs;

namespace Writ.Leases;

/// <summary>
/// What can be asked of leases. They are requested by the use of a writ. Each names its request too, so that whoever
/// looks at that finds them.
/// </summary>
public abstract record LeaseMove : Move
{
    public abstract LeaseId Lease { get; init; }

    public abstract RequestId Request { get; init; }

    /// <summary>The backend is about to be called.</summary>
    public sealed record Intend(LeaseId Lease, RequestId Request) : LeaseMove;

    /// <summary>The backend has made the account.</summary>
    /// <param name="Fingerprint">Of its secret.</param>
    public sealed record Issue(LeaseId Lease, RequestId Request, string Fingerprint) : LeaseMove;

    /// <summary>It is to live longer; recorded before the backend is told.</summary>
    public sealed record Renew(LeaseId Lease, RequestId Request, DateTimeOffset Until) : LeaseMove;

    /// <summary>It is to end now.</summary>
    /// <param name="Reason">A person's sentence, or the control plane's code.</param>
    public sealed record Revoke(LeaseId Lease, RequestId Request, string Reason) : LeaseMove;

    /// <summary>The backend says that the account is gone.</summary>
    /// <param name="DurationMs">From the moment it was to end.</param>
    /// <param name="Connections">How many that were open were cut.</param>
    public sealed record Confirm(LeaseId Lease, RequestId Request, int DurationMs, int Connections) : LeaseMove;

    /// <summary>The backend could not take it back.</summary>
    public sealed record Fail(LeaseId Lease, RequestId Request, string Fault) : LeaseMove;
}

/// <summary>What can happen to leases; the rest follows from the end of runs, sessions and profiles.</summary>
public abstract record LeaseEvent : Event
{
    /// <param name="ProfileDigest">Of the profile as the realm had it then.</param>
    /// <param name="Until">What it is never renewed beyond.</param>
    public sealed record Requested(
        LeaseId Lease, TargetId Target, string Profile, CredentialTier Tier, RevocationClass Revocation,
        string ProfileDigest, DateTimeOffset Until) : LeaseEvent;

    /// <param name="Account">What to look for at the backend from now on.</param>
    public sealed record IntentRecorded(string Account) : LeaseEvent;

    public sealed record Issued(DateTimeOffset ExpiresAt) : LeaseEvent;

    public sealed record Renewed : LeaseEvent;

    /// <param name="Code">Why it ends.</param>
    public sealed record Revoking(LeaseId Lease, string Code) : LeaseEvent;

    public sealed record RevocationFailed : LeaseEvent;

    /// <param name="Code">Why it ended.</param>
    public sealed record Ended(string Code) : LeaseEvent;
}

/// <summary>A lease is meant before it is made, and over before it is gone; both are in the ledger.</summary>
static class LeaseDecider
{
    public const int ReasonMax = 1_024;
    const int FaultMax = 64;

    /// <summary>Why the control plane itself ends a lease.</summary>
    static readonly ImmutableHashSet<string> _hostReasons = ["lease.not-issued", "lease.account-gone"];

    public static Decided Intend(RealmState realm, LeaseMove.Intend move, Actor actor, DateTimeOffset now)
    {
        if (Known(realm, move.Lease, move.Request, actor, out var state) is { } no)
            return Decided.No(no);
        if (state is not LeaseState.Requested { Lease: var lease })
            return Wrong(state, "asked for");
        if (RealmRules.RequireOpen(realm, lease.Session, now, out var session) is { } over)
            return Decided.No(over);
        if (RealmRules.StoppedBy(realm, session) is { } scope)
            return Decided.No("session.stopped", $"{scope} is stopped by the kill switch.");
        return lease.Until <= now
            ? Decided.No("lease.no-time", "The approval or the session ends before a credential could be used.")
            : Decided.Because(new LeaseEvent.IntentRecorded(lease.Account));
    }

    public static Decided Issue(RealmState realm, LeaseMove.Issue move, Actor actor, DateTimeOffset now)
    {
        if (Known(realm, move.Lease, move.Request, actor, out var state) is { } no)
            return Decided.No(no);
        if (move.Fingerprint.Length is 0 or > 128 || move.Fingerprint.Any(c => c is <= ' ' or > '~'))
            return Decided.No("lease.bad-fingerprint", "A fingerprint is 1 to 128 visible ASCII characters.");
        return state is LeaseState.Intended { Lease: var lease }
            ? Decided.Because(new LeaseEvent.Issued(Earlier(now.AddSeconds(lease.Profile.Ttl), lease.Until)))
            : Wrong(state, "to be issued");
    }

    public static Decided Renew(RealmState realm, LeaseMove.Renew move, Actor actor, DateTimeOffset now)
    {
        if (Known(realm, move.Lease, move.Request, actor, out var state) is { } no)
            return Decided.No(no);
        if (state is not LeaseState.Issued issued)
            return Wrong(state, "issued");
        if (issued.ExpiresAt <= now)
            return Decided.No("lease.too-late", $"Lease {move.Lease} expired at {issued.ExpiresAt:u}.");
        return move.Until <= issued.ExpiresAt || move.Until > issued.Lease.Until
            || move.Until > now.AddSeconds(issued.Lease.Profile.Ttl)
            ? Decided.No("lease.bad-renewal", $"Lease {move.Lease} is renewed by its profile's ttl at most, and never "
                + $"beyond {issued.Lease.Until:u}.")
            : Decided.Because(new LeaseEvent.Renewed());
    }

    public static Decided Revoke(RealmState realm, LeaseMove.Revoke move, Actor actor, DateTimeOffset now)
    {
        if (Find(realm, move.Lease, move.Request) is not { } state)
            return Decided.No("lease.unknown", $"No lease {move.Lease} lives.");
        if (actor is not Actor.Host && RealmRules.RequirePerson(realm, actor, now, out _) is { } no)
            return Decided.No(no);
        if (actor is Actor.Host ? !_hostReasons.Contains(move.Reason) : move.Reason.Length > ReasonMax)
            return Decided.No("lease.bad-reason", $"A reason has at most {ReasonMax} characters.");
        return state is LeaseState.Revoking or LeaseState.Failed
            ? Decided.No("lease.revoking", $"Lease {move.Lease} is being revoked already.")
            : Decided.Because(new LeaseEvent.Revoking(
                move.Lease, actor is Actor.Host ? move.Reason : "lease.revoked-by-person"));
    }

    public static Decided Confirm(RealmState realm, LeaseMove.Confirm move, Actor actor)
    {
        if (Known(realm, move.Lease, move.Request, actor, out var state) is { } no)
            return Decided.No(no);
        return state switch
        {
            LeaseState.Revoking s => Decided.Because(new LeaseEvent.Ended(s.Code)),
            LeaseState.Failed s => Decided.Because(new LeaseEvent.Ended(s.Code)),
            _ => Wrong(state, "being revoked"),
        };
    }

    public static Decided Fail(RealmState realm, LeaseMove.Fail move, Actor actor)
    {
        if (Known(realm, move.Lease, move.Request, actor, out var state) is { } no)
            return Decided.No(no);
        if (move.Fault.Length is 0 or > FaultMax || move.Fault.Any(c => c is <= ' ' or > '~'))
            return Decided.No("lease.bad-reason", "A fault is a code.");
        return state is LeaseState.Revoking ? Decided.Because(new LeaseEvent.RevocationFailed())
            : Wrong(state, "being revoked");
    }

    /// <summary>Leases whose time is over.</summary>
    public static IEnumerable<Event> Due(RealmState realm, DateTimeOffset now)
    {
        if (realm.Leases.Live.IsEmpty)
            return [];
        return realm.Leases.Live.Values.OfType<LeaseState.Issued>().Where(l => l.ExpiresAt <= now)
            .OrderBy(l => l.Lease.Id.Value, StringComparer.Ordinal)
            .Select(l => new LeaseEvent.Revoking(l.Lease.Id, "lease.expired"));
    }

    public static RealmState Evolve(RealmState realm, LeaseEvent happened, Move move, DateTimeOffset at)
    {
        LeaseState next = (happened, move) switch
        {
            (LeaseEvent.Requested e, RunMove.Consume m) => new LeaseState.Requested(Begun(realm, e, m, at)),
            (LeaseEvent.IntentRecorded, LeaseMove.Intend m) => new LeaseState.Intended(LeaseOf(realm, m.Lease)),
            (LeaseEvent.Issued e, LeaseMove.Issue m) =>
                new LeaseState.Issued(LeaseOf(realm, m.Lease), m.Fingerprint, at, e.ExpiresAt),
            (LeaseEvent.Renewed, LeaseMove.Renew m) =>
                (LeaseState.Issued)realm.Leases.Live[m.Lease] with { ExpiresAt = m.Until },
            (LeaseEvent.Revoking e, _) => LeaseRules.Over(realm.Leases.Live[e.Lease], e.Code, at),
            (LeaseEvent.RevocationFailed, LeaseMove.Fail m) => Failed(realm, m),
            (LeaseEvent.Ended e, LeaseMove.Confirm m) => new LeaseState.Ended(LeaseOf(realm, m.Lease), e.Code, at),
            _ => throw new InvariantBrokenException(
                $"{happened.GetType().Name} does not come of {move.GetType().Name}."),
        };
        var after = realm with { Leases = realm.Leases.With(next) };
        return happened is LeaseEvent.Requested && after.OpenSession(next.Lease.Session) is { } session
            ? after.With(session with
            {
                Usage = session.Usage with { Credentials = session.Usage.Credentials + 1 },
            })
            : after;
    }

    static Lease Begun(RealmState realm, LeaseEvent.Requested e, RunMove.Consume move, DateTimeOffset at)
    {
        var session = realm.SessionByRequest[move.Request];
        var profile = realm.Registry.Targets[e.Target].Credentials!.Value.First(p => p.Id == e.Profile);
        return new Lease(e.Lease, profile, e.Target, move.Run, move.Writ, move.Request, session, at, e.Until);
    }

    static LeaseState.Failed Failed(RealmState realm, LeaseMove.Fail move)
    {
        var was = (LeaseState.Revoking)realm.Leases.Live[move.Lease];
        return new LeaseState.Failed(was.Lease, was.Code, was.Since, move.Fault);
    }

    static Lease LeaseOf(RealmState realm, LeaseId id) => realm.Leases.Live[id].Lease;

    static Refusal? Known(RealmState realm, LeaseId id, RequestId request, Actor actor, out LeaseState state)
    {
        state = Find(realm, id, request)!;
        return actor is not Actor.Host ? new Refusal("lease.not-host", "Only the control plane deals with backends.")
            : state is null ? new Refusal("lease.unknown", $"No lease {id} lives.")
            : null;
    }

    static LeaseState? Find(RealmState realm, LeaseId id, RequestId request) =>
        realm.Leases.Live.GetValueOrDefault(id) is { } state && state.Lease.Request == request ? state : null;

    static Decided Wrong(LeaseState state, string expected) =>
        Decided.No("lease.wrong-state", $"Lease {state.Lease.Id} is {state.Word}, not {expected}.");

    static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
