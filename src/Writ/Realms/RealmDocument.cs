using Writ.Agents;
using Writ.Findings;
using Writ.Foreign;
using Writ.Identity;
using Writ.People;
using Writ.Policies;
using Writ.Targets;
using Writ.Workflows;

namespace Writ.Realms;

/// <summary>
/// The whole realm as its people declare it: what <c>writ apply</c> sends and what a change replaces. It is data from
/// outside until <see cref="Registry.From"/> has accepted it.
/// </summary>
/// <param name="Identity">Under what name what it runs is known to others; null where it is not.</param>
/// <param name="Findings">What it calls too long; null where nothing is looked at for its age.</param>
/// <param name="SignIn">With whom people sign in beside their keys; null where with nobody.</param>
/// <param name="TrustedIssuers">Whose tokens are believed about callers from other machines.</param>
public sealed record RealmDocument(
    ImmutableArray<Person> People,
    ImmutableArray<Team> Teams,
    ImmutableArray<Agent> Agents,
    ImmutableArray<Stage> Environments,
    ImmutableArray<Target> Targets,
    ImmutableArray<Workflow> Workflows,
    Governance Governance,
    PolicySource Policy,
    RealmIdentity? Identity = null,
    FindingTerms? Findings = null,
    ImmutableArray<TrustedIssuer>? TrustedIssuers = null,
    SignInProvider? SignIn = null)
{
    public static RealmDocument Empty { get; } =
        new([], [], [], [], [], [], new Governance(new TeamId(""), Quorum: 1), PolicySource.Empty);
}

/// <summary>Who, besides its author, must agree before owners or policy change.</summary>
/// <param name="Team">Members of this team approve changes and resume what was stopped.</param>
/// <param name="Quorum">How many of them, never counting the author. At least 1.</param>
public sealed record Governance(TeamId Team, int Quorum);

/// <summary>One thing wrong in a document: where, a stable code, and what to do about it.</summary>
public sealed record DocumentFault(string Path, string Code, string Why);
