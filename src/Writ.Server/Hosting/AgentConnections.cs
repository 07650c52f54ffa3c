using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Writ.Server.Sequencer;

namespace Writ.Server.Hosting;

/// <summary>
/// Accepts on the agents' socket, in a thread that waits for nothing else. An agent's program connects, asks and waits,
/// all of it in less than a millisecond. The server's own way wakes four threads one after the other for that, the
/// second of them mostly in place of the asker, who has not asked yet; here the question is there when a connection is
/// handed over.
/// </summary>
sealed class AgentConnections(ILoggerFactory logs, TimeProvider time)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector, IDisposable
{
    readonly SocketConnectionContextFactory _contexts = new(
        new SocketConnectionFactoryOptions(), logs.CreateLogger<SocketConnectionContextFactory>());

    public bool CanBind(EndPoint endpoint) => endpoint is UnixDomainSocketEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        socket.Listen(Listener.BacklogMax);
        return ValueTask.FromResult<IConnectionListener>(
            new Listener(endpoint, socket, _contexts, time, logs.CreateLogger<AgentConnections>()));
    }

    public void Dispose() => _contexts.Dispose();

    sealed class Listener : IConnectionListener
    {
        internal const int BacklogMax = 512;

        const int WaitingMax = 64;

        // Who connects and is silent is handed over all the same, and for a while nobody's question is waited for.
        static readonly TimeSpan _questionMax = TimeSpan.FromMilliseconds(1);
        static readonly TimeSpan _afterSilence = TimeSpan.FromSeconds(1);
        static readonly TimeSpan _afterFault = TimeSpan.FromMilliseconds(250);

        readonly Socket _socket;
        readonly SocketConnectionContextFactory _contexts;
        readonly TimeProvider _time;
        readonly ILogger _log;
        readonly WaitingConnections _waiting;
        readonly Thread _thread;
        volatile bool _isOver;
        long? _silentAt;

        internal Listener(
            EndPoint endpoint, Socket socket, SocketConnectionContextFactory contexts, TimeProvider time, ILogger log)
        {
            (_socket, _contexts, _time, _log) = (socket, contexts, time, log);
            _waiting = new WaitingConnections(endpoint, WaitingMax);
            _thread = new Thread(Accept) { IsBackground = true, Name = "writ-accept" };
            _thread.Start();
        }

        public EndPoint EndPoint => _waiting.EndPoint;

        public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
            _waiting.AcceptAsync(cancellationToken);

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            _isOver = true;
            _socket.Dispose();
            return _waiting.UnbindAsync(cancellationToken);
        }

        public async ValueTask DisposeAsync()
        {
            await UnbindAsync();
            await _waiting.DisposeAsync();
            _thread.Join();
        }

        // The edge of the thread: a connection that cannot be taken is that one's loss, and the next is waited for.
        void Accept()
        {
            while (!_isOver)
                try
                {
                    Hand(_socket.Accept());
                }
                catch (Exception fault)
                {
                    if (_isOver)
                        return;
                    SequencerLog.NotAccepted(_log, fault.Message);
                    Thread.Sleep(_afterFault);
                }
        }

        void Hand(Socket accepted)
        {
            ConnectionContext connection;
            try
            {
                AwaitQuestion(accepted);
                connection = _contexts.Create(accepted);
            }
            catch
            {
                accepted.Dispose();
                throw;
            }
            // It is the connection's from here on, and closed with it when the server takes no more.
            _ = _waiting.TryHand(connection, CancellationToken.None).AsTask().Result;
        }

        void AwaitQuestion(Socket accepted)
        {
            if (_silentAt is { } at && _time.GetElapsedTime(at) < _afterSilence)
                return;
            _silentAt = accepted.Poll(_questionMax, SelectMode.SelectRead) ? null : _time.GetTimestamp();
        }
    }
}
