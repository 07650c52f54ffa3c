namespace Writ.Ledger;

/// <summary>
/// What an offline verification of a published ledger found. Its entries can be read for as long as the audit and the
/// files exist; each file is checked again as it is read, so nothing unverified comes out when files change meanwhile.
/// </summary>
public sealed class LedgerAudit
{
    readonly Func<string, byte[]?> _read;
    readonly IReadOnlyList<MerkleHash> _blocks;
    readonly MerkleHash[] _lastLeaves;

    /// <param name="blocks">The verified hashes of all full bundles before the last one that is read.</param>
    /// <param name="lastLeaves">The verified leaf hashes of the last bundle, as far as they are sound.</param>
    internal LedgerAudit(
        Checkpoint? checkpoint, Func<string, byte[]?> read, IReadOnlyList<MerkleHash> blocks, MerkleHash[] lastLeaves)
    {
        Checkpoint = checkpoint;
        _read = read;
        _blocks = blocks;
        _lastLeaves = lastLeaves;
    }

    /// <summary>The signed head; null when its signature was not good, and then nothing else was looked at.</summary>
    public Checkpoint? Checkpoint { get; }

    /// <summary>At most <see cref="LedgerVerifier.FindingsMax"/>.</summary>
    public required IReadOnlyList<LedgerFinding> Findings { get; init; }

    /// <summary>The lowest index of an entry that is changed or absent; null when none is known to be.</summary>
    public long? FirstBadEntry { get; init; }

    /// <summary>How many more findings there were.</summary>
    public long FindingsLeftOff { get; init; }

    public bool IsIntact => Checkpoint is not null && Findings.Count == 0;

    /// <summary>How many entries from the beginning are exactly those that the signed root covers.</summary>
    public long SoundSize => (long)_blocks.Count * Tiles.Width + _lastLeaves.Length;

    /// <summary>The sound entries from the first on, read lazily, one bundle in memory at a time.</summary>
    /// <exception cref="InvalidDataException">A file changed after it was verified.</exception>
    public IEnumerable<PublishedEntry> Entries()
    {
        var size = Checkpoint?.Size ?? 0;
        var leaves = new MerkleHash[Tiles.Width];
        var entries = new ReadOnlyMemory<byte>[Tiles.Width];
        for (var block = 0; (long)block * Tiles.Width < SoundSize; block++)
        {
            var isLast = block == _blocks.Count;
            var count = isLast ? _lastLeaves.Length : Tiles.Width;
            if (!Tiles.TryPath(size, TilePath.EntriesLevel, block, out var path)
                || !ReadBundle(path, entries.AsSpan(0, count), leaves)
                || !(isLast ? leaves.AsSpan(0, count).SequenceEqual(_lastLeaves) : HashOf(leaves) == _blocks[block]))
                throw new InvalidDataException($"{path} changed after it was verified.");
            for (var i = 0; i < count; i++)
                yield return new PublishedEntry((long)block * Tiles.Width + i, entries[i], leaves[i]);
        }
    }

    bool ReadBundle(TilePath path, Span<ReadOnlyMemory<byte>> entries, MerkleHash[] leaves)
    {
        ReadOnlyMemory<byte> rest = Tiles.Read(_read, path);
        for (var i = 0; i < entries.Length; i++)
        {
            if (!EntryBundle.TryTake(ref rest, out entries[i]))
                return false;
            leaves[i] = MerkleTree.LeafHash(entries[i].Span);
        }
        return true;
    }

    static MerkleHash HashOf(ReadOnlySpan<MerkleHash> leaves)
    {
        Span<MerkleHash> scratch = stackalloc MerkleHash[Tiles.Width];
        leaves.CopyTo(scratch);
        return Tiles.Fold(scratch);
    }
}
