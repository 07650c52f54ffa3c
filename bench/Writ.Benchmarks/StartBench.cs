using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Writ.Requests;
using Writ.Server.Sequencer;
using Writ.Server.Storage;
using Writ.Server.Tests.Sequencer;
using Writ.Sessions;

namespace Writ.Benchmarks;

/// <summary>
/// How long a realm takes until it can answer: with the snapshot of a graceful end, with the older one a crash leaves,
/// from every entry, and deciding every entry again. Each start is a process of its own, and counts from its beginning.
/// </summary>
static class StartBench
{
    /// <summary>The process that starts: it opens the realm, says so, and ends without saving anything.</summary>
    public const string Argument = "start-once";

    const int Starts = 3;
    const int OpenRequests = 2_000;

    public static async Task Run(string[] arguments)
    {
        var entries = arguments is [var given] ? int.Parse(given, CultureInfo.InvariantCulture) : 1_000_000;
        var folder = Directory.CreateTempSubdirectory("writ-bench-");
        try
        {
            var path = Path.Combine(folder.FullName, "data");
            var snapshot = DataDirectory.Open(await Fill(path, entries)).SnapshotFile;
            Console.WriteLine(
                "| start | entries | folded | opened after s | of it loading s | CPU s | entries folded/s |");
            Console.WriteLine("| :--- | ---: | ---: | ---: | ---: | ---: | ---: |");
            Print("snapshot of a graceful end", path, "believe");
            File.Move(snapshot, snapshot + ".end");
            if (File.Exists(snapshot + ".crash"))
            {
                File.Move(snapshot + ".crash", snapshot);
                Print("snapshot that a crash leaves", path, "believe");
                File.Delete(snapshot);
            }
            Print("replay", path, "believe", starts: 1);
            Print("replay, deciding again", path, "verify", starts: 1);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    public static int Once(string[] arguments)
    {
        var started = Stopwatch.GetTimestamp();
        var directory = DataDirectory.Open(arguments[0]);
        using var store = SqliteLedgerStore.Open(directory);
        using var keys = KeyRing.Open(directory);
        var loaded = new RealmLoader(store, keys, arguments[1] == "verify").Load();
        var loading = Stopwatch.GetElapsedTime(started).TotalSeconds;
        // As the daemon does before it takes anything in.
        new TilePublisher(store, directory.TilesPath).Publish(store.Head, CancellationToken.None);
        var opened = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var cpu = Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds;
        var before = (DateTime.Now - Process.GetCurrentProcess().StartTime).TotalSeconds - opened;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{loaded.Frontier.Size} {loaded.Replayed} {before + opened} {loading} {cpu}"));
        return 0;
    }

    static void Print(string what, string path, string how, int starts = Starts)
    {
        var took = Enumerable.Range(0, starts).Select(_ => Start(path, how)).OrderBy(s => s[2]).ToList();
        var median = took[starts / 2];
        var (entries, folded, opened, loading, cpu) = (median[0], median[1], median[2], median[3], median[4]);
        var numbers = string.Create(CultureInfo.InvariantCulture,
            $"{entries:N0} | {folded:N0} | {opened:N2} | {loading:N2} | {cpu:N2} | {folded / loading:N0}");
        Console.WriteLine($"| {what} | {numbers} |");
    }

    static double[] Start(string path, string how)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Writ.Benchmarks");
        using var process = Process.Start(new ProcessStartInfo(program)
        {
            RedirectStandardOutput = true,
            ArgumentList = { Argument, path, how },
        })!;
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return [.. said.Split(' ', StringSplitOptions.TrimEntries)
            .Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
    }

    /// <summary>Sessions come and go, as they do; some thousand requests are open at the end.</summary>
    static async Task<string> Fill(string path, int entries)
    {
        using var sample = await SampleRealm.Create(path, TimeProvider.System);
        await using var realm = OpenRealm.Open(
            DataDirectory.Open(path), TimeProvider.System, NullLogger.Instance, new RealmActorSettings());
        await sample.Govern(realm.Actor, BenchFiles.ShippedPolicies());
        const int batch = 1_000;
        var session = await sample.OpenSession(realm.Actor);
        for (var done = 0; done < entries; done += batch)
        {
            if (done > 0 && done % OpenRequests == 0 && done + OpenRequests < entries)
            {
                await SampleRealm.Accepted(realm.Actor, sample.Founder, $"close-{done}",
                    new SessionMove.Close(session, "done"));
                session = await sample.OpenSession(realm.Actor);
            }
            var (first, into) = (done, session);
            await Task.WhenAll(Enumerable.Range(first, batch).Select(i => SampleRealm.Accepted(
                realm.Actor, SampleRealm.Agent, $"req-{i}", SampleRealm.Submit(into, new RequestId($"req-{i}")))));
        }
        // What a kill would leave: the snapshot before the one of the end.
        var snapshot = realm.Directory.SnapshotFile;
        if (File.Exists(snapshot))
            File.Copy(snapshot, snapshot + ".crash");
        return path;
    }
}
