using System.Buffers;

namespace Writ.Ledger;

/// <summary>
/// The canonical form of ledger entries: the subset of RFC 8785 (JCS) without fractions and exponents, with integers
/// up to 2^53-1. The canonical bytes are what is hashed and stored, so equal content has equal bytes.
/// </summary>
public static class CanonicalJson
{
    public const int InputBytesMax = 1 << 20;
    public const int DepthMax = 64;
    public const long IntegerMax = (1L << 53) - 1;

    /// <summary>
    /// Writes the canonical form of <paramref name="utf8"/>. Nothing is written when it has none. The result is never
    /// longer than the input, so the output is asked for one span of that length.
    /// </summary>
    public static bool TryCanonicalize(
        ReadOnlySpan<byte> utf8, IBufferWriter<byte> output, out CanonicalJsonFault fault)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (utf8.Length > InputBytesMax)
        {
            fault = TooLarge;
            return false;
        }
        if (!TryWrite(utf8, output.GetSpan(Math.Max(1, utf8.Length)), out var written, out fault))
            return false;
        output.Advance(written);
        return true;
    }

    /// <summary>Whether the bytes are exactly their own canonical form.</summary>
    public static bool IsCanonical(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > InputBytesMax)
            return false;
        var scratch = ArrayPool<byte>.Shared.Rent(Math.Max(1, utf8.Length));
        try
        {
            return TryWrite(utf8, scratch, out var written, out _) && utf8.SequenceEqual(scratch.AsSpan(0, written));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    static CanonicalJsonFault TooLarge =>
        new(InputBytesMax, CanonicalJsonFault.TooLarge, $"The text is longer than {InputBytesMax} bytes.");

    static bool TryWrite(ReadOnlySpan<byte> utf8, Span<byte> output, out int written, out CanonicalJsonFault fault)
    {
        var writer = new CanonicalJsonWriter(utf8, output);
        try
        {
            var ok = writer.Write();
            written = writer.Written;
            fault = writer.Fault;
            return ok;
        }
        finally
        {
            writer.Dispose();
        }
    }
}
