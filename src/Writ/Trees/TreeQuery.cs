using Writ.Realms;

namespace Writ.Trees;

/// <summary>What a screen asks before anybody signs: the decider's own answers, without a move.</summary>
public static class TreeQuery
{
    /// <summary>How long changes are held, and how long committed ones can be undone.</summary>
    public static TimeSpan Life => TreeDecider.Life;

    /// <summary>Why this person may not have a run's changes committed, or null when they may.</summary>
    public static Refusal? MayNot(RealmState realm, HeldChanges held, PersonId person, bool executesLater) =>
        TreeDecider.MayNot(realm, held, person, executesLater);

    /// <summary>Why this person may not have them discarded, or null when they may.</summary>
    public static Refusal? MayNotDiscard(RealmState realm, HeldChanges held, PersonId person) =>
        TreeDecider.MayNotDiscard(realm, held, person);

    /// <summary>Who may have them committed, in the words of the realm: teams, or the people who answer.</summary>
    public static ImmutableArray<string> Deciders(RealmState realm, HeldChanges held)
    {
        if (!held.Gates.IsEmpty)
            return [.. held.Gates.Select(g => $"team {g.Team}").Distinct(StringComparer.Ordinal)];
        var workflow = realm.Registry.Workflows.GetValueOrDefault(held.Workflow);
        return
        [
            .. held.Sponsors.Select(p => p.Value)
                .Concat(workflow is null ? []
                    : [workflow.WorkflowOwner.Value, workflow.PlatformOwner.Value, workflow.SecurityOwner.Value])
                .Distinct(StringComparer.Ordinal),
            .. workflow?.ApproverTeams.Select(t => $"team {t}") ?? [],
        ];
    }
}
