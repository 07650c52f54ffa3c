namespace Writ.Cedar;

/// <summary>Exact reading of ASCII digit runs, for the texts of the extension types.</summary>
static class Digits
{
    // No value that fits 64 bits is larger, and products with a scale still fit 128 bits.
    static readonly Int128 Ceiling = (Int128)ulong.MaxValue + 1;

    /// <summary>Reads one or more digits; leading zeros count for nothing. What is too large stays too large.</summary>
    public static bool TryRead(ReadOnlySpan<char> text, out Int128 number)
    {
        number = 0;
        foreach (var c in text)
        {
            if (!char.IsAsciiDigit(c))
                return false;
            number = Int128.Min(number * 10 + (c - '0'), Ceiling);
        }
        return text.Length > 0;
    }

    /// <summary>The same number with as few digits as it needs.</summary>
    public static string WithoutLeadingZeros(string digits) =>
        digits.Length > 1 && digits[0] == '0' ? digits[..^1].TrimStart('0') + digits[^1] : digits;

    public static bool TrySign(Int128 magnitude, bool negative, out long number)
    {
        var signed = negative ? -magnitude : magnitude;
        var fits = signed >= long.MinValue && signed <= long.MaxValue;
        number = fits ? (long)signed : 0;
        return fits;
    }

    /// <summary>The value of a hexadecimal digit, which the caller knows it to be.</summary>
    public static int OfHex(char c) => c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;

    /// <summary>A number of exactly this many digits.</summary>
    public static bool TryReadFixed(ReadOnlySpan<char> text, int start, int length, out int number)
    {
        number = 0;
        if (start + length > text.Length)
            return false;
        foreach (var c in text.Slice(start, length))
        {
            if (!char.IsAsciiDigit(c))
                return false;
            number = number * 10 + (c - '0');
        }
        return true;
    }
}
