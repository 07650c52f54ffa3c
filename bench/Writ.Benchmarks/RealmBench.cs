using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Writ.Realms;
using Writ.Requests;
using Writ.Server.Sequencer;
using Writ.Server.Storage;
using Writ.Server.Tests.Sequencer;
using Writ.Shell;

namespace Writ.Benchmarks;

/// <summary>
/// Durable requests with their verdicts, under the policies that Writ ships with: callers that each wait for the answer
/// before they ask again, against the real actor, SQLite and file system. Beside it, in the same round, the same number
/// of callers whose rows of the same size are merely put into SQLite: what no realm on it can exceed. Facts are
/// established by whoever asks, as the agents' endpoints do it. A command that was asked lately is understood already;
/// one that never was is the dearer kind, and has a row of its own.
/// </summary>
static class RealmBench
{
    const int Rounds = 3;
    const double WarmUpSeconds = 15;
    static readonly int[] _callers = [1, 64, 1_024];

    public static async Task Run(string[] arguments)
    {
        var seconds = arguments.Length > 0 ? double.Parse(arguments[0], CultureInfo.InvariantCulture) : 3;
        int[] counts = arguments.Length > 1 ? [int.Parse(arguments[1], CultureInfo.InvariantCulture)] : _callers;
        // A daemon runs for weeks: its code is compiled, twice where it is often used, before anything counts.
        await Realm(64, WarmUpSeconds, isNew: false);
        var (_, bytesPerEntry) = await Realm(64, WarmUpSeconds, isNew: true);
        Plain(64, bytesPerEntry, seconds / 2);
        Console.WriteLine("| what | callers | entries/s | p50 ms | p99 ms | bytes allocated/entry | CPU us/entry |");
        Console.WriteLine("| :--- | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (var callers in counts)
        {
            var (asked, unheard, plain) = (new List<Measured>(), new List<Measured>(), new List<Measured>());
            for (var round = 0; round < Rounds; round++)
            {
                asked.Add((await Realm(callers, seconds, isNew: false)).Measured);
                unheard.Add((await Realm(callers, seconds, isNew: true)).Measured);
                plain.Add(Plain(callers, bytesPerEntry, seconds));
            }
            Print("request with verdict, a command asked before", callers, Median(asked));
            Print("request with verdict, each command new", callers, Median(unheard));
            Print($"bare row of {bytesPerEntry} bytes", callers, Median(plain));
            foreach (var (name, rounds) in ((string, List<Measured>)[])[("asked before", asked), ("new", unheard)])
            {
                var ratio = Median(rounds).PerSecond / Median(plain).PerSecond;
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"| ratio, {name} | {callers} | {ratio:N2} | | | | |"));
            }
        }
    }

    static Measured Median(List<Measured> rounds) => rounds.OrderBy(r => r.PerSecond).ElementAt(rounds.Count / 2);

    static void Print(string what, int callers, Measured m) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"| {what} | {callers} | {m.PerSecond:N0} | {m.P50:N2} | {m.P99:N2} | {m.Bytes:N0} | {m.Cpu:N1} |"));

    static async Task<(Measured Measured, int BytesPerEntry)> Realm(int callers, double seconds, bool isNew)
    {
        var folder = Directory.CreateTempSubdirectory("writ-bench-");
        try
        {
            var path = Path.Combine(folder.FullName, "data");
            using var sample = await SampleRealm.Create(path, TimeProvider.System);
            await using var realm = OpenRealm.Open(
                DataDirectory.Open(path), TimeProvider.System, NullLogger.Instance, new RealmActorSettings());
            await sample.Govern(realm.Actor, BenchFiles.ShippedPolicies());
            var sessions = await Task.WhenAll(Enumerable.Range(0, Math.Min(callers, 64))
                .Select(_ => sample.OpenSession(realm.Actor)));
            var terms = sessions.Select(s => realm.Actor.State.OpenSession(s)!.Terms).ToArray();
            var measured = await Load(callers, seconds, async (caller, turn) =>
            {
                var id = $"req-{caller}-{turn}";
                var session = terms[caller % terms.Length];
                var submit = SampleRealm.Submit(session.Id, new RequestId(id));
                if (isNew)
                    submit = new RequestMove.Submit(submit.Request with { Ask = new Ask.Exec(["ls", "-la", id]) });
                _ = RequestFacts.Of(submit.Request, session);
                var answer = await realm.Actor.Submit(submit, SampleRealm.Agent, id, CancellationToken.None);
                if (answer.Decided is not Decided.Accepted
                    {
                        Events: [RequestEvent.Judged { Verdict.Kind: VerdictKind.Automatic }],
                    })
                    throw new InvalidOperationException($"not the verdict that is measured: {answer.Decided}");
            });
            return (measured, realm.Store.Read(realm.Store.Head.Size - 1, 1)[0].Length);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static Measured Plain(int callers, int bytesPerRow, double seconds)
    {
        var folder = Directory.CreateTempSubdirectory("writ-bench-");
        try
        {
            using var rows = new PlainRows(Path.Combine(folder.FullName, "rows.db"), bytesPerRow);
            return Load(callers, seconds, (_, _) => rows.Add()).GetAwaiter().GetResult();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static async Task<Measured> Load(int callers, double seconds, Func<int, int, Task> ask)
    {
        var end = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        var (allocated, cpu, started) = (GC.GetTotalAllocatedBytes(), Cpu(), Stopwatch.GetTimestamp());
        var latencies = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            var mine = new List<long>();
            for (var turn = 0; Stopwatch.GetTimestamp() < end; turn++)
            {
                var before = Stopwatch.GetTimestamp();
                await ask(caller, turn);
                mine.Add(Stopwatch.GetTimestamp() - before);
            }
            return mine;
        })));
        var took = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var sorted = latencies.SelectMany(l => l).Order().ToArray();
        return new Measured(
            sorted.Length / took, Ms(sorted[sorted.Length / 2]), Ms(sorted[sorted.Length * 99 / 100]),
            (GC.GetTotalAllocatedBytes() - allocated) / (double)sorted.Length,
            (Cpu() - cpu).TotalMicroseconds / sorted.Length);
    }

    static TimeSpan Cpu() => Process.GetCurrentProcess().TotalProcessorTime;

    static double Ms(long ticks) => ticks * 1_000.0 / Stopwatch.Frequency;

    sealed record Measured(double PerSecond, double P50, double P99, double Bytes, double Cpu);
}
