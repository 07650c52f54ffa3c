using System.Diagnostics;
using System.Globalization;
using Writ.Ledger;
using Writ.Requests;
using Writ.Runs;
using Writ.Server.Sequencer;
using Writ.Server.Storage;
using Writ.Server.Tests.Storage;
using Writ.Wire;

namespace Writ.Server.Tests.Sequencer;

/// <summary>
/// A real process under load, killed with SIGKILL at random moments, 25 times with 8 realms in it: 200 recoveries.
/// Every
/// ledger is then read by a second account that has followed it from its first entry.
/// </summary>
public sealed class CrashTests
{
    const int Realms = 8;
    const int Lives = 25;
    const int Seed = 20260302;
    const int AcknowledgedMax = 600;

    [Fact]
    public async Task Killed_at_any_moment_nothing_acknowledged_is_lost_and_no_writ_is_consumed_twice()
    {
        using var folder = new TemporaryFolder();
        var accounts = new Account[Realms];
        for (var i = 0; i < Realms; i++)
            accounts[i] = await Account.Open(folder[$"realm-{i}"]);
        var random = new Random(Seed);
        for (var life = 0; life < Lives; life++)
        {
            Live(folder.Root, accounts, life, random.Next(AcknowledgedMax));
            foreach (var account in accounts)
                account.Follow($"seed {Seed}, life {life}");
        }
        Assert.All(accounts, account => Assert.True(account.Consumed > 0, "no run was ever started"));
    }

    /// <summary>Starts the process, listens until it has acknowledged so much, and kills it there.</summary>
    static void Live(string folder, Account[] accounts, int life, int killAfter)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Writ.Server.Tests"))
        {
            RedirectStandardOutput = true,
            ArgumentList = { CrashRealms.Argument, folder, $"{Realms}", $"life{life}" },
        };
        using var process = Process.Start(start)!;
        try
        {
            for (var heard = 0; heard < killAfter; heard++)
                Hear(process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("it ended by itself"),
                    accounts);
        }
        finally
        {
            process.Kill();
        }
        // What was in the pipe was said before the kill; a line without its end was not.
        var rest = process.StandardOutput.ReadToEnd();
        foreach (var line in rest[..(rest.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
            Hear(line, accounts);
        process.WaitForExit();
    }

    static void Hear(string line, Account[] accounts)
    {
        var words = line.Split(' ');
        var account = accounts[int.Parse(words[1], CultureInfo.InvariantCulture)];
        var number = long.Parse(words[2], CultureInfo.InvariantCulture);
        if (words[0] == "loaded")
            account.Loads.Add((number, words[3]));
        else
            account.Acknowledged.Add((number, words[3]));
    }

    /// <summary>What the test knows of one realm, entry by entry, independent of the process that writes it.</summary>
    sealed class Account(string path)
    {
        readonly DecisionAudit _audit = new();
        readonly MerkleFrontier _frontier = new();
        readonly List<string> _keys = [];
        readonly HashSet<string> _consumed = [];
        readonly Dictionary<long, string> _states = [];

        public List<(long Index, string Key)> Acknowledged { get; } = [];

        /// <summary>At which size the process loaded this realm, and the digest of the state it found.</summary>
        public List<(long Size, string State)> Loads { get; } = [];

        public int Consumed => _consumed.Count;

        public static async Task<Account> Open(string path)
        {
            using var sample = await SampleRealm.Create(path, TimeProvider.System);
            await using var realm = OpenRealm.Open(
                DataDirectory.Open(path), TimeProvider.System,
                Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, new RealmActorSettings());
            await sample.Govern(realm.Actor);
            await sample.OpenSession(realm.Actor);
            return new Account(path);
        }

        /// <summary>Reads on where it stopped; everything that was claimed has to be there.</summary>
        public void Follow(string moment)
        {
            var directory = DataDirectory.Open(path);
            using var store = SqliteLedgerStore.Open(directory);
            using var keys = KeyRing.Open(directory);
            while (_keys.Count < store.Head.Size)
                foreach (var bytes in store.Read(_keys.Count, LedgerLimits.EntriesPerReadMax))
                    Take(bytes.Span, moment);
            Assert.True(_frontier.Root().Bytes.SequenceEqual(store.Head.Root), $"{moment}: another root");
            var checkpoint = keys.OpenCheckpoint(store.Head.CheckpointNote);
            Assert.True(checkpoint?.Size == _keys.Count && checkpoint.Root == _frontier.Root(),
                $"{moment}: not signed");
            foreach (var (index, key) in Acknowledged)
                Assert.True(index < _keys.Count && _keys[(int)index] == key, $"{moment}: {key} is not entry {index}");
            foreach (var (size, state) in Loads)
                Assert.True(_states[size] == state, $"{moment}: another state at {size}");
            Acknowledged.Clear();
            Loads.Clear();
        }

        void Take(ReadOnlySpan<byte> bytes, string moment)
        {
            var entry = Entry.FromBytes(bytes);
            Assert.True(_audit.Take(bytes) is not { } fault, $"{moment}: entry {_keys.Count} does not follow");
            _frontier.Append(MerkleTree.LeafHash(bytes));
            _keys.Add(entry.Id);
            if (entry.Data.Move is RunMove.Consume consume && entry.Data.Refusal is null)
                Assert.True(_consumed.Add(consume.Writ.Value), $"{moment}: {consume.Writ} was consumed twice");
            // A process says what it found after it has recorded the runs that were lost before.
            _states[_keys.Count] = Digest();
        }

        string Digest() => People.Signatures.Sha256(RealmFixture.Bytes(_audit.State));
    }
}
