using System.Net.Sockets;
using Writ.Server.Running;

namespace Writ.Server.Assistants;

/// <summary>
/// The agents' socket of one session, bound into the sandbox in which its assistant lives. Who connects has to be a
/// process of exactly that sandbox, by its process namespace, at the moment of connecting: another process of the same
/// user that finds the path is turned away, and no process in there is anything in another session.
/// </summary>
sealed class AssistantSocket(RunId run, RunConnections connections, TimeProvider time) : IAgentDoor, IAsyncDisposable
{
    const string Name = "agent";
    const int Backlog = 64;
    const int ConnectionsMax = 32;
    const int AcceptTries = 100;
    static readonly TimeSpan _acceptAgainAfter = TimeSpan.FromMilliseconds(50);

    readonly SemaphoreSlim _free = new(ConnectionsMax);
    readonly CancellationTokenSource _stop = new();
    readonly TaskCompletionSource<Run> _run = new(TaskCreationOptions.RunContinuationsAsynchronously);
    SandboxSocket? _socket;
    Task _accepting = Task.CompletedTask;
    int _uid;
    int _owner;

    public string Open(string directory, int uid, int gid, int owner)
    {
        (_uid, _owner) = (uid, owner);
        _socket = SandboxSocket.Listen(directory, Name, uid, gid, Backlog);
        _accepting = Task.Run(Accept);
        return _socket.Path;
    }

    public void Attach(Run attached) => _run.TrySetResult(attached);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _socket?.Close();
        await _accepting;
        _socket?.Dispose();
        _stop.Dispose();
    }

    // Nobody is accepted who could not be served: the rest waits in the backlog, and costs nothing here.
    async Task Accept()
    {
        try
        {
            var inside = new SandboxPeer(await _run.Task.WaitAsync(_stop.Token), _uid);
            while (true)
            {
                await _free.WaitAsync(_stop.Token);
                var socket = await Next();
                if (!inside.IsOf(socket))
                {
                    socket.Dispose();
                    _free.Release();
                }
                else if (!await connections.TryTake(
                    socket, new RunPeer(run, _owner), () => _free.Release(), _stop.Token))
                {
                    return;
                }
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The run is over; or the machine is out of descriptors for good, and then whoever asks gets no answer.
        }
    }

    async Task<Socket> Next()
    {
        for (var failed = 1; ; failed++)
            try
            {
                return await _socket!.Accept(_stop.Token);
            }
            catch (SocketException) when (failed < AcceptTries && !_stop.IsCancellationRequested)
            {
                await Task.Delay(_acceptAgainAfter, time, _stop.Token);
            }
    }
}
