namespace Writ.Trees;

/// <summary>Which of a run's changes are meant by some paths.</summary>
public static class TreeSelection
{
    public const int PathsMax = 256;

    /// <summary>
    /// The changes at these paths and below them, with what they cannot be without: the new folders above them. No
    /// paths mean everything. The order stays.
    /// </summary>
    public static ImmutableArray<TreeChange> Of(ImmutableArray<TreeChange> changes, ImmutableArray<string> paths)
    {
        if (paths.IsEmpty)
            return changes;
        var chosen = changes.Where(c => paths.Any(p => IsAt(c.Path, p))).Select(c => c.Path)
            .ToHashSet(StringComparer.Ordinal);
        var above = chosen.SelectMany(Above).ToHashSet(StringComparer.Ordinal);
        // What stood in the place of a new folder goes with it; a folder that is gone stays for what else was in it.
        var made = changes.Where(c => above.Contains(c.Path)
                && c is { Kind: ChangeKind.Added, After.Kind: EntryKind.Directory })
            .Select(c => c.Path).ToHashSet(StringComparer.Ordinal);
        return [.. changes.Where(c => chosen.Contains(c.Path) || made.Contains(c.Path))];
    }

    /// <summary>What earlier commits have left: a path is chosen once.</summary>
    public static ImmutableArray<TreeChange> Without(ImmutableArray<TreeChange> changes, CommittedParts? parts) =>
        parts is null ? changes
        : !parts.Rest ? []
        : parts.Paths.IsEmpty ? changes
        : [.. changes.Except(Of(changes, parts.Paths))];

    /// <summary>True when a path is this one or lies below it.</summary>
    public static bool IsAt(string path, string chosen) =>
        path == chosen || path.StartsWith(chosen + "/", StringComparison.Ordinal);

    /// <summary>True for a path below a tree that is written in the one way it can be.</summary>
    public static bool IsPath(string path) =>
        path.Length is > 0 and <= 4_096 && !path.Contains('\0', StringComparison.Ordinal)
        && path.Split('/').All(part => part is not ("" or "." or ".."));

    static IEnumerable<string> Above(string path)
    {
        for (var slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
            yield return path[..slash];
    }
}
