using System.Text.Json.Serialization;

namespace Writ.Trees;

/// <summary>One change of one path in a tree, from exactly this to exactly that.</summary>
/// <param name="From">Null when nothing is there before.</param>
/// <param name="To">Null when nothing is there after.</param>
public sealed record TreeStep(string Path, TreeEntry? From, TreeEntry? To)
{
    [JsonIgnore]
    public TreeStep Reversed => new(Path, To, From);
}

/// <summary>The steps of one commit, as its journal keeps them.</summary>
public sealed record TreeSteps(ImmutableArray<TreeStep> Steps);

/// <summary>Where a step stands, by what is found at its path.</summary>
public enum StepState
{
    /// <summary>Somebody else changed the path: neither what was nor what is to be.</summary>
    Foreign,

    /// <summary>What was before the step is there.</summary>
    Ahead,

    /// <summary>What is to be after the step, or after a later one of the same path, is there.</summary>
    Behind,
}

/// <summary>
/// The order in which changes are made, and what is found on the way: pure, so that a replay after a crash decides by
/// the same rules as the first attempt.
/// </summary>
public static class TreePlan
{
    const int OwnerAll = 0x1C0;

    /// <summary>
    /// Folders are opened to their owner first where that is needed; then deletions, the deepest first; then what is
    /// new or other, folders before what is in them; last the modes that folders end with, the deepest first.
    /// </summary>
    public static ImmutableArray<TreeStep> Order(ImmutableArray<TreeChange> changes)
    {
        var steps = changes.Where(c => c.Kind != ChangeKind.Refused).SelectMany(Parts).ToImmutableArray();
        return
        [
            .. Of(0).OrderBy(s => Depth(s.Path)).ThenBy(s => s.Path, StringComparer.Ordinal),
            .. Of(1).OrderByDescending(s => Depth(s.Path)).ThenBy(s => s.Path, StringComparer.Ordinal),
            .. Of(2).OrderBy(s => Depth(s.Path)).ThenBy(s => s.Path, StringComparer.Ordinal),
            .. Of(3).OrderByDescending(s => Depth(s.Path)).ThenBy(s => s.Path, StringComparer.Ordinal),
        ];

        IEnumerable<TreeStep> Of(int phase) => steps.Where(p => p.Phase == phase).Select(p => p.Step);
    }

    /// <summary>The way back: every step reversed, the last one first.</summary>
    public static ImmutableArray<TreeStep> Back(ImmutableArray<TreeStep> steps) =>
        [.. steps.Reverse().Select(s => s.Reversed)];

    /// <summary>Where step <paramref name="index"/> stands when this is found at its path.</summary>
    public static StepState Stand(ImmutableArray<TreeStep> steps, int index, TreeEntry? found)
    {
        var step = steps[index];
        if (Same(step.From, found))
            return StepState.Ahead;
        if (Same(step.To, found))
            return StepState.Behind;
        for (var i = index + 1; i < steps.Length; i++)
            if (steps[i].Path == step.Path && Same(steps[i].To, found))
                return StepState.Behind;
        return StepState.Foreign;
    }

    /// <summary>
    /// The paths where a tree is not as the steps begin: what somebody else changed meanwhile. Each path is looked at
    /// once, as it is before the first step that touches it.
    /// </summary>
    public static ImmutableArray<string> Conflicts(ImmutableArray<TreeStep> steps, Func<string, TreeEntry?> found) =>
        Mismatches(steps.DistinctBy(s => s.Path).Select(s => (s.Path, s.From)), found);

    /// <summary>The paths where a tree is not as the steps have left it.</summary>
    public static ImmutableArray<string> ChangedSince(
        ImmutableArray<TreeStep> steps, Func<string, TreeEntry?> found) =>
        Mismatches(steps.Reverse().DistinctBy(s => s.Path).Select(s => (s.Path, s.To)), found);

    static ImmutableArray<string> Mismatches(
        IEnumerable<(string Path, TreeEntry? Expected)> paths, Func<string, TreeEntry?> found) =>
        [.. paths.Where(p => !Same(p.Expected, found(p.Path))).Select(p => p.Path).Order(StringComparer.Ordinal)];

    /// <summary>Equal as far as it is restored; a folder's size says nothing.</summary>
    public static bool Same(TreeEntry? one, TreeEntry? other) =>
        one is null || other is null
            ? one is null && other is null
            : one.Kind == other.Kind && one.Mode == other.Mode && one.Digest == other.Digest
                && one.Target == other.Target && (one.Kind != EntryKind.File || one.Size == other.Size);

    // A folder is made, emptied and filled with every right of its owner; what else it is to have comes last.
    static IEnumerable<(int Phase, TreeStep Step)> Parts(TreeChange change)
    {
        var (from, to) = (change.Before, change.After);
        if ((to ?? from)!.Kind != EntryKind.Directory)
        {
            yield return (to is null ? 1 : 2, new TreeStep(change.Path, from, to));
            yield break;
        }
        var open = (to ?? from)! with { Mode = (from?.Mode ?? 0) | (to?.Mode ?? 0) | OwnerAll };
        if (from is not null && from != open)
            yield return (0, new TreeStep(change.Path, from, open));
        var opened = from is null ? null : open;
        if (to is null)
            yield return (1, new TreeStep(change.Path, opened, null));
        else if (opened is null)
            yield return (2, new TreeStep(change.Path, null, open));
        if (to is not null && to != open)
            yield return (3, new TreeStep(change.Path, open, to));
    }

    static int Depth(string path) => path.Count(c => c == '/');
}
