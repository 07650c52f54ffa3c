using System.Collections.Immutable;
using System.Globalization;
using Writ.Shell.Syntax;

namespace Writ.Shell.Resolving;

/// <summary>The words that one word becomes by its braces, before anything else in it is expanded.</summary>
static class BraceWords
{
    /// <summary>Null when they are more than the limit.</summary>
    public static List<ImmutableArray<WordPart>>? TryExpand(ImmutableArray<WordPart> parts)
    {
        if (!parts.Any(p => p is BracePart or BraceRangePart))
            return [parts];
        List<List<WordPart>> words = [[]];
        foreach (var part in parts)
        {
            List<ImmutableArray<WordPart>>? choices = part switch
            {
                BracePart brace => Alternatives(brace),
                BraceRangePart range => Range(range),
                _ => [[part]],
            };
            if (choices is null || (long)choices.Count * words.Count > ResolveLimits.BraceWordsMax)
                return null;
            if (choices.Count == 1)
                words.ForEach(w => w.AddRange(choices[0]));
            else
                words = [.. words.SelectMany(w => choices.Select(c => (List<WordPart>)[.. w, .. c]))];
        }
        return [.. words.Select(w => w.ToImmutableArray())];
    }

    static List<ImmutableArray<WordPart>>? Alternatives(BracePart brace)
    {
        var all = new List<ImmutableArray<WordPart>>();
        foreach (var alternative in brace.Alternatives)
        {
            if (TryExpand(alternative) is not { } words || all.Count + words.Count > ResolveLimits.BraceWordsMax)
                return null;
            all.AddRange(words);
        }
        return all;
    }

    static List<ImmutableArray<WordPart>>? Range(BraceRangePart range)
    {
        var isNumber = TryRead(range.First, out var from) & TryRead(range.Last, out var to);
        if (!isNumber)
            (from, to) = (range.First[0], range.Last[0]);
        var step = 1L;
        if (range.Step is not null && !TryRead(range.Step, out step))
            return null;
        if (step == long.MinValue || Math.Abs((decimal)from - to) > int.MaxValue)
            return null;
        step = Math.Max(1, Math.Abs(step));
        var words = new List<ImmutableArray<WordPart>>();
        // Bash pays attention to leading zeros: all numbers become as wide as the widest.
        var width = isNumber && (IsPadded(range.First) || IsPadded(range.Last))
            ? Math.Max(range.First.Length, range.Last.Length)
            : 0;
        for (var value = from; from <= to ? value <= to : value >= to; value += from <= to ? step : -step)
        {
            if (words.Count == ResolveLimits.BraceWordsMax)
                return null;
            var digits = Math.Abs(value).ToString(CultureInfo.InvariantCulture);
            var text = !isNumber ? ((char)value).ToString()
                : value < 0 ? "-" + digits.PadLeft(width - 1, '0')
                : digits.PadLeft(width, '0');
            words.Add([new EscapedPart(range.Span, text)]);
        }
        return words;
    }

    static bool TryRead(string text, out long number) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    static bool IsPadded(string number) => number.TrimStart('-', '+') is { Length: > 1 } digits && digits[0] == '0';
}
