using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using Writ.Identity;
using Writ.Linux;
using Writ.Server.Agents;
using Writ.Server.Running;

namespace Writ.Server.Issuing;

/// <summary>
/// The Workload API of one run: a Unix socket of its own that is bound into its sandbox. That a process reached it is
/// not enough; the kernel says of each connection whose it is, and each question is asked of the kernel again.
/// </summary>
sealed class RunDoor(
    RunId run, RequestId request, SessionId session, WorkloadServer server, Issuer issuer, ExecutableDigests digests,
    TimeProvider time) : IIdentityDoor, IAsyncDisposable
{
    const int Backlog = 16;
    const int ConnectionsMax = 32;
    const int QuestionsPerMinute = 120;
    const int RefusalsPerMinute = 10;
    static readonly TimeSpan _window = TimeSpan.FromMinutes(1);

    readonly CancellationTokenSource _over = new();
    readonly RunNamespace _processes = new();
    readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly ConcurrentDictionary<RunCaller, byte> _open = new();
    readonly Lock _gate = new();
    SandboxSocket? _socket;
    Task _accepting = Task.CompletedTask;
    long _windowFrom;
    int _asked;
    int _refused;
    int _uid;

    public RunId Run => run;

    public RequestId Request => request;

    public SessionId Session => session;

    /// <summary>Ends with the run, or as soon as its session does.</summary>
    public CancellationToken Over => _over.Token;

    /// <summary>Listens in a directory of the run's own.</summary>
    public string Open(string directory, int uid, int gid)
    {
        _uid = uid;
        _socket = SandboxSocket.Listen(directory, "identity", uid, gid, Backlog);
        _accepting = Task.Run(Accept);
        return _socket.Path;
    }

    public void Begun(int firstPid)
    {
        _processes.Begun(firstPid);
        _begun.TrySetResult();
    }

    /// <summary>What the kernel says now of a process that connected, and whether it is one of the run's.</summary>
    public Attestation Attest(PeerCredentials peer)
    {
        var place = RunNamespace.NameOf(peer.Pid);
        var group = Cut(RunNamespace.ControlGroupOf(peer.Pid));
        var executable = Files.TryReadLink($"/proc/{peer.Pid}/exe");
        var digest = executable is null ? null : digests.TryDigest($"/proc/{peer.Pid}/exe");
        // Read first, then asked whether it still lives: else all of it could be of a later owner of the number.
        var isRuns = peer.Uid == _uid && !_over.IsCancellationRequested && peer.PidDescriptor is not null
            && _processes.Holds(peer, place, group)
            && (group is null || group.EndsWith($"-{run}", StringComparison.Ordinal));
        return new Attestation(
            isRuns ? AttestedBy.Launched : AttestedBy.Nothing, peer.Uid, peer.Pid, place, group, Cut(executable),
            digest);
    }

    /// <summary>False when the run has asked as often as it may in this minute.</summary>
    public async Task<bool> MayAsk()
    {
        bool first;
        lock (_gate)
        {
            Turn_NeedsLock();
            if (++_asked <= QuestionsPerMinute)
                return true;
            first = _asked == QuestionsPerMinute + 1;
        }
        if (first)
            await issuer.RecordFlood(run, session);
        return false;
    }

    /// <summary>Everything that is open ends, and nothing more is taken.</summary>
    public void End() => _over.Cancel();

    public async ValueTask DisposeAsync()
    {
        End();
        _begun.TrySetResult();
        _socket?.Close();
        await _accepting;
        foreach (var caller in _open.Keys)
            caller.Abort();
        _socket?.Dispose();
    }

    internal void Forget(RunCaller caller) => _open.TryRemove(caller, out _);

    async Task Accept()
    {
        try
        {
            while (true)
            {
                var socket = await _socket!.Accept(_over.Token);
                await _begun.Task.WaitAsync(_over.Token);
                await TryTake(socket);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The run is over. A socket that cannot be listened on any more leaves it without an identity.
        }
    }

    // Whoever has gone again meanwhile is no reason to take nobody else.
    async Task TryTake(Socket socket)
    {
        try
        {
            await Take(socket);
        }
        catch (Exception e) when (e is SocketException or LinuxFaultException)
        {
            socket.Dispose();
        }
    }

    async Task Take(Socket socket)
    {
        var peer = PeerCredentials.Of(socket);
        var attestation = Attest(peer);
        if (attestation.By == AttestedBy.Launched && _open.Count < ConnectionsMax)
        {
            var caller = new RunCaller(this, peer);
            _open[caller] = 0;
            if (server.TryGive(socket, caller))
                return;
            Forget(caller);
        }
        peer.Dispose();
        socket.Dispose();
        if (attestation.By != AttestedBy.Launched && MayRecordRefusal())
            await issuer.RecordUnattested(run, request, attestation);
    }

    bool MayRecordRefusal()
    {
        lock (_gate)
        {
            Turn_NeedsLock();
            return ++_refused <= RefusalsPerMinute;
        }
    }

    void Turn_NeedsLock()
    {
        if (_windowFrom != 0 && time.GetElapsedTime(_windowFrom) < _window)
            return;
        _windowFrom = time.GetTimestamp();
        (_asked, _refused) = (0, 0);
    }

    static string? Cut(string? text) =>
        text is { Length: > Attestation.TextMax } ? text[..Attestation.TextMax] : text;
}

/// <summary>Whoever is at the other end of one connection to a run's Workload API.</summary>
sealed class RunCaller(RunDoor door, PeerCredentials peer)
{
    Action? _abort;

    public RunDoor Door => door;

    /// <summary>Asked of the kernel at this moment.</summary>
    public Attestation Attest() => door.Attest(peer);

    public void Connected(Action abort) => _abort = abort;

    public void Abort() => _abort?.Invoke();

    public void Closed()
    {
        door.Forget(this);
        peer.Dispose();
    }
}
