using Writ.Preparations;
using Writ.Realms;
using Writ.Requests;
using Writ.Sessions;

namespace Writ.Approvals;

/// <summary>The approvals of a request as facts for policy: only what still counts at this moment.</summary>
/// <param name="Teams">Teams whose quorum is met.</param>
public sealed record Approved(ImmutableHashSet<TeamId> Teams, ImmutableHashSet<PersonId> People)
{
    public static Approved Nothing { get; } = new([], []);

    /// <summary>
    /// Who of the approvers still counts: here, not party to the request, and not lapsed. A team is met when as many of
    /// its members count as the strictest gate that names it demands.
    /// </summary>
    public static Approved From(
        RealmState realm, SessionState.Open session, RequestState.Ready ready, DateTimeOffset now) =>
        Of(realm, session, ready.Request, ready.Verdict.Gates, ready.Approvals, now);

    internal static Approved Of(
        RealmState realm, SessionState.Open session, Request request, ImmutableArray<Gate> gates,
        ImmutableArray<Approval> approvals, DateTimeOffset now)
    {
        var parties = PreparationRules.Parties(realm, session, request);
        var counting = approvals
            .Where(a => a.ExpiresAt > now && !parties.Contains(a.Person) && realm.Registry.IsActive(a.Person))
            .DistinctBy(a => a.Person).ToImmutableArray();
        var people = counting.Select(a => a.Person).ToImmutableHashSet();
        var teams = gates.GroupBy(g => g.Team)
            .Where(g => counting.Count(a => a.CountsFor(g.Key) && realm.Registry.IsActiveMember(g.Key, a.Person))
                >= g.Max(gate => gate.Quorum))
            .Select(g => g.Key).ToImmutableHashSet();
        return new Approved(teams, people);
    }

    internal bool Meets(ImmutableArray<Gate> gates) => gates.All(g => Teams.Contains(g.Team));
}
