using System.IO.Pipelines;

namespace Writ.Server.Leasing;

/// <summary>One end of a conversation within the daemon; what is written at it is read at the other.</summary>
sealed class TwoEnds : Stream
{
    const int HeldMax = 64 * 1024;

    readonly PipeReader _from;
    readonly PipeWriter _to;
    readonly Stream _read;
    readonly Stream _write;

    TwoEnds(PipeReader from, PipeWriter to) =>
        (_from, _to, _read, _write) = (from, to, from.AsStream(), to.AsStream());

    public static (TwoEnds One, TwoEnds Other) Make()
    {
        var options = new PipeOptions(
            pauseWriterThreshold: HeldMax, resumeWriterThreshold: HeldMax / 2, useSynchronizationContext: false);
        var (there, back) = (new Pipe(options), new Pipe(options));
        return (new TwoEnds(back.Reader, there.Writer), new TwoEnds(there.Reader, back.Writer));
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _read.ReadAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        _read.ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _write.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        _write.WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => _write.FlushAsync(cancellationToken);

    public override void Flush() => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _from.Complete();
            _to.Complete();
        }
        base.Dispose(disposing);
    }
}
