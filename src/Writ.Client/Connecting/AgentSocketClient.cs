using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Writ.Linux;

namespace Writ.Client.Connecting;

/// <summary>The control plane cannot be reached, or what answers is not it.</summary>
class UnreachableException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>The control plane said nothing for as long as was waited.</summary>
sealed class SilentException(string message) : UnreachableException(message);

/// <summary>One whole answer.</summary>
sealed record AgentAnswer(int Status, ReadOnlyMemory<byte> Body);

/// <summary>
/// HTTP/1.1 over the control plane's Unix socket, blocking and small: as much as one request needs, because a hook has
/// milliseconds. Every read is bounded in bytes and in time. One request at a time.
/// </summary>
sealed class AgentSocketClient : IDisposable
{
    const int HeadMax = 32 * 1024;
    const int BodyMax = 16 * 1024 * 1024;

    // The kernel takes no shorter time for one.
    static readonly TimeSpan _shortest = TimeSpan.FromMilliseconds(1);

    readonly LocalStream _stream;
    readonly TimeSpan _patience;
    byte[] _buffer = new byte[16 * 1024];
    int _start;
    int _end;

    AgentSocketClient(LocalStream stream, TimeSpan patience) => (_stream, _patience) = (stream, patience);

    /// <summary>
    /// Connects to the first place that answers; throws <see cref="UnreachableException"/> when none does.
    /// </summary>
    /// <param name="patience">How long one read or write may take.</param>
    public static AgentSocketClient Connect(string? named, TimeSpan patience)
    {
        var candidates = AgentSocketPaths.Candidates(named);
        var why = 0;
        foreach (var path in candidates)
        {
            LocalStream? stream;
            try
            {
                stream = LocalStream.TryConnect(path, patience, out why);
            }
            catch (LinuxFaultException e)
            {
                throw new UnreachableException($"{path}: {e.Message}", e);
            }
            if (stream is null && why == Errno.NameTooLong)
                throw new UnreachableException($"{path}: the path is too long for a socket");
            if (stream is null)
                continue;
            if (AgentSocketPaths.MayServe(path, stream.PeerUid))
                return new AgentSocketClient(stream, patience);
            stream.Dispose();
            throw new UnreachableException(
                $"{path} is served by user {stream.PeerUid}, who is not the control plane");
        }
        throw new UnreachableException(
            $"the control plane does not answer (looked at {string.Join(", ", candidates)}); is writd running? "
            + $"({Marshal.GetPInvokeErrorMessage(why)})");
    }

    public void Dispose() => _stream.Dispose();

    /// <summary>One request, one whole answer.</summary>
    /// <param name="more">Further header lines, each ended.</param>
    /// <param name="stays">Whether the connection is used again.</param>
    public AgentAnswer Send(
        string method, string target, ReadOnlySpan<byte> body, string more = "", bool stays = false)
    {
        WriteRequest(method, target, body, stays ? "keep-alive" : "close", more);
        var head = ReadHead();
        return new AgentAnswer(head.Status, ReadBody(head));
    }

    /// <summary>
    /// Asks for events; each event's data goes to the callback until it returns false, the answer ends, or the time is
    /// over.
    /// </summary>
    /// <returns>The answer when it was no stream of events; else null.</returns>
    public AgentAnswer? Listen(string target, TimeSpan time, Func<string, bool> onData)
    {
        var clock = Stopwatch.StartNew();
        WriteRequest("GET", target, [], "close");
        var head = ReadHead();
        if (head.Status != 200)
            return new AgentAnswer(head.Status, ReadBody(head));
        var text = new StringBuilder();
        while (TryReadPiece(head, time - clock.Elapsed, out var piece))
        {
            text.Append(Encoding.UTF8.GetString(piece));
            if (text.Length > BodyMax)
                throw new UnreachableException("the control plane's answer is too long");
            while (text.ToString() is var all && all.IndexOf('\n', StringComparison.Ordinal) is >= 0 and var at)
            {
                text.Remove(0, at + 1);
                if (all.StartsWith("data: ", StringComparison.Ordinal) && !onData(all[6..at]))
                    return null;
            }
        }
        return null;
    }

    /// <summary>
    /// Asks to switch protocols. True: the connection now carries frames; false with the whole answer.
    /// </summary>
    /// <param name="frames">Sent along, for the other side to find once it has switched.</param>
    public bool TryUpgrade(string target, string protocol, ReadOnlySpan<byte> frames, out AgentAnswer? refused)
    {
        WriteRequest("POST", target, [], "Upgrade", $"Upgrade: {protocol}\r\n", frames);
        var head = ReadHead();
        refused = head.Status == 101 ? null : new AgentAnswer(head.Status, ReadBody(head));
        return refused is null;
    }

    /// <summary>From here on silence is normal: a command may run for hours without a word.</summary>
    public void WaitForever() => _stream.WaitForever();

    /// <summary>Fills the whole span; false when the connection ended before its first byte.</summary>
    public bool ReadExactly(Span<byte> bytes)
    {
        for (var filled = 0; filled < bytes.Length;)
        {
            if (_start == _end && !Fill())
                return filled == 0 ? false
                    : throw new UnreachableException("the control plane ended in the middle of a frame");
            var count = Math.Min(bytes.Length - filled, _end - _start);
            _buffer.AsSpan(_start, count).CopyTo(bytes[filled..]);
            _start += count;
            filled += count;
        }
        return true;
    }

