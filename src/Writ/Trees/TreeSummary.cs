using System.Text.Json.Serialization;

namespace Writ.Trees;

/// <summary>
/// What a run changed as the ledger keeps it: counts, the first of the changes, and the digest under which the whole
/// list is kept. The digest is what is signed for.
/// </summary>
/// <param name="List">Salted digest of the blob with the whole <see cref="TreeList"/>.</param>
/// <param name="Bytes">Content of what was added or modified, all together.</param>
/// <param name="Later">How many changes execute later.</param>
/// <param name="Problem">Why none of it can be committed; null when it can.</param>
/// <param name="LaterPaths">The first of those that execute later.</param>
public sealed record TreeSummary(
    string List, int Added, int Modified, int Deleted, int Refused, int Later, long Bytes, string? Problem,
    ImmutableArray<TreeChange> First, ImmutableArray<string> LaterPaths, ImmutableArray<string> RefusedPaths)
{
    /// <summary>A run that changed more is not committed.</summary>
    public const int ChangesMax = 100_000;

    /// <summary>How many are kept in the entry itself.</summary>
    public const int FirstMax = 32;

    /// <summary>Longest text of each list, so that an entry fits the ledger whatever it contains.</summary>
    public const int TextMax = 8_000;

    [JsonIgnore]
    public int Count => Added + Modified + Deleted + Refused;

    public static TreeSummary Of(ImmutableArray<TreeChange> changes, string list, string? problem)
    {
        var later = changes.Where(c => c.ExecutesLater).ToImmutableArray();
        return new TreeSummary(
            list, Count(ChangeKind.Added), Count(ChangeKind.Modified), Count(ChangeKind.Deleted),
            Count(ChangeKind.Refused), later.Length,
            changes.Where(c => c.Kind is ChangeKind.Added or ChangeKind.Modified).Sum(c => c.After!.Size), problem,
            Cut(changes, Length), Cut([.. later.Select(c => c.Path)], p => p.Length),
            Cut([.. changes.Where(c => c.Kind == ChangeKind.Refused).Select(c => c.Path)], p => p.Length));

        int Count(ChangeKind kind) => changes.Count(c => c.Kind == kind);
    }

    /// <summary>Why this cannot be recorded; null when it can.</summary>
    internal string? Malformed()
    {
        if (First.IsDefault || LaterPaths.IsDefault || RefusedPaths.IsDefault || List is not { Length: > 0 and <= 80 })
            return "a list is missing";
        if (Added < 0 || Modified < 0 || Deleted < 0 || Refused < 0 || Later < 0 || Bytes < 0)
            return "a count is negative";
        return First.Length > FirstMax || LaterPaths.Length > FirstMax || RefusedPaths.Length > FirstMax
            || First.Sum(Length) > TextMax || LaterPaths.Sum(p => p.Length) > TextMax
            || RefusedPaths.Sum(p => p.Length) > TextMax || Problem is { Length: > 512 }
            ? "it is longer than an entry may be"
            : null;
    }

    static int Length(TreeChange change) => change.Path.Length + (change.Why?.Length ?? 0)
        + (change.Before?.Target?.Length ?? 0) + (change.After?.Target?.Length ?? 0);

    static ImmutableArray<T> Cut<T>(ImmutableArray<T> all, Func<T, int> length)
    {
        var (taken, text) = (0, 0);
        while (taken < all.Length && taken < FirstMax && text + length(all[taken]) <= TextMax)
            text += length(all[taken++]);
        return all[..taken];
    }
}
