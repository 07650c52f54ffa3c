using System.Collections.Immutable;
using System.Text;
using Writ.Linux;
using Writ.Trees;

namespace Writ.Server.Trees;

/// <summary>
/// What a command changed, from the layer that took its changes and the tree below it. What cannot be told is no
/// difference that was overlooked but a reason why nothing of the run is committed.
/// </summary>
sealed class TreeComparison
{
    const int DepthMax = 128;
    const int DiffBytesMax = 256 * 1024;
    const int DiffCharactersMax = 16_000;
    const int DiffsCharactersMax = 4 << 20;
    const long ContentBytesMax = 4L << 30;
    const char NotText = '\uFFFD';
    const int HolesMin = 1 << 20;
    const int AttributesShownMax = 4;
    const string Capability = "security.capability";

    // What a layer or a host's security module keeps for itself.
    static readonly string[] _foreignAttributes =
        ["user.overlay.", "security.selinux", "security.ima", "security.evm", "security.SMACK64"];

    readonly (long Seconds, long Nanoseconds) _began;
    readonly List<ListedChange> _changes = [];
    long _content;
    int _diffs;
    string? _problem;

    TreeComparison((long Seconds, long Nanoseconds) began) => _began = began;

    /// <param name="tree">The work tree as it is now.</param>
    /// <param name="layer">The layer with the changes.</param>
    /// <param name="began">A file that was made right before the run, by which its beginning is told.</param>
    /// <returns>The changes in the order of paths, and why none may be committed, or null.</returns>
    public static (ImmutableArray<ListedChange> Changes, string? Problem) Of(
        string tree, string layer, NameFacts began)
    {
        var comparison = new TreeComparison((began.ChangedSeconds, began.ChangedNanoseconds));
        using var below = TreeFolder.Open(tree);
        using var above = TreeFolder.Open(layer);
        comparison.Walk(below, above, new Place("", comparison.RepositoryAt(below, above, ""), 0));
        return ([.. comparison._changes.OrderBy(c => c.Change.Path, StringComparer.Ordinal)], comparison._problem);
    }

    bool IsFull => _changes.Count >= TreeSummary.ChangesMax;

    void Walk(TreeFolder? below, TreeFolder above, Place place)
    {
        if (place.Depth > DepthMax)
        {
            _problem ??= $"folders are nested deeper than {DepthMax}";
            return;
        }
        foreach (var name in above.Names().Order(StringComparer.Ordinal).ToList())
        {
            if (IsFull)
                _problem ??= $"more than {TreeSummary.ChangesMax} entries were changed";
            if (_problem is not null && IsFull)
                return;
            if (name.Contains(NotText) || above.TryFacts(name) is not { } facts)
            {
                _problem ??= "a name is no text";
                continue;
            }
            try
            {
                Look(below, above, name, place, facts);
            }
            catch (TreeUnreadableException unreadable)
            {
                Refuse(place.Prefix + name, null, null, unreadable.Message);
            }
        }
    }

    void Look(TreeFolder? below, TreeFolder above, string name, Place place, NameFacts facts)
    {
        var (was, path) = (below?.TryFacts(name), place.Prefix + name);
        if (facts.IsRemovalMark)
        {
            if (was is not null)
                Gone(below!, name, place);
            return;
        }
        if (facts.IsDirectory)
        {
            Folder(below, above, name, place, was);
            return;
        }
        var after = Sized(above, name)!;
        var before = was is null or { IsDirectory: true } ? null : Sized(below!, name);
        if (TreeChange.Objection(after) is { } objection)
            Refuse(path, before, after, objection);
        else if (above.Attributes(name).Contains(Capability))
            Refuse(path, before, after, "it would run with capabilities of its own");
        else if (before is not null && IsTouched(was!.Value))
            Refuse(path, before, after, "the work tree's own was changed while the command ran");
        else if (before?.Kind == after.Kind)
        {
            if (!TreePlan.Same(before, after))
                Add(below, above, name, place, new TreeChange(path, ChangeKind.Modified, before, after));
        }
        else
        {
            if (was is not null)
                Gone(below!, name, place);
            Add(below, above, name, place, new TreeChange(path, ChangeKind.Added, null, after));
        }
    }

