using Writ.Changes;
using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;
using Writ.Targets;

namespace Writ.Leases;

/// <summary>A profile where it is declared.</summary>
public sealed record PlacedProfile(TargetId Target, CredentialProfile Profile);

/// <summary>
/// Which credentials a run gets, and what ends them. A lease is its run's: whatever ends the run, the session above it,
/// or the profile it was made from, ends it in the same entry.
/// </summary>
public static class LeaseRules
{
    /// <summary>What a run of this session gets: the profiles its workflow names, at the targets it has.</summary>
    public static ImmutableArray<PlacedProfile> ProfilesOf(Registry registry, SessionTerms terms)
    {
        if (registry.Workflows.GetValueOrDefault(terms.Workflow) is not { CredentialProfiles.IsEmpty: false } workflow)
            return [];
        return
        [
            .. workflow.CredentialProfiles.SelectMany(name => terms.Targets
                .Select(t => registry.Targets.GetValueOrDefault(t)).OfType<Target>()
                .SelectMany(t => (t.Credentials ?? []).Where(p => p.Id == name)
                    .Select(p => new PlacedProfile(t.Id, p)))),
        ];
    }

    /// <summary>
    /// Whether this is something that gets credentials: a command that Writ itself runs, from its beginning, and never
    /// an assistant.
    /// </summary>
    public static bool GetsAny(Request request) =>
        request is { Assurance: Assurance.Brokered, Hold: null, Ask: not Ask.Assistant } && !request.Argv.IsEmpty;

    /// <summary>Whether this is done with a run's credentials at hand: by the run, or inside it.</summary>
    internal static bool HasAny(Request request) => GetsAny(request)
        || request is { Assurance: Assurance.Brokered, Hold: not null, Ask: not Ask.Assistant };

    /// <summary>What taking back reaches, in the word of policies.</summary>
    public static string Word(RevocationClass revocation) => revocation switch
    {
        RevocationClass.Immediate => "immediate",
        RevocationClass.NewLoginsOnly => "new-logins-only",
        _ => "expiry-only",
    };

    /// <summary>The variable that puts the profiles of a run under the digest that people sign.</summary>
    public const string Variable = "WRIT_LEASES";

    /// <summary>The value of <see cref="Variable"/>: every profile with its digest.</summary>
    public static string Bound(ImmutableArray<PlacedProfile> profiles) =>
        string.Join(',', profiles.Select(p => $"{p.Profile.Id}={p.Profile.Digest()}"));

    /// <summary>Whether a path is a socket of a credential that a request was judged with.</summary>
    internal static bool IsSocketOf(Request request, string path)
    {
        const string within = Delivery.Folder + "/";
        if (!path.StartsWith(within, StringComparison.Ordinal)
            || path[within.Length..].Split('/') is not [var profile, { Length: > 0 } and not ("." or "..")])
            return false;
        var bound = request.Environment.FirstOrDefault(v => v.Name == Variable)?.Value;
        return bound is not null && bound.Split(',').Any(b => b.StartsWith(profile + "=", StringComparison.Ordinal));
    }

