using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Writ.Server.Hosting;

/// <summary>Connections that were accepted elsewhere, for the web server to take one after the other.</summary>
sealed class WaitingConnections(EndPoint endpoint, int waitingMax) : IConnectionListener
{
    readonly Channel<ConnectionContext> _waiting = Channel.CreateBounded<ConnectionContext>(waitingMax);

    public EndPoint EndPoint => endpoint;

    /// <summary>Hands one over, once there is room; false, and it is closed, when the server takes no more.</summary>
    public async ValueTask<bool> TryHand(ConnectionContext connection, CancellationToken stop)
    {
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

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _waiting.Reader.WaitToReadAsync(cancellationToken))
            if (_waiting.Reader.TryRead(out var next))
                return next;
        return null;
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _waiting.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        while (_waiting.Reader.TryRead(out var left))
            await left.DisposeAsync();
    }
}
