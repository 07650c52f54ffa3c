using System.Text.Json;
using Writ.Ledger;
using Writ.Realms;
using Writ.Server.Storage;
using Writ.Wire;

namespace Writ.Server.Sequencer;

/// <summary>
/// The one thread that writes the ledger: entries as bytes, leaves into the tree, one signed checkpoint, one durable
/// append; and only then the new state for everybody to see, and the answers.
/// </summary>
sealed class CommittingLoop(
    Desk desk, LoadedRealm loaded, ILedgerStore store, KeyRing keys, Announcer announcer, ILogger log,
    Action<CommittingLoop> committed)
{
    RealmState _state = loaded.State;

    /// <summary>The last durable state.</summary>
    public RealmState State => Volatile.Read(ref _state);

    /// <summary>The right edge of the durable tree. Read it only on this thread, or after it has ended.</summary>
    public MerkleFrontier Frontier { get; private set; } = loaded.Frontier;

    /// <summary>Returns at the regular end. An exception means that the outcome of an append is unknown.</summary>
    public void Run()
    {
        while (desk.AwaitBatch() is { } batch)
            Commit(batch);
    }

    void Commit(List<PendingMove> batch)
    {
        var first = Frontier.Size;
        var entries = new Entry[batch.Count];
        var bytes = new ReadOnlyMemory<byte>[batch.Count];
        var frontier = Frontier.Clone();
        var fits = true;
        for (var i = 0; i < batch.Count; i++)
        {
            entries[i] = batch[i].ToEntry(keys.Origin);
            if (TryWrite(entries[i], batch[i], out bytes[i]))
                frontier.Append(MerkleTree.LeafHash(bytes[i].Span));
            else
                fits = false;
        }
        if (!fits)
        {
            desk.SetBack(batch);
            return;
        }
        if (!TryAppend(first, batch, bytes, frontier))
            return;

        Frontier = frontier;
        for (var i = 0; i < batch.Count; i++)
            loaded.Answers.Add(first + i, batch[i].Key);
        Volatile.Write(ref _state, batch[^1].After);
        // The next batch may come while this one's callers are told.
        var told = announcer.HasObservers ? Told(first, entries, batch) : null;
        desk.Done();
        for (var i = 0; i < batch.Count; i++)
            batch[i].Answer(first + i);
        if (told is not null)
            announcer.Announce(told);
        committed(this);
    }

    bool TryAppend(long first, List<PendingMove> batch, ReadOnlyMemory<byte>[] bytes, MerkleFrontier frontier)
    {
        var root = frontier.Root();
        var head = new LedgerHead(
            frontier.Size, root.ToArray(), keys.SignCheckpoint(frontier.Size, root), frontier.Save());
        try
        {
            store.Append(first, bytes, head);
            return true;
        }
        catch (LedgerFaultException e) when (!e.IsFatal)
        {
            SequencerLog.AppendFailed(log, e, batch.Count, e.Code);
            foreach (var pending in batch)
                pending.Fail(e.Code, $"This was not recorded, and nothing of it happened: {e.Message}", e);
            desk.SetBack([]);
            return false;
        }
    }

    /// <summary>False when the entry has no place in the ledger; a finding then takes its place.</summary>
    bool TryWrite(Entry entry, PendingMove pending, out ReadOnlyMemory<byte> bytes)
    {
        bytes = default;
        try
        {
            bytes = entry.ToBytes();
        }
        catch (Exception e) when (pending.Instead is null && e is InvariantBrokenException or ArgumentException)
        {
            // No canonical form: longer than any JSON we hash, or text that is none.
        }
        if (bytes.Length is > 0 and <= LedgerLimits.EntryBytesMax)
            return true;
        Invariant.Must(pending.Instead is null, "A finding always fits.");
        SequencerLog.EntryTooLarge(log, pending.Move.GetType().Name);
        pending.Instead = SequencerFinding.DoesNotFit(
            pending.Move, JsonSerializer.SerializeToUtf8Bytes(pending.Move, WireJson.Default.Move));
        return false;
    }

    static Committed[] Told(long first, Entry[] entries, List<PendingMove> batch)
    {
        var told = new Committed[entries.Length];
        for (var i = 0; i < told.Length; i++)
            told[i] = new Committed(first + i, entries[i], batch[i].After);
        return told;
    }
}
