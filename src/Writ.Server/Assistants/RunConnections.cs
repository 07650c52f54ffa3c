using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

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

    readonly Channel<ConnectionContext> _waiting = Channel.CreateBounded<ConnectionContext>(WaitingMax);

    public bool CanBind(EndPoint endpoint) => endpoint is RunEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IConnectionListener>(new Listener(endpoint, _waiting));

    /// <summary>Takes over an attested connection; false when the server takes no more.</summary>
    /// <param name="onClosed">Called once when it is over.</param>
    public async ValueTask<bool> TryTake(Socket socket, RunPeer peer, Action onClosed, CancellationToken stop)
    {
        var connection = _contexts.Create(socket);
        connection.Features.Set(peer);
        connection.ConnectionClosed.Register(onClosed);
        try
        {
            await _waiting.Writer.WriteAsync(connection, stop);
            return true;
        }
        catch (Exception fault) when (fault is ChannelClosedException or OperationCanceledException)
        {
            await connection.DisposeAsync();
            return false;
        }
    }

    public void Dispose() => _contexts.Dispose();

    sealed class Listener(EndPoint endpoint, Channel<ConnectionContext> waiting) : IConnectionListener
    {
        public EndPoint EndPoint => endpoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
            await waiting.Reader.WaitToReadAsync(cancellationToken) && waiting.Reader.TryRead(out var next)
                ? next
                : null;

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            waiting.Writer.TryComplete();
            return ValueTask.CompletedTask;
        }

        public async ValueTask DisposeAsync()
        {
            waiting.Writer.TryComplete();
            while (waiting.Reader.TryRead(out var left))
                await left.DisposeAsync();
        }
    }
}
