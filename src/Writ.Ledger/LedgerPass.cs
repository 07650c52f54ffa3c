namespace Writ.Ledger;

/// <summary>
/// One verification of one published ledger. First every bundle is hashed and compared with its level-0 tile; where
/// they differ, the hash that stands for both in the level above, and at last the signed root, tell which is right.
/// </summary>
sealed class LedgerPass(Checkpoint checkpoint, Func<string, byte[]?> read)
{
    // Each doubt keeps up to 16 KiB of hashes. A ledger with more of them is not worth explaining further.
    const int DoubtsMax = 4096;

    readonly List<LedgerFinding> _findings = [];
    readonly List<MerkleHash> _blocks = [];
    readonly List<BlockDoubt> _doubts = [];
    readonly MerkleHash[] _leaves = new MerkleHash[Tiles.Width];
    MerkleHash[] _tail = [];
    byte[]? _parentTile;
    long _parentIndex = -1;
    long? _firstBadEntry;
    long _leftOff;

    /// <summary>
    /// A bundle that cannot be settled by itself. The hash by its tile is absent when the tile is, and the hash by its
    /// entries when they are; the leaves are those of the tile.
    /// </summary>
    sealed record BlockDoubt(
        int Block, MerkleHash? ByEntries, MerkleHash? ByTile, MerkleHash? ByParent,
        MerkleHash[] EntryLeaves, MerkleHash[] TileLeaves, bool IsFramed)
    {
        public bool EntriesBlamed { get; set; }
    }

    long Size => checkpoint.Size;

    int FullBlocks => (int)(Size / Tiles.Width);

    public LedgerAudit Run()
    {
        // A signed size is believed only as far as files exist: the first absent bundle without a tile ends the walk.
        var isWhole = true;
        for (var block = 0; isWhole && Tiles.TryPath(Size, TilePath.EntriesLevel, block, out var path); block++)
            isWhole = _doubts.Count < DoubtsMax && Look(block, path);
        var isExplained = isWhole && Settle();
        foreach (var doubt in _doubts)
            Report(doubt, isExplained);
        if (!isExplained && (isWhole || _doubts.Count == DoubtsMax))
            Add(LedgerFinding.RootMismatch, Tiles.CheckpointPath, null, "The entries do not hash to the signed root.");
        if (isExplained)
            CompareUpperTiles();
        return Audit(isExplained);
    }

    /// <summary>Hashes one bundle and compares it with its tile; false when nothing stands for these entries.</summary>
    bool Look(int block, TilePath path)
    {
        var width = path.Width;
        var entryLeaves = ReadBundle(path, out var isFramed);
        var tilePath = new TilePath(0, block, width);
        var tileLeaves = ReadTile(tilePath);
        if (entryLeaves is null)
            Add(LedgerFinding.Truncated, path.ToString(), (long)block * Tiles.Width, "These entries are absent.");
        if (entryLeaves is null && tileLeaves is null)
            return false;
        var isFull = width == Tiles.Width;
        var byEntries = entryLeaves is not null && isFramed && isFull ? HashOf(entryLeaves) : (MerkleHash?)null;
        var byParent = isFull ? ParentHash(block) : null;
        var agrees = isFramed && entryLeaves is not null
            && (tileLeaves is null || entryLeaves.AsSpan().SequenceEqual(tileLeaves));
        if (!agrees || (byParent is not null && byParent != byEntries))
        {
            var byTile = tileLeaves is not null && isFull ? HashOf(tileLeaves) : (MerkleHash?)null;
            _doubts.Add(new BlockDoubt(
                block, byEntries, byTile, byParent, entryLeaves ?? [], tileLeaves ?? [], isFramed));
        }
        if (isFull)
            _blocks.Add(byEntries ?? default);
        else
            _tail = isFramed ? entryLeaves ?? [] : [];
        return true;
    }

    /// <summary>
    /// Finds the reading of all doubtful bundles that gives the signed root, trying the least suspicion first: the
    /// entries as they are; then where two of entries, tile and parent agree, these; then the parents throughout.
    /// </summary>
    bool Settle()
    {
        if (_doubts.TrueForAll(static d => d.IsFramed && d.EntryLeaves.Length > 0) && Root(_tail) == checkpoint.Root)
            return true;
        return TryReading(static d => d.ByTile is not null && (d.ByEntries is null || d.ByTile == d.ByParent)
                ? d.ByTile : d.ByEntries)
            || TryReading(static d => d.ByTile ?? d.ByEntries)
            || TryReading(static d => d.ByParent ?? d.ByTile ?? d.ByEntries);
    }

