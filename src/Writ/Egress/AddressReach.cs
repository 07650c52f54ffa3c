namespace Writ.Egress;

/// <summary>What kind of place an address names. Member 0 is reached by nobody.</summary>
public enum AddressReach
{
    /// <summary>Means nothing as the other end of a connection, or hides another address.</summary>
    Reserved,

    /// <summary>Many at once.</summary>
    Multicast,

    /// <summary>The machine that writd runs on.</summary>
    Loopback,

    /// <summary>Where a cloud tells a machine its own secrets.</summary>
    Metadata,

    /// <summary>The same wire.</summary>
    LinkLocal,

    /// <summary>A network of the organisation's own.</summary>
    Private,

    /// <summary>Between a provider and its customers (RFC 6598).</summary>
    Shared,

    /// <summary>The internet.</summary>
    Public,
}

/// <summary>From the registries of special-purpose addresses (RFC 6890 and its successors).</summary>
static class AddressReaches
{
    static readonly (UInt128 Prefix, int Length, AddressReach Reach)[] _blocks =
    [
        // Where the clouds answer: the first three everywhere, the others at one provider each.
        V4("169.254.169.254", 32, AddressReach.Metadata), V4("169.254.170.2", 32, AddressReach.Metadata),
        V4("169.254.169.253", 32, AddressReach.Metadata), V4("100.100.100.200", 32, AddressReach.Metadata),
        V4("168.63.129.16", 32, AddressReach.Metadata), V4("192.0.0.192", 32, AddressReach.Metadata),
        V6("fd00:ec2::254", 128, AddressReach.Metadata), V6("fd20:ce::254", 128, AddressReach.Metadata),
        V6("fd00:c1::a9fe:a9fe", 128, AddressReach.Metadata), V6("fd00:42::42", 128, AddressReach.Metadata),

        V4("0.0.0.0", 8, AddressReach.Reserved), V4("10.0.0.0", 8, AddressReach.Private),
        V4("100.64.0.0", 10, AddressReach.Shared), V4("127.0.0.0", 8, AddressReach.Loopback),
        V4("169.254.0.0", 16, AddressReach.LinkLocal), V4("172.16.0.0", 12, AddressReach.Private),
        V4("192.0.0.0", 24, AddressReach.Reserved), V4("192.0.2.0", 24, AddressReach.Reserved),
        V4("192.88.99.0", 24, AddressReach.Reserved), V4("192.168.0.0", 16, AddressReach.Private),
        V4("198.18.0.0", 15, AddressReach.Reserved), V4("198.51.100.0", 24, AddressReach.Reserved),
        V4("203.0.113.0", 24, AddressReach.Reserved), V4("224.0.0.0", 4, AddressReach.Multicast),
        V4("240.0.0.0", 4, AddressReach.Reserved), V4("0.0.0.0", 0, AddressReach.Public),

        V6("::1", 128, AddressReach.Loopback), V6("::", 96, AddressReach.Reserved),
        V6("64:ff9b:1::", 48, AddressReach.Reserved), V6("100::", 64, AddressReach.Reserved),
        V6("2001::", 23, AddressReach.Reserved), V6("2001:db8::", 32, AddressReach.Reserved),
        V6("2002::", 16, AddressReach.Reserved), V6("3fff::", 20, AddressReach.Reserved),
        V6("2000::", 3, AddressReach.Public), V6("fc00::", 7, AddressReach.Private),
        V6("fe80::", 10, AddressReach.LinkLocal), V6("fec0::", 10, AddressReach.Private),
        V6("ff00::", 8, AddressReach.Multicast),
    ];

    // RFC 6052: what a translator makes of it is the IPv4 address in its last 32 bits.
    static readonly UInt128 _translated = EgressAddress.Parse("64:ff9b::")!.Value.Value;

    // RFC 5214: an IPv4 address behind 00-00-5e-fe or 02-00-5e-fe.
    const uint TunnelMarker = 0x00005EFE;
    const uint TunnelMarkerMask = 0xFDFFFFFF;

    public static AddressReach Of(EgressAddress address)
    {
        if (!address.IsV4 && address.Value >> 32 == _translated >> 32)
            return Of(EgressAddress.OfV4((uint)(address.Value & uint.MaxValue)));
        if (!address.IsV4 && ((uint)((address.Value >> 32) & TunnelMarkerMask)) == TunnelMarker)
            return AddressReach.Reserved;
        foreach (var (prefix, length, reach) in _blocks)
            if (length == 0 || address.Value >> (128 - length) == prefix >> (128 - length))
                return reach;
        // Of IPv6 only 2000::/3 is given out to anybody.
        return AddressReach.Reserved;
    }

    // An IPv4 block is 96 bits further down, and its zero is still below the mapped prefix.
    static (UInt128, int, AddressReach) V4(string address, int length, AddressReach reach) =>
        (EgressAddress.Parse(address)!.Value.Value, length + 96, reach);

    static (UInt128, int, AddressReach) V6(string address, int length, AddressReach reach) =>
        (EgressAddress.Parse(address)!.Value.Value, length, reach);
}