    /// <summary>Why a run may not begin for want of its credentials, or null; else what it asks for.</summary>
    internal static Refusal? MayNot(
        RealmState realm, SessionState.Open session, RequestState.Ordered ordered, DateTimeOffset now,
        out ImmutableArray<LeaseEvent.Requested> asked)
    {
        asked = [];
        var profiles = GetsAny(ordered.Request) ? ProfilesOf(realm.Registry, session.Terms) : [];
        if (profiles.IsEmpty)
            return null;
        // What was agreed to names each profile with its digest; another profile was not agreed to.
        if (ordered.Request.Environment.FirstOrDefault(v => v.Name == Variable)?.Value != Bound(profiles))
            return new Refusal("lease.profile-changed",
                "The credentials of this workflow are no longer those the request was judged with; ask again.");
        if (session.Usage.Credentials + profiles.Length > session.Terms.Bounds.Credentials)
            return new Refusal("session.budget",
                $"This would exceed the session's bound of {session.Terms.Bounds.Credentials} credentials.");
        if (realm.Leases.Live.Count + profiles.Length > LeaseBook.LiveMax)
            return new Refusal("lease.too-many", $"{LeaseBook.LiveMax} leases of this realm live already.");
        foreach (var (target, profile) in profiles)
        {
            if (IsBlocked(realm, target))
                return new Refusal("lease.target-blocked", $"{LeaseBook.FailedMax} or more credentials of target "
                    + $"{target} could not be taken back; its owner has to mend that first.");
            if (realm.Leases.Live.Values.Count(l => l.Lease.Profile.Id == profile.Id) >= profile.Concurrent)
                return new Refusal("lease.too-many",
                    $"{profile.Concurrent} credentials of profile {profile.Id} live already.");
        }
        asked =
        [
            .. profiles.Select(p => new LeaseEvent.Requested(
                LeaseNames.Of(realm.Origin, ordered.Writ, p.Profile.Id), p.Target, p.Profile.Id, p.Profile.Tier,
                p.Profile.Backend.Class, p.Profile.Digest(), Until(session, ordered, p.Profile, now))),
        ];
        return asked.Any(a => a.Until <= now)
            ? new Refusal("lease.no-time", "The approval or the session ends before a credential could be used.")
            : null;
    }

    /// <summary>Whether so much could not be taken back at a target that it gives out nothing more.</summary>
    public static bool IsBlocked(RealmState realm, TargetId target) =>
        realm.Leases.Live.Values.Count(l => l is LeaseState.Failed && l.Lease.Target == target) >= LeaseBook.FailedMax;

    /// <summary>Whether a lease's profile is no longer what its run was given it for.</summary>
    internal static bool IsWithdrawn(RealmState realm, Lease lease) =>
        realm.OpenSession(lease.Session) is { } session
        && !ProfilesOf(realm.Registry, session.Terms).Any(p => p.Target == lease.Target
            && p.Profile.Id == lease.Profile.Id && p.Profile.Digest() == lease.Profile.Digest());

    /// <summary>What ends leases without a move of their own.</summary>
    internal static RealmState After(RealmState realm, Event happened, Move move, DateTimeOffset at) =>
        realm.Leases.Live.IsEmpty ? realm : (happened, move) switch
        {
            (RunEvent.Ended, RunMove.End m) => End(realm, l => l.Run == m.Run, "lease.run-ended", at),
            (SessionEvent.Ended e, _) => End(realm, l => l.Session == e.Session, "lease.session-ended", at),
            (ChangeEvent.Applied, _) => End(realm, l => IsWithdrawn(realm, l), "lease.profile-withdrawn", at),
            _ => realm,
        };

    static RealmState End(RealmState realm, Func<Lease, bool> which, string code, DateTimeOffset at)
    {
        var book = realm.Leases;
        foreach (var state in book.Live.Values)
            if (which(state.Lease))
                book = book.With(Over(state, code, at));
        return realm with { Leases = book };
    }

    /// <summary>What a lease becomes that is to end; one that ends already goes on doing so.</summary>
    internal static LeaseState Over(LeaseState state, string code, DateTimeOffset at) => state switch
    {
        LeaseState.Requested => new LeaseState.Ended(state.Lease, "lease.never-issued", at),
        LeaseState.Intended or LeaseState.Issued => new LeaseState.Revoking(state.Lease, code, at),
        _ => state,
    };

    static DateTimeOffset Until(
        SessionState.Open session, RequestState.Ordered ordered, CredentialProfile profile, DateTimeOffset now)
    {
        DateTimeOffset[] ends =
            [now.AddSeconds(profile.TtlMax), session.ExpiresAt, ordered.ApprovedUntil ?? session.ExpiresAt];
        return ends.Min();
    }
}
