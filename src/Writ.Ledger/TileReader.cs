namespace Writ.Ledger;

/// <summary>
/// Reads hashes of complete subtrees from published tiles, to make proofs or to continue a ledger. It trusts what it
/// reads: check the root, or verify the finished proof, before relying on it. Keeps the tiles it read, so it serves one
/// proof and is then dropped.
/// </summary>
public sealed class TileReader(long size, Func<string, byte[]?> read)
{
    readonly Dictionary<TilePath, byte[]> _tiles = [];

    /// <summary>A <see cref="MerkleReader"/>.</summary>
    /// <exception cref="InvalidDataException">A tile is missing or shorter than its name says.</exception>
    public MerkleHash Node(int level, long index)
    {
        var tileLevel = level / Tiles.Height;
        var within = level % Tiles.Height;
        var first = index << within;
        var tile = Tile(tileLevel, first / Tiles.Width);
        var at = (int)(first % Tiles.Width);
        Span<MerkleHash> hashes = stackalloc MerkleHash[1 << within];
        for (var i = 0; i < hashes.Length; i++)
            hashes[i] = new MerkleHash(tile.Slice((at + i) * MerkleHash.Size, MerkleHash.Size));
        return Tiles.Fold(hashes);
    }

    /// <summary>The bytes of one tile or entry bundle in a tree of this size, without what later sizes added.</summary>
    public ReadOnlySpan<byte> Tile(int level, long index)
    {
        if (!Tiles.TryPath(size, level, index, out var path))
            throw new InvalidDataException($"A tree of {size} entries has no tile {index} at level {level}.");
        if (!_tiles.TryGetValue(path, out var bytes))
            _tiles.Add(path, bytes = Tiles.Read(read, path) ?? throw new InvalidDataException($"{path} is missing."));
        var length = path.IsEntries ? EntryBytes(path, bytes) : path.Width * MerkleHash.Size;
        if (bytes.Length < length)
            throw new InvalidDataException($"{path} is cut short.");
        return bytes.AsSpan(0, length);
    }

    static int EntryBytes(TilePath path, ReadOnlyMemory<byte> bundle)
    {
        var rest = bundle;
        for (var i = 0; i < path.Width; i++)
            if (!EntryBundle.TryTake(ref rest, out _))
                throw new InvalidDataException($"{path} is cut short.");
        return bundle.Length - rest.Length;
    }
}
