using System.Buffers;
using System.Text;

namespace Writ.Runs;

/// <summary>
/// The digests that bind a writ to what is executed, computed alike by the server that issues and the launcher that
/// obeys: lower-case hexadecimal SHA-256. A NUL ends every element, and no element may contain one, so two different
/// lists never have the same bytes. Strings that are not valid UTF-16 are refused: they have no bytes of their own.
/// </summary>
public static class ActionDigests
{
    /// <summary>The length of every digest in characters.</summary>
    public const int Length = 64;

    static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");
    static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Each argument's UTF-8 bytes followed by NUL, in order.</summary>
    public static string Argv(IReadOnlyList<string> argv)
    {
        var hash = new Sha256();
        foreach (var argument in argv)
            AppendTerminated(hash, Bytes(argument));
        return Hex(hash.Finish());
    }

    /// <summary>The UTF-8 bytes of the path.</summary>
    public static string WorkingDirectory(string path) => Hex(Sha256.HashOf(Bytes(path)));

    /// <summary>Each <c>NAME=value</c> followed by NUL, sorted by bytes; the order given does not matter.</summary>
    public static string Environment(IReadOnlyList<string> assignments)
    {
        var sorted = new byte[assignments.Count][];
        for (var i = 0; i < sorted.Length; i++)
        {
            if (assignments[i].IndexOf('=', StringComparison.Ordinal) < 1)
                throw new ArgumentException("an environment entry is not NAME=value", nameof(assignments));
            sorted[i] = Bytes(assignments[i]);
        }
        Array.Sort(sorted, static (x, y) => x.AsSpan().SequenceCompareTo(y));
        var hash = new Sha256();
        foreach (var assignment in sorted)
            AppendTerminated(hash, assignment);
        return Hex(hash.Finish());
    }

    /// <summary>The content of an executable file, when it is already in memory.</summary>
    public static string Executable(ReadOnlySpan<byte> content) => Hex(Sha256.HashOf(content));

    public static string Hex(ReadOnlySpan<byte> digest) => Convert.ToHexStringLower(digest);

    public static bool IsDigest(string text) =>
        text.Length == Length && text.AsSpan().IndexOfAnyExcept(HexDigits) < 0;

    static byte[] Bytes(string text) =>
        text.Contains('\0', StringComparison.Ordinal)
            ? throw new ArgumentException("text for the kernel contains NUL", nameof(text))
            : Strict.GetBytes(text);

    static void AppendTerminated(Sha256 hash, byte[] bytes)
    {
        hash.Append(bytes);
        hash.Append([0]);
    }
}
