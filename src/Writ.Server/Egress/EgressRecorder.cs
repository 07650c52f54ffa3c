using System.Collections.Immutable;
using System.Threading.Channels;
using Writ.Egress;
using Writ.Runs;
using Writ.Server.Sequencer;
using Writ.Server.Storage;
using Writ.Wire;

namespace Writ.Server.Egress;

/// <summary>
/// Writes what a run reached into the ledger, in batches: no connection waits for the disk unless the ledger is far
/// behind, and every one of them is durable before the run's end is. The first that brought something in is written
/// at once: it marks the session.
/// </summary>
sealed class EgressRecorder : IAsyncDisposable
{
    const int WaitingMax = 4_096;
    static readonly TimeSpan _batchAge = TimeSpan.FromSeconds(10);
    static readonly TimeSpan _retryAfter = TimeSpan.FromMilliseconds(50);

    readonly RealmActor _realm;
    readonly BlobStore _blobs;
    readonly IdSource _ids;
    readonly TimeProvider _time;
    readonly Actor _actor;
    readonly RunId _run;
    readonly RequestId _request;
    readonly Channel<EgressRecord> _records = Channel.CreateBounded<EgressRecord>(
        new BoundedChannelOptions(WaitingMax) { SingleReader = true });
    readonly Task _writing;
    int _written;
    bool _broughtContent;
    volatile bool _isBroken;

    internal EgressRecorder(
        RealmActor realm, BlobStore blobs, IdSource ids, TimeProvider time, Actor actor, RunId run, RequestId request)
    {
        (_realm, _blobs, _ids, _time, _actor, _run, _request) = (realm, blobs, ids, time, actor, run, request);
        _writing = Task.Run(WriteAll);
    }

    /// <summary>Nothing more can be recorded, so nothing more may happen.</summary>
    internal bool IsBroken => _isBroken;

    /// <summary>Ends when everything is written; fails with whatever broke the writer.</summary>
    internal Task Writing => _writing;

    /// <summary>Takes one; waits while the ledger is far behind.</summary>
    internal async ValueTask Add(EgressRecord record)
    {
        try
        {
            await _records.Writer.WriteAsync(record);
        }
        catch (ChannelClosedException) when (_isBroken)
        {
            // The run is being ended for it, and whoever waits for the writer is told why.
        }
    }

    /// <summary>Nothing more comes: waits until all of it is durable.</summary>
    internal async Task Finish()
    {
        _records.Writer.TryComplete();
        await _writing;
    }

    public ValueTask DisposeAsync()
    {
        _records.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    // Whoever adds records must not wait for a writer that is no more.
    async Task WriteAll()
    {
        try
        {
            while (await _records.Reader.WaitToReadAsync())
                await Write(await Batch());
        }
        catch (Exception fault)
        {
            _isBroken = true;
            _records.Writer.TryComplete(fault);
            throw;
        }
    }

    // From its first record on a batch takes what comes until it is full, or old, or nothing more comes; or until the
    // run has taken in the first content.
    async Task<ImmutableArray<EgressRecord>> Batch()
    {
        var batch = ImmutableArray.CreateBuilder<EgressRecord>();
        using var old = new CancellationTokenSource(_batchAge, _time);
        try
        {
            while (batch.Count < EgressBatch.CountMax && await _records.Reader.WaitToReadAsync(old.Token))
                while (batch.Count < EgressBatch.CountMax && _records.Reader.TryRead(out var record))
                {
                    batch.Add(record);
                    if (_broughtContent || record.BytesReceived == 0)
                        continue;
                    _broughtContent = true;
                    return batch.ToImmutable();
                }
        }
        catch (OperationCanceledException)
        {
            // It is old enough.
        }
        return batch.ToImmutable();
    }

    async Task Write(ImmutableArray<EgressRecord> records)
    {
        if (records.IsEmpty)
            return;
        EgressBatch? batch;
        while ((batch = TryMake(records)) is null)
            await Task.Delay(_retryAfter, _time, CancellationToken.None);
        _written += records.Length;
        var move = new RunMove.RecordEgress(_run, _request, batch);
        var key = _ids.New("mv");
        while (!await TrySubmit(move, key))
            await Task.Delay(_retryAfter, _time, CancellationToken.None);
    }

    // A full disk only delays it; a list that is too long will never be shorter.
    EgressBatch? TryMake(ImmutableArray<EgressRecord> records)
    {
        try
        {
            return EgressBatch.Of(_written, records, all => _blobs.Put(Lines(all), _ids.NewSalt()).Digest);
        }
        catch (LedgerFaultException e) when (!e.IsFatal && e.Code != StorageCodes.TooLarge)
        {
            return null;
        }
    }

    // A full queue or disk only delays it; a stopped realm records the run as lost at its restart.
    async Task<bool> TrySubmit(RunMove.RecordEgress move, string key)
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

    static byte[] Lines(ImmutableArray<EgressRecord> records)
    {
        using var lines = new MemoryStream();
        foreach (var record in records)
        {
            lines.Write(Canonical.Bytes(record, WireJson.Default.EgressRecord).Span);
            lines.WriteByte((byte)'\n');
        }
        return lines.ToArray();
    }
}
