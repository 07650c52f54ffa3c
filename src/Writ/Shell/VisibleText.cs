using System.Buffers;
using System.Globalization;
using System.Text;

namespace Writ.Shell;

/// <summary>
/// Text as a person may be shown it: complete, with everything that hides, reorders or imitates made visible. What is
/// approved is what is seen (invariant 15).
/// </summary>
public static class VisibleText
{
    // What a shell takes as it is written.
    static readonly SearchValues<char> _plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:=@%+,-");

    /// <summary>
    /// Control, formatting, bidirectional and unusual blank characters as <c>\u{hex}</c>; the rest as it is.
    /// </summary>
    /// <param name="keepNewLines">True where the text is shown on lines of its own.</param>
    public static string Of(string text, bool keepNewLines = false)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return text;
        var shown = new StringBuilder(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
            if (keepNewLines && rune.Value == '\n')
                shown.Append('\n');
            else if (IsHidden(rune))
                shown.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
            else
                shown.Append(rune.ToString());
        return shown.ToString();
    }

    /// <summary>True when the text holds anything that a person would not see as itself.</summary>
    public static bool Hides(string text) => text.EnumerateRunes().Any(r => r.Value != '\n' && IsHidden(r));

    /// <summary>An argument list as one line that a shell would read back as the same arguments.</summary>
    public static string Command(ImmutableArray<string> argv) => string.Join(' ', argv.Select(Quoted));

    static string Quoted(string argument)
    {
        var plain = argument.Length > 0 && !argument.AsSpan().ContainsAnyExcept(_plain);
        return plain ? argument : "'" + argument.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
    }

    static bool IsHidden(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate
            or UnicodeCategory.OtherNotAssigned => true,
        UnicodeCategory.SpaceSeparator => rune.Value != ' ',
        // Filler letters and variation selectors draw nothing.
        _ => rune.Value is 0x115F or 0x1160 or 0x3164 or 0xFFA0 or (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0100
            and <= 0xE01EF),
    };
}
