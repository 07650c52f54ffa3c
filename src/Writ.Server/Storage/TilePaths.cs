using System.Buffers.Binary;
using System.Globalization;

namespace Writ.Server.Storage;

/// <summary>Names and bundle bytes of the tlog-tiles layout.</summary>
static class TilePaths
{
    internal const string Checkpoint = "checkpoint";

    internal static string Hashes(int level, long index, int width = TileEdge.TileWidth) =>
        $"tile/{level.ToString(CultureInfo.InvariantCulture)}/{Name(index, width)}";

    internal static string Entries(long index, int width = TileEdge.TileWidth) => $"tile/entries/{Name(index, width)}";

    internal static byte[] Bundle(List<ReadOnlyMemory<byte>> entries)
    {
        var bytes = 0;
        foreach (var entry in entries)
            bytes += sizeof(ushort) + entry.Length;
        var bundle = new byte[bytes];
        var at = 0;
        foreach (var entry in entries)
        {
            BinaryPrimitives.WriteUInt16BigEndian(bundle.AsSpan(at), checked((ushort)entry.Length));
            entry.Span.CopyTo(bundle.AsSpan(at + sizeof(ushort)));
            at += sizeof(ushort) + entry.Length;
        }
        return bundle;
    }

    // 1234067 is x001/x234/067; a tile that is not full has its width below.
    static string Name(long index, int width)
    {
        var name = (index % 1000).ToString("D3", CultureInfo.InvariantCulture);
        for (var rest = index / 1000; rest > 0; rest /= 1000)
            name = $"x{(rest % 1000).ToString("D3", CultureInfo.InvariantCulture)}/{name}";
        return width == TileEdge.TileWidth ? name : $"{name}.p/{width.ToString(CultureInfo.InvariantCulture)}";
    }
}
