using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Writ.Shell.Syntax;

/// <summary>The escapes of <c>$'...'</c>, in both directions.</summary>
static class AnsiQuoting
{
    /// <summary>Replaces the escapes. They may make bytes that are no UTF-8; then the text only resembles
    /// them.</summary>
    public static string Decode(string raw, out bool isExact)
    {
        isExact = true;
        if (!raw.Contains('\\', StringComparison.Ordinal))
            return raw;
        var bytes = new List<byte>(raw.Length);
        for (var i = 0; i < raw.Length;)
        {
            if (raw[i] != '\\' || i + 1 >= raw.Length)
            {
                var length = char.IsHighSurrogate(raw[i]) && i + 1 < raw.Length ? 2 : 1;
                bytes.AddRange(Encoding.UTF8.GetBytes(raw, i, length));
                i += length;
                continue;
            }
            i++;
            if (!TryAppend(raw, ref i, bytes))
                break;
        }
        var value = bytes.ToArray();
        isExact = Utf8.IsValid(value);
        return Encoding.UTF8.GetString(value);
    }

    // At the character after a backslash. False when the text ends here: a NUL ends a string of C.
    static bool TryAppend(string raw, ref int i, List<byte> bytes)
    {
        var c = raw[i++];
        var simple = "abefnrtvE\\'\"?".IndexOf(c, StringComparison.Ordinal);
        if (simple >= 0)
        {
            bytes.Add((byte)"\a\b\u001b\f\n\r\t\v\u001b\\'\"?"[simple]);
            return true;
        }
        switch (c)
        {
            case >= '0' and <= '7':
                i--;
                return AppendByte(Number(raw, ref i, 8, 3), bytes);
            case 'x' when i < raw.Length && char.IsAsciiHexDigit(raw[i]):
                return AppendByte(Number(raw, ref i, 16, 2), bytes);
            case 'x' when i < raw.Length && raw[i] == '{':
                i++;
                var braced = Number(raw, ref i, 16, int.MaxValue);
                if (i < raw.Length && raw[i] == '}')
                    i++;
                return AppendByte(braced, bytes);
            case 'u' or 'U' when i < raw.Length && char.IsAsciiHexDigit(raw[i]):
                return AppendCodePoint(Number(raw, ref i, 16, c == 'u' ? 4 : 8), bytes);
            case 'c' when i < raw.Length:
                var control = raw[i++];
                if (control == '\\' && i < raw.Length && raw[i] == '\\')
                    i++;
                return AppendByte(control == '?' ? 0x7f : char.ToUpperInvariant(control) & 0x1f, bytes);
            default:
                bytes.Add((byte)'\\');
                bytes.AddRange(Encoding.UTF8.GetBytes(c.ToString()));
                return true;
        }
    }

    static long Number(string raw, ref int i, int radix, int digitsMax)
    {
        long value = 0;
        for (var digits = 0; digits < digitsMax && i < raw.Length; digits++, i++)
        {
            if (!int.TryParse(raw.AsSpan(i, 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var d)
                || d >= radix)
                break;
            value = ((value * radix) + d) & uint.MaxValue;
        }
        return value;
    }

    static bool AppendByte(long value, List<byte> bytes)
    {
        if ((value & 0xff) == 0)
            return false;
        bytes.Add((byte)(value & 0xff));
        return true;
    }

    static bool AppendCodePoint(long value, List<byte> bytes)
    {
        if (value == 0)
            return false;
        if (Rune.TryCreate((uint)value, out var rune))
        {
            bytes.AddRange(Encoding.UTF8.GetBytes(rune.ToString()));
            return true;
        }
        // No character: its pattern of bits is what bash writes, and what no decoder accepts.
        bytes.Add(0xff);
        return true;
    }
}
