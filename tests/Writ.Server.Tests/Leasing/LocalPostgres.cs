using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Writ.Leases;
using Writ.Linux;
using Writ.Server.Leasing;
using Writ.Testing;

namespace Writ.Server.Tests.Leasing;

/// <summary>
/// A PostgreSQL server of its own on a Unix socket, which logs every statement, with a database, a group role, and a
/// broker that may create roles and is no superuser.
/// </summary>
sealed partial class LocalPostgres : IAsyncDisposable
{
    public const string Broker = "writ_broker";
    public const string BrokerPassword = "broker-password-of-a-test";
    public const string Group = "orders_owner";
    public const string Database = "orders";
    public const string Psql = "/usr/lib/postgresql/15/bin/psql";
    const string SuperPassword = "super-password-of-a-test";

    readonly Process? _server;

    LocalPostgres(string root, Process? server) => (Root, _server) = (root, server);

    public string Root { get; }

    public string Socket => Path.Combine(Root, "s");

    public string Log => Path.Combine(Root, "log");

    public AdminAccount Admin { get; } = new(Broker, BrokerPassword);

    public CredentialBackend.Postgres Profile => new(Socket, 5432, Database, Group);

    /// <summary>One that another process has started.</summary>
    public static LocalPostgres At(string root) => new(root, null);

    public static async Task<LocalPostgres> Start()
    {
        var binaries = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).LastOrDefault()
            : null;
        if (binaries is null)
            SharedData.Unavailable("PostgreSQL is not installed");
        var root = Directory.CreateTempSubdirectory("writ-pg-").FullName;
        Files.SetMode(root, 0x1FF);
        var (data, socket, secret) = (Path.Combine(root, "d"), Path.Combine(root, "s"), Path.Combine(root, "pw"));
        Directory.CreateDirectory(socket);
        Files.SetMode(socket, 0x1FF);
        File.WriteAllText(secret, SuperPassword);
        Files.SetMode(secret, 0x1A4);
        var bin = Path.Combine(binaries!, "bin");
        using (var init = Run(Path.Combine(bin, "initdb"),
            "-D", data, "-U", "postgres", "--auth=scram-sha-256", $"--pwfile={secret}", "-N", "--locale=C.UTF-8"))
        {
            await init.StandardOutput.ReadToEndAsync();
            await init.WaitForExitAsync().WaitAsync(AgentWorld.Patience);
            Assert.Equal(0, init.ExitCode);
        }
        var server = Run("/bin/sh", "-c",
            $"exec '{bin}/postgres' -D '{data}' -k '{socket}' -c listen_addresses= -c fsync=off -c log_statement=all "
            + $"-c log_min_duration_statement=0 -c max_connections=200 >'{root}/log' 2>&1");
        var postgres = new LocalPostgres(root, server);
        await postgres.Until(async () =>
        {
            await postgres.Super("SELECT 1", "postgres");
            return true;
        });
        await postgres.Super($"CREATE ROLE {Group} NOLOGIN", "postgres");
        await postgres.Super(
            $"CREATE ROLE {Broker} LOGIN CREATEROLE NOSUPERUSER PASSWORD '{BrokerPassword}'", "postgres");
        await postgres.Super($"CREATE DATABASE {Database} OWNER {Group}", "postgres");
        await postgres.Super($"CREATE TABLE orders (id int); ALTER TABLE orders OWNER TO {Group}");
        return postgres;
    }

    /// <summary>As the superuser, from outside of everything that is tested; the first value.</summary>
    public async Task<object?> Super(string sql, string database = Database)
    {
        await using var link = await Connect("postgres", SuperPassword, database);
        await using var command = link.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync();
    }

    public async Task<NpgsqlConnection> Connect(string user, string password, string database = Database)
    {
        var link = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
        {
            Host = Socket,
            Username = user,
            Password = password,
            Database = database,
            Pooling = false,
            Timeout = 10,
        }.ConnectionString);
        await link.OpenAsync();
        return link;
    }

    /// <summary>The accounts of leases that are there.</summary>
    public async Task<string[]> Accounts() => (string[])(await Super(
        "SELECT coalesce(array_agg(rolname::text ORDER BY 1), '{}') FROM pg_roles WHERE rolname LIKE 'w\\_%'"))!;

    /// <summary>How many are connected as accounts of leases.</summary>
    public async Task<long> Connections() => (long)(await Super(
        "SELECT count(*) FROM pg_stat_activity WHERE usename LIKE 'w\\_%'"))!;

    public async Task Until(Func<Task<bool>> holds)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                if (await holds())
                    return;
            }
            catch (NpgsqlException) when (Stopwatch.GetElapsedTime(began) < AgentWorld.Patience)
            {
                // Not up yet.
            }
            Assert.True(Stopwatch.GetElapsedTime(began) < AgentWorld.Patience, "it never was so");
            await Task.Delay(50);
        }
    }

    public void Stop()
    {
        if (_server is null || _server.HasExited)
            return;
        using var kill = Process.Start("kill", ["-QUIT", $"{_server.Id}"]);
        kill.WaitForExit();
        _server.WaitForExit();
    }

    public void Signal(string name)
    {
        foreach (var pid in Processes())
            using (var kill = Process.Start("kill", [$"-{name}", $"{pid}"]))
                kill.WaitForExit();
    }

    public ValueTask DisposeAsync()
    {
        Stop();
        _server?.Dispose();
        Directory.Delete(Root, recursive: true);
        return ValueTask.CompletedTask;
    }

    // The server and its own children, and nothing else.
    List<int> Processes()
    {
        var own = _server!.Id;
        return
        [
            .. Directory.EnumerateDirectories("/proc").Select(d => Path.GetFileName(d))
                .Where(n => int.TryParse(n, out _)).Select(n => int.Parse(n, CultureInfo.InvariantCulture))
                .Where(pid => pid == own || Parent(pid) == own),
        ];
    }

    static int Parent(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            return int.Parse(text[(text.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    static Process Run(string program, params string[] arguments)
    {
        var start = ThisProcess.EffectiveUid == 0
            ? new ProcessStartInfo("setpriv",
                ["--reuid=postgres", "--regid=postgres", "--clear-groups", program, .. arguments])
            : new ProcessStartInfo(program, arguments);
        start.RedirectStandardOutput = true;
        start.WorkingDirectory = "/";
        return Process.Start(start)!;
    }
}
