using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Net.Sockets;
using Writ.Egress;
using Writ.Linux;
using Writ.Server.Holding;
using Writ.Server.Mediation;
using Writ.Server.Running;
using Writ.Shell;

namespace Writ.Server.Egress;

/// <summary>
/// The one way out of one run: a Unix socket that is bound into its sandbox. Whatever comes on it counts as
/// this run's, whoever sent it. Names are looked up here and nowhere else, and what was decided about is what is
/// dialled.
/// </summary>
sealed class EgressProxy : IEgressDoor, IAsyncDisposable
{
    const int Backlog = 128;
    const int NoticesMax = 20;
    const int NoticeMax = 300;
    const int AcceptTries = 100;
    const int LookupsMax = 4;
    static readonly TimeSpan _acceptAgainAfter = TimeSpan.FromMilliseconds(50);

    readonly ConcurrentDictionary<int, Task> _open = new();
    readonly SemaphoreSlim _free;
    readonly CancellationTokenSource _stop = new();
    readonly TaskCompletionSource<IMediatedRun> _run = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly long _began;
    SandboxSocket? _socket;
    Task _accepting = Task.CompletedTask;
    int _uid;
    int _count;
    int _notices;
    long _bytes;

    /// <param name="host">Where this machine is in the network; null asks it.</param>
    internal EgressProxy(
        IEgressDesk desk, INameResolver names, EgressLimits limits, TimeProvider time, HostNetworks? host = null)
    {
        (Desk, Names, Limits, Time) = (desk, names, limits, time);
        Host = host ?? HostNetworks.Of(time);
        _began = time.GetTimestamp();
        _free = new SemaphoreSlim(limits.ConnectionsMax);
    }

    internal IEgressDesk Desk { get; }

    internal INameResolver Names { get; }

    /// <summary>One run does not take the places of all others.</summary>
    internal LookupPlaces Lookups { get; } = new(LookupsMax);

    internal HostNetworks Host { get; }

    internal EgressLimits Limits { get; }

    internal TimeProvider Time { get; }

    /// <summary>Whom the run's clients believe where TLS is opened; null where it is opened nowhere.</summary>
    internal RunAuthority? Authority { get; init; }

    /// <summary>What is added to its requests.</summary>
    internal HeldCredentials Credentials { get; } = new();

    public ImmutableArray<(string Outside, string Inside)> Shown { get; private set; } = [];

    internal int ElapsedMs => (int)Time.GetElapsedTime(_began).TotalMilliseconds;

    /// <summary>Listens in a directory of the run's own; only its user can connect.</summary>
    public string Open(string directory, int uid, int gid)
    {
        _uid = uid;
        _socket = SandboxSocket.Listen(directory, "egress", uid, gid, Backlog);
        if (Authority is not null)
            Shown = TrustFiles.Write(directory, Authority);
        _accepting = Task.Run(Accept);
        return _socket.Path;
    }

    /// <summary>The number of the next connection, or of a request that is counted like one.</summary>
    internal int NextNumber() => Interlocked.Increment(ref _count) - 1;

    public void Attach(Run run) => _run.TrySetResult(run);

    /// <summary>Takes nothing more, ends what is open, and waits until all of it is recorded by the desk.</summary>
    internal async Task Finish()
    {
        await _stop.CancelAsync();
        _socket?.Close();
        await _accepting;
        await Task.WhenAll(_open.Values);
        _socket?.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await Finish();
        _stop.Dispose();
        _free.Dispose();
        Authority?.Dispose();
    }

    /// <summary>Counts bytes that are about to be passed on; false when the run has moved its last.</summary>
    internal bool TryCount(int bytes) => Interlocked.Add(ref _bytes, bytes) <= Limits.BytesMax;

    /// <summary>A line for whoever runs the command.</summary>
    internal void Tell(string what, string code, string why)
    {
        var count = Interlocked.Increment(ref _notices);
        if (count > NoticesMax || !_run.Task.IsCompletedSuccessfully)
            return;
        var text = VisibleText.Of($"{what}: {why}");
        _run.Task.Result.Tell($"writ: not connected: {Cut(text)} [{code}]\n");
        if (count == NoticesMax)
            _run.Task.Result.Tell("writ: further connections that are not let through are in the record only\n");
    }

    /// <summary>That something waits for people, and where they find it.</summary>
    internal void TellWaiting(string url, HeldNotice notice)
    {
        if (_run.Task.IsCompletedSuccessfully)
            _run.Task.Result.Tell(string.Create(
                CultureInfo.InvariantCulture,
                $"writ: waits for approval: {Cut(VisibleText.Of(url))}: asks {notice.Asks}, until "
                    + $"{notice.Until:HH:mm:ss}Z: writ show {notice.Request}\n"));
    }

    static string Cut(string text) => text.Length <= NoticeMax ? text : text[..NoticeMax] + "…";

    // Nobody is accepted who could not be served: the rest waits in the backlog, and costs nothing here.
    async Task Accept()
    {
        try
        {
            // Where something is added to requests, who asks has to be in the sandbox.
            var inside = Authority is null ? null
                : new SandboxPeer((Run)await _run.Task.WaitAsync(_stop.Token), _uid);
            while (true)
            {
                await _free.WaitAsync(_stop.Token);
                var isServed = false;
                try
                {
                    isServed = TryServe(await Next(), inside);
                }
                finally
                {
                    if (!isServed)
                        _free.Release();
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The run is over, or has been ended.
        }
        catch (Exception fault)
        {
            if (!_stop.IsCancellationRequested)
                Fail("net.fault", $"The run's way out takes no more connections: {fault.Message}");
        }
    }

    // The machine may be out of descriptors for a moment; a way out that is silently gone would look like a network
    // that is down.
    async Task<Socket> Next()
    {
        for (var failed = 1; ; failed++)
            try
            {
                return await _socket!.Accept(_stop.Token);
            }
            catch (SocketException) when (failed < AcceptTries && !_stop.IsCancellationRequested)
            {
                await Task.Delay(_acceptAgainAfter, Time, _stop.Token);
            }
    }

    bool TryServe(Socket socket, SandboxPeer? inside)
    {
        if (!(inside?.IsOf(socket) ?? IsOfRun(socket)))
        {
            socket.Dispose();
            return false;
        }
        var number = NextNumber();
        if (number >= Limits.ConnectionsInAllMax)
        {
            socket.Dispose();
            Fail("net.flood", "The run asked for more connections than a run may.");
            return false;
        }
        // In the table before it can be over.
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _open[number] = Serve(new EgressConnection(this, socket, number), number, started.Task);
        started.SetResult();
        return true;
    }

    /// <summary>Nothing more goes out, what is open is cut off, and the run ends, if need be once it has begun.
    /// </summary>
    internal void Fail(string code, string why)
    {
        _ = End();
        _ = _stop.CancelAsync();

        async Task End() => (await _run.Task).Stop(code, why);
    }

    async Task Serve(EgressConnection connection, int number, Task started)
    {
        await started;
        try
        {
            using (connection)
                await connection.Serve(_stop.Token);
        }
        finally
        {
            _free.Release();
            _open.TryRemove(number, out _);
        }
    }

    // The socket's mode keeps other users out, and this does whatever becomes of that. Neither keeps out another
    // process of the same user that finds the path: what it does here is decided and recorded as the run's.
    bool IsOfRun(Socket socket)
    {
        using var peer = PeerCredentials.Of(socket);
        return peer.Uid == _uid;
    }
}
