using System.Buffers.Binary;
using System.Globalization;

namespace Writ.Egress;

/// <summary>
/// An internet address as 128 bits; IPv4 is its mapped form, so that one address has one value. The default is the
/// unspecified address, which nothing is ever let reach.
/// </summary>
public readonly record struct EgressAddress(UInt128 Value)
{
    const int PartsMax = 8;
    static readonly UInt128 _mapped = (UInt128)0xFFFF << 32;

    public bool IsV4 => Value >> 32 == 0xFFFF;

    /// <summary>The lower half of an IPv4 address.</summary>
    internal uint V4 => (uint)(Value & uint.MaxValue);

    /// <summary>How far away what it names is.</summary>
    public AddressReach Reach => AddressReaches.Of(this);

    internal static EgressAddress OfV4(uint address) => new(_mapped | address);

    /// <summary>From 4 or 16 bytes in network order; null for anything else.</summary>
    public static EgressAddress? Of(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        4 => OfV4(BinaryPrimitives.ReadUInt32BigEndian(bytes)),
        16 => new EgressAddress(BinaryPrimitives.ReadUInt128BigEndian(bytes)),
        _ => null,
    };

    /// <summary>4 or 16 bytes in network order.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[IsV4 ? 4 : 16];
        if (IsV4)
            BinaryPrimitives.WriteUInt32BigEndian(bytes, V4);
        else
            BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
        return bytes;
    }

    /// <summary>
    /// Four decimal numbers without leading zeros, or IPv6 without a zone. Everything else that some library takes for
    /// an address (<c>127.1</c>, <c>0x7f000001</c>, <c>017700000001</c>) is none here.
    /// </summary>
    public static EgressAddress? Parse(string text) =>
        text.Contains(':', StringComparison.Ordinal) ? ParseV6(text)
        : TryV4(text, out var address) ? OfV4(address)
        : null;

    public override string ToString()
    {
        if (IsV4)
            return string.Create(
                CultureInfo.InvariantCulture, $"{V4 >> 24}.{(V4 >> 16) & 255}.{(V4 >> 8) & 255}.{V4 & 255}");
        var value = Value;
        var parts = Enumerable.Range(0, PartsMax)
            .Select(i => (int)((value >> (112 - (16 * i))) & 0xFFFF))
            .Select(part => part.ToString("x", CultureInfo.InvariantCulture)).ToArray();
        var (start, length) = LongestZeros(parts);
        return length < 2
            ? string.Join(':', parts)
            : $"{string.Join(':', parts[..start])}::{string.Join(':', parts[(start + length)..])}";
    }

    static (int Start, int Length) LongestZeros(string[] parts)
    {
        var best = (Start: 0, Length: 0);
        for (var i = 0; i < parts.Length; i++)
        {
            var end = i;
            while (end < parts.Length && parts[end] == "0")
                end++;
            if (end - i > best.Length)
                best = (i, end - i);
            i = Math.Max(i, end - 1);
        }
        return best;
    }

    static bool TryV4(string text, out uint address)
    {
        address = 0;
        var parts = text.Split('.');
        if (parts.Length != 4)
            return false;
        foreach (var part in parts)
        {
            if (part.Length is 0 or > 3 || (part.Length > 1 && part[0] == '0') || !part.All(char.IsAsciiDigit)
                || int.Parse(part, CultureInfo.InvariantCulture) > 255)
                return false;
            address = (address << 8) | uint.Parse(part, CultureInfo.InvariantCulture);
        }
        return true;
    }

    static EgressAddress? ParseV6(string text)
    {
        var gap = text.IndexOf("::", StringComparison.Ordinal);
        if (gap >= 0 && text.IndexOf("::", gap + 1, StringComparison.Ordinal) >= 0)
            return null;
        var head = new List<ushort>();
        var tail = new List<ushort>();
        if (gap < 0)
            return TryParts(text, head) && head.Count == PartsMax ? From(head, tail) : null;
        return TryParts(text[..gap], head) && TryParts(text[(gap + 2)..], tail)
            && head.Count + tail.Count < PartsMax
            ? From(head, tail)
            : null;
    }

    static EgressAddress From(List<ushort> head, List<ushort> tail)
    {
        UInt128 value = 0;
        for (var i = 0; i < PartsMax; i++)
        {
            var part = i < head.Count ? head[i]
                : i >= PartsMax - tail.Count ? tail[i - (PartsMax - tail.Count)]
                : (ushort)0;
            value = (value << 16) | part;
        }
        return new EgressAddress(value);
    }

    static bool TryParts(string text, List<ushort> parts)
    {
        if (text.Length == 0)
            return true;
        var words = text.Split(':');
        for (var i = 0; i < words.Length; i++)
        {
            // The last may be written as IPv4.
            if (i == words.Length - 1 && TryV4(words[i], out var v4))
            {
                parts.Add((ushort)(v4 >> 16));
                parts.Add((ushort)(v4 & 0xFFFF));
                continue;
            }
            if (words[i].Length is 0 or > 4 || !words[i].All(char.IsAsciiHexDigit))
                return false;
            parts.Add(ushort.Parse(words[i], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
        }
        return parts.Count <= PartsMax;
    }
}
