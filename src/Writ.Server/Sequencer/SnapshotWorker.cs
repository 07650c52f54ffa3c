using Writ.Ledger;
using Writ.Realms;
using Writ.Server.Storage;

namespace Writ.Server.Sequencer;

/// <summary>Keeps a snapshot every so many entries, in the background, one at a time, and never for more than a small
/// part of the time: a large state under load would be written again and again. A failed one costs only a slower start.
/// </summary>
sealed class SnapshotWorker(
    ILedgerStore store, KeyRing keys, LoadedRealm loaded, int every, TimeProvider time, ILogger log) : IDisposable
{
    /// <summary>After each, so many times as long as it took there is none.</summary>
    const int RestFactor = 19;

    readonly SemaphoreSlim _saving = new(1);
    long _restsUntil = time.GetTimestamp();
    long _savedAt = loaded.Frontier.Size - loaded.Replayed;

    /// <summary>Called on the committing thread, after each batch.</summary>
    public void Offer(RealmState state, MerkleFrontier frontier)
    {
        if (frontier.Size - Volatile.Read(ref _savedAt) < every
            || time.GetTimestamp() < Volatile.Read(ref _restsUntil) || !_saving.Wait(0))
            return;
        var snapshot = new StateSnapshot(state, frontier.Clone(), loaded.Answers.Keys());
        _ = Task.Run(() =>
        {
            var began = time.GetTimestamp();
            Save(snapshot);
            var ended = time.GetTimestamp();
            Volatile.Write(ref _restsUntil, ended + RestFactor * (ended - began));
            _saving.Release();
        });
    }

    /// <summary>The snapshot of a graceful end, unless nothing has happened since the last one.</summary>
    public void SaveLast(RealmState state, MerkleFrontier frontier)
    {
        _saving.Wait();
        if (frontier.Size > Volatile.Read(ref _savedAt))
            Save(new StateSnapshot(state, frontier, loaded.Answers.Keys()));
        _saving.Release();
    }

    void Save(StateSnapshot snapshot)
    {
        try
        {
            snapshot.Save(store, keys);
            Volatile.Write(ref _savedAt, snapshot.Frontier.Size);
        }
        catch (Exception e)
        {
            // The edge of a background task; whatever it was, the ledger has everything.
            SequencerLog.SnapshotFailed(log, e);
        }
    }

    public void Dispose()
    {
        // Waits for one that is being written: the store closes after this.
        _saving.Wait();
        _saving.Dispose();
    }
}
