using System.Text;

namespace Writ.Ledger;

/// <summary>
/// Where one object member stands: its key (with quotes) and value in the canonical text being written, and its key
/// in the input. <see cref="Simple"/> says that the key has no escapes.
/// </summary>
struct CanonicalMember
{
    public int InputAt;
    public int Start;
    public int KeyEnd;
    public int End;
    public bool Simple;

    /// <summary>The order of RFC 8785, 3.2.3: by the UTF-16 code units of the keys without their escapes.</summary>
    public static int Compare(ReadOnlySpan<byte> text, in CanonicalMember a, in CanonicalMember b)
    {
        var left = text[(a.Start + 1)..(a.KeyEnd - 1)];
        var right = text[(b.Start + 1)..(b.KeyEnd - 1)];
        if (!a.Simple || !b.Simple)
            return CompareUnits(left, right);

        var same = left.CommonPrefixLength(right);
        if (same == left.Length || same == right.Length)
            return left.Length - right.Length;
        // UTF-8 orders by code point. UTF-16 differs only where a surrogate pair (lead byte F0 and up) meets
        // U+E000..U+FFFF (lead byte EE or EF), and two different lead bytes are where such keys first differ.
        return left[same] >= 0xEE && right[same] >= 0xEE ? CompareUnits(left, right) : left[same] - right[same];
    }

    static int CompareUnits(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        while (!left.IsEmpty && !right.IsEmpty)
        {
            var a = NextRune(ref left);
            var b = NextRune(ref right);
            if (a == b)
                continue;
            // Both in or both out of the basic plane: code point order is code unit order.
            return a.IsBmp == b.IsBmp ? a.CompareTo(b) : LeadUnit(a) - LeadUnit(b);
        }
        return left.Length - right.Length;
    }

    static int LeadUnit(Rune rune) => rune.IsBmp ? rune.Value : 0xD800 + ((rune.Value - 0x10000) >> 10);

    static Rune NextRune(ref ReadOnlySpan<byte> key)
    {
        if (key[0] != '\\')
        {
            // The text was found well-formed before anything was written.
            _ = Rune.DecodeFromUtf8(key, out var rune, out var taken);
            key = key[taken..];
            return rune;
        }
        var kind = key[1];
        var value = kind switch
        {
            (byte)'b' => '\b',
            (byte)'f' => '\f',
            (byte)'n' => '\n',
            (byte)'r' => '\r',
            (byte)'t' => '\t',
            (byte)'u' => (char)((key[4] - '0') * 16 + HexDigit(key[5])),
            _ => (char)kind,
        };
        key = key[(kind == 'u' ? 6 : 2)..];
        return new Rune(value);
    }

    static int HexDigit(byte digit) => digit <= '9' ? digit - '0' : digit - 'a' + 10;

    /// <summary>The same order for a sort of many members.</summary>
    public sealed class Order(byte[] text) : IComparer<CanonicalMember>
    {
        public int Compare(CanonicalMember a, CanonicalMember b) => CanonicalMember.Compare(text, a, b);
    }
}