    bool TryReading(Func<BlockDoubt, MerkleHash?> choose)
    {
        var tailDoubt = _doubts.Find(d => d.Block == FullBlocks);
        foreach (var doubt in _doubts)
            if (doubt.Block < FullBlocks)
                _blocks[doubt.Block] = choose(doubt) ?? default;
        foreach (var tail in tailDoubt is null ? [_tail] : new[] { tailDoubt.EntryLeaves, tailDoubt.TileLeaves })
        {
            if (tail.Length != Size % Tiles.Width || Root(tail) != checkpoint.Root)
                continue;
            _tail = tail;
            foreach (var doubt in _doubts)
                doubt.EntriesBlamed = doubt.Block < FullBlocks
                    ? doubt.ByEntries != _blocks[doubt.Block]
                    : !doubt.IsFramed || !doubt.EntryLeaves.AsSpan().SequenceEqual(_tail);
            return true;
        }
        return false;
    }

    void Report(BlockDoubt doubt, bool isExplained)
    {
        var first = (long)doubt.Block * Tiles.Width;
        var width = (int)Math.Min(Tiles.Width, Size - first);
        var entriesPath = new TilePath(TilePath.EntriesLevel, doubt.Block, width).ToString();
        var tilePath = new TilePath(0, doubt.Block, width).ToString();
        // Absent entries and tiles have been reported where they were missed.
        var hasEntries = doubt.EntryLeaves.Length > 0 || !doubt.IsFramed;
        var hasTile = doubt.TileLeaves.Length > 0;
        var isFull = doubt.Block < FullBlocks;
        var tileBlamed = isExplained
            ? isFull ? doubt.ByTile != _blocks[doubt.Block] : !doubt.TileLeaves.AsSpan().SequenceEqual(_tail)
            : doubt.ByTile is not null && doubt.ByTile != doubt.ByParent && doubt.ByEntries == doubt.ByParent;
        var entriesBlamed = isExplained ? doubt.EntriesBlamed : !tileBlamed && !Agree(doubt);
        if (entriesBlamed && hasEntries)
            ReportEntries(doubt, first, entriesPath, width, isTileRight: hasTile && !tileBlamed);
        if (tileBlamed && hasTile)
            Add(LedgerFinding.TileCorrupt, tilePath, null, "The tile does not hold the hashes of the entries.");
    }

    static bool Agree(BlockDoubt doubt) =>
        doubt.IsFramed && doubt.EntryLeaves.AsSpan().SequenceEqual(doubt.TileLeaves);

    void ReportEntries(BlockDoubt doubt, long first, string path, int width, bool isTileRight)
    {
        if (doubt.TileLeaves.Length == 0 || Agree(doubt))
        {
            Add(LedgerFinding.EntryCorrupt, path, first, "Entries of this file, from here on, were changed.");
            return;
        }
        var why = isTileRight
            ? "The entry is not the one that the signed root covers."
            : "The entry and its tile disagree, and the root confirms neither.";
        for (var i = 0; i < width; i++)
        {
            if (i < doubt.EntryLeaves.Length && doubt.EntryLeaves[i] == doubt.TileLeaves[i])
                continue;
            Add(LedgerFinding.EntryCorrupt, path, first + i, why);
            // After a damaged length nothing in the file stands where it should, so only the first is named.
            if (!doubt.IsFramed)
                return;
        }
        if (doubt.EntryLeaves.AsSpan().SequenceEqual(doubt.TileLeaves))
            Add(LedgerFinding.EntryCorrupt, path, first + width - 1, "Something follows the last entry of the file.");
    }

    /// <summary>Only called when the leaves are settled: then every tile above has exactly one right content.</summary>
    void CompareUpperTiles()
    {
        var hashes = _blocks;
        for (var level = 1; hashes.Count > 0; level++)
        {
            var above = new List<MerkleHash>(hashes.Count / Tiles.Width);
            for (var index = 0; Tiles.TryPath(Size, level, index, out var path); index++)
            {
                for (var i = 0; i < path.Width; i++)
                    _leaves[i] = hashes[index * Tiles.Width + i];
                var expected = _leaves.AsSpan(0, path.Width);
                if (ReadTile(path) is { } published && !expected.SequenceEqual(published))
                    Add(LedgerFinding.TileCorrupt, path.ToString(), null, "The tile does not hold the right hashes.");
                if (path.IsFull)
                    above.Add(Tiles.Fold(expected));
            }
            hashes = above;
        }
    }

