using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Writ.Server.Hosting;

namespace Writ.Server.Assistants;

/// <summary>Where the connections of sockets come in that are opened while the daemon runs.</summary>
sealed class RunEndPoint : EndPoint
{
    const string Name = "unix:runs";

    /// <summary>Whether an address of the web server is this: nobody can connect to it by that.</summary>
    public static bool IsMeant(string address) => address.EndsWith(Name, StringComparison.Ordinal);

    public override string ToString() => Name;
}

/// <summary>The run from whose sandbox a connection comes, attested when it was made.</summary>
/// <param name="Owner">For whom it acts; its processes may be another user, which is the session's alone.</param>
sealed record RunPeer(RunId Run, int Owner);

/// <summary>
/// Hands connections that were accepted elsewhere to the web server, as they are: what the kernel says of their other
/// end can still be asked, and every endpoint, table and bound is the same as on the agents' own socket.
/// </summary>
sealed class RunConnections(ILoggerFactory logs)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector, IDisposable
{
    const int WaitingMax = 64;

    readonly SocketConnectionContextFactory _contexts = new(
        new SocketConnectionFactoryOptions(), logs.CreateLogger<SocketConnectionContextFactory>());

    readonly WaitingConnections _waiting = new(new RunEndPoint(), WaitingMax);

    public bool CanBind(EndPoint endpoint) => endpoint is RunEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IConnectionListener>(_waiting);

    /// <summary>Takes over an attested connection; false when the server takes no more.</summary>
    /// <param name="onClosed">Called once when it is over.</param>
    public ValueTask<bool> TryTake(Socket socket, RunPeer peer, Action onClosed, CancellationToken stop)
    {
        var connection = _contexts.Create(socket);
        connection.Features.Set(peer);
        connection.ConnectionClosed.Register(onClosed);
        return _waiting.TryHand(connection, stop);
    }

    public void Dispose() => _contexts.Dispose();
}
