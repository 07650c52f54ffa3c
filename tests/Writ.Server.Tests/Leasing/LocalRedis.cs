using System.Collections.Immutable;
using System.Diagnostics;
using Writ.Leases;
using Writ.Linux;
using Writ.Server.Leasing;
using Writ.Testing;

namespace Writ.Server.Tests.Leasing;

/// <summary>A Redis server of its own on a Unix socket, with a broker that may make users and nothing else.</summary>
sealed class LocalRedis : IAsyncDisposable
{
    public const string Broker = "writ_broker";
    public const string BrokerPassword = "broker-password-of-a-test";
    public const string Cli = "/usr/bin/redis-cli";
    const string OperatorPassword = "operator-password-of-a-test";

    readonly Process _server;

    LocalRedis(string root, Process server) => (Root, _server) = (root, server);

    public string Root { get; }

    public string Socket => Path.Combine(Root, "redis.sock");

    public AdminAccount Admin { get; } = new(Broker, BrokerPassword);

    public CredentialBackend.Redis Profile => new(Socket, 6379, ["orders:*"], ["+@read", "+set", "+ping"], ["news"]);

    /// <param name="isOpen">Its default user lets everybody in, as a new server does.</param>
    public static async Task<LocalRedis> Start(bool isOpen = false)
    {
        if (!File.Exists("/usr/bin/redis-server"))
            SharedData.Unavailable("Redis is not installed");
        var root = Directory.CreateTempSubdirectory("writ-rd-").FullName;
        Files.SetMode(root, 0x1FF);
        var users = Path.Combine(root, "users.acl");
        await File.WriteAllTextAsync(users,
            $"user default {(isOpen ? "on nopass ~* &* +@all" : "off")}\n"
            + $"user {Broker} on >{BrokerPassword} -@all +acl|setuser +acl|getuser +acl|deluser +acl|users "
            + "+client|kill\n"
            + $"user operator on >{OperatorPassword} ~* &* +@all\n");
        var server = Process.Start(new ProcessStartInfo("/usr/bin/redis-server",
            ["--port", "0", "--unixsocket", Path.Combine(root, "redis.sock"), "--unixsocketperm", "777",
                "--aclfile", users, "--save", "", "--dir", root, "--logfile", Path.Combine(root, "log")])
        {
            WorkingDirectory = root,
        })!;
        var redis = new LocalRedis(root, server);
        var began = Stopwatch.GetTimestamp();
        while (!File.Exists(redis.Socket))
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < AgentWorld.Patience, "Redis does not start");
            await Task.Delay(20);
        }
        return redis;
    }

    public RedisBackend Backend(AdminAccount? admin = null, CredentialBackend.Redis? profile = null) =>
        new(profile ?? Profile, admin ?? Admin);

    /// <summary>As the operator, by Redis's own client, from outside of everything that is tested.</summary>
    public async Task<string> Ask(params string[] words)
    {
        var start = new ProcessStartInfo(Cli, ["-s", Socket, "--user", "operator", .. words])
        {
            RedirectStandardOutput = true,
        };
        start.Environment["REDISCLI_AUTH"] = OperatorPassword;
        using var client = Process.Start(start)!;
        var answer = await client.StandardOutput.ReadToEndAsync();
        await client.WaitForExitAsync().WaitAsync(AgentWorld.Patience);
        return answer.Trim();
    }

    public async Task<ImmutableArray<string>> Accounts() =>
    [
        .. (await Ask("ACL", "USERS")).Split('\n').Where(u => u.StartsWith("w_", StringComparison.Ordinal)),
    ];

    public void Stop()
    {
        if (_server.HasExited)
            return;
        _server.Kill();
        _server.WaitForExit();
    }

    public ValueTask DisposeAsync()
    {
        Stop();
        _server.Dispose();
        Directory.Delete(Root, recursive: true);
        return ValueTask.CompletedTask;
    }
}
