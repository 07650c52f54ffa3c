using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using Writ.Identity;

namespace Writ.Server.Issuing;

/// <summary>
/// An HTTP/2 server that listens on nothing: connections are given to it by the doors of runs, each with the caller
/// that the door has attested. It shares no endpoint with what people and agents speak to.
/// </summary>
sealed class WorkloadServer : IHostedService, IDisposable
{
    const int WaitingMax = 64;
    const int StreamsMax = 16;

    readonly Channel<ConnectionContext> _given = Channel.CreateBounded<ConnectionContext>(WaitingMax);
    readonly SocketConnectionContextFactory _connections;
    readonly KestrelServer _server;
    readonly WorkloadApi _api;

    public WorkloadServer(WorkloadApi api, IServiceProvider services, ILoggerFactory logs)
    {
        _api = api;
        _connections = new SocketConnectionContextFactory(
            new SocketConnectionFactoryOptions(), logs.CreateLogger("Writ.Server.Issuing"));
        var options = new KestrelServerOptions { ApplicationServices = services, AddServerHeader = false };
        options.Limits.MaxRequestBodySize = WorkloadMessages.BytesMax + 16;
        options.Limits.Http2.MaxStreamsPerConnection = StreamsMax;
        options.Limits.MaxRequestHeadersTotalSize = 8 * 1_024;
        options.Listen(new Doors(), listen => listen.Protocols = HttpProtocols.Http2);
        _server = new KestrelServer(Options.Create(options), new Given(_given), logs);
    }

    /// <summary>Takes over a connection and its caller; false when too many wait.</summary>
    public bool TryGive(Socket socket, RunCaller caller)
    {
        var connection = _connections.Create(socket);
        connection.Features.Set(caller);
        caller.Connected(() => connection.Abort(new ConnectionAbortedException("The run is over.")));
        connection.ConnectionClosed.Register(caller.Closed);
        return _given.Writer.TryWrite(connection);
    }

    public Task StartAsync(CancellationToken cancellationToken) =>
        _server.StartAsync(new Application(_api), cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => _server.StopAsync(cancellationToken);

    public void Dispose()
    {
        _given.Writer.TryComplete();
        _server.Dispose();
        _connections.Dispose();
    }

    sealed class Doors : EndPoint
    {
        public override string ToString() => "the doors of runs";
    }

    // The server takes what it is given instead of accepting.
    sealed class Given(Channel<ConnectionContext> given)
        : IConnectionListenerFactory, IConnectionListenerFactorySelector, IConnectionListener
    {
        public EndPoint EndPoint { get; } = new Doors();

        public bool CanBind(EndPoint endpoint) => endpoint is Doors;

        public ValueTask<IConnectionListener> BindAsync(
            EndPoint endpoint, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult<IConnectionListener>(this);

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
            await given.Reader.WaitToReadAsync(cancellationToken) && given.Reader.TryRead(out var next) ? next : null;

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            given.Writer.TryComplete();
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    sealed class Application(WorkloadApi api) : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

        public Task ProcessRequestAsync(HttpContext context) => api.Serve(context);

        public void DisposeContext(HttpContext context, Exception? exception)
        {
            // Nothing of it is kept.
        }
    }
}
