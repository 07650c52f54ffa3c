using System.Collections.Immutable;
using System.Threading.Channels;
using Writ.Runs;
using Writ.Runs.Recordings;
using Writ.Server.Sequencer;
using Writ.Server.Storage;
using Writ.Wire;

namespace Writ.Server.Mediation;

/// <summary>
/// Writes what was started in a run into the ledger, in batches: no attempt waits for the disk, and none is lost while
/// the run is. The last batch is given to whoever records the run's end, so that both become durable together.
/// </summary>
sealed class ExecutionRecorder : IAsyncDisposable
{
    const int BatchesWaitingMax = 4;
    static readonly TimeSpan _batchAge = TimeSpan.FromSeconds(10);
    static readonly TimeSpan _retryAfter = TimeSpan.FromMilliseconds(50);

    readonly RealmActor _realm;
    readonly BlobStore _blobs;
    readonly IdSource _ids;
    readonly TimeProvider _time;
    readonly Actor _actor;
    readonly RunId _run;
    readonly RequestId _request;
    readonly Channel<List<ExecutionRecord>> _full = Channel.CreateBounded<List<ExecutionRecord>>(BatchesWaitingMax);
    readonly KnownSecrets _secrets;
    readonly Lock _gate = new();
    readonly ITimer _timer;
    readonly Task _writing;
    List<ExecutionRecord> _open = [];
    int _written;

    internal ExecutionRecorder(
        RealmActor realm, BlobStore blobs, IdSource ids, TimeProvider time, Actor actor, RunId run, RequestId request,
        KnownSecrets secrets)
    {
        (_realm, _blobs, _ids, _time, _actor, _run, _request) = (realm, blobs, ids, time, actor, run, request);
        _secrets = secrets;
        _timer = time.CreateTimer(_ => CloseBatch(), null, _batchAge, _batchAge);
        _writing = Task.Run(WriteAll);
    }

    /// <summary>Takes one; stands still while the ledger is far behind, and so does the run.</summary>
    internal void Add(ExecutionRecord record)
    {
        var bounded = BoundedRecord.Of(BoundedRecord.Masked(record, _secrets));
        var isFull = false;
        lock (_gate)
        {
            _open.Add(bounded);
            isFull = _open.Count == ExecutionBatch.CountMax;
        }
        if (isFull)
            CloseBatch();
    }

    /// <summary>
    /// Nothing more comes: waits until all but the last batch are durable, and gives that; null when there is none.
    /// </summary>
    internal async Task<RunMove.RecordExecutions?> Finish()
    {
        await _timer.DisposeAsync();
        _full.Writer.TryComplete();
        await _writing;
        return _open.Count == 0 ? null : await Move(_open);
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        _full.Writer.TryComplete();
    }

    void CloseBatch()
    {
        lock (_gate)
        {
            if (_open.Count == 0 || !_full.Writer.TryWrite(_open))
            {
                // The ledger is behind. Whoever fills this batch waits here for room; the timer comes again.
                if (_open.Count < ExecutionBatch.CountMax)
                    return;
                _full.Writer.WriteAsync(_open).AsTask().GetAwaiter().GetResult();
            }
            _open = [];
        }
    }

    // Whoever fills batches must not wait for a writer that is no more.
    async Task WriteAll()
    {
        try
        {
            await WriteBatches();
        }
        catch (Exception fault)
        {
            _full.Writer.TryComplete(fault);
            throw;
        }
    }

    async Task WriteBatches()
    {
        await foreach (var batch in _full.Reader.ReadAllAsync())
        {
            var move = await Move(batch);
            var key = _ids.New("mv");
            while (await TrySubmit(move, key) is false)
                await Task.Delay(_retryAfter, _time, CancellationToken.None);
        }
    }

    // A full queue or disk only delays it; a stopped realm records the run as lost at its restart.
    async Task<bool> TrySubmit(RunMove.RecordExecutions move, string key)
    {
        try
        {
            var answer = await _realm.Submit(move, _actor, key, CancellationToken.None);
            Invariant.Must(answer.Decided is Decided.Accepted, "A batch of our own making is taken.");
            return true;
        }
        catch (RealmUnavailableException e) when (e.Code != RealmUnavailableException.Stopped)
        {
            return false;
        }
    }

    async Task<RunMove.RecordExecutions> Move(List<ExecutionRecord> batch)
    {
        // Attempts end in another order than they begin in, where one waits longer.
        batch.Sort(static (a, b) => a.Number.CompareTo(b.Number));
        var first = _written;
        _written += batch.Count;
        var whole = batch.Count <= ExecutionBatch.ListedMax
            && batch.Sum(ExecutionBatch.Length) <= ExecutionBatch.TextMax;
        string? list = null;
        while (!whole && (list = TryPut(batch)) is null)
            await Task.Delay(_retryAfter, _time, CancellationToken.None);
        return new RunMove.RecordExecutions(_run, _request, new ExecutionBatch(
            first, batch.Count, Tallies(batch), whole ? [.. batch] : Notable(batch), list));
    }