    LedgerAudit Audit(bool isExplained)
    {
        if (!isExplained)
            return Audit([], []);
        var bad = _doubts.Find(static d => d.EntriesBlamed);
        if (bad is null)
            return Audit(_blocks, _tail);
        // The bundle with the first bad entry is sound up to it, if the tile that says so is itself confirmed.
        var isTileRight = bad.Block < FullBlocks ? bad.ByTile == _blocks[bad.Block] : bad.TileLeaves == _tail;
        var sound = isTileRight ? bad.EntryLeaves.AsSpan().CommonPrefixLength(bad.TileLeaves) : 0;
        return Audit(_blocks[..bad.Block], bad.EntryLeaves[..sound]);
    }

    LedgerAudit Audit(IReadOnlyList<MerkleHash> blocks, MerkleHash[] lastLeaves) =>
        new(checkpoint, read, blocks, lastLeaves)
        {
            Findings = _findings,
            FindingsLeftOff = _leftOff,
            FirstBadEntry = _firstBadEntry,
        };

    MerkleHash Root(ReadOnlySpan<MerkleHash> tail)
    {
        // The blocks are the leaves of a tree of their own, eight levels up; the tail continues below it.
        var upper = new MerkleFrontier();
        foreach (var block in _blocks)
            upper.Append(block);
        if (tail.IsEmpty)
            return upper.Root();
        var lower = new MerkleFrontier();
        foreach (ref readonly var leaf in tail)
            lower.Append(leaf);
        return upper.RootWith(lower.Root());
    }

    /// <summary>Leaf hashes of what could be cut from the bundle; null when there is no file.</summary>
    MerkleHash[]? ReadBundle(TilePath path, out bool isFramed)
    {
        isFramed = true;
        if (Tiles.Read(read, path, out var found) is not { } bytes)
            return null;
        ReadOnlyMemory<byte> rest = bytes;
        var leaves = new MerkleHash[path.Width];
        var count = 0;
        while (count < path.Width && EntryBundle.TryTake(ref rest, out var entry))
            leaves[count++] = MerkleTree.LeafHash(entry.Span);
        isFramed = count == path.Width && (rest.IsEmpty || found != path);
        return leaves[..count];
    }

    /// <summary>Null, and reported, when the tile is absent or has another length than its name says.</summary>
    MerkleHash[]? ReadTile(TilePath path)
    {
        if (Tiles.Read(read, path, out var found) is not { } bytes)
        {
            Add(LedgerFinding.TileMissing, path.ToString(), null, "The tile is absent.");
            return null;
        }
        if (bytes.Length != found.Width * MerkleHash.Size)
        {
            Add(LedgerFinding.TileCorrupt, found.ToString(), null, "The tile has another length than its name says.");
            return null;
        }
        var hashes = new MerkleHash[path.Width];
        for (var i = 0; i < hashes.Length; i++)
            hashes[i] = new MerkleHash(bytes.AsSpan(i * MerkleHash.Size, MerkleHash.Size));
        return hashes;
    }

    MerkleHash? ParentHash(int block)
    {
        if (_parentIndex != block / Tiles.Width)
        {
            _parentIndex = block / Tiles.Width;
            _parentTile = Tiles.TryPath(Size, 1, _parentIndex, out var path) ? Tiles.Read(read, path) : null;
        }
        var at = block % Tiles.Width * MerkleHash.Size;
        return _parentTile is null || _parentTile.Length < at + MerkleHash.Size
            ? null
            : new MerkleHash(_parentTile.AsSpan(at, MerkleHash.Size));
    }

    MerkleHash HashOf(ReadOnlySpan<MerkleHash> leaves)
    {
        leaves.CopyTo(_leaves);
        return Tiles.Fold(_leaves);
    }

    void Add(string code, string path, long? entry, string why)
    {
        if (entry is not null && !(entry >= _firstBadEntry))
            _firstBadEntry = entry;
        if (_findings.Count < LedgerVerifier.FindingsMax)
            _findings.Add(new LedgerFinding(code, path, entry, why));
        else
            _leftOff++;
    }
}
