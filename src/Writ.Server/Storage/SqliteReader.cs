using System.Security.Cryptography;
using SQLitePCL;
using Writ.Ledger;

namespace Writ.Server.Storage;

/// <summary>The connection that reads, and believes nothing that does not hash to what was stored with it.</summary>
sealed class SqliteReader : IDisposable
{
    readonly SqliteLink _link;
    readonly sqlite3_stmt _select;

    SqliteReader(SqliteLink link)
    {
        _link = link;
        _select = link.Prepare("SELECT idx, leaf, body FROM entry WHERE idx >= ?1 ORDER BY idx LIMIT ?2"u8);
    }

    internal static SqliteReader Open(string path)
    {
        var link = SqliteLink.Open(path, create: false);
        try
        {
            SqliteInception.Configure(link);
            link.Execute("PRAGMA query_only = ON");
            return new SqliteReader(link);
        }
        catch
        {
            link.Dispose();
            throw;
        }
    }

    /// <summary>The stored head, whole, and with exactly the last entry it speaks of in the table.</summary>
    internal LedgerHead ReadHead()
    {
        using var select = _link.Prepare("SELECT size, root, note, frontier, digest FROM head WHERE id = 1"u8);
        var result = raw.sqlite3_step(select);
        if (result == raw.SQLITE_DONE)
            throw Corrupt("The ledger has no head.");
        if (result != raw.SQLITE_ROW)
            throw _link.Fault(result, "Reading the head");
        var head = new LedgerHead(
            raw.sqlite3_column_int64(select, 0),
            raw.sqlite3_column_blob(select, 1).ToArray(),
            raw.sqlite3_column_blob(select, 2).ToArray(),
            raw.sqlite3_column_blob(select, 3).ToArray());
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        HeadDigest.Compute(head, digest);
        if (!digest.SequenceEqual(raw.sqlite3_column_blob(select, 4)))
            throw Corrupt("The stored head does not match its own digest.");
        var entries = _link.Number("SELECT coalesce(max(idx) + 1, 0) FROM entry");
        if (entries != head.Size)
            throw Corrupt($"The head speaks of {head.Size} entries and the last one is entry {entries - 1}.");
        return head;
    }

    /// <summary>The caller has checked that so many entries exist.</summary>
    internal List<ReadOnlyMemory<byte>> Read(long from, int count)
    {
        var entries = new List<ReadOnlyMemory<byte>>(count);
        if (count == 0)
            return entries;
        var result = raw.sqlite3_bind_int64(_select, 1, from);
        if (result == raw.SQLITE_OK)
            result = raw.sqlite3_bind_int(_select, 2, count);
        _link.Check(result, "Binding a read");
        try
        {
            Collect(from, count, entries);
            return entries;
        }
        finally
        {
            // Repeats the step's error, which was thrown where it happened.
            _ = raw.sqlite3_reset(_select);
        }
    }

    void Collect(long from, int count, List<ReadOnlyMemory<byte>> entries)
    {
        var bytes = 0;
        while (entries.Count < count)
        {
            var result = raw.sqlite3_step(_select);
            if (result == raw.SQLITE_DONE)
                throw Corrupt($"Entry {from + entries.Count} is missing.");
            if (result != raw.SQLITE_ROW)
                throw _link.Fault(result, "Reading entries");
            var index = from + entries.Count;
            if (raw.sqlite3_column_int64(_select, 0) != index)
                throw Corrupt($"Entry {index} is missing.");
            var body = raw.sqlite3_column_blob(_select, 2);
            if (!MerkleTree.LeafHash(body).Bytes.SequenceEqual(raw.sqlite3_column_blob(_select, 1)))
                throw Corrupt($"Entry {index} does not match its leaf hash.");
            bytes += body.Length;
            if (bytes > LedgerLimits.ReadBytesMax && entries.Count > 0)
                return;
            entries.Add(body.ToArray());
        }
    }

    static LedgerFaultException Corrupt(string message) => new(StorageCodes.Corrupt, message);

    public void Dispose() => _link.Dispose();
}
