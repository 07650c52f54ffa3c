using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Writ.Ledger;
using Writ.People;
using Writ.Realms;
using Writ.Runs;
using Writ.Server.Sequencer;
using Writ.Server.Storage;
using Writ.Wire;

namespace Writ.Server.Tests.Sequencer;

/// <summary>
/// What is known of one realm, entry by entry from its first one, independent of the process that writes it and is
/// killed. Whatever the process has claimed has to be found in the ledger.
/// </summary>
sealed class CrashAccount(string path)
{
    readonly DecisionAudit _audit = new();
    readonly MerkleFrontier _frontier = new();
    readonly List<string> _keys = [];
    readonly HashSet<string> _consumed = [];
    readonly List<(long Index, string Key)> _acknowledged = [];
    readonly Dictionary<long, string> _loads = [];

    /// <summary>How many acknowledged entries there were, and how many of them are in the ledger.</summary>
    public long Acknowledged { get; private set; }

    public long Found { get; private set; }

    /// <summary>How many entries the ledger has; more than were acknowledged, because the kill comes between.</summary>
    public long Entries => _keys.Count;

    public long Consumed => _consumed.Count;

    public long ConsumedTwice { get; private set; }

    /// <summary>How long the process took from opening the directory to having recorded the lost runs.</summary>
    public List<double> RecoveryMilliseconds { get; } = [];

    /// <summary>A new realm with one open session.</summary>
    public static async Task<CrashAccount> Open(string path)
    {
        using var sample = await SampleRealm.Create(path, TimeProvider.System);
        await using var realm = OpenRealm.Open(
            DataDirectory.Open(path), TimeProvider.System, NullLogger.Instance, new RealmActorSettings());
        await sample.Govern(realm.Actor);
        await sample.OpenSession(realm.Actor);
        return new CrashAccount(path);
    }

    /// <summary>The state as a digest of its text with sorted keys.</summary>
    public static string Digest(RealmState state) => Signatures.Sha256(StateText.Of(state));

    public void HearAcknowledged(long index, string key) => _acknowledged.Add((index, key));

    public void HearLoaded(long size, string state, double milliseconds)
    {
        _loads[size] = state;
        RecoveryMilliseconds.Add(milliseconds);
    }

    /// <summary>Reads on where it stopped, and says everything that was claimed and is not so.</summary>
    public List<string> Follow()
    {
        var wrong = new List<string>();
        var directory = DataDirectory.Open(path);
        using var store = SqliteLedgerStore.Open(directory);
        using var keys = KeyRing.Open(directory);
        CompareState(wrong);
        while (_keys.Count < store.Head.Size)
            foreach (var bytes in store.Read(_keys.Count, LedgerLimits.EntriesPerReadMax))
                Take(bytes.Span, wrong);
        if (!_frontier.Root().Bytes.SequenceEqual(store.Head.Root))
            wrong.Add("another root");
        var checkpoint = keys.OpenCheckpoint(store.Head.CheckpointNote);
        if (checkpoint?.Size != _keys.Count || checkpoint.Root != _frontier.Root())
            wrong.Add("not signed");
        foreach (var (index, key) in _acknowledged)
        {
            Acknowledged++;
            if (index < _keys.Count && _keys[(int)index] == key)
                Found++;
            else
                wrong.Add($"{key} is not entry {index}");
        }
        wrong.AddRange(_loads.Keys.Select(size => $"nothing is known of a state at {size}"));
        _acknowledged.Clear();
        _loads.Clear();
        return wrong;
    }

    void Take(ReadOnlySpan<byte> bytes, List<string> wrong)
    {
        var entry = Entry.FromBytes(bytes);
        if (_audit.Take(bytes) is { } fault)
            wrong.Add($"entry {_keys.Count} does not follow: {fault.Why}");
        _frontier.Append(MerkleTree.LeafHash(bytes));
        _keys.Add(entry.Id);
        if (entry.Data is { Move: RunMove.Consume consume, Refusal: null } && !_consumed.Add(consume.Writ.Value))
        {
            ConsumedTwice++;
            wrong.Add($"{consume.Writ} was consumed twice");
        }
        CompareState(wrong);
    }

    // A process says what it found after it has recorded the runs that were lost before.
    void CompareState(List<string> wrong)
    {
        if (_loads.Remove(_keys.Count, out var state) && state != Digest(_audit.State))
            wrong.Add($"another state at {_keys.Count}");
    }
}
