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

/// <summary>
/// So many lookups at once. The C library cannot be told to give up, so one that nobody waits for any more keeps its
/// place until it has come back by itself.
/// </summary>
sealed class LookupPlaces(int max) : IDisposable
{
    readonly SemaphoreSlim _free = new(max);

    public void Dispose() => _free.Dispose();

    /// <summary>Waits for a place, and for the answer, until it is told not to.</summary>
    internal async Task<T> Ask<T>(Func<Task<T>> ask, CancellationToken cancel)
    {
        await _free.WaitAsync(cancel);
        return await Answer(ask).WaitAsync(cancel);
    }

    async Task<T> Answer<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        finally
        {
            _free.Release();
        }
    }
}

/// <summary>As the machine of the control plane looks names up: its hosts file, its name servers.</summary>
sealed class SystemResolver : INameResolver, IDisposable
{
    const int AddressesMax = 16;

    // A thread each, while they last.
    const int AtOnceMax = 32;

    readonly LookupPlaces _places = new(AtOnceMax);

    public void Dispose() => _places.Dispose();

    public Task<ImmutableArray<EgressAddress>> Resolve(string host, CancellationToken cancel) => _places.Ask(
        () => Task.Factory.StartNew(
            () => LookUp(host), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default),
        cancel);

    static ImmutableArray<EgressAddress> LookUp(string host)
    {
        IPAddress[] found;
        try
        {
            found = Dns.GetHostAddresses(host);
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
