using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Writ.Kills;
using Writ.Realms;
using Writ.Server.Endpoints;
using Writ.Server.Sequencer;
using Writ.Server.Tests.Sequencer;
using Writ.Sessions;

namespace Writ.Benchmarks;

/// <summary>
/// How long the kill switch takes: from the order of a person until a run of a hundred processes is dead, and until
/// that is durable in the ledger. The order itself, standing still and its evidence are part of it.
/// </summary>
static class KillBench
{
    const int Processes = 100;

    public static async Task Run(string[] arguments)
    {
        var rounds = arguments is [var given] ? int.Parse(given, CultureInfo.InvariantCulture) : 100;
        await using var daemon = await BenchDaemon.Start();
        List<double> dead = [], durable = [], frozen = [], counts = [];
        for (var i = -5; i < rounds; i++)
        {
            var (isDead, isDurable, stoodStill, count) = await Once(daemon, i == -5 ? "bench" : $"bench-{i}");
            if (i < 0)
                continue;
            counts.Add(count);
            dead.Add(isDead);
            durable.Add(isDurable);
            frozen.Add(stoodStill);
        }
        Console.WriteLine($"| kill of a run of {Processes} processes | n | p50 ms | p99 ms | longest ms |");
        Console.WriteLine("| :--- | ---: | ---: | ---: | ---: |");
        Row("all stand still, after", frozen);
        Row("all are dead, after", dead);
        Row("that is durable, after", durable);
        Console.WriteLine($"\nProcesses that stood still: {counts.Min()} to {counts.Max()}.");
    }

    static async Task<(double Dead, double Durable, double Frozen, int Count)> Once(BenchDaemon daemon, string session)
    {
        if (session != "bench")
            await daemon.OpenSession(session);
        using var process = Process.Start(new ProcessStartInfo(BenchDaemon.Binary("writ"),
        [
            "run", "--", "bash", "-c", string.Create(CultureInfo.InvariantCulture,
                $"for i in $(seq {Processes}); do sleep 600 & done; echo up; wait"),
        ])
        {
            WorkingDirectory = daemon.Tree,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["WRIT_SOCKET"] = daemon.Socket },
        })!;
        if (await process.StandardOutput.ReadLineAsync() != "up")
            throw new InvalidOperationException(await process.StandardError.ReadToEndAsync());
        var realm = daemon.Services.GetRequiredService<RealmActor>();
        var kill = new KillId($"kill-{session}");
        var started = Stopwatch.GetTimestamp();
        var ordered = await SampleRealm.Accepted(realm, daemon.Founder, kill.Value, new KillMove.Order(
            kill, new Scope(ScopeKind.Session, session), "measured"));
        var runs = ((Decided.Accepted)ordered.Decided).Events.OfType<KillEvent.Ordered>().Single().Runs;
        var steps = await daemon.Services.GetRequiredService<IRunKiller>().KillAsync(runs, CancellationToken.None);
        var dead = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        await SampleRealm.Accepted(realm, new Actor.Host("kill"), $"{kill.Value}-over", new KillMove.Complete(
            kill, steps, (int)dead));
        var durable = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        await process.WaitForExitAsync();
        return (dead, durable, steps.Single().FrozenMs ?? 0, steps.Single().Processes ?? 0);
    }

    static void Row(string name, List<double> all) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"| {name} | {all.Count} | {BenchDaemon.Percentile(all, 0.5):N1} | {BenchDaemon.Percentile(all, 0.99):N1} "
            + $"| {all.Max():N1} |"));
}
