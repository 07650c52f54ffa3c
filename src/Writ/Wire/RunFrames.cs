using System.Buffers.Binary;

namespace Writ.Wire;

/// <summary>What one frame of a run's connection carries. The default is not a frame.</summary>
public enum RunFrameKind : byte
{
    None,

    /// <summary>Client to server: bytes for the command's standard input; empty means end of input.</summary>
    Stdin,

    /// <summary>Server to client.</summary>
    Stdout,

    /// <summary>Server to client; never used with a terminal.</summary>
    Stderr,

    /// <summary>Client to server: the terminal's new size, two big-endian uint16: rows, columns.</summary>
    Resize,

    /// <summary>Client to server: a signal number the client received, one byte.</summary>
    Signal,

    /// <summary>
    /// Server to client, last: exit code as big-endian int32, then UTF-8 text for stderr (why it did not run).
    /// </summary>
    Exit,

    /// <summary>
    /// Client to server, first on a connection that asks: a piece of the question, which is the JSON of a
    /// <see cref="SubmitRequest"/>; empty means that it is whole.
    /// </summary>
    Ask,

    /// <summary>
    /// Server to client, empty: what was asked is permitted and its writ is used up. Only now is input wanted, and
    /// silence is normal from here on.
    /// </summary>
    Begun,

    /// <summary>
    /// Server to client, in place of a run: a piece of the <see cref="RequestView"/> that says why it does not run now;
    /// empty means that it is whole, and it is last.
    /// </summary>
    View,

    /// <summary>As <see cref="View"/>, with the <see cref="Wire.Problem"/> of a refusal.</summary>
    Problem,
}

/// <summary>
/// The framing of a run after <c>Upgrade: writ-run</c>: one byte of kind, four bytes big-endian length, the payload. A
/// frame over the limit ends the connection, and the end of the connection ends the run. Where the request was made
/// before, its id is in the address and the run begins with the upgrade; else the question is the first frame, sent
/// together with the upgrade, and the answer is a run or the reason why there is none.
/// </summary>
public static class RunFrames
{
    public const string Protocol = "writ-run";
    public const int HeaderBytes = 5;
    public const int PayloadMax = 64 * 1024;

    public static void WriteHeader(Span<byte> header, RunFrameKind kind, int length)
    {
        Invariant.Must(length is >= 0 and <= PayloadMax, "A frame's payload is within its limit.");
        header[0] = (byte)kind;
        BinaryPrimitives.WriteInt32BigEndian(header[1..], length);
    }

    /// <summary>A text of any length as frames of one kind, with the empty one that ends it.</summary>
    public static byte[] Pieces(RunFrameKind kind, ReadOnlySpan<byte> text)
    {
        var count = (text.Length + PayloadMax - 1) / PayloadMax + 1;
        var frames = new byte[text.Length + count * HeaderBytes];
        var to = frames.AsSpan();
        while (true)
        {
            var piece = text[..Math.Min(text.Length, PayloadMax)];
            WriteHeader(to, kind, piece.Length);
            piece.CopyTo(to[HeaderBytes..]);
            if (piece.IsEmpty)
                return frames;
            to = to[(HeaderBytes + piece.Length)..];
            text = text[piece.Length..];
        }
    }

    /// <summary>False for a kind or length that no peer of ours sends.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> header, out RunFrameKind kind, out int length)
    {
        kind = (RunFrameKind)header[0];
        length = BinaryPrimitives.ReadInt32BigEndian(header[1..]);
        return kind is > RunFrameKind.None and <= RunFrameKind.Problem && length is >= 0 and <= PayloadMax;
    }
}
