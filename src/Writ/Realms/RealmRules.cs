using Writ.Foreign;
using Writ.Kills;
using Writ.Sessions;
using Writ.Targets;
using Writ.Workflows;

namespace Writ.Realms;

/// <summary>
/// Rules that several aggregates share: who is asking, is the session alive, does everybody still answer.
/// </summary>
static class RealmRules
{
    /// <summary>The person behind an actor, by a login this realm still holds; an agent is never a person.</summary>
    public static Refusal? RequirePerson(RealmState realm, Actor actor, DateTimeOffset now, out PersonId person)
    {
        person = default;
        if (actor is not Actor.Person claimed)
            return new Refusal("person.required", "Only a person may do this; agents and services may not.");
        if (!realm.Logins.TryGetValue(claimed.Login, out var login) || login.Person != claimed.Id
            || login.ExpiresAt <= now)
            return new Refusal("person.not-logged-in", "This login has ended; log in again.");
        if (!realm.Registry.IsActive(claimed.Id))
            return new Refusal("person.offboarded", $"{claimed.Id} has left this realm.");
        person = claimed.Id;
        return null;
    }

    /// <summary>A logged-in member of the team that governs the realm.</summary>
    public static Refusal? RequireGovernance(RealmState realm, Actor actor, DateTimeOffset now, out PersonId person)
    {
        if (RequirePerson(realm, actor, now, out person) is { } no)
            return no;
        // Else whoever runs the provider could invite whom they like, and enrol keys for them.
        if (realm.Logins[((Actor.Person)actor).Login].ByProvider == true)
            return new Refusal(
                "person.key-needed", "Who governs logs in with their device's key, not with a provider.");
        var team = realm.Registry.Document.Governance.Team;
        return realm.Registry.IsActiveMember(team, person)
            ? null
            : new Refusal("realm.not-governing", $"Only members of {team} may do this.");
    }

    public static Refusal? RequireOpen(
        RealmState realm, SessionId id, DateTimeOffset now, out SessionState.Open session)
    {
        session = null!;
        switch (realm.Sessions.GetValueOrDefault(id))
        {
            case SessionState.Open open when open.ExpiresAt > now:
                session = open;
                return OrphanedBy(realm, open, now);
            case SessionState.Open open:
                return new Refusal("session.expired", $"Session {id} expired at {open.ExpiresAt:u}.");
            case SessionState.Ended ended:
                return new Refusal("session.ended", $"Session {id} has ended ({ended.Code}).");
            default:
                return new Refusal("session.unknown", $"There is no session {id}.");
        }
    }

    /// <summary>
    /// Why a session may not go on without one above it, or null. A parent has to stay open while its children work:
    /// its sponsor answers for them, and what stops it stops them.
    /// </summary>
    public static Refusal? OrphanedBy(RealmState realm, SessionState.Open session, DateTimeOffset now)
    {
        var parent = session.Terms.Parent;
        for (var depth = 0; parent is { } id; depth++)
        {
            if (depth == SessionDecider.ChainMax || realm.OpenSession(id) is not { } open || open.ExpiresAt <= now)
                return new Refusal("session.parent-ended", $"Session {id}, from which this one was opened, has ended.");
            parent = open.Terms.Parent;
        }
        return null;
    }

    /// <summary>These sessions and all that were opened from them, however deep.</summary>
    public static ImmutableArray<SessionState.Open> WithChildren(
        RealmState realm, IEnumerable<SessionState.Open> sessions)
    {
        var ids = sessions.Select(s => s.Terms.Id).ToHashSet();
        var open = OpenSessions(realm).ToImmutableArray();
        // Chains are bounded, and so is the number of passes down them.
        for (var depth = 0; depth < SessionDecider.ChainMax; depth++)
            ids.UnionWith(open.Where(s => s.Terms.Parent is { } parent && ids.Contains(parent))
                .Select(s => s.Terms.Id));
        return [.. open.Where(s => ids.Contains(s.Terms.Id))];
    }

    /// <summary>An attested process of the user for whom the session was opened.</summary>
    public static Refusal? RequireAgentIn(
        RealmState realm, SessionId id, Actor actor, DateTimeOffset now, out SessionState.Open session)
    {
        if (RequireOpen(realm, id, now, out session) is { } no)
            return no;
        if (actor is Actor.Remote remote)
            return RemoteRules.RequireIn(realm, session, remote, now);
        return actor is Actor.Agent agent && IsOf(agent, session)
            ? null
            : new Refusal("session.not-yours", "This process is not one the session was opened for.");
    }

