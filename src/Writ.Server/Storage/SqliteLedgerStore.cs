using Writ.Linux;

namespace Writ.Server.Storage;

/// <summary>
/// The ledger in one SQLite database: write-ahead log, synced on every commit, one connection that writes and one
/// that reads. A store whose write had an unknown outcome answers nothing more; the process restarts and loads.
/// </summary>
public sealed class SqliteLedgerStore : ILedgerStore
{
    readonly DataDirectory _directory;
    readonly DirectoryLock _claim;
    readonly SqliteWriter _writer;
    readonly SqliteReader _reader;

    // Both only serialise callers of one connection; the writer's is never contended in a correct host.
    readonly Lock _writing = new();
    readonly Lock _reading = new();
    LedgerHead _head;
    bool _stopped;

    SqliteLedgerStore(
        DataDirectory directory, DirectoryLock claim, SqliteWriter writer, SqliteReader reader, LedgerHead head)
    {
        _directory = directory;
        _claim = claim;
        _writer = writer;
        _reader = reader;
        _head = head;
    }

    public LedgerHead Head => Volatile.Read(ref _head);

    /// <summary>
    /// Inception: the only way a ledger comes to be. It is made beside its place and renamed, so that a half-made one
    /// is never found; an existing one is never touched.
    /// </summary>
    public static void Create(DataDirectory directory, LedgerHead inception)
    {
        inception.MustBeWellFormed();
        ArgumentOutOfRangeException.ThrowIfNotEqual(inception.Size, 0);
        using var claim = DirectoryLock.Take(directory.LockFile);
        if (File.Exists(directory.LedgerFile))
            throw new LedgerFaultException(StorageCodes.Exists, $"'{directory.LedgerFile}' stands already.");
        var beside = directory.LedgerFile + ".new";
        try
        {
            RemoveRemainsOf(beside);
            File.Create(beside).Dispose();
            File.SetUnixFileMode(beside, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            SqliteInception.Write(beside, inception);
            File.Move(beside, directory.LedgerFile);
            DurableFiles.SyncDirectory(directory.Root);
        }
        catch (IOException e)
        {
            throw LedgerFaultException.FromIo("Creating the ledger", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw LedgerFaultException.FromIo("Creating the ledger", e);
        }
    }

    /// <summary>Opens what <see cref="Create"/> made; refuses a missing, foreign, newer or broken one.</summary>
    public static SqliteLedgerStore Open(DataDirectory directory, SqliteLedgerSettings? settings = null)
    {
        var claim = DirectoryLock.Take(directory.LockFile);
        SqliteWriter? writer = null;
        SqliteReader? reader = null;
        try
        {
            if (!File.Exists(directory.LedgerFile))
            {
                throw new LedgerFaultException(
                    StorageCodes.NotALedger,
                    $"There is no ledger at '{directory.LedgerFile}'; one is created only by the explicit command.");
            }
            writer = SqliteWriter.Open(directory.LedgerFile, settings ?? new SqliteLedgerSettings());
            reader = SqliteReader.Open(directory.LedgerFile);
            var store = new SqliteLedgerStore(directory, claim, writer, reader, reader.ReadHead());
            (writer, reader) = (null, null);
            claim = null!;
            return store;
        }
        finally
        {
            reader?.Dispose();
            writer?.Dispose();
            claim?.Dispose();
        }
    }

    public void Append(long expectedSize, IReadOnlyList<ReadOnlyMemory<byte>> entries, LedgerHead head)
    {
        MustFit(expectedSize, entries, head);
        lock (_writing)
        {
            MustRun();
            try
            {
                _writer.Append(expectedSize, entries, head);
            }
            catch (LedgerFaultException e) when (e.IsFatal)
            {
                Volatile.Write(ref _stopped, true);
                throw;
            }
            Volatile.Write(ref _head, head);
        }
    }

    public IReadOnlyList<ReadOnlyMemory<byte>> Read(long from, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, LedgerLimits.EntriesPerReadMax);
        var available = Math.Max(0, Head.Size - from);
        lock (_reading)
        {
            MustRun();
            return _reader.Read(from, (int)Math.Min(count, available));
        }
    }

    public void SaveSnapshot(long size, ReadOnlySpan<byte> root, ReadOnlySpan<byte> content) =>
        SnapshotFile.Save(_directory.SnapshotFile, size, root, content);

    public LedgerSnapshot? LoadSnapshot() => SnapshotFile.Load(_directory.SnapshotFile);

    public void Dispose()
    {
        lock (_writing)
        {
            lock (_reading)
            {
                Volatile.Write(ref _stopped, true);
                _reader.Dispose();
                _writer.Dispose();
                _claim.Dispose();
            }
        }
    }

    void MustRun()
    {
        if (Volatile.Read(ref _stopped))
            throw new LedgerFaultException(StorageCodes.Stopped, "The store is closed or was stopped by a fault.");
    }

    void MustFit(long expectedSize, IReadOnlyList<ReadOnlyMemory<byte>> entries, LedgerHead head)
    {
        head.MustBeWellFormed();
        ArgumentOutOfRangeException.ThrowIfGreaterThan(entries.Count, LedgerLimits.EntriesPerAppendMax);
        if (head.Size != expectedSize + entries.Count)
            throw new ArgumentException($"{expectedSize} + {entries.Count} entries do not make {head.Size}.");
        if (entries.Count == 0 && expectedSize == Head.Size && !head.Root.AsSpan().SequenceEqual(Head.Root))
            throw new ArgumentException("Without entries the root stays what it was.");
        for (var i = 0; i < entries.Count; i++)
        {
            if (entries[i].Length is 0 or > LedgerLimits.EntryBytesMax)
                throw new ArgumentException($"An entry is 1 to {LedgerLimits.EntryBytesMax} bytes.");
        }
    }

    static void RemoveRemainsOf(string beside)
    {
        foreach (var suffix in new[] { "", "-wal", "-shm", "-journal" })
            File.Delete(beside + suffix);
    }
}