    public void WriteAll(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var count = _stream.Write(bytes);
            if (count < 0)
                throw new UnreachableException("the control plane stopped listening");
            bytes = bytes[count..];
        }
    }

    /// <param name="after">What follows the body without being a part of it.</param>
    void WriteRequest(
        string method, string target, ReadOnlySpan<byte> body, string connection, string more = "",
        ReadOnlySpan<byte> after = default)
    {
        var length = body.Length.ToString(CultureInfo.InvariantCulture);
        var head = Encoding.ASCII.GetBytes(
            $"{method} {target} HTTP/1.1\r\nHost: writ\r\nConnection: {connection}\r\n{more}"
            + $"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
        try
        {
            // At once, so that the other side wakes up once.
            WriteAll([.. head, .. body, .. after]);
        }
        catch (UnreachableException)
        {
            // Whoever refuses may answer before all of it was sent. Without an answer the reading says so.
        }
    }

    sealed class Head
    {
        public int Status;
        public long Length = -1;
        public bool Chunked;
        public long ChunkLeft;
        public bool Ended;
    }

    Head ReadHead()
    {
        int end;
        while ((end = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n\r\n"u8)) < 0)
            if (_end - _start > HeadMax || !Fill())
                throw new UnreachableException("the control plane gave no HTTP answer");
        var lines = Encoding.ASCII.GetString(_buffer, _start, end).Split("\r\n");
        _start += end + 4;
        var head = new Head();
        if (!lines[0].StartsWith("HTTP/1.1 ", StringComparison.Ordinal) || lines[0].Length < 12
            || !int.TryParse(lines[0].AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out head.Status))
            throw new UnreachableException("the control plane gave no HTTP answer");
        foreach (var line in lines.AsSpan(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var value = colon < 0 ? "" : line[(colon + 1)..].Trim();
            if (line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)
                && !long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out head.Length))
                throw new UnreachableException("the control plane's answer has no length");
            head.Chunked |= line.StartsWith("Transfer-Encoding:", StringComparison.OrdinalIgnoreCase)
                && value.Equals("chunked", StringComparison.OrdinalIgnoreCase);
        }
        if (head.Length > BodyMax)
            throw new UnreachableException("the control plane's answer is too long");
        return head;
    }

    // Without a length and without chunks an answer that was cut off could not be told from a whole one.
    byte[] ReadBody(Head head)
    {
        if (!head.Chunked)
        {
            if (head.Length < 0)
                throw new UnreachableException("the control plane's answer has no length");
            var body = new byte[head.Length];
            if (body.Length > 0 && !ReadExactly(body))
                throw new UnreachableException("the control plane's answer was cut off");
            return body;
        }
        using var whole = new MemoryStream();
        while (TryReadPiece(head, out var piece))
        {
            whole.Write(piece);
            if (whole.Length > BodyMax)
                throw new UnreachableException("the control plane's answer is too long");
        }
        return whole.ToArray();
    }

    /// <summary>As the other, but false as well when nothing more came in this time.</summary>
    bool TryReadPiece(Head head, TimeSpan time, out ReadOnlySpan<byte> piece)
    {
        piece = default;
        // Whoever is silent for longer than this client's patience is not there any more, however long it may take.
        var isLast = time <= _patience;
        if (time < _shortest)
            return false;
        try
        {
            _stream.WaitFor(isLast ? time : _patience);
            return TryReadPiece(head, out piece);
        }
        catch (SilentException) when (isLast)
        {
            return false;
        }
    }

    /// <summary>The next bytes of a body as they come; false at its proper end.</summary>
    bool TryReadPiece(Head head, out ReadOnlySpan<byte> piece)
    {
        piece = default;
        if (head.Ended)
            return false;
        if (head.Chunked && head.ChunkLeft == 0)
        {
            head.ChunkLeft = long.TryParse(
                ReadLine(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var size)
                    && size is >= 0 and <= BodyMax
                ? size
                : throw new UnreachableException("the control plane's answer is malformed");
            if (head.ChunkLeft == 0)
            {
                head.Ended = true;
                return false;
            }
        }
        if (_start == _end && !Fill())
            return head.Chunked ? throw new UnreachableException("the control plane's answer was cut off") : false;
        var available = _end - _start;
        var count = head.Chunked ? (int)Math.Min(head.ChunkLeft, available) : available;
        piece = _buffer.AsSpan(_start, count);
        _start += count;
        if (head.Chunked && (head.ChunkLeft -= count) == 0)
        {
            // The line end after a chunk; the piece has to be copied first when the buffer moves.
            piece = piece.ToArray();
            ReadLine();
        }
        return true;
    }

    string ReadLine()
    {
        int end;
        while ((end = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n"u8)) < 0)
            if (_end - _start > HeadMax || !Fill())
                throw new UnreachableException("the control plane's answer was cut off");
        var line = Encoding.ASCII.GetString(_buffer, _start, end);
        _start += end + 2;
        return line;
    }

    bool Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }
        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2);
        var count = _stream.Read(_buffer.AsSpan(_end));
        if (count < 0)
            throw count == -Errno.WouldBlock
                ? new SilentException("the control plane did not answer in time")
                : new UnreachableException("the connection to the control plane broke");
        _end += count;
        return count > 0;
    }
}
