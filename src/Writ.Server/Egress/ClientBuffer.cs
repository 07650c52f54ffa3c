namespace Writ.Server.Egress;

/// <summary>What one end sent and nobody has used yet, at most so much.</summary>
sealed class ClientBuffer(Stream from, int bytesMax)
{
    readonly byte[] _bytes = new byte[bytesMax];
    int _start;
    int _end;

    internal ReadOnlyMemory<byte> Memory => _bytes.AsMemory(_start, _end - _start);

    internal ReadOnlySpan<byte> Span => Memory.Span;

    internal int Length => _end - _start;

    internal bool IsFull => Length == bytesMax;

    /// <summary>Waits for more; false when no more is sent, or there is no room.</summary>
    internal async ValueTask<bool> Fill(CancellationToken cancel)
    {
        if (_start > 0)
        {
            _bytes.AsSpan(_start, Length).CopyTo(_bytes);
            (_start, _end) = (0, Length);
        }
        if (_end == bytesMax)
            return false;
        var count = await from.ReadAsync(_bytes.AsMemory(_end), cancel);
        _end += count;
        return count > 0;
    }

    internal void Skip(int count) => _start += count;
}

/// <summary>A connection of which the beginning has been read already, for whoever has to see all of it.</summary>
sealed class BegunStream(ClientBuffer begun, Stream rest) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (begun.Length == 0)
            return await rest.ReadAsync(buffer, cancellationToken);
        var count = Math.Min(buffer.Length, begun.Length);
        begun.Memory[..count].CopyTo(buffer);
        begun.Skip(count);
        return count;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        rest.WriteAsync(buffer, cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) => rest.FlushAsync(cancellationToken);

    public override void Flush() => rest.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
