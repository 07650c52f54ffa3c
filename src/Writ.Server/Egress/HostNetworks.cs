using System.Collections.Immutable;
using System.Net.NetworkInformation;
using Writ.Egress;

namespace Writ.Server.Egress;

/// <summary>
/// The networks that this machine is in by its own addresses. What answers there sees a connection from the machine
/// itself, or from a neighbour, and may trust it for that: such an address is no part of the internet for a run,
/// whatever range it is of.
/// </summary>
/// <param name="read">An address of this machine and how many of its first bits its neighbours share.</param>
sealed class HostNetworks(Func<IEnumerable<(EgressAddress Address, int Prefix)>> read, TimeProvider time)
{
    const int Bits = 128;
    const int MappedBits = 96;

    // Addresses come and go with cables and leases.
    static readonly TimeSpan _remembered = TimeSpan.FromSeconds(5);

    readonly Lock _gate = new();
    ImmutableArray<(EgressAddress Address, int Prefix)> _known = [];
    long? _readAt;

    internal static HostNetworks Of(TimeProvider time) => new(Interfaces, time);

    /// <summary>Whether an address is this machine's own, or on the same wire as one of them.</summary>
    internal bool Contains(EgressAddress address)
    {
        foreach (var (own, prefix) in Known())
            if (own.IsV4 == address.IsV4 && own.Value >> (Bits - prefix) == address.Value >> (Bits - prefix))
                return true;
        return false;
    }

    ImmutableArray<(EgressAddress Address, int Prefix)> Known()
    {
        lock (_gate)
        {
            if (_readAt is { } at && time.GetElapsedTime(at) < _remembered)
                return _known;
            (_known, _readAt) = ([.. read().Where(n => n.Prefix > 0)], time.GetTimestamp());
            return _known;
        }
    }

    static IEnumerable<(EgressAddress, int)> Interfaces() =>
        from network in NetworkInterface.GetAllNetworkInterfaces()
        from own in network.GetIPProperties().UnicastAddresses
        let address = EgressAddress.Of(own.Address.GetAddressBytes())
        where address is not null
        select (address.Value, own.PrefixLength + (address.Value.IsV4 ? MappedBits : 0));
}
