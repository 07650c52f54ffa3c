using System.Collections.Frozen;
using System.Collections.Immutable;
using Writ.Shell.Resolving;

namespace Writ.Shell.Knowledge;

/// <summary>Kinds of files by their names: a name, a pattern of names, a folder with a slash behind it. In lower
/// case.</summary>
sealed class KindSet
{
    const int ShortCharsMax = 256;

    readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> _names;
    readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> _folders;
    readonly ImmutableArray<string> _patterns;
    readonly ImmutableArray<string> _paths;
    readonly ImmutableArray<string> _deepFolders;

    public KindSet(string kinds)
    {
        Kinds = [.. kinds.Split(' ')];
        var plain = Kinds.Where(k => !k.Contains('*') && !k.Contains('/'));
        var folders = Kinds.Where(k => k.EndsWith('/')).Select(k => k[..^1]).ToArray();
        var single = folders.Where(f => !f.Contains('/') && !f.Contains('*')).ToArray();
        // The folder itself is of the kind, as what is in it is.
        _names = plain.Concat(single).ToFrozenSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        _folders = single.ToFrozenSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        _deepFolders = [.. folders.Except(single).Select(f => $"/{f}/")];
        _patterns = [.. Kinds.Where(k => k.Contains('*') && !k.Contains('/'))];
        _paths = [.. Kinds.Where(k => k.Contains('/') && !k.EndsWith('/')).Select(k => "*/" + k)];
    }

    /// <summary>As they were written.</summary>
    public ImmutableArray<string> Kinds { get; }

    /// <summary>True for a path of one of the kinds, whatever the case of its letters.</summary>
    public bool Has(ReadOnlySpan<char> path)
    {
        path = path.TrimEnd('/');
        Span<char> whole = path.Length < ShortCharsMax ? stackalloc char[path.Length + 1] : new char[path.Length + 1];
        whole[0] = '/';
        path.ToLowerInvariant(whole[1..]);
        return Has(whole, whole.LastIndexOf('/'));
    }

    bool Has(ReadOnlySpan<char> whole, int slash)
    {
        var name = whole[(slash + 1)..];
        if (_names.Contains(name))
            return true;
        foreach (var pattern in _patterns)
            if (GlobText.IsMatch(pattern, name))
                return true;
        foreach (var pattern in _paths)
            if (GlobText.IsMatch(pattern, whole))
                return true;
        foreach (var folder in _deepFolders)
            if (whole.IndexOf(folder) >= 0 || whole.EndsWith(folder.AsSpan()[..^1]))
                return true;
        for (var from = 1; from <= slash;)
        {
            var length = whole[from..].IndexOf('/');
            if (_folders.Contains(whole.Slice(from, length)))
                return true;
            from += length + 1;
        }
        return false;
    }
}
