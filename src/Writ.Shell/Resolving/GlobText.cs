using System.Buffers;

namespace Writ.Shell.Resolving;

/// <summary>Patterns of file names, and of the words in data. <c>*</c> and <c>?</c> only; matching is linear in
/// pattern times text.</summary>
public static class GlobText
{
    // Where anything but letters and patterns stands in a word, it is not a pattern alone.
    static readonly SearchValues<char> _other = SearchValues.Create("$`\"'\\{}()<>|&;! \t\n");

    /// <summary>True for a word that is a pattern of names and nothing else unknown.</summary>
    public static bool IsGlob(ResolvedArgument word) =>
        word.Value is null && word.Text.AsSpan().IndexOfAny("*?[") >= 0
            && word.Text.AsSpan().IndexOfAny(_other) < 0;

    /// <summary>As <see cref="IsMatch"/>, and a class of characters (<c>[a-z]</c>) may be any of them.</summary>
    public static bool MayMatch(string pattern, string text)
    {
        for (var open = pattern.IndexOf('[', StringComparison.Ordinal); open >= 0;)
        {
            var close = pattern.IndexOf(']', open + 1);
            if (close < 0)
                break;
            pattern = $"{pattern[..open]}?{pattern[(close + 1)..]}";
            open = pattern.IndexOf('[', open);
        }
        return IsMatch(pattern, text);
    }

    /// <summary>True when the text is what the pattern says: <c>*</c> any text, <c>?</c> one character.</summary>
    public static bool IsMatch(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        int p = 0, t = 0, star = -1, from = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && (pattern[p] == '?' || (pattern[p] != '*' && pattern[p] == text[t])))
            {
                p++;
                t++;
            }
            else if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                from = t;
            }
            else if (star >= 0)
            {
                p = star + 1;
                t = ++from;
            }
            else
            {
                return false;
            }
        }
        while (p < pattern.Length && pattern[p] == '*')
            p++;
        return p == pattern.Length;
    }
}
