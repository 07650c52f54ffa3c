using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Writ.Cedar;

/// <summary>
/// The escapes inside Cedar's string literals, which are Rust's: <c>\n \r \t \\ \0 \' \"</c>, <c>\xHH</c> up to 7F,
/// <c>\u{...}</c> with one to six hexadecimal digits; and in a pattern also <c>\*</c>.
/// </summary>
static class Escapes
{
    /// <summary>Resolves the text between the quotes, or tells where in it the first bad escape begins.</summary>
    public static string? Unescape(ReadOnlySpan<char> raw, out int badAt)
    {
        badAt = -1;
        if (raw.IndexOfAny('\\', '\r') < 0)
            return raw.ToString();
        var text = new StringBuilder(raw.Length);
        for (var i = 0; i < raw.Length;)
        {
            badAt = i;
            if (!TryReadScalar(raw, ref i, out var scalar))
                return null;
            text.Append(scalar);
        }
        badAt = -1;
        return text.ToString();
    }

    /// <summary>
    /// As <see cref="Unescape"/>, for the pattern of <c>like</c>. A star is a wildcard also when it is written as
    /// <c>\x2a</c> or <c>\u{2a}</c>, as in the reference implementation; only <c>\*</c> is a star.
    /// </summary>
    public static Pattern? UnescapePattern(ReadOnlySpan<char> raw, out int badAt)
    {
        var parts = ImmutableArray.CreateBuilder<string>();
        var part = new StringBuilder();
        for (var i = 0; i < raw.Length;)
        {
            badAt = i;
            if (raw[i] == '\\' && i + 1 < raw.Length && raw[i + 1] == '*')
            {
                part.Append('*');
                i += 2;
                continue;
            }
            if (!TryReadScalar(raw, ref i, out var scalar))
                return null;
            if (scalar.Value != '*')
            {
                part.Append(scalar);
                continue;
            }
            parts.Add(part.ToString());
            part.Clear();
        }
        parts.Add(part.ToString());
        badAt = -1;
        return new Pattern(parts.DrainToImmutable());
    }

    /// <summary>Writes a string literal in which everything that could mislead a reader's eye is an escape.</summary>
    public static void Quote(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var scalar in value.EnumerateRunes())
        {
            _ = scalar.Value switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                0 => text.Append("\\0"),
                _ => AppendVisible(text, scalar),
            };
        }
        text.Append('"');
    }

    /// <summary>Enough of a text to recognise it.</summary>
    public static string Cut(string text)
    {
        const int ShownMax = 60;
        if (text.Length <= ShownMax)
            return text;
        return text[..(char.IsHighSurrogate(text[ShownMax - 1]) ? ShownMax - 1 : ShownMax)] + "...";
    }

    /// <summary>The character itself when it can be shown, otherwise an escape.</summary>
    public static StringBuilder AppendVisible(StringBuilder text, Rune scalar) => IsPlain(scalar)
        ? text.Append(scalar)
        : text.Append(CultureInfo.InvariantCulture, $"\\u{{{scalar.Value:x}}}");

    /// <summary>Whether a character can be shown as it is: no control, not invisible, no disguised space.</summary>
    public static bool IsPlain(Rune scalar) => scalar.Value == ' ' || Rune.GetUnicodeCategory(scalar) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.SpaceSeparator);

    // A carriage return must be written as \r, so that a text means the same after its line ends were converted.
    static bool TryReadScalar(ReadOnlySpan<char> raw, ref int at, out Rune scalar)
    {
        if (raw[at] != '\\')
        {
            Rune.DecodeFromUtf16(raw[at..], out scalar, out var length);
            at += length;
            return scalar.Value != '\r';
        }
        scalar = default;
        if (at + 1 >= raw.Length)
            return false;
        var escape = raw[at + 1];
        at += 2;
        if (escape == 'x')
            return TryReadByte(raw, ref at, out scalar);
        if (escape == 'u')
            return TryReadBraced(raw, ref at, out scalar);
        var simple = escape switch
        {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '0' => '\0',
            '\\' or '\'' or '"' => escape,
            _ => '\uffff',
        };
        scalar = new Rune(simple);
        return simple != '\uffff';
    }

    static bool TryReadByte(ReadOnlySpan<char> raw, ref int at, out Rune scalar)
    {
        scalar = default;
        if (at + 2 > raw.Length || !TryReadHex(raw.Slice(at, 2), out var value) || value > 0x7f)
            return false;
        at += 2;
        scalar = new Rune(value);
        return true;
    }

    static bool TryReadBraced(ReadOnlySpan<char> raw, ref int at, out Rune scalar)
    {
        scalar = default;
        var rest = raw[at..];
        var end = rest.IndexOf('}');
        if (end < 2 || rest[0] != '{' || rest[1] == '_')
            return false;
        Span<char> digits = stackalloc char[6];
        var count = 0;
        foreach (var c in rest[1..end])
        {
            if (c == '_')
                continue;
            if (count == digits.Length)
                return false;
            digits[count++] = c;
        }
        at += end + 1;
        return TryReadHex(digits[..count], out var value) && Rune.TryCreate(value, out scalar);
    }

    static bool TryReadHex(ReadOnlySpan<char> digits, out int value)
    {
        value = 0;
        foreach (var c in digits)
        {
            if (!char.IsAsciiHexDigit(c))
                return false;
            value = value << 4 | Digits.OfHex(c);
        }
        return digits.Length > 0;
    }
}