    void Folder(TreeFolder? below, TreeFolder above, string name, Place place, NameFacts? was)
    {
        var path = place.Prefix + name;
        var after = TreeEntries.Read(above, name)!;
        using var inside = above.TryEnter(name) ?? throw new TreeUnreadableException("a folder cannot be entered");
        if (was is not { IsDirectory: true })
        {
            if (was is not null)
                Gone(below!, name, place);
            Add(below, above, name, place, new TreeChange(path, ChangeKind.Added, null, after));
            Walk(null, inside, Inside(place, null, inside, name));
            return;
        }
        var before = TreeEntries.Read(below!, name)!;
        if (!TreePlan.Same(before, after))
            Add(below, above, name, place, new TreeChange(path, ChangeKind.Modified, before, after));
        using var beneath = below!.TryEnter(name) ?? throw new TreeUnreadableException("a folder cannot be entered");
        var into = Inside(place, beneath, inside, name);
        if (above.IsOpaque(name))
            foreach (var hidden in beneath.Names().Order(StringComparer.Ordinal).ToList())
                if (inside.TryFacts(hidden) is null)
                    Gone(beneath, hidden, into);
        Walk(beneath, inside, into);
    }

    Place Inside(Place place, TreeFolder? below, TreeFolder above, string name)
    {
        var prefix = $"{place.Prefix}{name}/";
        return new Place(prefix, place.Repository ?? RepositoryAt(below, above, prefix), place.Depth + 1);
    }

    // A repository by what is in it; one called .git is told by its name already.
    string? RepositoryAt(TreeFolder? below, TreeFolder above, string prefix) =>
        LaterExecution.IsRepository(name => above.TryFacts(name) is { } facts
            ? !facts.IsRemovalMark
            : below?.TryFacts(name) is not null)
            ? prefix
            : null;

    void Gone(TreeFolder below, string name, Place place)
    {
        var path = place.Prefix + name;
        if (IsFull || place.Depth > DepthMax || name.Contains(NotText) || below.TryFacts(name) is not { } facts)
        {
            _problem ??= "more was deleted than can be listed";
            return;
        }
        var before = Sized(below, name)!;
        if (facts.IsDirectory)
        {
            using var folder = below.TryEnter(name)
                ?? throw new TreeUnreadableException("a folder cannot be entered");
            var into = place with { Prefix = path + "/", Depth = place.Depth + 1 };
            foreach (var inside in folder.Names().Order(StringComparer.Ordinal).ToList())
                Gone(folder, inside, into);
        }
        if (before.Kind == EntryKind.Special)
            Refuse(path, before, null, "it is a device, a socket or a pipe");
        else if (!facts.IsDirectory && IsTouched(facts))
            Refuse(path, before, null, "the work tree's own was changed while the command ran");
        else
            _changes.Add(new ListedChange(
                place.Judged(new TreeChange(path, ChangeKind.Deleted, before, null)), null, Cut: false,
                Kept(below.Attributes(name)) is { Length: > 0 } lost
                    ? $"does not come back when it is undone: {string.Join(", ", lost)}"
                    : null));
    }

    TreeEntry? Sized(TreeFolder folder, string name)
    {
        var entry = _content > ContentBytesMax ? null : TreeEntries.Read(folder, name);
        if (entry is not null)
            _content += entry.Size;
        if (_content <= ContentBytesMax)
            return entry;
        _problem ??= $"more than {ContentBytesMax >> 30} GiB were changed";
        throw new TreeUnreadableException("too much was changed");
    }

    bool IsTouched(NameFacts facts) =>
        (facts.ChangedSeconds, facts.ChangedNanoseconds).CompareTo(_began) >= 0;