    /// <summary>
    /// A process of the session's user; and while the session's assistant lives in a sandbox, a process of exactly that
    /// sandbox. One of a sandbox is never anything in another session.
    /// </summary>
    public static bool IsOf(Actor.Agent agent, SessionState.Open session) =>
        session.Remote is null && agent.Uid == session.Terms.Uid
        && agent.Within == (session.Assistant is { Lives: true } assistant ? assistant.Run : null);

    /// <summary>Invariant 1: production is closed while anybody who must answer for it is missing.</summary>
    public static Refusal? Unowned(
        Registry registry, Workflow workflow, EnvironmentId environment, IEnumerable<Target> targets,
            DateTimeOffset now)
    {
        if (!registry.Environments.TryGetValue(environment, out var stage))
            return new Refusal("workflow.environment", $"There is no environment '{environment}' in this realm.");
        if (!stage.Production)
            return null;
        var missing = workflow.MissingOwners(registry, targets);
        if (!missing.IsEmpty)
            return new Refusal("workflow.no-owner", $"No owner, no production: workflow {workflow.Id} lacks its "
                + $"{string.Join(", its ", missing)}.");
        return DateOnly.FromDateTime(now.UtcDateTime) > workflow.ReviewBy
            ? new Refusal("workflow.review-overdue", $"Workflow {workflow.Id} was to be reviewed by "
                + $"{workflow.ReviewBy:yyyy-MM-dd}.")
            : null;
    }

    /// <summary>
    /// Sessions that cannot go on now that a person has left: theirs, and production without its owners.
    /// </summary>
    public static IEnumerable<SessionEvent.Ended> EndUnownedSessions(
        RealmState realm, PersonId left, DateTimeOffset now)
    {
        foreach (var session in OpenSessions(realm))
            if (session.Accountable.Sponsor == left)
                yield return SessionDecider.End(session, "session.sponsor-left");
            else if (Untenable(realm.Registry, session, now) is { } no)
                yield return SessionDecider.End(session, no.Code);
    }

    /// <summary>Why a session may not go on under the registry as it is now, or null.</summary>
    public static Refusal? Untenable(Registry registry, SessionState.Open session, DateTimeOffset now)
    {
        var terms = session.Terms;
        if (!registry.Workflows.TryGetValue(terms.Workflow, out var workflow))
            return new Refusal("workflow.unknown", $"Workflow {terms.Workflow} is gone.");
        if (!registry.Agents.TryGetValue(terms.Agent, out var agent) || !workflow.Agents.Contains(terms.Agent))
            return new Refusal("workflow.agent", $"Workflow {workflow.Id} no longer allows agent {terms.Agent}.");
        if (agent.Hindrance(registry, now) is { } hindrance)
            return hindrance;
        if (!registry.IsActive(session.Accountable.Sponsor))
            return new Refusal("session.sponsor-left", $"Sponsor {session.Accountable.Sponsor} has left.");
        if (!workflow.Environments.Contains(terms.Environment))
            return new Refusal("workflow.environment", $"Workflow {workflow.Id} no longer allows {terms.Environment}.");
        if (terms.Targets.Any(t => !workflow.Targets.Contains(t) || !registry.Targets.ContainsKey(t)))
            return new Refusal("workflow.target",
                $"Workflow {workflow.Id} no longer allows every target of the session.");
        if (terms.Targets.Any(t => registry.Targets[t].Environment != terms.Environment))
            return new Refusal("session.target-environment",
                "A target of the session has moved to another environment.");
        if (session.Remote is { } remote && RemoteRules.Broken(registry, remote.Chain, now) is { } broken)
            return broken;
        return Unowned(registry, workflow, terms.Environment, terms.Targets.Select(t => registry.Targets[t]), now);
    }

    /// <summary>The widest stopped scope that covers an open session, or null.</summary>
    public static Scope? StoppedBy(RealmState realm, SessionState.Open session) =>
        StoppedBy(realm, session.Terms, session.Accountable.Sponsor, session.PolicyDigest)
            ?? (session.Remote is { } remote ? RemoteRules.Stopped(realm, remote.Chain) : null);

    /// <summary>The widest stopped scope that covers these terms, or null.</summary>
    /// <param name="policyDigest">The bundle that judges the session, or would.</param>
    public static Scope? StoppedBy(RealmState realm, SessionTerms terms, PersonId sponsor, string policyDigest) =>
        realm.Stops.IsEmpty
            ? null
            : Scope.Covering(terms, sponsor, policyDigest).Where(realm.Stops.ContainsKey)
                .Select(s => (Scope?)s).FirstOrDefault();

    public static IEnumerable<SessionState.Open> OpenSessions(RealmState realm) =>
        realm.Sessions.Values.OfType<SessionState.Open>().OrderBy(s => s.Terms.Id.Value, StringComparer.Ordinal);
}
