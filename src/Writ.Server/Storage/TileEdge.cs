using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Writ.Ledger;

namespace Writ.Server.Storage;

/// <summary>A hash tile that has all of its 256 hashes and never changes again.</summary>
readonly record struct CompleteTile(int Level, long Index, byte[] Content);

/// <summary>
/// The right edge of the published tree: its frontier and, for each tile level, the hashes of the tile that is not
/// full yet. Enough to go on publishing without reading what was published.
/// </summary>
sealed class TileEdge
{
    internal const int TileWidth = 256;
    internal const int TileHeight = 8;

    /// <summary>Levels 0 to 7: a ledger of 2^63 entries has no more.</summary>
    internal const int LevelsMax = 8;

    readonly List<MerkleHash>[] _open = [.. Enumerable.Range(0, LevelsMax).Select(_ => new List<MerkleHash>())];
    readonly List<MerkleNode> _nodes = [];

    internal MerkleFrontier Frontier { get; private init; } = new();

    internal long Size => Frontier.Size;

    internal void Append(in MerkleHash leaf, List<CompleteTile> completed)
    {
        _nodes.Clear();
        Frontier.Append(leaf, _nodes);
        foreach (var node in _nodes)
        {
            if (node.Level % TileHeight != 0)
                continue;
            var level = node.Level / TileHeight;
            _open[level].Add(node.Hash);
            if (_open[level].Count < TileWidth)
                continue;
            completed.Add(new CompleteTile(level, node.Index / TileWidth, Content(level)));
            _open[level].Clear();
        }
    }

    /// <summary>The number of hashes in the tile of a level that is still open; 0 when there is none.</summary>
    internal int OpenWidth(int level) => _open[level].Count;

    internal long OpenIndex(int level) => OpenIndex(Size, level);

    internal byte[] Content(int level) => MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_open[level])).ToArray();

    internal static int OpenWidth(long size, int level) => (int)((size >> (TileHeight * level)) % TileWidth);

    internal static long OpenIndex(long size, int level)
    {
        var hashes = size >> (TileHeight * level);
        return hashes / TileWidth;
    }

    /// <summary>
    /// The edge of a published tree, from its open tiles alone; null when one is missing or of the wrong length. Its
    /// root says whether they were the right ones.
    /// </summary>
    internal static TileEdge? Load(long size, Func<int, byte[]?> openTile)
    {
        var tiles = new List<MerkleHash>[LevelsMax];
        for (var level = 0; level < LevelsMax; level++)
        {
            tiles[level] = [];
            var width = OpenWidth(size, level);
            if (width == 0)
                continue;
            if (openTile(level) is not { } content || content.Length != width * MerkleHash.Size)
                return null;
            for (var at = 0; at < content.Length; at += MerkleHash.Size)
                tiles[level].Add(new MerkleHash(content.AsSpan(at, MerkleHash.Size)));
        }
        var edge = new TileEdge { Frontier = FrontierOf(size, tiles) };
        for (var level = 0; level < LevelsMax; level++)
            edge._open[level].AddRange(tiles[level]);
        return edge;
    }

    /// <summary>
    /// For each set bit of the size, the complete subtree of that height ends inside the open tile of its level.
    /// </summary>
    static MerkleFrontier FrontierOf(long size, List<MerkleHash>[] tiles)
    {
        var saved = new byte[sizeof(long) + BitOperations.PopCount((ulong)size) * MerkleHash.Size];
        BinaryPrimitives.WriteInt64BigEndian(saved, size);
        var at = sizeof(long);
        for (var bit = 0; size >> bit != 0; bit++)
        {
            if (((size >> bit) & 1) == 0)
                continue;
            var height = bit % TileHeight;
            var first = (int)((((size >> bit) - 1) << height) % TileWidth);
            var tile = tiles[bit / TileHeight];
            var hash = MerkleTree.Root(1L << height, (level, index) => Subtree(tile, first, level, index));
            hash.CopyTo(saved.AsSpan(at));
            at += MerkleHash.Size;
        }
        return MerkleFrontier.Load(saved)!;
    }

    static MerkleHash Subtree(List<MerkleHash> tile, int first, int level, long index) => level == 0
        ? tile[first + (int)index]
        : MerkleTree.NodeHash(
            Subtree(tile, first, level - 1, index * 2), Subtree(tile, first, level - 1, index * 2 + 1));
}
