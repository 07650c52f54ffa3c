using System.Text;
using Writ.Linux;

namespace Writ.Server.Running;

sealed partial class RunLoop
{
    const byte EndOfTransmission = 4;

    void TakeOrders()
    {
        _wake.Clear();
        while (Run.TryTakeOrder(out var order))
        {
            switch (order)
            {
                case RunOrder.Resize resize when _terminal is not null:
                    Terminal.Resize(_terminal, resize.Size);
                    break;
                case RunOrder.Signal signal:
                    Forward(signal.Number);
                    break;
                case RunOrder.Tell tell:
                    Tell(tell.Line);
                    break;
                case RunOrder.Stop stop:
                    _stoppedBy ??= stop.Why;
                    KillFor(RunEndReason.Killed);
                    break;
                case RunOrder.Kill kill:
                    if (kill.WithEvidence && !_killed)
                        _frozen ??= StandStill();
                    KillFor(RunEndReason.Killed);
                    break;
                default:
                    break;
            }
        }
    }

    // On a terminal there is one stream, and a line ends where it begins.
    void Tell(string line) => Run.Deliver(_terminal is null
        ? new RunChunk(IsError: true, Encoding.UTF8.GetBytes(line))
        : new RunChunk(
            IsError: false, Encoding.UTF8.GetBytes(line.Replace("\n", "\r\n", StringComparison.Ordinal))));

    void TakeInput()
    {
        if (!_pendingInput.IsEmpty || _inputEnded || _stdin is null)
            return;
        if (_startedAt is null)
            return;
        if (Run.Input.TryRead(out var next))
        {
            _pendingInput = next;
            return;
        }
        if (!Plan.InputClosed && !Run.Input.Completion.IsCompleted)
            return;
        _inputEnded = true;
        if (_terminal is not null)
            _pendingInput = new byte[] { EndOfTransmission };
        else
            CloseInput();
    }

    void WriteInput()
    {
        var count = _stdin!.Write(_pendingInput.Span);
        if (count >= 0)
        {
            _pendingInput = _pendingInput[count..];
            return;
        }
        if (count == -Errno.WouldBlock)
            return;
        // Nobody reads any more: an ordinary end, whatever is still queued.
        _pendingInput = default;
        _inputEnded = true;
        if (_terminal is null)
            CloseInput();
    }

    // Its end is the end of the document; a launcher that is gone has said why, and its exit is seen like any other.
    void WriteDocument()
    {
        while (!_pendingDocument.IsEmpty)
        {
            var count = _document!.Write(_pendingDocument.Span);
            if (count == -Errno.WouldBlock)
                return;
            if (count < 0 && count != -Errno.BrokenPipe)
                throw new LinuxFaultException("write(launch document)", -count);
            _pendingDocument = count < 0 ? default : _pendingDocument[count..];
        }
        _document?.Dispose();
        _document = null;
    }

    void CloseInput()
    {
        _stdin?.Dispose();
        _stdin = null;
    }

    void Read(ref Descriptor? source, bool isError)
    {
        if (source is null)
            return;
        var count = source.Read(_chunk);
        if (count == -Errno.WouldBlock)
            return;
        // A terminal answers EIO once its last other end is closed.
        if (count is 0 or -Errno.Io)
        {
            source = null;
            return;
        }
        if (count < 0)
            throw new LinuxFaultException("read(output)", -count);
        var room = Plan.Limits.OutputBytesMax - _bytesOut - _bytesError;
        var taken = (int)Math.Min(count, room);
        if (taken > 0)
        {
            if (isError)
                _bytesError += taken;
            else
                _bytesOut += taken;
            Run.Deliver(new RunChunk(isError, _chunk.AsSpan(0, taken).ToArray()));
        }
        if (taken < count)
            KillFor(RunEndReason.OutputLimit);
    }

    // Every process is gone, so each stream ends after what the kernel still holds, at most a pipe's worth.
    void DrainOutput()
    {
        const int readsMax = 1024;
        for (var i = 0; i < readsMax && _stdout is not null && HasMore(_stdout); i++)
            Read(ref _stdout, isError: false);
        for (var i = 0; i < readsMax && _stderr is not null && HasMore(_stderr); i++)
            Read(ref _stderr, isError: true);
    }

    static bool HasMore(Descriptor source)
    {
        Span<PollEntry> entry = [new() { Number = source.Number, WantsRead = true }];
        return Polling.Wait(entry, 0);
    }

    public void Dispose() => _wake.Dispose();

    void Close()
    {
        for (var i = _open.Count - 1; i >= 0; i--)
            _open[i].Dispose();
        Dispose();
        if (_work is { Directory: { } directory })
            Directory.Delete(directory, recursive: true);
    }
}
