using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Writ.Server.Endpoints;
using Writ.Server.Sequencer;
using Writ.Server.Storage;
using Writ.Wire;

namespace Writ.Server.Reading;

/// <summary>A prompt as it was recorded in a session, with the entry that says so.</summary>
public sealed record RecordedPrompt(string PromptId, string Digest, int Bytes, long Index);

/// <summary>
/// What is looked up often and decides nothing: which entries tell of a request, where a session was opened, which
/// prompts came. It is derived from the ledger in a file of its own; without the file, or when it is of another ledger,
/// it is made again. It learns of new entries by looking into the ledger, never from what it is told.
/// </summary>
public sealed class DerivedIndex : BackgroundService
{
    const int BatchEntries = 512;
    const int EntriesPerRequestMax = 1_000;
    const string Version = "5";

    const string Schema = """
        CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
        CREATE TABLE request_entry(request TEXT NOT NULL, idx INTEGER NOT NULL,
          PRIMARY KEY(request, idx)) STRICT, WITHOUT ROWID;
        CREATE TABLE run(id TEXT PRIMARY KEY, request TEXT NOT NULL) STRICT;
        CREATE TABLE session(id TEXT PRIMARY KEY, opened INTEGER NOT NULL) STRICT;
        CREATE TABLE prompt(session TEXT NOT NULL, idx INTEGER NOT NULL, prompt TEXT NOT NULL, digest TEXT NOT NULL,
          bytes INTEGER NOT NULL, PRIMARY KEY(session, idx)) STRICT, WITHOUT ROWID;
        CREATE TABLE about(name TEXT NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY(name, idx)) STRICT, WITHOUT ROWID;
        """;

    // What is wanted at once is asked for; until then whoever waits for an answer has the processors first.
    static readonly TimeSpan _calm = TimeSpan.FromMilliseconds(50);

    readonly ILedgerStore _store;
    readonly ILogger<DerivedIndex> _log;
    readonly string _path;
    readonly IDisposable _subscription;
    readonly Channel<bool> _news = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    readonly SemaphoreSlim _wanted = new(0);
    readonly Lock _gate = new();
    SqliteConnection? _database;
    TaskCompletionSource _moved = New();
    long _next;

    public DerivedIndex(RealmActor realm, ILedgerStore store, DataDirectory directory, ILogger<DerivedIndex> log)
    {
        (_store, _log) = (store, log);
        _path = Path.Combine(directory.Root, "derived.db");
        _subscription = realm.Subscribe(_ => _news.Writer.TryWrite(true));
    }

    /// <summary>How many entries are in it.</summary>
    public long Size => Volatile.Read(ref _next);

