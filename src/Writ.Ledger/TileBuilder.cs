using System.Buffers;

namespace Writ.Ledger;

/// <summary>
/// Turns appended entries into the files of a tiled ledger. Owned by the single writer: append a batch, make it
/// durable, publish what <see cref="Flush"/> answers in its order (entries, then tiles), and only then the checkpoint.
/// </summary>
public sealed class TileBuilder
{
    readonly MerkleFrontier _frontier;
    readonly ArrayBufferWriter<byte> _bundle = new();
    readonly ArrayBufferWriter<byte>[] _tiles = new ArrayBufferWriter<byte>[TilePath.LevelMax + 1];
    readonly bool[] _changed = new bool[TilePath.LevelMax + 1];
    readonly List<TileFile> _fullBundles = [];
    readonly List<TileFile> _fullTiles = [];
    readonly List<MerkleNode> _completed = [];

    public TileBuilder()
        : this(new MerkleFrontier())
    {
    }

    TileBuilder(MerkleFrontier frontier)
    {
        _frontier = frontier;
        for (var level = 0; level < _tiles.Length; level++)
            _tiles[level] = new ArrayBufferWriter<byte>();
    }

    public long Size => _frontier.Size;

    public MerkleHash Root() => _frontier.Root();

    /// <summary>Continues a published ledger. The caller compares the root with the signed checkpoint.</summary>
    /// <exception cref="InvalidDataException">A file that the size requires is missing or cut short.</exception>
    public static TileBuilder Resume(long size, Func<string, byte[]?> read)
    {
        var reader = new TileReader(size, read);
        var builder = new TileBuilder(MerkleFrontier.FromTree(size, reader.Node));
        for (var level = 0; level <= TilePath.LevelMax; level++)
        {
            var count = Tiles.HashCount(size, level);
            if (count % Tiles.Width != 0)
                builder._tiles[level].Write(reader.Tile(level, count / Tiles.Width));
        }
        if (size % Tiles.Width != 0)
            builder._bundle.Write(reader.Tile(TilePath.EntriesLevel, size / Tiles.Width));
        return builder;
    }

    /// <summary>Appends one entry and answers its leaf hash.</summary>
    public MerkleHash Append(ReadOnlySpan<byte> entry)
    {
        EntryBundle.Append(_bundle, entry);
        var leaf = MerkleTree.LeafHash(entry);
        _completed.Clear();
        _frontier.Append(leaf, _completed);
        foreach (var node in _completed)
            if (node.Level % Tiles.Height == 0)
                Add(node.Level / Tiles.Height, node);
        if (Size % Tiles.Width == 0)
        {
            _fullBundles.Add(File(TilePath.EntriesLevel, Size / Tiles.Width - 1, Tiles.Width, _bundle));
            _bundle.ResetWrittenCount();
        }
        return leaf;
    }

    /// <summary>
    /// The files that are new since the last flush: full ones, and partial ones of this size. The bytes of a partial
    /// one are those it is built in: they hold until the next append to it, whose flush answers it again.
    /// </summary>
    public IReadOnlyList<TileFile> Flush()
    {
        var files = new List<TileFile>(_fullBundles);
        if (_changed[0] && _bundle.WrittenCount > 0)
            files.Add(Partial(TilePath.EntriesLevel, Size / Tiles.Width, (int)(Size % Tiles.Width), _bundle));
        files.AddRange(_fullTiles);
        for (var level = 0; level < _tiles.Length; level++)
        {
            var tile = _tiles[level];
            var index = Tiles.HashCount(Size, level) / Tiles.Width;
            if (_changed[level] && tile.WrittenCount > 0)
                files.Add(Partial(level, index, tile.WrittenCount / MerkleHash.Size, tile));
            _changed[level] = false;
        }
        _fullBundles.Clear();
        _fullTiles.Clear();
        return files;
    }

    void Add(int level, in MerkleNode node)
    {
        var tile = _tiles[level];
        tile.Write(node.Hash.Bytes);
        _changed[level] = true;
        if (tile.WrittenCount < Tiles.Width * MerkleHash.Size)
            return;
        _fullTiles.Add(File(level, node.Index / Tiles.Width, Tiles.Width, tile));
        tile.ResetWrittenCount();
    }

    static TileFile File(int level, long index, int width, ArrayBufferWriter<byte> bytes) =>
        new(new TilePath(level, index, width), bytes.WrittenSpan.ToArray());

    static TileFile Partial(int level, long index, int width, ArrayBufferWriter<byte> bytes) =>
        new(new TilePath(level, index, width), bytes.WrittenMemory);
}
