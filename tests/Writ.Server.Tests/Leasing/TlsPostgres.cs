using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Writ.Linux;
using Writ.Testing;

namespace Writ.Server.Tests.Leasing;

/// <summary>
/// A PostgreSQL on 127.0.0.1 that knows its clients by certificates alone, and looks at a folder of revocation lists.
/// </summary>
sealed class TlsPostgres : IAsyncDisposable
{
    public const string User = "orders_app";

    readonly Process _server;

    TlsPostgres(string root, int port, Process server) => (Root, Port, _server) = (root, port, server);

    public string Root { get; }

    public int Port { get; }

    /// <summary>Where the control plane keeps its list.</summary>
    public string List => Path.Combine(Root, "lists", "writ.pem");

    /// <param name="authority">The certificate of the clients' authority, in PEM.</param>
    /// <param name="hash">Its name as OpenSSL looks it up.</param>
    public static async Task<TlsPostgres> Start(string authority, string hash)
    {
        var bin = Directory.Exists("/usr/lib/postgresql")
            ? Path.Combine(Directory.GetDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Last(), "bin")
            : null;
        if (bin is null)
            SharedData.Unavailable("PostgreSQL is not installed");
        var root = Directory.CreateTempSubdirectory("writ-pgtls-").FullName;
        Files.SetMode(root, 0x1FF);
        var (data, port) = (Path.Combine(root, "d"), FreePort());
        await Run("initdb", Path.Combine(bin!, "initdb"), "-D", data, "-U", "postgres", "--auth=trust", "-N");
        Directory.CreateDirectory(Path.Combine(root, "lists"));
        File.WriteAllText(Path.Combine(root, "authority.pem"), authority);
        File.CreateSymbolicLink(Path.Combine(root, "lists", hash + ".r0"), "writ.pem");
        await Run("req", "/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-subj", "/CN=localhost", "-days", "1", "-keyout", $"{data}/server.key", "-out",
            $"{data}/server.crt");
        File.WriteAllText($"{root}/hba", "local all postgres trust\nhostssl all all 127.0.0.1/32 cert map=writ\n");
        File.WriteAllText($"{root}/ident", $"writ /^w_[0-9a-z]{{21}}$ {User}\n");
        string[] settings =
        [
            "listen_addresses=127.0.0.1", string.Create(CultureInfo.InvariantCulture, $"port={port}"), "ssl=on",
            $"ssl_ca_file={root}/authority.pem", $"ssl_crl_dir={root}/lists", $"hba_file={root}/hba",
            $"ident_file={root}/ident", "fsync=off", $"unix_socket_directories={root}",
        ];
        var server = Start(
            Path.Combine(bin!, "postgres"), ["-D", data, .. settings.SelectMany(s => new[] { "-c", s })]);
        var postgres = new TlsPostgres(root, port, server);
        var began = Stopwatch.GetTimestamp();
        while ((await postgres.Super($"CREATE ROLE {User} LOGIN")).Exit != 0)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < AgentWorld.Patience, "PostgreSQL does not start");
            await Task.Delay(50);
        }
        return postgres;
    }

    public Task<Ended> Super(string sql) => WritCommand.Finish(WritCommand.Start(
        LeaseWorld.Psql, ["-X", "-A", "-t", "-h", Root, "-p", $"{Port}", "-U", "postgres", "-d", "postgres", "-c", sql],
        "/"));

    /// <summary>psql with a client's certificate.</summary>
    public Process Client(string folder, params string[] arguments) => WritCommand.Start(
        LeaseWorld.Psql,
        [
            "-X", "-A", "-t", "-d", $"host=127.0.0.1 port={Port} dbname=postgres user={User} sslmode=require "
                + $"sslcert={folder}/certificate sslkey={folder}/key",
            .. arguments,
        ],
        "/");

    public ValueTask DisposeAsync()
    {
        if (!_server.HasExited)
        {
            using var kill = Process.Start("kill", ["-QUIT", $"{_server.Id}"]);
            kill.WaitForExit();
            _server.WaitForExit();
        }
        _server.Dispose();
        Directory.Delete(Root, recursive: true);
        return ValueTask.CompletedTask;
    }

    static async Task Run(string what, string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        var said = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(AgentWorld.Patience);
        Assert.True(process.ExitCode == 0, $"{what}: {await said}");
    }

    static Process Start(string program, params string[] arguments)
    {
        var start = ThisProcess.EffectiveUid == 0
            ? new ProcessStartInfo("setpriv",
                ["--reuid=postgres", "--regid=postgres", "--clear-groups", program, .. arguments])
            : new ProcessStartInfo(program, arguments);
        (start.RedirectStandardOutput, start.RedirectStandardError, start.WorkingDirectory) = (true, true, "/");
        return Process.Start(start)!;
    }

    static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
