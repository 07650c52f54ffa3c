using System.Buffers;
using System.Globalization;
using System.Text;
using Writ.Shell.Resolving;

namespace Writ.Shell.Knowledge;

/// <summary>Words that are not what a person sees: hidden characters, and dashes that are none.</summary>
static class Disguises
{
    // From the blank to the tilde. Every word is held against it, so it is prepared.
    static readonly SearchValues<char> _plain =
        SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c)]);

    public static IEnumerable<UnknownPart> Find(IEnumerable<ResolvedArgument> words)
    {
        foreach (var word in words)
        {
            var text = word.Value ?? word.Text;
            if (!text.AsSpan().ContainsAnyExcept(_plain))
                continue;
            if (Rune.TryGetRuneAt(text, 0, out var first) && first.Value != '-'
                && Rune.GetUnicodeCategory(first) == UnicodeCategory.DashPunctuation)
                yield return new UnknownPart(text, "it looks like an option and is none");
            if (text.EnumerateRunes().Any(IsHidden))
                yield return new UnknownPart("a word", "it holds characters that a person does not see");
        }
    }

    static bool IsHidden(Rune rune) => rune.Value is not ('\n' or '\t' or '\r')
        && Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
