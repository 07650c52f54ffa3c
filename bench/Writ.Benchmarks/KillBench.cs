using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Writ.Kills;
using Writ.Leases;
using Writ.Realms;
using Writ.Server.Endpoints;
using Writ.Server.Sequencer;
using Writ.Server.Tests.Sequencer;
using Writ.Sessions;
using Writ.Workflows;

namespace Writ.Benchmarks;

/// <summary>
/// How long the kill switch takes: from the order of a person until a run of a hundred processes is dead, until that
/// is durable in the ledger, and until the run's credential, with which it is logged in at a PostgreSQL, has been taken
/// back. The order itself, standing still and its evidence are part of it.
/// </summary>
static class KillBench
{
    const int Processes = 100;

    // The one in /usr/bin is a script that first looks into /etc, which no sandbox shows.
    static readonly string Psql = Path.Combine(BenchPostgres.Programs, "psql");

    public static async Task Run(string[] arguments)
    {
        var rounds = arguments is [var given] ? int.Parse(given, CultureInfo.InvariantCulture) : 100;
        await using var server = await BenchPostgres.Start();
        // Whoever reads this table waits for it as long as it is logged in.
        await using var holder = await server.Hold("held");
        var profile = new CredentialProfile("bench", CredentialTier.Deploy, "bench", 600, 600, 4, server.Profile);
        await using var daemon = await BenchDaemon.Start(document => document with
        {
            Targets = [.. document.Targets.Select(t => t.Id.Value == "web" ? t with { Credentials = [profile] } : t)],
            Workflows =
            [
                document.Workflows[0] with
                {
                    TierMin = Tier.T2,
                    CredentialProfiles = [profile.Id],
                    Bounds = document.Workflows[0].Bounds with { Credentials = 1_000 },
                },
            ],
        });
        daemon.WriteAdmin("bench", BenchPostgres.Broker, BenchPostgres.Password);
        List<double> dead = [], durable = [], revoked = [], frozen = [], counts = [];
        for (var i = -5; i < rounds; i++)
        {
            var once = await Once(daemon, $"kill-{i}");
            if (i < 0)
                continue;
            counts.Add(once.Count);
            dead.Add(once.Dead);
            durable.Add(once.Durable);
            revoked.Add(once.Revoked);
            frozen.Add(once.Frozen);
        }
        Console.WriteLine($"| kill of a run of {Processes} processes | n | p50 ms | p99 ms | longest ms |");
        Console.WriteLine("| :--- | ---: | ---: | ---: | ---: |");
        Row("all stand still, after", frozen);
        Row("all are dead, after", dead);
        Row("that is durable, after", durable);
        Row("its credential is taken back, after", revoked);
        Console.WriteLine($"\nProcesses that stood still: {counts.Min()} to {counts.Max()}.");
    }

    static async Task<Kill> Once(BenchDaemon daemon, string session)
    {
        await daemon.OpenSession(session, credentials: 1);
        using var process = Process.Start(new ProcessStartInfo(BenchDaemon.Binary("writ"),
        [
            "run", "--session", session, "--", "bash", "-c", string.Create(CultureInfo.InvariantCulture,
                $"for i in $(seq {Processes - 2}); do sleep 600 & done; "
                    + $"{Psql} -X -q -A -t -c 'select 1' -c 'select * from held'"),
        ])
        {
            WorkingDirectory = daemon.Tree,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["WRIT_SOCKET"] = daemon.Socket },
        })!;
        if (await process.StandardOutput.ReadLineAsync() != "1")
            throw new InvalidOperationException(await process.StandardError.ReadToEndAsync());
        var realm = daemon.Services.GetRequiredService<RealmActor>();
        var lease = realm.State.Leases.Live.Values.OfType<LeaseState.Issued>().Single().Lease.Id;
        var kill = new KillId($"order-{session}");
        var started = Stopwatch.GetTimestamp();
        var ordered = await SampleRealm.Accepted(realm, daemon.Founder, kill.Value, new KillMove.Order(
            kill, new Scope(ScopeKind.Session, session), "measured"));
        var runs = ((Decided.Accepted)ordered.Decided).Events.OfType<KillEvent.Ordered>().Single().Runs;
        var revoking = Revoked(realm, lease, started);
        var steps = await daemon.Services.GetRequiredService<IRunKiller>().KillAsync(runs, CancellationToken.None);
        var dead = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        await SampleRealm.Accepted(realm, new Actor.Host("kill"), $"{kill.Value}-over", new KillMove.Complete(
            kill, steps, (int)dead));
        var durable = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        var revoked = await revoking;
        await process.WaitForExitAsync();
        return new Kill(dead, durable, revoked, steps.Single().FrozenMs ?? 0, steps.Single().Processes ?? 0);
    }

    // What the ledger says has been confirmed by the backend.
    static async Task<double> Revoked(RealmActor realm, LeaseId lease, long started)
    {
        while (realm.State.Leases.Live.ContainsKey(lease))
            await Task.Delay(1);
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    /// <summary>Milliseconds since the order, and how many processes stood still.</summary>
    readonly record struct Kill(double Dead, double Durable, double Revoked, double Frozen, int Count);

    static void Row(string name, List<double> all) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"| {name} | {all.Count} | {BenchDaemon.Percentile(all, 0.5):N1} | {BenchDaemon.Percentile(all, 0.99):N1} "
            + $"| {all.Max():N1} |"));
}
