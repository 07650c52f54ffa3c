using Writ.Realms;

namespace Writ.Trees;

/// <summary>What a screen asks before anybody signs: the decider's own answers, without a move.</summary>
public static class TreeQuery
{
    /// <summary>Why this person may not have a run's changes committed, or null when they may.</summary>
    public static Refusal? MayNot(RealmState realm, HeldChanges held, PersonId person, bool executesLater) =>
        TreeDecider.MayNot(realm, held, person, executesLater);
}
