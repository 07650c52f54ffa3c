using System.Collections.Concurrent;
using System.Net.Sockets;
using Writ.Linux;
using Writ.Server.Running;

namespace Writ.Server.Leasing;

/// <summary>
/// The service of one lease as a Unix socket that is bound into its run's sandbox: what comes on it is passed on to
/// that service and to nothing else. It closes with the lease, and with it everything that went through it, whatever
/// the backend then says.
/// </summary>
sealed class LeaseDoor(string name, LeaseService service, TimeProvider time) : IAsyncDisposable
{
    const int Backlog = 16;
    const int OpenMax = 32;
    const int BufferBytes = 16 * 1024;
    static readonly TimeSpan _dialMax = TimeSpan.FromSeconds(10);

    readonly ConcurrentDictionary<Task, bool> _open = new();
    readonly SemaphoreSlim _free = new(OpenMax);
    readonly CancellationTokenSource _stop = new();
    SandboxSocket? _socket;
    Task _accepting = Task.CompletedTask;
    RunNamespace _processes = new();
    int _uid;

    /// <summary>Listens in a directory of the run's own, for its processes alone; the path of the socket.</summary>
    /// <exception cref="IOException">It cannot listen there.</exception>
    public string Open(string directory, int uid, int gid, RunNamespace processes)
    {
        (_uid, _processes) = (uid, processes);
        _socket = SandboxSocket.Listen(directory, name, uid, gid, Backlog);
        _accepting = Task.Run(Accept);
        return _socket.Path;
    }

    /// <summary>Takes nothing more and cuts what is open.</summary>
    public async Task Close()
    {
        await _stop.CancelAsync();
        _socket?.Close();
        await _accepting;
        await Task.WhenAll(_open.Keys);
        _socket?.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await Close();
        _stop.Dispose();
        _free.Dispose();
    }

    async Task Accept()
    {
        try
        {
            while (true)
            {
                await _free.WaitAsync(_stop.Token);
                Socket client;
                try
                {
                    client = await _socket!.Accept(_stop.Token);
                }
                catch (SocketException) when (!_stop.IsCancellationRequested)
                {
                    // The machine may be out of descriptors for a moment.
                    _free.Release();
                    await Task.Delay(_dialMax / 100, time, _stop.Token);
                    continue;
                }
                var served = Serve(client);
                _open[served] = true;
                _ = served.ContinueWith(
                    done => _open.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.None,
                    TaskScheduler.Default);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The lease is over.
        }
    }

    async Task Serve(Socket client)
    {
        try
        {
            using (client)
            {
                using var peer = PeerCredentials.Of(client);
                // Of that user there may be others outside, and what is behind this door is logged in already.
                if (peer.Uid != _uid || !_processes.Holds(peer))
                    return;
                await using var near = new NetworkStream(client, ownsSocket: false);
                using var dialling = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
                dialling.CancelAfter(_dialMax);
                await using var far = await service.Connect(dialling.Token);
                using var over = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
                // Either side's end is the end: these are conversations, not files.
                var first = await Task.WhenAny(Pass(near, far, over.Token), Pass(far, near, over.Token));
                await over.CancelAsync();
                await first;
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException
            or LinuxFaultException or ObjectDisposedException or System.Security.Authentication.AuthenticationException)
        {
            // Whoever connected sees the end of it, as with any server that is not there.
        }
        finally
        {
            _free.Release();
        }
    }

    static async Task Pass(Stream from, Stream to, CancellationToken cancel)
    {
        try
        {
            var buffer = new byte[BufferBytes];
            for (int count; (count = await from.ReadAsync(buffer, cancel)) > 0;)
            {
                await to.WriteAsync(buffer.AsMemory(0, count), cancel);
                await to.FlushAsync(cancel);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException
            or ObjectDisposedException)
        {
            return;
        }
    }
}
