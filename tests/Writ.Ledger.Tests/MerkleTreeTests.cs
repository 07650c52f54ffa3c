using System.Security.Cryptography;

namespace Writ.Ledger.Tests;

public sealed class MerkleTreeTests
{
    public static TheoryData<int> Sizes => [0, 1, 2, 255, 256, 257, 511, 512, 65535, 65536];

    // The entries and roots that certificate-transparency implementations have shared since RFC 6962.
    static readonly string[] SharedEntries =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

    [Theory]
    [InlineData(0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData(1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")]
    [InlineData(2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")]
    [InlineData(3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77")]
    [InlineData(4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [InlineData(5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4")]
    [InlineData(6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef")]
    [InlineData(7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c")]
    [InlineData(8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")]
    public void The_roots_that_other_implementations_publish_come_out(int size, string root)
    {
        var frontier = new MerkleFrontier();
        foreach (var entry in SharedEntries.AsSpan(0, size))
            frontier.Append(MerkleTree.LeafHash(Convert.FromHexString(entry)));
        Assert.Equal(root, Convert.ToHexStringLower(frontier.Root().Bytes));
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void The_frontier_has_the_root_of_the_textbook(int size)
    {
        var tree = new WholeTree(size);
        Assert.Equal(TextbookRoot(tree.Leaves.AsSpan()), tree.Frontier.Root());
        Assert.Equal(tree.Frontier.Root(), MerkleTree.Root(size, tree.Node));
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Every_completed_subtree_is_reported_once(int size)
    {
        var tree = new WholeTree(size);
        var expected = 0L;
        for (var level = 0; size >> level > 0; level++)
            expected += size >> level;
        Assert.Equal(expected, tree.Nodes.Count);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void A_saved_frontier_goes_on_as_if_nothing_had_happened(int size)
    {
        var tree = new WholeTree(size);
        foreach (var copy in new[]
        {
            MerkleFrontier.Load(tree.Frontier.Save()), MerkleFrontier.FromTree(size, tree.Node), tree.Frontier.Clone(),
        })
        {
            Assert.NotNull(copy);
            Assert.Equal(tree.Frontier.Root(), copy.Root());
            var other = tree.Frontier.Clone();
            for (var i = 0; i < 300; i++)
            {
                copy.Append(Leaf(size + i));
                other.Append(Leaf(size + i));
            }
            Assert.Equal(other.Root(), copy.Root());
            Assert.Equal(size + 300, copy.Size);
        }
        Assert.Equal(size, tree.Frontier.Size);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(9)]
    [InlineData(39)]
    [InlineData(41)]
    public void Bytes_that_are_no_saved_frontier_are_refused(int length)
    {
        var bytes = new byte[length];
        if (length > 7)
            bytes[7] = 1;
        Assert.Null(MerkleFrontier.Load(bytes));
        Assert.Null(MerkleFrontier.Load([0xFF, 0, 0, 0, 0, 0, 0, 0]));
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Inclusion_proofs_convince_and_altered_ones_do_not(int size)
    {
        var tree = new WholeTree(size);
        var root = tree.Frontier.Root();
        foreach (var index in Places(size))
        {
            var proof = MerkleTree.InclusionProof(index, size, tree.Node);
            Assert.True(MerkleTree.VerifyInclusion(Leaf(index), index, size, proof, root));
            Assert.False(MerkleTree.VerifyInclusion(Leaf(index + 1), index, size, proof, root));
            Assert.False(MerkleTree.VerifyInclusion(Leaf(index), index, size, proof, Leaf(3)));
            Assert.False(MerkleTree.VerifyInclusion(Leaf(index), index, size, [.. proof, Leaf(1)], root));
            Assert.False(MerkleTree.VerifyInclusion(Leaf(index), size, size, proof, root));
            Assert.False(MerkleTree.VerifyInclusion(Leaf(index), -1, size, proof, root));
            if (size > 1)
                Assert.False(MerkleTree.VerifyInclusion(Leaf(index), index ^ 1, size, proof, root));
            for (var i = 0; i < proof.Length; i++)
            {
                var altered = (MerkleHash[])proof.Clone();
                altered[i] = Leaf(-7);
                Assert.False(MerkleTree.VerifyInclusion(Leaf(index), index, size, altered, root));
                Assert.False(MerkleTree.VerifyInclusion(Leaf(index), index, size, proof.AsSpan(0, i), root));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Consistency_proofs_convince_and_altered_ones_do_not(int size)
    {
        var tree = new WholeTree(size);
        var root = tree.Frontier.Root();
        foreach (var oldSize in Places(size).Append(size).Append(0).Distinct())
        {
            var oldRoot = MerkleTree.Root(oldSize, tree.Node);
            var proof = MerkleTree.ConsistencyProof(oldSize, size, tree.Node);
            Assert.True(MerkleTree.VerifyConsistency(oldSize, oldRoot, size, root, proof));
            Assert.False(MerkleTree.VerifyConsistency(oldSize, Leaf(3), size, root, proof));
            Assert.False(MerkleTree.VerifyConsistency(oldSize, oldRoot, size, root, [.. proof, Leaf(1)]));
            Assert.False(MerkleTree.VerifyConsistency(size + 1, oldRoot, size, root, proof));
            if (oldSize == 0)
                continue;
            Assert.False(MerkleTree.VerifyConsistency(oldSize, oldRoot, size, Leaf(3), proof));
            for (var i = 0; i < proof.Length; i++)
            {
                var altered = (MerkleHash[])proof.Clone();
                altered[i] = Leaf(-7);
                Assert.False(MerkleTree.VerifyConsistency(oldSize, oldRoot, size, root, altered));
                Assert.False(MerkleTree.VerifyConsistency(oldSize, oldRoot, size, root, proof.AsSpan(0, i)));
            }
        }
    }

    [Fact]
    public void All_pairs_of_small_sizes_are_consistent_and_all_leaves_included()
    {
        for (var size = 1; size <= 40; size++)
        {
            var tree = new WholeTree(size);
            var root = TextbookRoot(tree.Leaves);
            for (var i = 0; i < size; i++)
            {
                var path = MerkleTree.InclusionProof(i, size, tree.Node);
                Assert.True(MerkleTree.VerifyInclusion(Leaf(i), i, size, path, root));
                var proof = MerkleTree.ConsistencyProof(i + 1, size, tree.Node);
                var oldRoot = TextbookRoot(tree.Leaves.AsSpan(0, i + 1));
                Assert.True(MerkleTree.VerifyConsistency(i + 1, oldRoot, size, root, proof));
            }
        }
    }

    [Fact]
    public void A_long_entry_hashes_as_a_short_one_does()
    {
        foreach (var length in new[] { 0, 1, 4094, 4095, 4096, 65535 })
        {
            var entry = new byte[length];
            Array.Fill(entry, (byte)'x');
            Assert.Equal(SHA256.HashData([0, .. entry]), MerkleTree.LeafHash(entry).ToArray());
        }
    }

    [Fact]
    public void A_leaf_never_passes_for_a_node()
    {
        var (a, b) = (Leaf(1), Leaf(2));
        Assert.NotEqual(MerkleTree.NodeHash(a, b), MerkleTree.LeafHash([.. a.Bytes, .. b.Bytes]));
    }

    internal static MerkleHash Leaf(long index) => MerkleTree.LeafHash(BitConverter.GetBytes(index));

    static IEnumerable<long> Places(int size) =>
        new long[] { 0, 1, 2, 127, 128, 255, 256, 300, size / 2, size - 2, size - 1 }
            .Where(i => i >= 0 && i < size).Distinct();

    // RFC 6962 section 2.1 as it is written, sharing no code with the tree under test but SHA-256.
    internal static MerkleHash TextbookRoot(ReadOnlySpan<MerkleHash> leaves)
    {
        if (leaves.Length == 0)
            return new MerkleHash(SHA256.HashData([]));
        if (leaves.Length == 1)
            return leaves[0];
        var k = 1;
        while (k * 2 < leaves.Length)
            k *= 2;
        var (left, right) = (TextbookRoot(leaves[..k]), TextbookRoot(leaves[k..]));
        return new MerkleHash(SHA256.HashData([1, .. left.Bytes, .. right.Bytes]));
    }

    /// <summary>All complete subtrees of a tree, by place.</summary>
    sealed class WholeTree
    {
        public WholeTree(int size)
        {
            var completed = new List<MerkleNode>();
            Leaves = [.. Enumerable.Range(0, size).Select(static i => Leaf(i))];
            foreach (var leaf in Leaves)
                Frontier.Append(leaf, completed);
            Nodes = completed.ToDictionary(static n => (n.Level, n.Index), static n => n.Hash);
        }

        public MerkleHash[] Leaves { get; }

        public MerkleFrontier Frontier { get; } = new();

        public Dictionary<(int Level, long Index), MerkleHash> Nodes { get; }

        public MerkleHash Node(int level, long index) => Nodes[(level, index)];
    }
}