    void Refuse(string path, TreeEntry? before, TreeEntry? after, string why) => _changes.Add(
        new ListedChange(new TreeChange(path, ChangeKind.Refused, before, after, why), null, Cut: false));

    void Add(TreeFolder? below, TreeFolder above, string name, Place place, TreeChange change)
    {
        change = place.Judged(change);
        if (LaterExecution.DependsOnContent(change.Path) && !change.IsModeOnly
            && LaterExecution.InContent(
                change.Before is { Kind: EntryKind.File, Size: <= DiffBytesMax } ? Text(below!, name) : null,
                change.After is { Kind: EntryKind.File, Size: <= DiffBytesMax } ? Text(above, name) : null)
                is { } later)
            change = change with { Later = later };
        var (diff, cut) = Diff(below, above, name, change);
        _changes.Add(new ListedChange(change, diff, cut, Note(below, above, name, change)));
    }

    // What a commit does not carry over, and what a size does not tell.
    string? Note(TreeFolder? below, TreeFolder above, string name, TreeChange change)
    {
        var notes = new List<string>();
        var was = change.Before is null ? null : below!.TryFacts(name);
        string[] attributes =
            [.. Kept(above.Attributes(name)).Union(was is null ? [] : Kept(below!.Attributes(name))).Order()];
        if (attributes.Length > 0)
            notes.Add("not kept: " + string.Join(", ", attributes.Take(AttributesShownMax))
                + (attributes.Length > AttributesShownMax ? $", {attributes.Length - AttributesShownMax} more" : ""));
        if (change.After!.Kind == EntryKind.File && above.TryFacts(name) is { } facts)
        {
            if (facts.Links > 1)
                notes.Add($"one of {facts.Links} names of one file; each becomes a file of its own");
            if (facts.Size >= HolesMin && facts.DiskBytes < facts.Size / 2)
                notes.Add($"has holes: {facts.DiskBytes} bytes on disk");
        }
        if (was is { IsRegular: true, Links: > 1 })
            notes.Add($"had {was.Value.Links} names; the others keep what it was");
        return notes.Count == 0 ? null : string.Join("; ", notes);
    }

    static string[] Kept(IEnumerable<string> attributes) =>
        [.. attributes.Where(a => !_foreignAttributes.Any(f => a.StartsWith(f, StringComparison.Ordinal)))];

    (string? Diff, bool Cut) Diff(TreeFolder? below, TreeFolder above, string name, TreeChange change)
    {
        if (change.After is not { Kind: EntryKind.File, Size: <= DiffBytesMax } || change.IsModeOnly
            || change.Before is { Size: > DiffBytesMax } || _diffs > DiffsCharactersMax)
            return (null, false);
        var before = change.Before is null ? null : Text(below!, name);
        if (Text(above, name) is not { } after || (change.Before is not null && before is null))
            return (null, false);
        var diff = UnifiedDiff.Of(change.Path, before, after);
        var whole = diff.Length <= DiffCharactersMax;
        if (!whole)
            diff = diff[..(diff.LastIndexOf('\n', DiffCharactersMax - 1) + 1)];
        _diffs += diff.Length;
        return (diff, !whole);
    }

    // Null for what is no text.
    static string? Text(TreeFolder folder, string name)
    {
        using var file = folder.TryRead(name);
        if (file is null)
            return null;
        var bytes = file.ReadToEnd(DiffBytesMax + 1);
        if (bytes.AsSpan().Contains((byte)0))
            return null;
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>Where the walk is.</summary>
    /// <param name="Prefix">What stands before a name here.</param>
    /// <param name="Repository">The prefix of the folder around here that git takes for a repository, or null.</param>
    readonly record struct Place(string Prefix, string? Repository, int Depth)
    {
        public TreeChange Judged(TreeChange change) => Repository is null
            ? change
            : change with
            {
                Later = LaterExecution.InRepository(
                    change.Path[Repository.Length..], (change.After ?? change.Before)!.Kind),
            };
    }
}
