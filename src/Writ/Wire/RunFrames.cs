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

    /// <summary>Server to client: UTF-8 text for stderr about the request, before the command runs.</summary>
    Notice,
}

/// <summary>
/// The framing of a run after <c>Upgrade: writ-run</c>: one byte of kind, four bytes big-endian length, the payload. A
/// frame over the limit ends the connection, and the end of the connection ends the run.
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

    /// <summary>False for a kind or length that no peer of ours sends.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> header, out RunFrameKind kind, out int length)
    {
        kind = (RunFrameKind)header[0];
        length = BinaryPrimitives.ReadInt32BigEndian(header[1..]);
        return kind is > RunFrameKind.None and <= RunFrameKind.Notice && length is >= 0 and <= PayloadMax;
    }
}
