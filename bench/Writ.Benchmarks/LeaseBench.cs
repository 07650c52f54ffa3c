using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Writ.Leases;
using Writ.Linux;
using Writ.Realms;
using Writ.Server.Leasing;
using Writ.Server.Storage;

namespace Writ.Benchmarks;

/// <summary>
/// What it takes to issue a credential and to take it back, one after the other, at a PostgreSQL of this machine that
/// writes its log to disk as usual, and by the sample plugin; the same for what the realm's own keys sign; and what it
/// takes to compare 10,000 accounts of such a server with 10,000 leases.
/// </summary>
static class LeaseBench
{
    const int Swept = 10_000;
    const string Origin = "writ.bench/leases";
    const string Password = "of-a-benchmark";

    public static async Task Run(string[] arguments)
    {
        var count = arguments is [var given] ? int.Parse(given, CultureInfo.InvariantCulture) : 200;
        var root = Directory.CreateTempSubdirectory("writ-bench-pg-").FullName;
        Files.SetMode(root, 0x1FF);
        using var server = Start(root);
        try
        {
            var profile = new CredentialBackend.Postgres(root, 5432, "postgres", "bench_group");
            await Prepare(root);
            Console.WriteLine("| backend | n | issue p50 ms | p99 ms | revoke p50 ms | p99 ms |");
            Console.WriteLine("| :--- | ---: | ---: | ---: | ---: | ---: |");
            var backend = new PostgresBackend("bench", profile, new AdminAccount("bench_broker", Password));
            await Measure("PostgreSQL", backend, count);
            if (File.Exists("/usr/bin/python3"))
                await Measure("plugin (the sample, in Python)", Plugin(root), count);
            await SignedBench.Measure(root, count, Measure);
            await Sweep(
                root, backend, new CredentialProfile("bench", CredentialTier.Read, "bench", 60, 60, 1, profile));
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
            Directory.Delete(root, recursive: true);
        }
    }

    static async Task Measure(string name, ICredentialBackend backend, int count)
    {
        var (issued, revoked) = (new List<double>(), new List<double>());
        for (var i = -20; i < count; i++)
        {
            var account = LeaseNames.Account(LeaseNames.Of(Origin, new WritId($"{name}-{i}"), "bench"));
            var issue = await Time(() => backend.Issue(
                account, TimeProvider.System.GetUtcNow().AddMinutes(5), CancellationToken.None));
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

    static async Task Sweep(string root, PostgresBackend backend, CredentialProfile profile)
    {
        var at = TimeProvider.System.GetUtcNow();
        var leases = Enumerable.Range(0, Swept).Select(i => new WritId($"swept-{i}"))
            .Select(w => new Lease(
                LeaseNames.Of(Origin, w, "bench"), profile, new TargetId("db"), new RunId(w.Value), w,
                new RequestId(w.Value), new SessionId("s"), at, at)).ToList();
        await Super(root, string.Concat(leases.Select(l => $"CREATE ROLE {l.Account} LOGIN;")));
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

    static Process Start(string root)
    {
        var bin = Path.Combine(
            Directory.GetDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Last(), "bin");
        using (var init = Process.Start(As(
            Path.Combine(bin, "initdb"), "-D", $"{root}/d", "-U", "postgres", "--auth=trust", "-N"))!)
        {
            init.StandardOutput.ReadToEnd();
            init.WaitForExit();
        }
        return Process.Start(As(
            Path.Combine(bin, "postgres"), "-D", $"{root}/d", "-k", root, "-c", "listen_addresses="))!;
    }

    static ProcessStartInfo As(string program, params string[] arguments)
    {
        var start = ThisProcess.EffectiveUid == 0
            ? new ProcessStartInfo(
                "setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", program, .. arguments])
            : new ProcessStartInfo(program, arguments);
        (start.RedirectStandardOutput, start.RedirectStandardError, start.WorkingDirectory) = (true, true, "/");
        return start;
    }

    static async Task Prepare(string root)
    {
        for (var tries = 0; ; tries++)
            try
            {
                await Super(root, "CREATE ROLE bench_group NOLOGIN; "
                    + $"CREATE ROLE bench_broker LOGIN CREATEROLE PASSWORD '{Password}'");
                return;
            }
            catch (NpgsqlException) when (tries < 100)
            {
                await Task.Delay(100);
            }
    }

    static async Task Super(string root, string sql)
    {
        await using var link = new NpgsqlConnection($"Host={root};Username=postgres;Database=postgres;Pooling=false");
        await link.OpenAsync();
        await using var command = link.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = 120;
        await command.ExecuteNonQueryAsync();
    }
}
