using System.Diagnostics;
using System.Globalization;
using Writ.Leases;
using Writ.Linux;
using Writ.Realms;
using Writ.Server.Leasing;
using Writ.Server.Storage;

namespace Writ.Benchmarks;

/// <summary>
/// What it takes to issue a credential and to take it back, one after the other, at a PostgreSQL of this machine that
/// writes its log to disk as usual, by the sample plugin, by the realm's own keys, and from services; and what it takes
/// to compare 10,000 accounts of such a server with 10,000 leases.
/// </summary>
static class LeaseBench
{
    const int Swept = 10_000;
    const string Origin = "writ.bench/leases";

    public static async Task Run(string[] arguments)
    {
        var count = arguments is [var given] ? int.Parse(given, CultureInfo.InvariantCulture) : 200;
        await using var server = await BenchPostgres.Start();
        Console.WriteLine("| backend | n | issue p50 ms | p99 ms | revoke p50 ms | p99 ms |");
        Console.WriteLine("| :--- | ---: | ---: | ---: | ---: | ---: |");
        var backend = new PostgresBackend(
            "bench", server.Profile, new AdminAccount(BenchPostgres.Broker, BenchPostgres.Password));
        await Measure("PostgreSQL", backend, count);
        if (File.Exists("/usr/bin/python3"))
            await Measure("plugin (the sample, in Python)", Plugin(server.Root), count);
        await SignedBench.Measure(server.Root, count, Measure);
        await ServiceBench.Measure(count, Measure);
        await Sweep(
            server, backend, new CredentialProfile("bench", CredentialTier.Read, "bench", 60, 60, 1, server.Profile));
    }

    static async Task Measure(string name, ICredentialBackend backend, int count)
    {
        var (issued, revoked) = (new List<double>(), new List<double>());
        for (var i = -20; i < count; i++)
        {
            var account = LeaseNames.Account(LeaseNames.Of(Origin, new WritId($"{name}-{i}"), "bench"));
            var issue = await Time(() => backend.Issue(
                account, TimeProvider.System.GetUtcNow().AddMinutes(20), CancellationToken.None));
            var revoke = await Time(() => backend.Revoke(account, CancellationToken.None));
            if (i < 0)
                continue;
            issued.Add(issue);
            revoked.Add(revoke);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {count} | {BenchDaemon.Percentile(issued, 0.5):N1} "
                + $"| {BenchDaemon.Percentile(issued, 0.99):N1} | {BenchDaemon.Percentile(revoked, 0.5):N1} "
                + $"| {BenchDaemon.Percentile(revoked, 0.99):N1} |"));
    }

    static async Task Sweep(BenchPostgres server, PostgresBackend backend, CredentialProfile profile)
    {
        var at = TimeProvider.System.GetUtcNow();
        var leases = Enumerable.Range(0, Swept).Select(i => new WritId($"swept-{i}"))
            .Select(w => new Lease(
                LeaseNames.Of(Origin, w, "bench"), profile, new TargetId("db"), new RunId(w.Value), w,
                new RequestId(w.Value), new SessionId("s"), at, at)).ToList();
        await server.Super(string.Concat(leases.Select(l => $"CREATE ROLE {l.Account} LOGIN;")));
        var state = RealmState.None with
        {
            Origin = Origin,
            Leases = LeaseBook.Empty with
            {
                Live = System.Collections.Immutable.ImmutableDictionary.CreateRange(leases.Select(l =>
                    KeyValuePair.Create(l.Id, (LeaseState)new LeaseState.Issued(l, "f", at, at)))),
            },
        };
        var took = new List<double>();
        for (var i = -2; i < 9; i++)
        {
            var all = await Time(Look);
            if (i >= 0)
                took.Add(all);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"\nA sweep of {Swept:N0} leases takes {BenchDaemon.Percentile(took, 0.5):N0} ms "
                + $"(the median of {took.Count})."));

        async Task Look()
        {
            var found = await backend.Enumerate(LeaseNames.PrefixOf(Origin), CancellationToken.None);
            var (orphans, gone) = LeaseSweeper.Compare(state, state, profile, found);
            if (found.Length != Swept || orphans.Length + gone.Length != 0)
                throw new InvalidOperationException("the sweep did not see what is there");
        }
    }

    static PluginBackend Plugin(string root)
    {
        var data = DataDirectory.Create(Path.Combine(root, "data"));
        var folder = Directory.CreateDirectory(Path.Combine(data.CredentialsPath, "plugins")).FullName;
        var program = Path.Combine(folder, "folder");
        File.Copy(BenchFiles.Find("samples/credential-plugin/folder"), program);
        Files.SetMode(program, 0x1C0);
        var admin = Path.Combine(data.CredentialsPath, "bench");
        File.WriteAllText(admin, """{"user": "bench"}""");
        Files.SetMode(admin, 0x180);
        var accounts = Directory.CreateDirectory(Path.Combine(root, "accounts")).FullName;
        var plugin = new CredentialBackend.Plugin(
            "folder", RevocationClass.Immediate, [new PluginSetting("folder", accounts)], []);
        return new PluginBackend(
            new CredentialProfile("bench", CredentialTier.Read, "bench", 60, 60, 1, plugin), plugin,
            new AdminFiles(data));
    }

    static async Task<double> Time(Func<Task> call)
    {
        var began = Stopwatch.GetTimestamp();
        await call();
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }
}
