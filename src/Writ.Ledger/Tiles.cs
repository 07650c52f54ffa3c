namespace Writ.Ledger;

/// <summary>
/// The geometry of published files (C2SP tlog-tiles): 256 hashes or entries to a file, each tile one subtree of height
/// eight, the rightmost file of a level partial.
/// </summary>
public static class Tiles
{
    public const int Width = 256;
    public const int Height = 8;
    public const string CheckpointPath = "checkpoint";

    /// <summary>How many hashes a tree has at a tile level; at the level of entry bundles, how many entries.</summary>
    public static long HashCount(long size, int level) => size >> (Height * Math.Max(level, 0));

    /// <summary>The file at an index of a level, as a tree of the given size has it; false when it has none.</summary>
    public static bool TryPath(long size, int level, long index, out TilePath path)
    {
        var first = index * Width;
        var count = HashCount(size, level);
        path = first < count ? new TilePath(level, index, (int)Math.Min(Width, count - first)) : default;
        return first < count;
    }

    /// <summary>
    /// Reads a file, or the full one in place of a partial one that is gone (logs may delete those). Null when neither
    /// is there. What comes from the full file may hold more than was asked for.
    /// </summary>
    public static byte[]? Read(Func<string, byte[]?> read, TilePath path) => Read(read, path, out _);

    /// <param name="found">Where the bytes were: the path or its full one.</param>
    public static byte[]? Read(Func<string, byte[]?> read, TilePath path, out TilePath found)
    {
        ArgumentNullException.ThrowIfNull(read);
        found = path;
        var bytes = read(path.ToString());
        if (bytes is not null || path.IsFull)
            return bytes;
        found = path.Full;
        return read(found.ToString());
    }

    /// <summary>The root of up to 256 hashes that fill a subtree of their own; the span is used as scratch.</summary>
    internal static MerkleHash Fold(Span<MerkleHash> hashes)
    {
        for (var count = hashes.Length; count > 1; count /= 2)
            for (var i = 0; i < count / 2; i++)
                hashes[i] = MerkleTree.NodeHash(hashes[2 * i], hashes[2 * i + 1]);
        return hashes[0];
    }
}
