using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Writ.Client.Connecting;
using Writ.Linux;
using Writ.Wire;

namespace Writ.Client.Running;

/// <summary>What came of a run's connection.</summary>
abstract record RunEnding
{
    RunEnding() { }

    public sealed record Exited(int Status) : RunEnding;

    /// <summary>A request view: it cannot be carried out now, or never.</summary>
    public sealed record NotNow(AgentAnswer Answer) : RunEnding;

    /// <summary>A problem document.</summary>
    public sealed record Refused(AgentAnswer Answer) : RunEnding;
}

/// <summary>
/// Carries a run's streams between the control plane and this process's own, until the exit status comes. What
/// happens to this process happens to the command: signals are passed on, and the end of the connection ends the run.
/// Before the run has begun nothing is read, and signals do what they always do.
/// </summary>
sealed class RunStreams(AgentSocketClient client, bool terminal) : IDisposable
{
    /// <summary>SIGWINCH on Linux; signals beyond the portable ones go by their number.</summary>
    const PosixSignal WindowChanged = (PosixSignal)28;

    const int AnswerMax = 16 * 1024 * 1024;

    readonly Lock _sending = new();
    PassedSignals? _signals;
    Terminal.RawMode? _raw;

    /// <summary>The run is there: from now on this process stands for it.</summary>
    public void Begin()
    {
        client.WaitForever();
        // Before the raw mode, which a process that a signal ends would leave behind.
        _signals = new PassedSignals(this, terminal);
        _raw = terminal ? Terminal.EnterRawMode(StandardStreams.Input) : null;
        // Most commands are given no input. To start a thread that finds this out would take longer than they do.
        if (terminal || !IsWithoutInput() || PassOn(new byte[1]))
            new Thread(PumpInput) { IsBackground = true }.Start();
    }

    /// <summary>True when standard input is known to be at its end, so that to read it cannot wait.</summary>
    static bool IsWithoutInput()
    {
        Span<PollEntry> input = [new PollEntry { Number = StandardStreams.Input.Number, WantsRead = true }];
        if (!Polling.Wait(input, 0))
            return false;
        // A pipe that nobody holds the other end of, and nothing is left in.
        if (input[0].Closed && !input[0].CanRead)
            return true;
        var here = Files.Facts(StandardStreams.Input);
        return Files.TryFacts("/dev/null") is { } nothing
            && (here.Device, here.Inode) == (nothing.Device, nothing.Inode);
    }

    public RunEnding Pump()
    {
        var header = new byte[RunFrames.HeaderBytes];
        var payload = new byte[RunFrames.PayloadMax];
        using var answer = new MemoryStream();
        while (client.ReadExactly(header))
        {
            if (!RunFrames.TryReadHeader(header, out var kind, out var length))
                break;
            var bytes = payload.AsSpan(0, length);
            if (length > 0 && !client.ReadExactly(bytes))
                break;
            switch (kind)
            {
                case RunFrameKind.Begun when _signals is null:
                    Begin();
                    break;
                case RunFrameKind.Stdout:
                    if (!StandardStreams.TryWriteAll(StandardStreams.Output, bytes))
                        return new RunEnding.Exited(Exits.BrokenPipe);
                    break;
                case RunFrameKind.Stderr:
                    if (!StandardStreams.TryWriteAll(StandardStreams.Error, bytes))
                        return new RunEnding.Exited(Exits.BrokenPipe);
                    break;
                case RunFrameKind.Exit when length >= sizeof(int):
                    _ = StandardStreams.TryWriteAll(StandardStreams.Error, bytes[sizeof(int)..]);
                    return new RunEnding.Exited(BinaryPrimitives.ReadInt32BigEndian(bytes));
                case RunFrameKind.View or RunFrameKind.Problem when length > 0 && answer.Length + length <= AnswerMax:
                    answer.Write(bytes);
                    break;
                case RunFrameKind.View when length == 0:
                    return new RunEnding.NotNow(new AgentAnswer(Status: 200, answer.ToArray()));
                case RunFrameKind.Problem when length == 0:
                    return new RunEnding.Refused(new AgentAnswer(Status: 0, answer.ToArray()));
                default:
                    throw new UnreachableException("the control plane sent a frame that only clients send");
            }
        }
        throw new UnreachableException("the control plane ended the run's connection without its outcome");
    }

    public void Dispose()
    {
        _signals?.Dispose();
        _raw?.Dispose();
    }

    void PumpInput()
    {
        var buffer = new byte[RunFrames.PayloadMax];
        while (PassOn(buffer))
        {
            // Until its end.
        }
    }

    /// <summary>Passes on what standard input gives next; false when that was its end, or nobody takes it.</summary>
    bool PassOn(byte[] buffer)
    {
        var count = StandardStreams.Input.Read(buffer);
        // A closed input and a broken one are the same end to the command.
        return TrySend(RunFrameKind.Stdin, buffer.AsSpan(0, Math.Max(count, 0))) && count > 0;
    }

    bool TrySend(RunFrameKind kind, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[RunFrames.HeaderBytes + payload.Length];
        RunFrames.WriteHeader(frame, kind, payload.Length);
        payload.CopyTo(frame.AsSpan(RunFrames.HeaderBytes));
        try
        {
            lock (_sending)
                client.WriteAll(frame);
            return true;
        }
        catch (Exception e) when (e is UnreachableException or ObjectDisposedException)
        {
            // The reading side sees the same end and says so.
            return false;
        }
    }

    void Signalled(PosixSignal signal)
    {
        if (signal == WindowChanged)
        {
            var size = Terminal.Size(StandardStreams.Output);
            Span<byte> cells = stackalloc byte[4];
            BinaryPrimitives.WriteUInt16BigEndian(cells, (ushort)size.Rows);
            BinaryPrimitives.WriteUInt16BigEndian(cells[2..], (ushort)size.Columns);
            _ = TrySend(RunFrameKind.Resize, cells);
            return;
        }
        byte number = signal switch
        {
            PosixSignal.SIGHUP => 1,
            PosixSignal.SIGINT => 2,
            PosixSignal.SIGQUIT => 3,
            _ => 15,
        };
        _ = TrySend(RunFrameKind.Signal, [number]);
    }

    /// <summary>The signals that go to the command instead of to this process.</summary>
    sealed class PassedSignals : IDisposable
    {
        readonly List<PosixSignalRegistration> _registrations = [];

        public PassedSignals(RunStreams streams, bool terminal)
        {
            List<PosixSignal> signals = [PosixSignal.SIGHUP, PosixSignal.SIGINT, PosixSignal.SIGQUIT,
                PosixSignal.SIGTERM];
            if (terminal)
                signals.Add(WindowChanged);
            foreach (var signal in signals)
                _registrations.Add(PosixSignalRegistration.Create(signal, context =>
                {
                    context.Cancel = true;
                    streams.Signalled(signal);
                }));
        }

        public void Dispose() => _registrations.ForEach(r => r.Dispose());
    }
}
