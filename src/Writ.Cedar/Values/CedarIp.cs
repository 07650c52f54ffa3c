using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Writ.Cedar;

/// <summary>
/// A Cedar ipaddr: an IPv4 or IPv6 address with a prefix length, so one value is an address or a network. IPv4 inside
/// IPv6 notation is refused, because an address must not have two spellings of different family.
/// </summary>
public sealed class CedarIp : Value
{
    const int BitsV4 = 32;
    const int BitsV6 = 128;
    const int GroupsV6 = 8;

    readonly UInt128 _address;

    CedarIp(bool isV6, UInt128 address, int prefix)
    {
        IsV6 = isV6;
        _address = address;
        Prefix = prefix;
    }

    public bool IsV6 { get; }

    /// <summary>The length of the network part: 32 or 128 for a single address.</summary>
    public int Prefix { get; }

    public override string TypeName => "ipaddr";

    public bool IsLoopback => IsV6 ? IsInRange(LoopbackV6) : IsInRange(LoopbackV4);

    public bool IsMulticast => IsV6 ? IsInRange(MulticastV6) : IsInRange(MulticastV4);

    static CedarIp LoopbackV4 { get; } = new(false, (UInt128)127 << 24, 8);

    static CedarIp LoopbackV6 { get; } = new(true, 1, BitsV6);

    static CedarIp MulticastV4 { get; } = new(false, (UInt128)224 << 24, 4);

    static CedarIp MulticastV6 { get; } = new(true, (UInt128)0xff << 120, 8);

    /// <summary>The ranges that the language itself speaks of.</summary>
    internal static IEnumerable<CedarIp> Landmarks =>
    [
        new(false, 0, 0), new(true, 0, 0), LoopbackV4, LoopbackV6, MulticastV4, MulticastV6,
    ];

    UInt128 First => _address & ~HostMask;

    UInt128 Last => _address | HostMask;

    UInt128 HostMask
    {
        get
        {
            var hostBits = (IsV6 ? BitsV6 : BitsV4) - Prefix;
            return hostBits == BitsV6 ? UInt128.MaxValue : (UInt128.One << hostBits) - 1;
        }
    }

    public static bool TryParse(string text, [NotNullWhen(true)] out CedarIp? value)
    {
        value = null;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var address = slash < 0 ? text : text.AsSpan(0, slash);
        var isV6 = !TryParseV4(address, out var bits);
        if (isV6 && !TryParseV6(address, out bits))
            return false;
        var prefix = isV6 ? BitsV6 : BitsV4;
        if (slash >= 0 && !TryParseNumber(text.AsSpan(slash + 1), prefix, digitsMax: isV6 ? 3 : 2, out prefix))
            return false;
        value = new CedarIp(isV6, bits, prefix);
        return true;
    }

    /// <summary>Whether every address of this network is in the other one.</summary>
    public bool IsInRange(CedarIp other) => IsV6 == other.IsV6 && First >= other.First && Last <= other.Last;

    /// <summary>Addresses at both ends of this range, this many of each, and its halves.</summary>
    internal IEnumerable<CedarIp> Nearby(int count)
    {
        var bits = IsV6 ? BitsV6 : BitsV4;
        var (first, last) = (First, Last);
        var room = HostMask;
        for (var i = 0; i < count && (UInt128)i <= room; i++)
        {
            yield return new CedarIp(IsV6, first + (UInt128)i, bits);
            yield return new CedarIp(IsV6, last - (UInt128)i, bits);
        }
        if (Prefix == bits)
            yield break;
        yield return new CedarIp(IsV6, first, Prefix + 1);
        yield return new CedarIp(IsV6, last, Prefix + 1);
    }

    public override bool Equals(Value? other) =>
        other is CedarIp ip && ip.IsV6 == IsV6 && ip.Prefix == Prefix && ip._address == _address;

    public override int GetHashCode() => HashCode.Combine(
        Prefix,
        Hash(IsV6 ? 6 : 4, unchecked((long)(ulong)(_address >> 64))),
        Hash(0, unchecked((long)(ulong)_address)));

    internal override void Write(StringBuilder text)
    {
        text.Append("ip(\"");
        for (var i = 0; i < (IsV6 ? GroupsV6 : 4); i++)
        {
            if (i > 0)
                text.Append(IsV6 ? ':' : '.');
            if (IsV6)
                text.Append(CultureInfo.InvariantCulture, $"{(int)(_address >> (112 - 16 * i) & 0xffff):x}");
            else
                text.Append(CultureInfo.InvariantCulture, $"{(int)(_address >> (24 - 8 * i) & 0xff)}");
        }
        text.Append(CultureInfo.InvariantCulture, $"/{Prefix}\")");
    }

    static bool TryParseV4(ReadOnlySpan<char> text, out UInt128 address)
    {
        address = 0;
        var parts = 0;
        foreach (var range in text.Split('.'))
        {
            if (++parts > 4 || !TryParseNumber(text[range], 255, digitsMax: 3, out var part))
                return false;
            address = address << 8 | (UInt128)part;
        }
        return parts == 4;
    }

    static bool TryParseNumber(ReadOnlySpan<char> text, int max, int digitsMax, out int number)
    {
        number = 0;
        return text.Length > 0 && text.Length <= digitsMax && (text[0] != '0' || text.Length == 1)
            && Digits.TryReadFixed(text, 0, text.Length, out number) && number <= max;
    }

    static bool TryParseV6(ReadOnlySpan<char> text, out UInt128 address)
    {
        var gap = text.IndexOf("::", StringComparison.Ordinal);
        if (gap < 0)
            return TryParseGroups(text, out address, out var all) && all == GroupsV6;
        var tail = text[(gap + 2)..];
        if (!TryParseGroups(text[..gap], out address, out var before)
            || !TryParseGroups(tail, out var low, out var after))
            return false;
        // The gap stands for at least one group, and a second gap would have left an empty group in the tail.
        if (before + after >= GroupsV6)
            return false;
        address = before == 0 ? low : address << (16 * (GroupsV6 - before)) | low;
        return true;
    }

    static bool TryParseGroups(ReadOnlySpan<char> text, out UInt128 bits, out int groups)
    {
        bits = 0;
        groups = 0;
        if (text.IsEmpty)
            return true;
        foreach (var range in text.Split(':'))
        {
            var group = text[range];
            if (++groups > GroupsV6 || group.Length is 0 or > 4)
                return false;
            var value = 0;
            foreach (var c in group)
            {
                if (!char.IsAsciiHexDigit(c))
                    return false;
                value = value << 4 | Digits.OfHex(c);
            }
            bits = bits << 16 | (UInt128)value;
        }
        return true;
    }
}
