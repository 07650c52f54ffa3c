using System.Security.Cryptography;
using System.Text;
using Writ.Server.Storage;

namespace Writ.Server.Tests.Storage;

/// <summary>Entries and heads that follow from their index alone, with a plain RFC 6962 root.</summary>
static class SampleLedger
{
    public static LedgerHead Inception { get; } = HeadAt(0);

    public static ReadOnlyMemory<byte> Entry(long index) =>
        Encoding.UTF8.GetBytes($"entry {index} {new string('x', (int)(index % 700))}");

    public static ReadOnlyMemory<byte>[] Entries(long from, int count) =>
        [.. Enumerable.Range(0, count).Select(i => Entry(from + i))];

    public static LedgerHead HeadAt(long size) => new(
        size, Root(0, size), Encoding.UTF8.GetBytes($"note at {size}\n"), Encoding.UTF8.GetBytes($"frontier {size}"));

    public static void Extend(ILedgerStore store, int count)
    {
        var size = store.Head.Size;
        store.Append(size, Entries(size, count), HeadAt(size + count));
    }

    /// <summary>Every entry, the head and the root over what was read are those of this ledger at this size.</summary>
    public static void MustHoldExactly(ILedgerStore store, long size)
    {
        AssertSame(HeadAt(size), store.Head);
        var read = ReadAll(store);
        Assert.Equal(size, read.Count);
        for (var i = 0; i < read.Count; i++)
            Assert.True(read[i].Span.SequenceEqual(Entry(i).Span), $"entry {i} differs");
        Assert.Equal(store.Head.Root, Root(read, 0, read.Count));
    }

    public static List<ReadOnlyMemory<byte>> ReadAll(ILedgerStore store)
    {
        var all = new List<ReadOnlyMemory<byte>>();
        while (store.Read(all.Count, 7) is { Count: > 0 } some)
            all.AddRange(some);
        return all;
    }

    public static void AssertSame(LedgerHead expected, LedgerHead actual)
    {
        Assert.Equal(expected.Size, actual.Size);
        Assert.Equal(expected.Root, actual.Root);
        Assert.Equal(expected.CheckpointNote, actual.CheckpointNote);
        Assert.Equal(expected.Frontier, actual.Frontier);
    }

    static byte[] Root(long from, long to) => Root(Entries(from, (int)(to - from)), 0, (int)(to - from));

    static byte[] Root(IReadOnlyList<ReadOnlyMemory<byte>> entries, int from, int to)
    {
        if (from == to)
            return SHA256.HashData([]);
        if (to - from == 1)
            return SHA256.HashData([0, .. entries[from].Span]);
        var split = 1;
        while (split * 2 < to - from)
            split *= 2;
        return SHA256.HashData([1, .. Root(entries, from, from + split), .. Root(entries, from + split, to)]);
    }
}
