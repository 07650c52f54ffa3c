using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Writ.Realms;
using Writ.Requests;
using Writ.Server.Sequencer;
using Writ.Server.Storage;
using Writ.Server.Tests.Sequencer;

namespace Writ.Benchmarks;

/// <summary>
/// Durable requests with their verdicts, under thirty policies: callers that each wait for the answer before they ask
/// again, against the real actor, SQLite and file system.
/// </summary>
static class RealmBench
{
    const int Rounds = 3;
    static readonly int[] _callers = [1, 64, 1_024];

    public static async Task Run(string[] arguments)
    {
        var seconds = arguments is [var given] ? double.Parse(given, CultureInfo.InvariantCulture) : 3;
        Console.WriteLine("| callers | requests/s | p50 ms | p99 ms | bytes allocated/request | CPU us/request |");
        Console.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (var callers in _callers)
        {
            var rounds = new List<Measured>();
            for (var round = 0; round <= Rounds; round++)
                rounds.Add(await Measure(callers, round == 0 ? seconds / 2 : seconds));
            // The first round only warms up.
            var median = rounds.Skip(1).OrderBy(r => r.PerSecond).ElementAt(Rounds / 2);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {callers} | {median.PerSecond:N0} | {median.P50:N2} | {median.P99:N2} "
                    + $"| {median.Bytes:N0} | {median.Cpu:N1} |"));
        }
    }

    static async Task<Measured> Measure(int callers, double seconds)
    {
        var folder = Directory.CreateTempSubdirectory("writ-bench-");
        try
        {
            var path = Path.Combine(folder.FullName, "data");
            using var sample = await SampleRealm.Create(path, TimeProvider.System);
            await using var realm = OpenRealm.Open(
                DataDirectory.Open(path), TimeProvider.System, NullLogger.Instance, new RealmActorSettings());
            await sample.Govern(realm.Actor);
            var sessions = await Task.WhenAll(Enumerable.Range(0, Math.Min(callers, 64))
                .Select(_ => sample.OpenSession(realm.Actor)));
            return await Load(realm.Actor, sessions, callers, seconds);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static async Task<Measured> Load(RealmActor realm, SessionId[] sessions, int callers, double seconds)
    {
        var end = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        var (allocated, cpu, started) = (GC.GetTotalAllocatedBytes(), Cpu(), Stopwatch.GetTimestamp());
        var latencies = await Task.WhenAll(Enumerable.Range(0, callers).Select(c => Task.Run(async () =>
        {
            var mine = new List<long>();
            for (var i = 0; Stopwatch.GetTimestamp() < end; i++)
            {
                var before = Stopwatch.GetTimestamp();
                var id = $"req-{c}-{i}";
                var answer = await realm.Submit(
                    SampleRealm.Submit(sessions[c % sessions.Length], new RequestId(id)), SampleRealm.Agent, id,
                    CancellationToken.None);
                if (answer.Decided is not Decided.Accepted
                    {
                        Events: [RequestEvent.Judged { Verdict.Kind: VerdictKind.Automatic }],
                    })
                    throw new InvalidOperationException($"not the verdict that is measured: {answer.Decided}");
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
