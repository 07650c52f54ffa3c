using Writ.Ledger;
using Writ.Realms;
using Writ.Server.Storage;

namespace Writ.Server.Sequencer;

/// <summary>Keeps a snapshot every so many entries, in the background, one at a time. A failed one costs only a
/// slower start.</summary>
sealed class SnapshotWorker(ILedgerStore store, KeyRing keys, LoadedRealm loaded, int every, ILogger log) : IDisposable
{
    readonly SemaphoreSlim _saving = new(1);
    long _savedAt = loaded.Frontier.Size - loaded.Replayed;

    /// <summary>Called on the committing thread, after each batch.</summary>
    public void Offer(RealmState state, MerkleFrontier frontier)
    {
        if (frontier.Size - Volatile.Read(ref _savedAt) < every || !_saving.Wait(0))
            return;
        var snapshot = new StateSnapshot(state, frontier.Clone(), loaded.Answers.Keys());
        _ = Task.Run(() =>
        {
            Save(snapshot);
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
