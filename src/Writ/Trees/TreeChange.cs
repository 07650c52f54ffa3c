using System.Text.Json.Serialization;

namespace Writ.Trees;

/// <summary>What an entry of a work tree is. Member 0 is what is never committed: devices, sockets, pipes.</summary>
public enum EntryKind
{
    Special,
    File,
    Directory,
    Link,
}

/// <summary>One entry of a tree, as far as committing and undoing care: nothing else is compared or restored.</summary>
/// <param name="Mode">The permission bits with set-user, set-group and sticky; 0 for links, which have none.</param>
/// <param name="Size">Bytes of content; 0 for what is no file.</param>
/// <param name="Digest">Lower-case hexadecimal SHA-256 of a file's content; null for what is no file.</param>
/// <param name="Target">What a link says; null for what is no link.</param>
public sealed record TreeEntry(EntryKind Kind, int Mode, long Size, string? Digest, string? Target);

/// <summary>What happened to one path. Member 0 is what is never committed.</summary>
public enum ChangeKind
{
    Refused,
    Added,
    Modified,
    Deleted,
}

/// <summary>
/// One difference between a work tree and what a run made of it. What became another kind of entry is deleted and
/// added.
/// </summary>
/// <param name="Path">Below the work tree, without a leading slash; parts separated by one.</param>
/// <param name="Before">As it was in the work tree; null when nothing was there.</param>
/// <param name="After">As the run left it; null when it is gone.</param>
/// <param name="Why">Why it is refused; null when it is not.</param>
/// <param name="Later">Why it executes later, where not its path alone says so; part of a sentence.</param>
public sealed record TreeChange(
    string Path, ChangeKind Kind, TreeEntry? Before, TreeEntry? After, string? Why = null, string? Later = null)
{
    /// <summary>The content is the same, and only the mode is another.</summary>
    [JsonIgnore]
    public bool IsModeOnly => Kind == ChangeKind.Modified && Before!.Digest == After!.Digest
        && Before.Target == After.Target;

    /// <summary>True when this may be written into the tree only with an approval of its own.</summary>
    [JsonIgnore]
    public bool ExecutesLater => Later is not null
        || LaterExecution.Applies(Path, (After ?? Before)?.Kind ?? EntryKind.Special);

    /// <summary>Why an entry like this is refused whatever is around it, or null.</summary>
    public static string? Objection(TreeEntry after) => after.Kind == EntryKind.Special
        ? "it is a device, a socket or a pipe"
        : after.Kind == EntryKind.File && (after.Mode & 0xC00) != 0
            ? "it would run with the rights of its owner (set-user or set-group bit)"
            : null;
}

/// <summary>A change as a person is shown it.</summary>
/// <param name="Diff">The lines that differ, for text; null for everything else.</param>
/// <param name="Cut">The diff is longer than what is shown.</param>
/// <param name="Note">What of it is not kept as it is, in words: extended attributes, further names, holes.</param>
/// <param name="Committed">It is in the work tree already; only where that is asked.</param>
public sealed record ListedChange(
    TreeChange Change, string? Diff, bool Cut, string? Note = null, bool? Committed = null);

/// <summary>Everything a run changed, in the order of paths: what is kept as the list of a run.</summary>
public sealed record TreeList(ImmutableArray<ListedChange> Changes);
