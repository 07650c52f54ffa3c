using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Writ.Egress;

namespace Writ.Server.Egress;

/// <summary>Looks names up for runs, which cannot: nothing of a sandbox reaches a name server.</summary>
public interface INameResolver
{
    /// <summary>The addresses of a name, in the order in which they are to be tried; none where it has none.</summary>
    Task<ImmutableArray<EgressAddress>> Resolve(string host, CancellationToken cancel);
}

/// <summary>As the machine of the control plane looks names up: its hosts file, its name servers.</summary>
sealed class SystemResolver : INameResolver
{
    const int AddressesMax = 16;

    public async Task<ImmutableArray<EgressAddress>> Resolve(string host, CancellationToken cancel)
    {
        IPAddress[] found;
        try
        {
            found = await Dns.GetHostAddressesAsync(host, cancel);
        }
        catch (SocketException)
        {
            return [];
        }
        // An address with a zone means nothing beyond its wire; without one it is what it looks like.
        return [.. found.Take(AddressesMax).Select(a => EgressAddress.Of(a.GetAddressBytes()))
            .Where(a => a is not null).Select(a => a!.Value)];
    }
}
