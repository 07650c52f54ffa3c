using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// The right side of <c>like</c>: literal parts with a wildcard between each two. Parts are well-formed UTF-16, so
/// comparing code units is comparing Unicode scalars.
/// </summary>
sealed class Pattern(ImmutableArray<string> parts)
{
    /// <summary>At least one; n parts have n-1 wildcards between them.</summary>
    public ImmutableArray<string> Parts { get; } = parts;

    public bool Matches(string text)
    {
        var first = Parts[0];
        if (Parts.Length == 1)
            return text == first;
        var last = Parts[^1];
        if (text.Length < first.Length + last.Length || !text.StartsWith(first, StringComparison.Ordinal)
            || !text.EndsWith(last, StringComparison.Ordinal))
            return false;
        // Taking the leftmost place for each middle part leaves the most room for the rest.
        var rest = text.AsSpan(first.Length, text.Length - first.Length - last.Length);
        for (var i = 1; i < Parts.Length - 1; i++)
        {
            var at = rest.IndexOf(Parts[i], StringComparison.Ordinal);
            if (at < 0)
                return false;
            rest = rest[(at + Parts[i].Length)..];
        }
        return true;
    }
}
