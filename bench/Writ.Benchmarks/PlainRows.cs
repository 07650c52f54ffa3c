using SQLitePCL;
using Writ.Server.Storage;

namespace Writ.Benchmarks;

/// <summary>
/// The peer of the realm: rows of one size, committed in groups by one thread with the same journal, sync and page size
/// as the ledger, and nothing else. No verdict, no hashing, no signature, no record to read later.
/// </summary>
sealed class PlainRows : IDisposable
{
    const int BatchMax = 1_000;

    readonly object _gate = new();
    readonly byte[] _row;
    readonly SqliteLink _link;
    readonly Thread _thread;
    List<TaskCompletionSource> _waiting = [];
    bool _closing;

    public PlainRows(string path, int bytesPerRow)
    {
        _row = new byte[bytesPerRow];
        Random.Shared.NextBytes(_row);
        _link = SqliteLink.Open(path, create: true);
        _link.Execute("PRAGMA page_size = 8192");
        SqliteInception.Configure(_link);
        _link.Execute("CREATE TABLE entry (idx INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT");
        _thread = new Thread(Run) { IsBackground = true, Name = "plain-rows" };
        _thread.Start();
    }

    /// <summary>Completes when one more row is durable.</summary>
    public Task Add()
    {
        var added = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _waiting.Add(added);
            Monitor.Pulse(_gate);
        }
        return added.Task;
    }

    void Run()
    {
        var begin = _link.Prepare("BEGIN IMMEDIATE"u8);
        var commit = _link.Prepare("COMMIT"u8);
        var insert = _link.Prepare("INSERT INTO entry (idx, body) VALUES (?1, ?2)"u8);
        var index = 0L;
        while (Take() is { Count: > 0 } batch)
        {
            _link.Check(SqliteLink.Run(begin), "begin");
            for (var i = 0; i < batch.Count; i++)
            {
                _link.Check(raw.sqlite3_bind_int64(insert, 1, index++), "bind");
                _link.Check(raw.sqlite3_bind_blob(insert, 2, _row), "bind");
                _link.Check(SqliteLink.Run(insert), "insert");
            }
            _link.Check(SqliteLink.Run(commit), "commit");
            foreach (var added in batch)
                added.SetResult();
        }
    }

    List<TaskCompletionSource> Take()
    {
        lock (_gate)
        {
            while (_waiting.Count == 0 && !_closing)
                Monitor.Wait(_gate);
            var all = _waiting;
            if (all.Count <= BatchMax)
            {
                _waiting = [];
                return all;
            }
            _waiting = all[BatchMax..];
            return all[..BatchMax];
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _closing = true;
            Monitor.Pulse(_gate);
        }
        _thread.Join();
        _link.Dispose();
    }
}
