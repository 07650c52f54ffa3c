using System.Net.Sockets;

namespace Writ.Server.Egress;

/// <summary>What a client sent and nobody has used yet, at most so much.</summary>
sealed class ClientBuffer(Socket socket, int bytesMax)
{
    readonly byte[] _bytes = new byte[bytesMax];
    int _start;
    int _end;

    internal ReadOnlyMemory<byte> Memory => _bytes.AsMemory(_start, _end - _start);

    internal ReadOnlySpan<byte> Span => Memory.Span;

    internal int Length => _end - _start;

    internal bool IsFull => Length == bytesMax;

    /// <summary>Waits for more; false when the client sends no more, or there is no room.</summary>
    internal async ValueTask<bool> Fill(CancellationToken cancel)
    {
        if (_start > 0)
        {
            _bytes.AsSpan(_start, Length).CopyTo(_bytes);
            (_start, _end) = (0, Length);
        }
        if (_end == bytesMax)
            return false;
        var count = await socket.ReceiveAsync(_bytes.AsMemory(_end), cancel);
        _end += count;
        return count > 0;
    }

    internal void Skip(int count) => _start += count;
}
