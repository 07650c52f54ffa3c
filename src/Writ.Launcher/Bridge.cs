using Writ.Egress;
using Writ.Linux;

namespace Writ.Launcher;

/// <summary>
/// The way out of a sandbox: what connects to a port of its loopback device is connected to the socket of the proxy
/// outside. It understands nothing of what passes and decides nothing; whoever connects to that socket directly gets no
/// more than here. It is a process of its own, outside of the command's restrictions, so that the command cannot end
/// it.
/// </summary>
static class Bridge
{
    const int ListenerNumber = 3;

    static readonly TimeSpan _startMax = TimeSpan.FromSeconds(10);

    // A service takes connections at once; more than this is a proxy that is gone.
    static readonly TimeSpan _connectMax = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Opens the port, and starts the bridge behind it. The bridge is no child of the command that this process
    /// becomes: one that waits for all of its children would wait for ever.
    /// </summary>
    internal static void Open()
    {
        ThisProcess.CloseOnExecFrom(ListenerNumber);
        using var listener = LoopbackListener.Open(EgressDoor.Port);
        using var starter = Start("bridge-start", listener.Descriptor, newSession: false);
        Span<PollEntry> ended = [new PollEntry { Number = starter.Descriptor.Number, WantsRead = true }];
        if (!Polling.Wait(ended, (int)_startMax.TotalMilliseconds) || starter.TryReap() is not { ShellStatus: 0 })
            throw new LinuxFaultException("start(bridge)", Errno.Io);
    }

    /// <summary>Between the two: every thread of the bridge has the restrictions of the one that starts it.</summary>
    internal static int StartBridge()
    {
        using var listener = Descriptor.Inherited(ListenerNumber);
        ThisProcess.Limit(ResourceLimit.CoreBytes, 1, 1);
        ThisProcess.DenyNewPrivileges();
        using (var ruleset = LandlockRuleset.Create(denyTcp: true))
        {
            // Only until it has started: its filter then opens no file.
            foreach (var path in (string[])["/usr", "/lib", "/lib64", "/run/writ/launch"])
                if (Files.TryFacts(path) is not null)
                    ruleset.Grant(path, PathAccess.ReadExecute);
            // It only ever connects to the proxy.
            ruleset.Grant("/run", PathAccess.ReadConnect);
            foreach (var path in (string[])["/proc", "/sys", "/etc", "/dev"])
                if (Files.TryFacts(path) is not null)
                    ruleset.Grant(path, PathAccess.ReadOnly);
            ruleset.RestrictSelf();
        }
        Start("bridge", listener, newSession: true).Dispose();
        return 0;
    }

    /// <summary>Pumps until it is ended with its sandbox.</summary>
    internal static int Run()
    {
        using var listener = LoopbackListener.Inherited(ListenerNumber);
        SeccompFilter.InstallOnAll(SystemCallFilter.BuildForBridge());
        new BridgeLoop(listener, () => LocalStream.TryConnect(EgressDoor.SocketPath, _connectMax, out _)).Run();
        return 0;
    }

    // Nothing of the run's: what it prints ends when the command does.
    static ProcessHandle Start(string mode, Descriptor listener, bool newSession)
    {
        using var nothing = Files.TryOpenRead("/dev/null", out var errno)
            ?? throw new LinuxFaultException("open /dev/null", errno);
        return Spawning.Start(
            "/proc/self/exe", ["writ-launch", mode], [],
            [new(nothing, 0), new(nothing, 1), new(nothing, 2), new(listener, ListenerNumber)], newSession);
    }
}

/// <summary>One thread that moves bytes between pairs of connections, each with a bounded buffer for each way.
/// </summary>
sealed class BridgeLoop(LoopbackListener listener, Func<LocalStream?> connect)
{
    internal const int ConnectionsMax = 128;

    readonly List<Pair> _pairs = [];
    readonly PollEntry[] _entries = new PollEntry[1 + (2 * ConnectionsMax)];

    internal void Run()
    {
        while (true)
            Step();
    }

    void Step()
    {
        var count = _pairs.Count;
        // Who comes when all are taken waits in the kernel's queue.
        _entries[0] = new PollEntry
        {
            Number = count < ConnectionsMax ? listener.Descriptor.Number : -1,
            WantsRead = true,
        };
        for (var i = 0; i < count; i++)
            (_entries[1 + (2 * i)], _entries[2 + (2 * i)]) = _pairs[i].Wants();
        _ = Polling.Wait(_entries.AsSpan(0, 1 + (2 * count)), -1);
        for (var i = count - 1; i >= 0; i--)
            if (!_pairs[i].Move(_entries[1 + (2 * i)], _entries[2 + (2 * i)]))
            {
                _pairs[i].Dispose();
                _pairs.RemoveAt(i);
            }
        if (_entries[0].CanRead)
            Accept();
    }

    void Accept()
    {
        if (listener.TryAccept() is not { } inner)
            return;
        // Without a proxy the connection is simply over.
        if (connect() is not { } stream)
        {
            inner.Dispose();
            return;
        }
        var outer = stream.Detach();
        outer.Descriptor.SetNonBlocking();
        _pairs.Add(new Pair(inner, outer));
    }

    sealed class Pair(StreamSocket inner, StreamSocket outer) : IDisposable
    {
        readonly Way _out = new(inner, outer);
        readonly Way _in = new(outer, inner);

        // A connection that nothing is wanted of is left out: a peer that is gone would wake us for ever.
        internal (PollEntry Inner, PollEntry Outer) Wants() => (
            Entry(inner, _out.WantsRead, _in.WantsWrite), Entry(outer, _in.WantsRead, _out.WantsWrite));

        /// <summary>False when nothing more will pass.</summary>
        internal bool Move(in PollEntry ofInner, in PollEntry ofOuter) =>
            _out.Move(Reads(ofInner), Writes(ofOuter)) && _in.Move(Reads(ofOuter), Writes(ofInner))
            && !(_out.IsOver && _in.IsOver);

        public void Dispose()
        {
            inner.Dispose();
            outer.Dispose();
        }

        static bool Reads(in PollEntry entry) => entry.Number >= 0 && (entry.CanRead || entry.Closed);

        static bool Writes(in PollEntry entry) => entry.Number >= 0 && (entry.CanWrite || entry.Closed);

        static PollEntry Entry(StreamSocket socket, bool reads, bool writes) => new()
        {
            Number = reads || writes ? socket.Descriptor.Number : -1,
            WantsRead = reads,
            WantsWrite = writes,
        };
    }

    sealed class Way(StreamSocket from, StreamSocket to)
    {
        const int BufferBytes = 32 * 1024;

        readonly byte[] _buffer = new byte[BufferBytes];
        int _start;
        int _end;
        bool _ended;

        internal bool WantsRead => !_ended && _start == _end;

        internal bool WantsWrite => _start < _end;

        internal bool IsOver { get; private set; }

        /// <summary>False when the connection is broken.</summary>
        internal bool Move(bool canRead, bool canWrite)
        {
            if (WantsRead && canRead)
            {
                var count = from.Read(_buffer);
                if (count < 0 && count != -Errno.WouldBlock)
                    return false;
                _ended = count == 0;
                (_start, _end) = (0, Math.Max(0, count));
                canWrite = true;
            }
            if (WantsWrite && canWrite)
            {
                var count = to.Send(_buffer.AsSpan(_start, _end - _start));
                if (count < 0 && count != -Errno.WouldBlock)
                    return false;
                _start += Math.Max(0, count);
            }
            if (!_ended || WantsWrite || IsOver)
                return true;
            IsOver = true;
            return to.EndWrites();
        }
    }
}
