using System.Buffers.Binary;
using System.Numerics;

namespace Writ.Ledger;

/// <summary>
/// The right edge of a growing Merkle tree (a compact range): one hash per complete subtree, enough to append leaves
/// and to know the root. Not thread-safe; its owner is the single writer of the ledger.
/// </summary>
public sealed class MerkleFrontier
{
    const int LevelsMax = 63;

    readonly MerkleHash[] _subtrees = new MerkleHash[LevelsMax];

    /// <summary>How many leaves were appended.</summary>
    public long Size { get; private set; }

    /// <summary>
    /// Appends one leaf. Each complete subtree that it finishes, the leaf itself first, is added to
    /// <paramref name="completed"/>, so that a writer of tiles needs no second pass.
    /// </summary>
    public void Append(in MerkleHash leafHash, List<MerkleNode>? completed = null)
    {
        var hash = leafHash;
        var level = 0;
        completed?.Add(new MerkleNode(0, Size, hash));
        for (; ((Size >> level) & 1) == 1; level++)
        {
            hash = MerkleTree.NodeHash(_subtrees[level], hash);
            completed?.Add(new MerkleNode(level + 1, Size >> (level + 1), hash));
        }
        _subtrees[level] = hash;
        Size++;
    }

    public MerkleHash Root()
    {
        if (Size == 0)
            return MerkleTree.EmptyRoot;
        var lowest = BitOperations.TrailingZeroCount(Size);
        return Fold(lowest + 1, _subtrees[lowest]);
    }

    /// <summary>
    /// The root when a smaller tree stands to the right of this one, as partial bundles stand beside full ones.
    /// </summary>
    internal MerkleHash RootWith(in MerkleHash right) => Fold(0, right);

    MerkleHash Fold(int level, MerkleHash right)
    {
        for (; level < LevelsMax && Size >> level != 0; level++)
            if (((Size >> level) & 1) == 1)
                right = MerkleTree.NodeHash(_subtrees[level], right);
        return right;
    }

    /// <summary>The edge of an existing tree, read from its complete subtrees.</summary>
    public static MerkleFrontier FromTree(long size, MerkleReader reader)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        var frontier = new MerkleFrontier { Size = size };
        for (var level = 0; level < LevelsMax && size >> level != 0; level++)
            if (((size >> level) & 1) == 1)
                frontier._subtrees[level] = reader(level, (size >> level) - 1);
        return frontier;
    }

    /// <summary>An independent copy: what a writer keeps until a batch is durable.</summary>
    public MerkleFrontier Clone()
    {
        var copy = new MerkleFrontier { Size = Size };
        _subtrees.CopyTo(copy._subtrees, 0);
        return copy;
    }

    /// <summary>Big-endian size, then the hashes of the complete subtrees from the smallest to the largest.</summary>
    public byte[] Save()
    {
        var saved = new byte[sizeof(long) + BitOperations.PopCount((ulong)Size) * MerkleHash.Size];
        BinaryPrimitives.WriteInt64BigEndian(saved, Size);
        var at = sizeof(long);
        for (var level = 0; Size >> level != 0; level++)
        {
            if (((Size >> level) & 1) == 0)
                continue;
            _subtrees[level].CopyTo(saved.AsSpan(at));
            at += MerkleHash.Size;
        }
        return saved;
    }

    /// <summary>Null when <see cref="Save"/> cannot have written the bytes. Compare the root before use.</summary>
    public static MerkleFrontier? Load(ReadOnlySpan<byte> saved)
    {
        if (saved.Length < sizeof(long))
            return null;
        var size = BinaryPrimitives.ReadInt64BigEndian(saved);
        if (size < 0 || saved.Length != sizeof(long) + BitOperations.PopCount((ulong)size) * MerkleHash.Size)
            return null;
        var frontier = new MerkleFrontier { Size = size };
        var at = sizeof(long);
        for (var level = 0; level < LevelsMax && size >> level != 0; level++)
        {
            if (((size >> level) & 1) == 0)
                continue;
            frontier._subtrees[level] = new MerkleHash(saved.Slice(at, MerkleHash.Size));
            at += MerkleHash.Size;
        }
        return frontier;
    }
}