    /// <summary>Waits until everything that is durable now is in the index, or the time is over: then false.</summary>
    public async Task<bool> CaughtUp(TimeSpan timeMax, TimeProvider clock, CancellationToken cancel)
    {
        var goal = _store.Head.Size;
        _news.Writer.TryWrite(true);
        if (Size < goal && _wanted.CurrentCount == 0)
            _wanted.Release();
        try
        {
            using var limit = new CancellationTokenSource(timeMax, clock);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
            while (true)
            {
                var moved = Volatile.Read(ref _moved).Task;
                if (Size >= goal)
                    return true;
                await moved.WaitAsync(both.Token);
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>The entries that tell of a request, oldest first.</summary>
    public long[] EntriesOf(RequestId request) => Query(
        "SELECT idx FROM request_entry WHERE request = $1 ORDER BY idx LIMIT $2", row => row.GetInt64(0),
        request.Value, EntriesPerRequestMax);

    /// <summary>The first entries that tell of a finding or a change, by <c>finding/ID</c> or <c>change/ID</c>.
    /// </summary>
    public long[] EntriesAbout(string name) => Query(
        "SELECT idx FROM about WHERE name = $1 ORDER BY idx LIMIT $2", row => row.GetInt64(0), name,
        EntriesPerRequestMax);

    /// <summary>The request that a run carried out.</summary>
    public RequestId? RequestOf(RunId run) => Query(
        "SELECT request FROM run WHERE id = $1 LIMIT $2", row => (RequestId?)new RequestId(row.GetString(0)), run.Value,
        1).FirstOrDefault();

    public long? OpeningOf(SessionId session) => Query(
        "SELECT opened FROM session WHERE id = $1 LIMIT $2", row => (long?)row.GetInt64(0), session.Value, 1)
        .FirstOrDefault();

    /// <summary>The prompt a request came of: the one it names, else the last one before it.</summary>
    public RecordedPrompt? PromptFor(SessionId session, string? promptId, long before) => Query(
        $"SELECT prompt, digest, bytes, idx FROM prompt WHERE session = $1 AND idx "
            + $"< {before.ToString(CultureInfo.InvariantCulture)} "
        + "ORDER BY prompt = $3 DESC, idx DESC LIMIT $2",
        row => new RecordedPrompt(row.GetString(0), row.GetString(1), row.GetInt32(2), row.GetInt64(3)),
        session.Value, 1, promptId ?? "").FirstOrDefault();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        _news.Writer.TryWrite(true);
        // Ended by completing the news, not by an exception: nothing failed.
        await using var end = stoppingToken.Register(() => _news.Writer.TryComplete());
        await foreach (var _ in _news.Reader.ReadAllAsync(CancellationToken.None))
        {
            await _wanted.WaitAsync(_calm, CancellationToken.None);
            try
            {
                while (!stoppingToken.IsCancellationRequested && CatchUp())
                    Interlocked.Exchange(ref _moved, New()).TrySetResult();
                Interlocked.Exchange(ref _moved, New()).TrySetResult();
            }
            catch (Exception e) when (e is SqliteException or LedgerFaultException or IOException or JsonException)
            {
                // Nothing depends on it but views: made again from the ledger at the next news.
                EndpointLog.IndexFailed(_log, e);
                Discard();
            }
        }
    }

    public override void Dispose()
    {
        _subscription.Dispose();
        lock (_gate)
            _database?.Dispose();
        base.Dispose();
    }

    /// <summary>Takes in one batch; false when there is nothing left.</summary>
    bool CatchUp()
    {
        lock (_gate)
        {
            var database = _database ??= Open_NeedsLock();
            var head = _store.Head.Size;
            if (_next >= head)
                return false;
            var entries = _store.Read(_next, (int)Math.Min(BatchEntries, head - _next));
            // Without an object that would take it back: on a full disk SQLite has done so already, and closing the
            // file would then fail. After whatever goes wrong here it is closed and made again.
            Run_NeedsLock(database, "BEGIN");
            for (var i = 0; i < entries.Count; i++)
                foreach (var row in DerivedRows.Of(_next + i, Entry.FromBytes(entries[i].Span)))
                    Run_NeedsLock(database, row.Sql, row.Values);
            Run_NeedsLock(database, "INSERT OR REPLACE INTO meta VALUES('next', $1)", $"{_next + entries.Count}");
            Run_NeedsLock(database, "COMMIT");
            Volatile.Write(ref _next, _next + entries.Count);
            return entries.Count > 0;
        }
    }

    T[] Query<T>(string sql, Func<SqliteDataReader, T> read, params object[] values)
    {
        lock (_gate)
        {
            if (_database is null)
                return [];
            using var command = Command_NeedsLock(_database, sql, values);
            using var reader = command.ExecuteReader();
            var rows = new List<T>();
            while (reader.Read())
                rows.Add(read(reader));
            return [.. rows];
        }
    }

    SqliteConnection Open_NeedsLock()
    {
        SqliteLibrary.Load();
        for (var attempt = 0; ; attempt++)
        {
            var where = new SqliteConnectionStringBuilder { DataSource = _path, Pooling = false };
            var database = new SqliteConnection(where.ToString());
            database.Open();
            File.SetUnixFileMode(_path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            if (attempt > 0)
                Make_NeedsLock(database);
            if (Resume_NeedsLock(database) is { } next)
            {
                Volatile.Write(ref _next, next);
                return database;
            }
            database.Dispose();
            if (attempt > 0)
                throw new IOException("The derived index cannot be made.");
            File.Delete(_path);
        }
    }

    void Make_NeedsLock(SqliteConnection database)
    {
        // Losing it costs a rebuild, so it need not be durable.
        Run_NeedsLock(database, "PRAGMA journal_mode = WAL");
        Run_NeedsLock(database, "PRAGMA synchronous = OFF");
        Run_NeedsLock(database, Schema);
        Run_NeedsLock(database, "INSERT INTO meta VALUES('of', $1)", Identity());
        Run_NeedsLock(database, "INSERT INTO meta VALUES('next', '0')");
    }

    /// <summary>Where an existing file stands; null when it is not of this ledger and version.</summary>
    long? Resume_NeedsLock(SqliteConnection database)
    {
        try
        {
            using var command = Command_NeedsLock(database,
                "SELECT (SELECT value FROM meta WHERE key = 'of'), (SELECT value FROM meta WHERE key = 'next')");
            using var reader = command.ExecuteReader();
            return reader.Read() && !reader.IsDBNull(0) && !reader.IsDBNull(1) && reader.GetString(0) == Identity()
                && long.TryParse(reader.GetString(1), NumberStyles.None, CultureInfo.InvariantCulture, out var next)
                && next <= _store.Head.Size
                    ? next
                    : null;
        }
        catch (SqliteException)
        {
            // Another schema, or no database at all.
            return null;
        }
    }

    /// <summary>A ledger is known by its first entry, which no other ledger has.</summary>
    string Identity() => Version + ":" + (_store.Read(0, 1) is [var first, ..]
        ? Convert.ToHexStringLower(SHA256.HashData(first.Span))
        : "empty");

    void Discard()
    {
        lock (_gate)
        {
            _database?.Dispose();
            _database = null;
            File.Delete(_path);
        }
    }

    static void Run_NeedsLock(SqliteConnection database, string sql, params object[] values)
    {
        using var command = Command_NeedsLock(database, sql, values);
        command.ExecuteNonQuery();
    }

    static SqliteCommand Command_NeedsLock(SqliteConnection database, string sql, params object[] values)
    {
        var command = database.CreateCommand();
#pragma warning disable CA2100 // Every text is a constant of this file or a number.
        command.CommandText = sql;
#pragma warning restore CA2100
        for (var i = 0; i < values.Length; i++)
            command.Parameters.AddWithValue($"${i + 1}", values[i]);
        return command;
    }

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
