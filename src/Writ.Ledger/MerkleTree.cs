using System.Buffers;
using System.Numerics;
using System.Security.Cryptography;

namespace Writ.Ledger;

/// <summary>Answers the hash of a complete subtree (see <see cref="MerkleNode"/>).</summary>
public delegate MerkleHash MerkleReader(int level, long index);

/// <summary>
/// The Merkle tree of RFC 6962 and RFC 9162: hashing of leaves and nodes, proofs made from a reader of complete
/// subtrees, and their verification. Sizes and indexes count leaves from zero.
/// </summary>
public static class MerkleTree
{
    /// <summary>No honest proof is longer: one hash per level of a tree of 2^63 leaves, and one more.</summary>
    public const int ProofHashesMax = 64;

    const int StackBytesMax = 4096;

    /// <summary>The root of the tree without leaves.</summary>
    public static MerkleHash EmptyRoot { get; } = new(SHA256.HashData([]));

    public static MerkleHash LeafHash(ReadOnlySpan<byte> entry)
    {
        var length = entry.Length + 1;
        var rented = length > StackBytesMax ? ArrayPool<byte>.Shared.Rent(length) : null;
        var input = rented is null ? stackalloc byte[StackBytesMax] : rented;
        input[0] = 0x00;
        entry.CopyTo(input[1..]);
        Span<byte> hash = stackalloc byte[MerkleHash.Size];
        SHA256.HashData(input[..length], hash);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return new MerkleHash(hash);
    }

    public static MerkleHash NodeHash(in MerkleHash left, in MerkleHash right)
    {
        Span<byte> input = stackalloc byte[1 + 2 * MerkleHash.Size];
        input[0] = 0x01;
        left.CopyTo(input[1..]);
        right.CopyTo(input[(1 + MerkleHash.Size)..]);
        Span<byte> hash = stackalloc byte[MerkleHash.Size];
        SHA256.HashData(input, hash);
        return new MerkleHash(hash);
    }

    /// <summary>The root of the first <paramref name="size"/> leaves.</summary>
    public static MerkleHash Root(long size, MerkleReader reader)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        return size == 0 ? EmptyRoot : RangeHash(0, size, reader);
    }

    /// <summary>RFC 9162 section 2.1.3.1: the path that shows that a leaf is in the tree of the given size.</summary>
    public static MerkleHash[] InclusionProof(long index, long size, MerkleReader reader)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        var path = new List<MerkleHash>();
        var (begin, end) = (0L, size);
        while (end - begin > 1)
        {
            var middle = begin + SplitPoint(end - begin);
            if (index < middle)
            {
                path.Add(RangeHash(middle, end, reader));
                end = middle;
            }
            else
            {
                path.Add(RangeHash(begin, middle, reader));
                begin = middle;
            }
        }
        path.Reverse();
        return [.. path];
    }

    /// <summary>RFC 9162 section 2.1.4.1: shows that the old tree is the beginning of the newer one.</summary>
    public static MerkleHash[] ConsistencyProof(long oldSize, long size, MerkleReader reader)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(oldSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(oldSize, size);
        if (oldSize == 0 || oldSize == size)
            return [];
        var path = new List<MerkleHash>();
        var (begin, end) = (0L, size);
        while (end != oldSize)
        {
            var middle = begin + SplitPoint(end - begin);
            if (oldSize <= middle)
            {
                path.Add(RangeHash(middle, end, reader));
                end = middle;
            }
            else
            {
                path.Add(RangeHash(begin, middle, reader));
                begin = middle;
            }
        }
        // When the old tree is one complete subtree of the new one, the verifier already has its hash.
        if (begin != 0)
            path.Add(RangeHash(begin, end, reader));
        path.Reverse();
        return [.. path];
    }

    /// <summary>RFC 9162 section 2.1.3.2.</summary>
    public static bool VerifyInclusion(
        in MerkleHash leaf, long index, long size, ReadOnlySpan<MerkleHash> proof, in MerkleHash root)
    {
        if (index < 0 || index >= size || proof.Length > ProofHashesMax)
            return false;
        var (node, last, hash) = (index, size - 1, leaf);
        foreach (ref readonly var sibling in proof)
        {
            if (last == 0)
                return false;
            if ((node & 1) == 1 || node == last)
            {
                hash = NodeHash(sibling, hash);
                while ((node & 1) == 0 && node != 0)
                    (node, last) = (node >> 1, last >> 1);
            }
            else
            {
                hash = NodeHash(hash, sibling);
            }
            (node, last) = (node >> 1, last >> 1);
        }
        return last == 0 && hash == root;
    }

    /// <summary>RFC 9162 section 2.1.4.2. An empty old tree is the beginning of every tree.</summary>
    public static bool VerifyConsistency(
        long oldSize, in MerkleHash oldRoot, long size, in MerkleHash root, ReadOnlySpan<MerkleHash> proof)
    {
        if (oldSize < 0 || oldSize > size || proof.Length > ProofHashesMax)
            return false;
        if (oldSize == size)
            return proof.IsEmpty && oldRoot == root;
        if (oldSize == 0)
            return proof.IsEmpty && oldRoot == EmptyRoot;
        var isComplete = BitOperations.IsPow2(oldSize);
        if (!isComplete && proof.IsEmpty)
            return false;
        var first = isComplete ? oldRoot : proof[0];
        var rest = isComplete ? proof : proof[1..];
        var (node, last) = (oldSize - 1, size - 1);
        while ((node & 1) == 1)
            (node, last) = (node >> 1, last >> 1);
        var (oldHash, newHash) = (first, first);
        foreach (ref readonly var sibling in rest)
        {
            if (last == 0)
                return false;
            if ((node & 1) == 1 || node == last)
            {
                oldHash = NodeHash(sibling, oldHash);
                newHash = NodeHash(sibling, newHash);
                while ((node & 1) == 0 && node != 0)
                    (node, last) = (node >> 1, last >> 1);
            }
            else
            {
                newHash = NodeHash(newHash, sibling);
            }
            (node, last) = (node >> 1, last >> 1);
        }
        return last == 0 && oldHash == oldRoot && newHash == root;
    }

    /// <summary>The largest power of two below <paramref name="count"/> (the k of RFC 6962 section 2.1).</summary>
    static long SplitPoint(long count) => 1L << BitOperations.Log2((ulong)(count - 1));

    // Every range asked for begins at a multiple of the largest power of two within it.
    static MerkleHash RangeHash(long begin, long end, MerkleReader reader)
    {
        var count = end - begin;
        if (BitOperations.IsPow2(count))
        {
            var level = BitOperations.Log2((ulong)count);
            return reader(level, begin >> level);
        }
        var middle = begin + SplitPoint(count);
        return NodeHash(RangeHash(begin, middle, reader), RangeHash(middle, end, reader));
    }
}
