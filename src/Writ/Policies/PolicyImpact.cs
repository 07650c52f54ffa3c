using Writ.Requests;

namespace Writ.Policies;

/// <summary>
/// What another bundle would have made of the verdicts a ledger holds: every one of them judged again, none left out up
/// to the bound, each with the realm, the session and the time it was judged in.
/// </summary>
/// <param name="Since">Verdicts before it were not judged again.</param>
/// <param name="Entries">How many entries of the ledger were read.</param>
/// <param name="Verdicts">How many recorded verdicts were judged again.</param>
/// <param name="Whole">False when there were more verdicts than the bound; then the later ones are missing.</param>
/// <param name="Stricter">Verdicts that would have been stricter.</param>
/// <param name="Looser">Verdicts that would have been less strict.</param>
/// <param name="Regated">Verdicts that would have asked other people.</param>
/// <param name="Groups">The changed ones by rule, agent and workflow; the less strict first.</param>
/// <param name="GroupsMore">Groups that were left off at the end.</param>
public sealed record PolicyImpact(
    DateTimeOffset Since, long Entries, int Verdicts, bool Whole, int Stricter, int Looser, int Regated,
    ImmutableArray<ImpactGroup> Groups, int GroupsMore)
{
    /// <summary>Most recorded verdicts that one impact judges again.</summary>
    public const int VerdictsMax = 1_000_000;

    public const int GroupsMax = 40;

    public int Changed() => Stricter + Looser + Regated;
}

/// <summary>Verdicts that would change in the same way because of the same rules.</summary>
/// <param name="Rules">The rules that make the difference; empty when it is the lack of a permit.</param>
/// <param name="Asks">Whom the new verdict asks, as <c>1 of sre</c>.</param>
/// <param name="Command">The command of the example, cut and made visible.</param>
public sealed record ImpactGroup(
    ImmutableArray<string> Rules, AgentId Agent, WorkflowId Workflow, VerdictKind From, VerdictKind To,
    ImmutableArray<string> Asks, int Count, RequestId Example, string Command);
