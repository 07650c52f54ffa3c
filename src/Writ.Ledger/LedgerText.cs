using System.Buffers.Text;
using System.Text;

namespace Writ.Ledger;

/// <summary>
/// The spellings that all C2SP text formats share: decimals without needless zeroes, strict base64, key names. Strict
/// means that each value has one spelling, so that nobody can change bytes of a signed file without changing meaning.
/// </summary>
static class LedgerText
{
    const int DecimalDigitsMax = 19;

    public static bool TryDecimal(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        if (text.IsEmpty || text.Length > DecimalDigitsMax || (text.Length > 1 && text[0] == '0'))
            return false;
        foreach (var digit in text)
        {
            if (!char.IsAsciiDigit((char)digit))
                return false;
            if (value > (long.MaxValue - (digit - '0')) / 10)
                return false;
            value = value * 10 + (digit - '0');
        }
        return true;
    }

    /// <summary>Null when the text is not the base64 (RFC 4648 section 4, padded) that would be written here.</summary>
    public static byte[]? Base64OrNull(ReadOnlySpan<byte> text)
    {
        if (text.Length % 4 != 0)
            return null;
        var decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        // The decoder skips white space and ignores stray bits of the last character; writing it again finds both.
        if (Base64.DecodeFromUtf8(text, decoded, out _, out var length) != System.Buffers.OperationStatus.Done)
            return null;
        var again = new byte[Base64.GetMaxEncodedToUtf8Length(length)];
        Base64.EncodeToUtf8(decoded.AsSpan(0, length), again, out _, out var written);
        return text.SequenceEqual(again.AsSpan(0, written)) ? decoded[..length] : null;
    }

    public static bool TryHash(ReadOnlySpan<byte> text, out MerkleHash hash)
    {
        hash = default;
        if (Base64OrNull(text) is not { Length: MerkleHash.Size } bytes)
            return false;
        hash = new MerkleHash(bytes);
        return true;
    }

    /// <summary>Key names of notes: not empty, without Unicode spaces, plus signs and controls.</summary>
    public static bool IsKeyName(string name)
    {
        foreach (var rune in name.EnumerateRunes())
            if (Rune.IsWhiteSpace(rune) || rune.Value is '+' or < 0x20 || rune == Rune.ReplacementChar)
                return false;
        return name.Length > 0;
    }

    /// <summary>Cuts one line, without its newline, from the front; false when no newline is left.</summary>
    public static bool TryLine(ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> line)
    {
        var end = text.IndexOf((byte)'\n');
        if (end < 0)
        {
            line = default;
            return false;
        }
        line = text[..end];
        text = text[(end + 1)..];
        return true;
    }
}
