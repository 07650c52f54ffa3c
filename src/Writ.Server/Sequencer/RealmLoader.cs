using System.Text.Json;
using Writ.Ledger;
using Writ.Realms;
using Writ.Server.Storage;
using Writ.Wire;

namespace Writ.Server.Sequencer;

/// <summary>
/// From a ledger to a realm. The head is believed when the log key signed it and the entries that are read arrive at
/// it; the state is the fold of what they say. Asked to verify, it reads every entry and decides each again.
/// </summary>
sealed class RealmLoader(ILedgerStore store, KeyRing keys, bool verify)
{
    const int ChunkEntries = LedgerLimits.EntriesPerReadMax;

    RealmState _state = RealmState.None;
    readonly DecisionAudit? _audit = verify ? new DecisionAudit() : null;
    MerkleFrontier _frontier = new();
    readonly AnswerMemory _answers = new();

    /// <summary>Why a snapshot that is there was not used; null when it was, or when there is none.</summary>
    public string? SnapshotDoubt { get; private set; }

    public LoadedRealm Load()
    {
        var head = store.Head;
        MustBeSigned(head);
        if (!verify)
        {
            var snapshot = StateSnapshot.Load(store, keys, out var doubt);
            SnapshotDoubt = doubt;
            if (snapshot is not null && TryContinue(snapshot, head) is { } loaded)
                return loaded;
        }
        var folded = Fold(0, head.Size);
        MustArrive(head);
        return Loaded(folded);
    }

    /// <summary>The snapshot and what follows it, or null when together they are not this ledger.</summary>
    LoadedRealm? TryContinue(StateSnapshot snapshot, LedgerHead head)
    {
        // Hashed before it is folded: a state of another history must not even meet these entries.
        _frontier = snapshot.Frontier.Clone();
        for (var at = _frontier.Size; at < head.Size;)
            foreach (var bytes in store.Read(at, (int)Math.Min(ChunkEntries, head.Size - at)))
            {
                _frontier.Append(MerkleTree.LeafHash(bytes.Span));
                at++;
            }
        if (!IsAt(head))
        {
            SnapshotDoubt = "it is of another history than the ledger";
            _frontier = new MerkleFrontier();
            return null;
        }
        (_state, _frontier) = (snapshot.State, snapshot.Frontier.Clone());
        for (var i = 0; i < snapshot.Keys.Length; i++)
            _answers.Add(snapshot.Frontier.Size - snapshot.Keys.Length + i, snapshot.Keys[i]);
        return Loaded(Fold(snapshot.Frontier.Size, head.Size));
    }

    LoadedRealm Loaded(long folded)
    {
        if (_state.Exists && _state.Origin != keys.Origin)
            throw Corrupt($"The ledger is of '{_state.Origin}', its key of '{keys.Origin}'.");
        return new LoadedRealm(_state, _frontier, _answers, folded);
    }

    void MustBeSigned(LedgerHead head)
    {
        if (keys.OpenCheckpoint(head.CheckpointNote) is not { } checkpoint)
            throw Corrupt($"The stored checkpoint is not signed by '{keys.Log.VkeyText}'.");
        if (checkpoint.Size != head.Size || !checkpoint.Root.Bytes.SequenceEqual(head.Root))
            throw Corrupt("The stored head is not what its checkpoint says.");
        if (MerkleFrontier.Load(head.Frontier) is not { } frontier || frontier.Size != head.Size
            || frontier.Root() != checkpoint.Root)
            throw Corrupt("The stored frontier does not make the stored root.");
    }

    void MustArrive(LedgerHead head)
    {
        if (!IsAt(head))
            throw Corrupt("The entries do not make the signed root.");
    }

    bool IsAt(LedgerHead head) =>
        _frontier.Size == head.Size && _frontier.Root().Bytes.SequenceEqual(head.Root);

    /// <summary>Reads and parses one chunk ahead of the fold.</summary>
    long Fold(long from, long size)
    {
        var next = Task.Run(() => Read(from, size));
        var folded = 0L;
        while (next.GetAwaiter().GetResult() is { Length: > 0 } chunk)
        {
            var after = from + folded + chunk.Length;
            next = Task.Run(() => Read(after, size));
            foreach (var read in chunk)
                Fold(from + folded++, read);
        }
        return folded;
    }

    ReadEntry[] Read(long from, long size)
    {
        var count = (int)Math.Min(ChunkEntries, size - from);
        if (count <= 0)
            return [];
        var bytes = store.Read(from, count);
        var entries = new ReadEntry[bytes.Count];
        Parallel.For(0, entries.Length, i => entries[i] = Parse(from + i, bytes[i]));
        return entries;
    }

    static ReadEntry Parse(long index, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return new ReadEntry(bytes, Entry.FromBytes(bytes.Span), MerkleTree.LeafHash(bytes.Span));
        }
        catch (Exception e) when (Unreadable.Is(e))
        {
            throw Corrupt($"Entry {index} cannot be read: {e.Message}");
        }
    }

    void Fold(long index, ReadEntry read)
    {
        var (entry, data) = (read.Entry, read.Entry.Data);
        if (_audit?.Take(read.Bytes.Span) is { } fault)
            throw Corrupt($"Entry {index} does not follow from those before it ({fault.Code}): {fault.Why}");
        _state = _audit?.State
            ?? RealmDecider.Evolve(_state, data.Move, data.Actor, data.Events ?? [], entry.Time);
        _frontier.Append(read.Leaf);
        _answers.Add(index, entry.Id);
    }

    static LedgerFaultException Corrupt(string message) => new(StorageCodes.Corrupt, message);

    sealed record ReadEntry(ReadOnlyMemory<byte> Bytes, Entry Entry, MerkleHash Leaf);
}
