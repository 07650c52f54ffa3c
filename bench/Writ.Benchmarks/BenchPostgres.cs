using System.Diagnostics;
using Npgsql;
using Writ.Leases;
using Writ.Linux;

namespace Writ.Benchmarks;

/// <summary>A PostgreSQL of this machine, with a group that leases join and the broker that makes them; it writes its
/// log to disk as usual.</summary>
sealed class BenchPostgres : IAsyncDisposable
{
    public const string Broker = "bench_broker";
    public const string Password = "of-a-benchmark";

    /// <summary>Where the programs of the latest installed version are.</summary>
    public static readonly string Programs = Path.Combine(
        Directory.GetDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Last(), "bin");

    readonly Process _server;

    BenchPostgres(string root)
    {
        Root = root;
        Profile = new CredentialBackend.Postgres(root, 5432, "postgres", "bench_group");
        _server = Start(root);
    }

    public string Root { get; }

    public CredentialBackend.Postgres Profile { get; }

    public static async Task<BenchPostgres> Start()
    {
        var root = Directory.CreateTempSubdirectory("writ-bench-pg-").FullName;
        Files.SetMode(root, 0x1FF);
        var server = new BenchPostgres(root);
        for (var tries = 0; ; tries++)
            try
            {
                await server.Super("CREATE ROLE bench_group NOLOGIN; "
                    + $"CREATE ROLE {Broker} LOGIN CREATEROLE PASSWORD '{Password}'");
                return server;
            }
            catch (NpgsqlException) when (tries < 100)
            {
                await Task.Delay(100);
            }
    }

    /// <summary>Runs SQL as the superuser.</summary>
    public async Task Super(string sql)
    {
        await using var link = new NpgsqlConnection($"Host={Root};Username=postgres;Database=postgres;Pooling=false");
        await link.OpenAsync();
        await using var command = link.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = 120;
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Makes a table that the group may read, and keeps it locked until what is returned is disposed.
    /// </summary>
    public async Task<IAsyncDisposable> Hold(string table)
    {
        await Super($"CREATE TABLE {table} (); GRANT SELECT ON {table} TO bench_group");
        var link = new NpgsqlConnection($"Host={Root};Username=postgres;Database=postgres;Pooling=false");
        await link.OpenAsync();
        await using var command = link.CreateCommand();
        command.CommandText = $"BEGIN; LOCK TABLE {table}";
        await command.ExecuteNonQueryAsync();
        return link;
    }

    public async ValueTask DisposeAsync()
    {
        _server.Kill();
        await _server.WaitForExitAsync();
        _server.Dispose();
        Directory.Delete(Root, recursive: true);
    }

    static Process Start(string root)
    {
        using (var init = Process.Start(As(
            Path.Combine(Programs, "initdb"), "-D", $"{root}/d", "-U", "postgres", "--auth=trust", "-N"))!)
        {
            init.StandardOutput.ReadToEnd();
            init.WaitForExit();
        }
        return Process.Start(As(
            Path.Combine(Programs, "postgres"), "-D", $"{root}/d", "-k", root, "-c", "listen_addresses="))!;
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
}
