using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Writ.Linux;
using Writ.Server.Endpoints;
using Writ.Server.Running;
using Writ.Wire;

namespace Writ.Server.Agents;

/// <summary>
/// The connection of one run after the upgrade: frames in both directions (<see cref="RunFrames"/>). Its end, however
/// it comes, is the end of the run; output that nobody takes is dropped, never waited for.
/// </summary>
/// <param name="asks">Whether the question comes on it too, before the run.</param>
sealed class RunConnection(Stream stream, Socket socket, TimeProvider time, bool asks) : IAsyncDisposable
{
    // Whoever sends more than may be asked is told so only after it was sent: nobody listens while they write.
    const int DroppedBytesMax = 16 * 1024 * 1024;

    static readonly TimeSpan _lookEvery = TimeSpan.FromMilliseconds(500);

    readonly CancellationTokenSource _over = new();
    Task _input = Task.CompletedTask;
    ITimer? _look;
    volatile bool _isOver;
    bool _broken;

    /// <summary>
    /// The whole question; null in the first place when the client sends no question or is gone, in the second when it
    /// is longer than it may be.
    /// </summary>
    public async Task<(bool IsAsked, byte[]? Question)> ReadQuestion(int bytesMax, CancellationToken cancel)
    {
        using var whole = new MemoryStream();
        var header = new byte[RunFrames.HeaderBytes];
        var dropped = 0;
        while (await TryReadExactly(header, cancel)
            && RunFrames.TryReadHeader(header, out var kind, out var length) && kind == RunFrameKind.Ask)
        {
            if (length == 0)
                return (true, dropped > 0 ? null : whole.ToArray());
            var piece = new byte[length];
            if (!await TryReadExactly(piece, cancel))
                break;
            if (dropped > 0 || whole.Length + length > bytesMax)
                dropped += length;
            else
                whole.Write(piece);
            if (dropped > DroppedBytesMax)
                break;
        }
        return default;
    }

    /// <summary>What was asked is permitted and its writ used; said only to who asked on this connection.</summary>
    public Task WriteBegun() => asks ? Write(RunFrameKind.Begun, default) : Task.CompletedTask;

    /// <summary>Says, in place of a run, how the request stands.</summary>
    public Task WriteView(RequestView view) => WritePieces(
        RunFrameKind.View, JsonSerializer.SerializeToUtf8Bytes(view, ApiJson.Default.RequestView));

    /// <summary>Says, in place of a run, why there is none.</summary>
    public Task WriteProblem(Refusal refusal) => WritePieces(RunFrameKind.Problem,
        JsonSerializer.SerializeToUtf8Bytes(Problems.Describe(refusal), ApiJson.Default.Problem));

    public async Task WriteOutput(RunChunk chunk)
    {
        for (var rest = chunk.Bytes; !rest.IsEmpty;)
        {
            var piece = rest[..Math.Min(rest.Length, RunFrames.PayloadMax)];
            rest = rest[piece.Length..];
            await Write(chunk.IsError ? RunFrameKind.Stderr : RunFrameKind.Stdout, piece);
        }
    }

    /// <summary>The last frame: the exit status, and a sentence when the command did not simply end.</summary>
    public async Task WriteExit(int code, string? sentence)
    {
        var text = Encoding.UTF8.GetBytes(sentence is null ? "" : sentence + "\n");
        var payload = new byte[sizeof(int) + text.Length];
        BinaryPrimitives.WriteInt32BigEndian(payload, code);
        text.CopyTo(payload, sizeof(int));
        await Write(RunFrameKind.Exit, payload);
    }

    /// <summary>
    /// Carries the client's frames to the run, until the client is gone (then the run is killed) or the run is over.
    /// </summary>
    /// <param name="onResize">Told of each new size of the client's terminal.</param>
    public void Follow(Run run, Action<WindowSize> onResize)
    {
        _input = PumpInput(run, onResize);
        // A command that does not read its input holds up the frames behind it; that the client is gone is seen all
        // the same.
        _look = time.CreateTimer(_ => KillIfHungUp(run), null, _lookEvery, _lookEvery);
    }

    /// <summary>The run is over: nothing more is done to it, whatever comes. Nobody waits for that here.</summary>
    public void StopFollowing() => _isOver = true;

    public async ValueTask DisposeAsync()
    {
        _isOver = true;
        if (_look is not null)
            await _look.DisposeAsync();
        await _over.CancelAsync();
        await _input;
        _over.Dispose();
        await stream.DisposeAsync();
    }

    async Task PumpInput(Run run, Action<WindowSize> onResize)
    {
        try
        {
            var header = new byte[RunFrames.HeaderBytes];
            while (!_isOver && await TryReadExactly(header, _over.Token))
            {
                if (!RunFrames.TryReadHeader(header, out var kind, out var length))
                    break;
                var payload = new byte[length];
                if (length > 0 && !await TryReadExactly(payload, _over.Token))
                    break;
                if (!_isOver && !await Obey(run, kind, payload, onResize))
                    break;
            }
            if (!_isOver)
                _ = run.Kill();
        }
        catch (OperationCanceledException)
        {
            // The run is over; nothing more is read.
        }
    }

    void KillIfHungUp(Run run)
    {
        if (!_isOver && IsHungUp())
            _ = run.Kill();
    }

    async Task<bool> Obey(Run run, RunFrameKind kind, byte[] payload, Action<WindowSize> onResize)
    {
        switch (kind)
        {
            case RunFrameKind.Stdin when payload.Length == 0:
                run.CloseInput();
                return true;
            case RunFrameKind.Stdin:
                await run.WriteInputAsync(payload, _over.Token);
                return true;
            case RunFrameKind.Resize when payload.Length == 4:
                var size = new WindowSize(
                    BinaryPrimitives.ReadUInt16BigEndian(payload),
                    BinaryPrimitives.ReadUInt16BigEndian(payload.AsSpan(2)));
                onResize(size);
                run.Resize(size);
                return true;
            case RunFrameKind.Signal when payload is [1 or 2 or 3 or 10 or 12 or 15]:
                run.Signal(payload[0]);
                return true;
            default:
                return false;
        }
    }

    bool IsHungUp()
    {
        var handle = socket.SafeHandle;
        if (handle.IsClosed || handle.IsInvalid)
            return true;
        Span<PollEntry> look = [new PollEntry { Number = handle.DangerousGetHandle().ToInt32() }];
        Polling.Wait(look, 0);
        return look[0].Closed;
    }

    async Task<bool> TryReadExactly(byte[] bytes, CancellationToken stop)
    {
        try
        {
            return await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, stop) == bytes.Length;
        }
        catch (IOException)
        {
            return false;
        }
    }

    Task WritePieces(RunFrameKind kind, ReadOnlySpan<byte> text) => Send(RunFrames.Pieces(kind, text));

    Task Write(RunFrameKind kind, ReadOnlyMemory<byte> payload)
    {
        var frame = new byte[RunFrames.HeaderBytes + payload.Length];
        RunFrames.WriteHeader(frame, kind, payload.Length);
        payload.CopyTo(frame.AsMemory(RunFrames.HeaderBytes));
        return Send(frame);
    }

    async Task Send(byte[] frames)
    {
        if (_broken)
            return;
        try
        {
            await stream.WriteAsync(frames);
            await stream.FlushAsync();
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException or ObjectDisposedException)
        {
            _broken = true;
        }
    }
}
