using System.Buffers;
using System.Buffers.Binary;

namespace Writ.Ledger;

/// <summary>Up to 256 entries in one file (C2SP tlog-tiles), each after its length as a big-endian uint16.</summary>
public static class EntryBundle
{
    public const int EntryBytesMax = ushort.MaxValue;

    public static void Append(IBufferWriter<byte> output, ReadOnlySpan<byte> entry)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (entry.Length > EntryBytesMax)
            throw new ArgumentException($"An entry has at most {EntryBytesMax} bytes.", nameof(entry));
        var span = output.GetSpan(sizeof(ushort) + entry.Length);
        BinaryPrimitives.WriteUInt16BigEndian(span, (ushort)entry.Length);
        entry.CopyTo(span[sizeof(ushort)..]);
        output.Advance(sizeof(ushort) + entry.Length);
    }

    /// <summary>Cuts the first entry from the rest of a bundle; false when there is no whole one.</summary>
    public static bool TryTake(ref ReadOnlyMemory<byte> rest, out ReadOnlyMemory<byte> entry)
    {
        entry = default;
        if (!BinaryPrimitives.TryReadUInt16BigEndian(rest.Span, out var length)
            || rest.Length < sizeof(ushort) + length)
            return false;
        entry = rest.Slice(sizeof(ushort), length);
        rest = rest[(sizeof(ushort) + length)..];
        return true;
    }
}
