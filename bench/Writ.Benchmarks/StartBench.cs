using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Writ.Requests;
using Writ.Server.Sequencer;
using Writ.Server.Storage;
using Writ.Server.Tests.Sequencer;
using Writ.Sessions;

namespace Writ.Benchmarks;

/// <summary>How long a realm takes to start: from its snapshot, from every entry, and deciding every entry
/// again.</summary>
static class StartBench
{
    const int Open = 2_000;

    public static async Task Run(string[] arguments)
    {
        var entries = arguments is [var given] ? int.Parse(given, CultureInfo.InvariantCulture) : 1_000_000;
        var folder = Directory.CreateTempSubdirectory("writ-bench-");
        try
        {
            var path = Path.Combine(folder.FullName, "data");
            await Fill(path, entries);
            var directory = DataDirectory.Open(path);
            Console.WriteLine("| start | entries | folded | seconds |");
            Console.WriteLine("| --- | ---: | ---: | ---: |");
            for (var i = 0; i < 3; i++)
                Print("with a snapshot", directory, verify: false);
            File.Delete(directory.SnapshotFile);
            Print("replay", directory, verify: false);
            Print("replay, deciding again", directory, verify: true);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static void Print(string what, DataDirectory directory, bool verify)
    {
        var started = Stopwatch.GetTimestamp();
        using var store = SqliteLedgerStore.Open(directory);
        using var keys = KeyRing.Open(directory);
        var loaded = new RealmLoader(store, keys, verify).Load();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {what} | {loaded.Frontier.Size:N0} | {loaded.Replayed:N0} "
                + $"| {Stopwatch.GetElapsedTime(started).TotalSeconds:N2} |"));
    }

    /// <summary>Sessions come and go, as they do; some thousand requests are open at the end.</summary>
    static async Task Fill(string path, int entries)
    {
        using var sample = await SampleRealm.Create(path, TimeProvider.System);
        await using var realm = OpenRealm.Open(
            DataDirectory.Open(path), TimeProvider.System, NullLogger.Instance,
            new RealmActorSettings { PublishTiles = false });
        await sample.Govern(realm.Actor);
        const int batch = 1_000;
        var session = await sample.OpenSession(realm.Actor);
        for (var done = 0; done < entries; done += batch)
        {
            if (done > 0 && done % Open == 0 && done + Open < entries)
            {
                await SampleRealm.Accepted(realm.Actor, sample.Founder, $"close-{done}",
                    new SessionMove.Close(session, "done"));
                session = await sample.OpenSession(realm.Actor);
            }
            var (first, into) = (done, session);
            await Task.WhenAll(Enumerable.Range(first, batch).Select(i => SampleRealm.Accepted(
                realm.Actor, SampleRealm.Agent, $"req-{i}", SampleRealm.Submit(into, new RequestId($"req-{i}")))));
        }
    }
}
