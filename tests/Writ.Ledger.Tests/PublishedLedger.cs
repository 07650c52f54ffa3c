using System.Globalization;
using System.Text;
using Writ.Linux;

namespace Writ.Ledger.Tests;

/// <summary>A small ledger written by the code under test, its files kept in memory by path.</summary>
sealed class PublishedLedger
{
    public const string Origin = "writ.test/ledger";

    public static readonly byte[] Seed = [.. Enumerable.Range(1, 32).Select(static i => (byte)i)];
    static readonly Dictionary<long, PublishedLedger> Written = [];

    public static NoteVerifierKey Key { get; } = new(Origin, Ed25519.PublicKey(Seed));

    public static NoteVerify Verify { get; } = Ed25519.Verify;

    public Dictionary<string, byte[]> Files { get; } = [];

    public List<byte[]> Entries { get; } = [];

    /// <summary>A copy that may be damaged; the original of each size is written once.</summary>
    public static PublishedLedger OfSize(long size)
    {
        lock (Written)
        {
            if (!Written.TryGetValue(size, out var original))
            {
                original = new PublishedLedger();
                original.Extend(new TileBuilder(), size, batch: 1 << 20);
                Written.Add(size, original);
            }
            var copy = new PublishedLedger();
            copy.Entries.AddRange(original.Entries);
            foreach (var (path, bytes) in original.Files)
                copy.Files.Add(path, (byte[])bytes.Clone());
            return copy;
        }
    }

    public static byte[] Entry(long index) => Encoding.UTF8.GetBytes(
        $$"""{"entry":{{index}},"pad":"{{new string('x', (int)(index * 7 % 40))}}"}""");

    /// <summary>Publishes batch by batch, a checkpoint after each, as the writer of a realm does.</summary>
    public void Extend(TileBuilder builder, long size, int batch)
    {
        while (true)
        {
            for (var i = 0; i < batch && builder.Size < size; i++)
            {
                Entries.Add(Entry(builder.Size));
                builder.Append(Entries[^1]);
            }
            foreach (var file in builder.Flush())
                Files[file.Path.ToString()] = file.Bytes.ToArray();
            SignCheckpoint(builder.Size, builder.Root());
            if (builder.Size == size)
                return;
        }
    }

    public void SignCheckpoint(long size, MerkleHash root) => Files[Tiles.CheckpointPath] =
        new Checkpoint(Origin, size, root).Sign(Key, static message => Ed25519.Sign(Seed, message));

    public byte[]? Read(string path) => Files.GetValueOrDefault(path);

    public LedgerAudit Audit() => LedgerVerifier.Verify(Read, Key, Verify);

    public Checkpoint Head =>
        Checkpoint.TryOpen(Files[Tiles.CheckpointPath], Key, Verify, out var head, out var fault)
            ? head
            : throw new InvalidOperationException(fault.ToString());

    public void WriteTo(string folder)
    {
        foreach (var (path, bytes) in Files)
        {
            var full = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            File.WriteAllBytes(full, bytes);
        }
    }

    public override string ToString() => Entries.Count.ToString(CultureInfo.InvariantCulture);
}
