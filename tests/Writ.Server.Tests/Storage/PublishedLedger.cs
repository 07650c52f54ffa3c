using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Writ.Ledger;
using Writ.Linux;
using Writ.Server.Storage;

namespace Writ.Server.Tests.Storage;

/// <summary>
/// A signed ledger for the tests of publication, and an independent reading of the specification: every file that a
/// tree of a given size has, computed the slow way from the entries.
/// </summary>
sealed class PublishedLedger(string origin = "writ.test/realm", string flavour = "")
{
    const int BatchSize = 1_000;
    readonly byte[] _seed = SHA256.HashData(Encoding.UTF8.GetBytes(origin));
    readonly MerkleFrontier _frontier = new();

    public NoteVerifierKey Key => new(origin, Ed25519.PublicKey(_seed));

    public LedgerHead Head() => new(
        _frontier.Size,
        _frontier.Root().ToArray(),
        new Checkpoint(origin, _frontier.Size, _frontier.Root()).Sign(Key, message => Ed25519.Sign(_seed, message)),
        _frontier.Save());

    public byte[] Entry(long index) => Encoding.UTF8.GetBytes($"{{\"entry\":{index}{flavour}}}");

    public SqliteLedgerStore Create(DataDirectory directory)
    {
        SqliteLedgerStore.Create(directory, Head());
        return SqliteLedgerStore.Open(directory);
    }

    public void Extend(ILedgerStore store, long to)
    {
        while (_frontier.Size < to)
        {
            var from = _frontier.Size;
            var entries = new List<ReadOnlyMemory<byte>>();
            for (var i = from; i < Math.Min(to, from + BatchSize); i++)
            {
                entries.Add(Entry(i));
                _frontier.Append(MerkleTree.LeafHash(entries[^1].Span));
            }
            store.Append(from, entries, Head());
        }
    }

    /// <summary>Every file of the tree is there to the byte; what else is there is a partial tile.</summary>
    public void MustBePublished(string tiles, long size, string? ignoring = null)
    {
        var note = File.ReadAllBytes(Path.Combine(tiles, "checkpoint"));
        var isOurs = Checkpoint.TryOpen(note, Key, Ed25519.Verify, out var checkpoint, out var fault);
        Assert.True(isOurs, fault?.ToString());
        Assert.NotNull(checkpoint);
        Assert.Equal(size, checkpoint.Size);

        var expected = Files(size, out var root);
        Assert.Equal(root, checkpoint.Root.ToArray());
        foreach (var (path, content) in expected)
        {
            Assert.True(File.Exists(Path.Combine(tiles, path)), $"{path} is missing");
            var published = File.ReadAllBytes(Path.Combine(tiles, path));
            Assert.True(content.AsSpan().SequenceEqual(published), $"{path} differs");
        }
        foreach (var file in Directory.EnumerateFiles(tiles, "*", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(tiles, file);
            Assert.True(
                expected.ContainsKey(path) || path == "checkpoint" || path.Contains(".p/")
                    || (ignoring is not null && path.StartsWith(ignoring)),
                $"{path} is too many");
        }
    }

    Dictionary<string, byte[]> Files(long size, out byte[] root)
    {
        var files = new Dictionary<string, byte[]>();
        var hashes = new List<byte[]>();
        for (long first = 0; first < size; first += 256)
        {
            var bundle = new MemoryStream();
            var width = (int)Math.Min(256, size - first);
            for (var i = first; i < first + width; i++)
            {
                var length = new byte[2];
                BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)Entry(i).Length);
                bundle.Write([.. length, .. Entry(i)]);
                hashes.Add(SHA256.HashData([0, .. Entry(i)]));
            }
            files.Add($"tile/entries/{Name(first / 256, width)}", bundle.ToArray());
        }
        root = RootOf(hashes, 0, hashes.Count);
        for (var level = 0; hashes.Count > 0; level++)
        {
            var above = new List<byte[]>();
            for (var first = 0; first < hashes.Count; first += 256)
            {
                var width = Math.Min(256, hashes.Count - first);
                var content = hashes.GetRange(first, width).SelectMany(hash => hash).ToArray();
                files.Add($"tile/{level}/{Name(first / 256, width)}", content);
                if (width == 256)
                    above.Add(RootOf(hashes, first, first + 256));
            }
            hashes = above;
        }
        return files;
    }

    static string Name(long index, int width)
    {
        var name = (index % 1000).ToString("D3", CultureInfo.InvariantCulture);
        if (index >= 1000)
            name = $"x{index / 1000:D3}/{name}";
        return width == 256 ? name : $"{name}.p/{width}";
    }

    static byte[] RootOf(List<byte[]> hashes, int from, int to)
    {
        if (from == to)
            return SHA256.HashData([]);
        if (to - from == 1)
            return hashes[from];
        var split = 1;
        while (split * 2 < to - from)
            split *= 2;
        return SHA256.HashData([1, .. RootOf(hashes, from, from + split), .. RootOf(hashes, from + split, to)]);
    }
}
