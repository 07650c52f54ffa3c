using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Writ.Ledger;
using Writ.Realms;
using Writ.Requests;
using Writ.Server.Sequencer;
using Writ.Server.Storage;
using Writ.Server.Tests.Sequencer;
using Writ.Sessions;
using Writ.Wire;

namespace Writ.Benchmarks;

/// <summary>
/// Where the time of one request goes: every stage of the realm's path by itself, on one thread, in batches as the
/// realm makes them. Medians over the batches, so that a busy machine disturbs little.
/// </summary>
static class StageBench
{
    const int Batches = 400;
    const int WarmUps = 200;

    static readonly string[] _stages =
    [
        "decide", "evolve", "entry to canonical bytes", "leaf hash and tree", "sign the checkpoint",
        "append to SQLite, synced", "publish as tiles", "read the entry again (replay)",
    ];

    public static async Task Run(string[] arguments)
    {
        var batch = arguments is [var given] ? int.Parse(given, CultureInfo.InvariantCulture) : 64;
        var folder = Directory.CreateTempSubdirectory("writ-bench-");
        try
        {
            var path = Path.Combine(folder.FullName, "data");
            var (state, session) = await Governed(path);
            var directory = DataDirectory.Open(path);
            using var store = SqliteLedgerStore.Open(directory);
            using var keys = KeyRing.Open(directory);
            var stages = new StagePath(state, session, store, keys, directory.TilesPath, batch);
            for (var i = 0; i < WarmUps; i++)
                stages.Take();
            stages.Forget();
            for (var i = 0; i < Batches; i++)
                stages.Take();
            stages.Print();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static async Task<(RealmState State, SessionId Session)> Governed(string path)
    {
        using var sample = await SampleRealm.Create(path, TimeProvider.System);
        await using var realm = OpenRealm.Open(
            DataDirectory.Open(path), TimeProvider.System, NullLogger.Instance, new RealmActorSettings());
        await sample.Govern(realm.Actor, BenchFiles.ShippedPolicies());
        var session = await sample.OpenSession(realm.Actor);
        return (realm.Actor.State, session);
    }

    sealed class StagePath(
        RealmState state, SessionId session, ILedgerStore store, KeyRing keys, string tiles, int batch)
    {
        readonly TilePublisher _publisher = new(store, tiles);
        readonly List<(double Microseconds, double Bytes)>[] _took = [.. _stages.Select(
            _ => new List<(double, double)>())];
        MerkleFrontier _frontier = MerkleFrontier.Load(store.Head.Frontier)!;
        readonly RealmState _opened = state;
        RealmState _state = state;
        int _round;

        public void Forget()
        {
            foreach (var stage in _took)
                stage.Clear();
        }

        public void Take()
        {
            var moves = new RequestMove.Submit[batch];
            for (var i = 0; i < batch; i++)
                moves[i] = SampleRealm.Submit(session, new RequestId($"req-{_round % 200}-{i}"));
            // As many requests stay open as in a busy session, and no more.
            if (_round++ % 200 == 0)
                _state = _opened;
            var (decided, after) = (new Decided.Accepted[batch], new RealmState[batch]);
            var now = _state.Now;
            var (decideTime, evolveTime, decideBytes, evolveBytes) = (0.0, 0.0, 0L, 0L);
            for (var i = 0; i < batch; i++)
            {
                var (bytes0, time0) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
                decided[i] = (Decided.Accepted)RealmDecider.Decide(_state, moves[i], SampleRealm.Agent, now);
                var (bytes1, time1) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
                _state = RealmDecider.Evolve(_state, moves[i], SampleRealm.Agent, decided[i].Events, now);
                evolveTime += Stopwatch.GetElapsedTime(time1).TotalMicroseconds;
                evolveBytes += GC.GetAllocatedBytesForCurrentThread() - bytes1;
                decideTime += Stopwatch.GetElapsedTime(time0, time1).TotalMicroseconds;
                decideBytes += bytes1 - bytes0;
                after[i] = _state;
            }
            _took[0].Add((decideTime, decideBytes));
            _took[1].Add((evolveTime, evolveBytes));
            var entries = new ReadOnlyMemory<byte>[batch];
            Time(2, () =>
            {
                for (var i = 0; i < batch; i++)
                    entries[i] = new Entry(moves[i].Request.Id.Value, keys.Origin, now, moves[i].Request.Id.Value,
                        new EntryBody(SampleRealm.Agent, moves[i], decided[i].Events, Refusal: null)).ToBytes();
            });
            var first = _frontier.Size;
            Time(3, () =>
            {
                foreach (var entry in entries)
                    _frontier.Append(MerkleTree.LeafHash(entry.Span));
            });
            LedgerHead? head = null;
            Time(4, () =>
            {
                var root = _frontier.Root();
                head = new LedgerHead(
                    _frontier.Size, root.ToArray(), keys.SignCheckpoint(_frontier.Size, root), _frontier.Save());
            });
            Time(5, () => store.Append(first, entries, head!));
            Time(6, () => _publisher.Publish(head!, CancellationToken.None));
            Time(7, () =>
            {
                foreach (var entry in entries)
                    Entry.FromBytes(entry.Span);
            });
        }

        void Time(int stage, Action work)
        {
            var (bytes, started) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
            work();
            _took[stage].Add((Stopwatch.GetElapsedTime(started).TotalMicroseconds,
                GC.GetAllocatedBytesForCurrentThread() - bytes));
        }

        public void Print()
        {
            Console.WriteLine($"| stage (batches of {batch}) | us/entry | bytes allocated/entry |");
            Console.WriteLine("| :--- | ---: | ---: |");
            for (var stage = 0; stage < _stages.Length; stage++)
            {
                var microseconds = Median(_took[stage].Select(t => t.Microseconds)) / batch;
                var bytes = Median(_took[stage].Select(t => t.Bytes)) / batch;
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"| {_stages[stage]} | {microseconds:N2} | {bytes:N0} |"));
            }
        }

        static double Median(IEnumerable<double> all) => all.Order().ElementAt(Batches / 2);
    }
}
