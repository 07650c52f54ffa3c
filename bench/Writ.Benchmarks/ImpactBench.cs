using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Writ.Documents;
using Writ.Policies;
using Writ.Requests;
using Writ.Server.Sequencer;
using Writ.Server.Storage;
using Writ.Server.Tests.Sequencer;
using Writ.Sessions;

namespace Writ.Benchmarks;

/// <summary>
/// How long it takes to judge every recorded verdict of a long ledger again, as <c>writ policy impact</c> does, and how
/// much memory: the lines are everyday ones, and the bundle is the shipped one without a rule.
/// </summary>
static class ImpactBench
{
    const int RequestsPerSession = 2_000;
    const int Batch = 1_000;
    const int ReadEntries = 512;

    public static async Task Run(string[] arguments)
    {
        var verdicts = arguments is [var given, ..] ? int.Parse(given, CultureInfo.InvariantCulture) : 200_000;
        var folder = Directory.CreateTempSubdirectory("writ-bench-");
        try
        {
            var path = Path.Combine(folder.FullName, "data");
            await Fill(path, verdicts);
            using var store = SqliteLedgerStore.Open(DataDirectory.Open(path));
            var candidate = PolicyBundle.Compile(Candidate()).Bundle!;
            Console.WriteLine("| threads | entries | verdicts | changed | s | CPU s | verdicts/s | live MB at most |");
            Console.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
            foreach (var threads in new[] { 1, Environment.ProcessorCount })
                Print(store, candidate, threads);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static void Print(SqliteLedgerStore store, PolicyBundle candidate, int threads)
    {
        var live = 0L;
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var started = Stopwatch.GetTimestamp();
        var impact = LedgerReplay.Of(
            new PolicyReplay(candidate, DateTimeOffset.MinValue), Entries(store), threads,
            taken => live = taken % 65_536 == 0 ? Math.Max(live, GC.GetTotalMemory(forceFullCollection: true)) : live,
            CancellationToken.None);
        var took = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var used = (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {threads} | {impact.Entries:N0} | {impact.Verdicts:N0} | {impact.Changed():N0} | {took:N2} | ")
            + string.Create(CultureInfo.InvariantCulture,
                $"{used:N2} | {impact.Verdicts / took:N0} | {live / 1_048_576.0:N0} |"));
    }

    static IEnumerable<ReadOnlyMemory<byte>> Entries(SqliteLedgerStore store)
    {
        for (var next = 0L; next < store.Head.Size;)
        {
            var entries = store.Read(next, ReadEntries);
            foreach (var entry in entries)
                yield return entry;
            next += entries.Count;
        }
    }

    // Without the rule that asks about what is not understood.
    static PolicySource Candidate() => new([.. BenchFiles.ShippedPolicies().Files.Select(file => file with
    {
        Text = file.Text.Replace("@id(\"not-understood\")", "@id(\"renamed\")", StringComparison.Ordinal),
    })]);

    static async Task Fill(string path, int verdicts)
    {
        var lines = Directory.GetFiles(BenchFiles.Find("tests/benign"), "*.txt").Order(StringComparer.Ordinal)
            .SelectMany(file => File.ReadLines(file).Skip(2)).ToArray();
        using var sample = await SampleRealm.Create(path, TimeProvider.System);
        await using var realm = OpenRealm.Open(
            DataDirectory.Open(path), TimeProvider.System, NullLogger.Instance, new RealmActorSettings());
        await sample.Govern(realm.Actor, BenchFiles.ShippedPolicies());
        var session = await sample.OpenSession(realm.Actor);
        for (var done = 0; done < verdicts; done += Batch)
        {
            if (done > 0 && done % RequestsPerSession == 0)
            {
                await SampleRealm.Accepted(realm.Actor, sample.Founder, $"close-{done}",
                    new SessionMove.Close(session, "done"));
                session = await sample.OpenSession(realm.Actor);
            }
            var (first, into) = (done, session);
            await Task.WhenAll(Enumerable.Range(first, Batch).Select(i => SampleRealm.Accepted(
                realm.Actor, SampleRealm.Agent, $"req-{i}",
                SampleRealm.Submit(into, new RequestId($"req-{i}"), lines[i % lines.Length]))));
        }
    }
}
