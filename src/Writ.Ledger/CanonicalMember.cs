using System.Text;

namespace Writ.Ledger;

/// <summary>
/// One written member of an object: where its key and value stand in the canonical output, and where it stood in the
/// input. Keys sort by UTF-16 code units (RFC 8785 section 3.2.3).
/// </summary>
struct CanonicalMember
{
    /// <summary>Of the opening quote.</summary>
    public int Start;
    /// <summary>Just after the closing quote of the key.</summary>
    public int KeyEnd;
    /// <summary>Just after the value.</summary>
    public int End;
    public int InputOffset;

    /// <summary>No escape and nothing at or above U+E000, so that bytes sort as code units do.</summary>
    public bool IsPlain;

    public readonly CanonicalMember From(int origin) =>
        this with { Start = Start - origin, KeyEnd = KeyEnd - origin, End = End - origin };

    public static int Compare(ReadOnlySpan<byte> text, in CanonicalMember a, in CanonicalMember b)
    {
        var keyA = text[(a.Start + 1)..(a.KeyEnd - 1)];
        var keyB = text[(b.Start + 1)..(b.KeyEnd - 1)];
        return a.IsPlain && b.IsPlain ? keyA.SequenceCompareTo(keyB) : CompareUnits(keyA, keyB);
    }

    static int CompareUnits(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        while (!a.IsEmpty && !b.IsEmpty)
        {
            var runeA = Take(ref a);
            var runeB = Take(ref b);
            if (runeA == runeB)
                continue;
            // A pair of surrogates sorts below U+E000..U+FFFF although its code point is higher.
            var first = FirstUnit(runeA).CompareTo(FirstUnit(runeB));
            return first != 0 ? first : runeA.CompareTo(runeB);
        }
        return a.Length.CompareTo(b.Length);
    }

    static int FirstUnit(Rune rune) => rune.IsBmp ? rune.Value : 0xD800 + ((rune.Value - 0x10000) >> 10);

    // The bytes were written by the canonical writer, so escapes are complete and the UTF-8 is valid.
    static Rune Take(ref ReadOnlySpan<byte> key)
    {
        if (key[0] != '\\')
        {
            Rune.DecodeFromUtf8(key, out var rune, out var consumed);
            key = key[consumed..];
            return rune;
        }
        var letter = key[1];
        var value = letter switch
        {
            (byte)'b' => '\b',
            (byte)'t' => '\t',
            (byte)'n' => '\n',
            (byte)'f' => '\f',
            (byte)'r' => '\r',
            (byte)'u' => (char)(((key[4] - '0') << 4) | (key[5] <= '9' ? key[5] - '0' : key[5] - 'a' + 10)),
            _ => (char)letter,
        };
        key = key[(letter == 'u' ? 6 : 2)..];
        return new Rune(value);
    }

    /// <summary>Orders the members of one object whose bytes begin at <c>origin</c> of the output.</summary>
    public sealed class ByKey(byte[] text, int origin) : IComparer<CanonicalMember>
    {
        public int Compare(CanonicalMember x, CanonicalMember y) =>
            CanonicalMember.Compare(text, x.From(origin), y.From(origin));
    }
}