    // A full disk only delays it, and with it the run, once the batches that wait are full; a list that is too long
    // will never be shorter.
    string? TryPut(List<ExecutionRecord> batch)
    {
        try
        {
            return _blobs.Put(Lines(batch), _ids.NewSalt()).Digest;
        }
        catch (LedgerFaultException e) when (!e.IsFatal && e.Code != StorageCodes.TooLarge)
        {
            return null;
        }
    }

    static ImmutableArray<ExecutionTally> Tallies(List<ExecutionRecord> batch) =>
    [
        .. batch.GroupBy(r => (r.End, r.Code, r.Rule))
            .OrderBy(g => g.Key.Code, StringComparer.Ordinal).ThenBy(g => g.Key.Rule, StringComparer.Ordinal)
            .ThenBy(g => g.Key.End)
            .Select(g => new ExecutionTally(g.Key.End, g.Key.Code, g.Key.Rule, g.Count())),
    ];

    // What was not permitted is in the ledger itself, as far as there is room: it outlives the list.
    static ImmutableArray<ExecutionRecord> Notable(List<ExecutionRecord> batch)
    {
        var kept = ImmutableArray.CreateBuilder<ExecutionRecord>();
        var room = (long)ExecutionBatch.TextMax;
        foreach (var record in batch.Where(r => r.End is ExecutionEnd.Denied or ExecutionEnd.Killed))
        {
            room -= ExecutionBatch.Length(record);
            if (room < 0 || kept.Count == ExecutionBatch.ListedMax)
                break;
            kept.Add(record);
        }
        return kept.ToImmutable();
    }

    static byte[] Lines(List<ExecutionRecord> batch)
    {
        using var lines = new MemoryStream();
        foreach (var record in batch)
        {
            lines.Write(Canonical.Bytes(record, WireJson.Default.ExecutionRecord).Span);
            lines.WriteByte((byte)'\n');
        }
        return lines.ToArray();
    }
}

/// <summary>A record whose texts are short enough to be kept, whatever the command made them.</summary>
static class BoundedRecord
{
    const int RecordMax = 2_048;
    const int TextMax = 256;
    const int ArgumentsMax = 24;

    /// <summary>
    /// Without the secrets that are known: the arguments of a program are as public as the ledger. What was masked is
    /// told by the digest of the whole, as what was cut.
    /// </summary>
    internal static ExecutionRecord Masked(ExecutionRecord record, KnownSecrets secrets)
    {
        if (secrets.Values.IsEmpty)
            return record;
        var argv = record.Program.Argv;
        var masked = argv.Select(secrets.Masked).ToImmutableArray();
        return masked.SequenceEqual(argv)
            ? record
            : record with
            {
                ArgvDigest = ActionDigests.Argv(argv),
                Program = record.Program with { Argv = masked },
                Why = record.Why is { } why ? secrets.Masked(why) : null,
                Found = record.Found is { } found
                    ? found with { Argv = [.. found.Argv.Select(secrets.Masked)] } : null,
            };
    }

    internal static ExecutionRecord Of(ExecutionRecord record) =>
        ExecutionBatch.Length(record) <= RecordMax
            ? record
            : record with
            {
                ArgvDigest = record.ArgvDigest ?? ActionDigests.Argv(record.Program.Argv),
                Program = Short(record.Program),
                Why = record.Why is { } why ? Short(why) : null,
                Found = record.Found is { } found ? Short(found) : null,
            };

    static ExecutedProgram Short(ExecutedProgram program) => program with
    {
        Name = Short(program.Name),
        Executable = Short(program.Executable),
        Argv = Few(program.Argv),
        Cwd = Short(program.Cwd),
        Via = [.. program.Via.Take(4).Select(v => Short(v, TextMax / 4))],
        Script = program.Script is { } script ? script with { Path = Short(script.Path) } : null,
    };

    static ImmutableArray<string> Few(ImmutableArray<string> argv)
    {
        var room = TextMax * 2;
        var kept = ImmutableArray.CreateBuilder<string>();
        foreach (var argument in argv.Take(ArgumentsMax))
        {
            if ((room -= argument.Length) < 0)
            {
                kept.Add(Short(argument, TextMax / 4));
                break;
            }
            kept.Add(argument);
        }
        return kept.ToImmutable();
    }

    // Never inside a surrogate pair.
    static string Short(string text, int max = TextMax) => text.Length <= max ? text
        : text[..(char.IsHighSurrogate(text[max - 1]) ? max - 1 : max)] + "…";
}
