using System.Globalization;
using System.Security.Cryptography;
using SQLitePCL;
using Writ.Ledger;

namespace Writ.Server.Storage;

/// <summary>The connection that appends. Its owner serialises.</summary>
sealed class SqliteWriter : IDisposable
{
    readonly SqliteLink _link;
    readonly ILedgerWriteFaults? _faults;
    readonly sqlite3_stmt _begin;
    readonly sqlite3_stmt _commit;
    readonly sqlite3_stmt _rollback;
    readonly sqlite3_stmt _insert;
    readonly sqlite3_stmt _moveHead;

    SqliteWriter(SqliteLink link, ILedgerWriteFaults? faults)
    {
        _link = link;
        _faults = faults;
        _begin = link.Prepare("BEGIN IMMEDIATE"u8);
        _commit = link.Prepare("COMMIT"u8);
        _rollback = link.Prepare("ROLLBACK"u8);
        _insert = link.Prepare("INSERT INTO entry (idx, leaf, body) VALUES (?1, ?2, ?3)"u8);
        _moveHead = link.Prepare(
            "UPDATE head SET size = ?1, root = ?2, note = ?3, frontier = ?4, digest = ?5 WHERE id = 1 AND size = ?6"u8);
    }

    internal static SqliteWriter Open(string path, SqliteLedgerSettings settings)
    {
        var link = SqliteLink.Open(path, create: false);
        try
        {
            var schema = SqliteSchema.Recognise(link, path);
            SqliteInception.Configure(link);
            SqliteSchema.Migrate(link, schema);
            if (settings.PagesMax is { } pages)
                link.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA max_page_count = {pages}"));
            return new SqliteWriter(link, settings.Faults);
        }
        catch
        {
            link.Dispose();
            throw;
        }
    }

    internal void WriteInception(LedgerHead head)
    {
        using var insert = _link.Prepare(
            "INSERT INTO head (id, size, root, note, frontier, digest) VALUES (1, ?1, ?2, ?3, ?4, ?5)"u8);
        Bind(insert, head);
        _link.Check(SqliteLink.Run(insert), "Writing the first head");
    }

    internal void Append(long expectedSize, IReadOnlyList<ReadOnlyMemory<byte>> entries, LedgerHead head)
    {
        try
        {
            Must(Step(LedgerWriteStep.Begin, _begin), "Beginning an append");
            // The head first: a second writer is told so, and not that an index is taken.
            MoveHead(expectedSize, head);
            Insert(expectedSize, entries);
        }
        catch (LedgerFaultException)
        {
            RollBack();
            throw;
        }
        Commit();
    }

    void MoveHead(long expectedSize, LedgerHead head)
    {
        Bind(_moveHead, head);
        _link.Check(raw.sqlite3_bind_int64(_moveHead, 6, expectedSize), "Binding the head");
        Must(Step(LedgerWriteStep.MoveHead, _moveHead), "Moving the head");
        if (_link.Changes != 1)
        {
            throw new LedgerFaultException(
                StorageCodes.Conflict, $"The stored head is not at {expectedSize}: somebody else writes this ledger.");
        }
    }

    void Insert(long first, IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        for (var i = 0; i < entries.Count; i++)
        {
            var body = entries[i].Span;
            var leaf = MerkleTree.LeafHash(body);
            var result = raw.sqlite3_bind_int64(_insert, 1, first + i);
            if (result == raw.SQLITE_OK)
                result = raw.sqlite3_bind_blob(_insert, 2, leaf.Bytes);
            if (result == raw.SQLITE_OK)
                result = raw.sqlite3_bind_blob(_insert, 3, body);
            _link.Check(result, "Binding an entry");
            Must(Step(LedgerWriteStep.Insert, _insert), "Inserting an entry");
        }
    }

    /// <summary>
    /// A commit that fails may already have put its last frame where recovery will find it, whatever SQLite undid in
    /// memory. Only "busy" is known to have happened before anything was written.
    /// </summary>
    void Commit()
    {
        var result = Step(LedgerWriteStep.Commit, _commit);
        if (result == raw.SQLITE_OK)
            return;
        var known = (result & SqliteFaults.PrimaryCode) == raw.SQLITE_BUSY && _link.InTransaction;
        var fault = _link.Fault(result, "Committing an append", outcomeUnknown: !known);
        RollBack();
        throw fault;
    }

    /// <summary>A transaction that cannot be rolled back holds the database: that is a fault of its own.</summary>
    void RollBack()
    {
        if (!_link.InTransaction)
            return;
        var result = SqliteLink.Run(_rollback);
        if (result != raw.SQLITE_OK)
            throw _link.Fault(result, "Rolling an append back", outcomeUnknown: true);
    }

    int Step(LedgerWriteStep step, sqlite3_stmt statement)
    {
        if (_faults is null)
            return SqliteLink.Run(statement);
        var before = _faults.Before(step);
        if (before != raw.SQLITE_OK)
            return before;
        var result = SqliteLink.Run(statement);
        return result == raw.SQLITE_OK ? _faults.After(step) : result;
    }

    void Must(int result, string doing) => _link.Check(result, doing);

    void Bind(sqlite3_stmt statement, LedgerHead head)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        HeadDigest.Compute(head, digest);
        var result = raw.sqlite3_bind_int64(statement, 1, head.Size);
        if (result == raw.SQLITE_OK)
            result = raw.sqlite3_bind_blob(statement, 2, head.Root);
        if (result == raw.SQLITE_OK)
            result = raw.sqlite3_bind_blob(statement, 3, head.CheckpointNote);
        if (result == raw.SQLITE_OK)
            result = raw.sqlite3_bind_blob(statement, 4, head.Frontier);
        if (result == raw.SQLITE_OK)
            result = raw.sqlite3_bind_blob(statement, 5, digest);
        _link.Check(result, "Binding the head");
    }

    public void Dispose() => _link.Dispose();
}
