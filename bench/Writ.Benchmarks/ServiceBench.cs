using System.Diagnostics;
using Writ.Leases;
using Writ.Linux;
using Writ.Server.Leasing;
using Writ.Server.Tests.Leasing.Http;

namespace Writ.Benchmarks;

/// <summary>
/// Credentials that services give out: a Redis of this machine, and by HTTP without TLS from servers of ours that
/// answer as Vault, AWS, GitHub and Kubernetes do. What those would take themselves is not in it.
/// </summary>
static class ServiceBench
{
    const string Password = "of-a-benchmark";

    public static async Task Measure(int count, Func<string, ICredentialBackend, int, Task> measure)
    {
        await Redis(count, measure);
        var (tokens, time) = (new Tokens(), TimeProvider.System);
        await using var kubernetes = new LocalKubernetes();
        await measure("Kubernetes", new KubernetesBackend(
            new CredentialBackend.Kubernetes(kubernetes.Url, "ci", "deployer", []),
            new AdminAccount("bench", LocalKubernetes.Broker), time), count);
        await using var vault = new LocalVault();
        await measure("Vault", new VaultBackend(
            new CredentialBackend.Vault(
                vault.Url, VaultLogin.AppRole, "approle", null, null, "leases", "database/creds/orders",
                RevocationClass.Immediate, "password", [new PluginSetting("DB_PASSWORD_FILE", "password")]),
            new AdminAccount(LocalVault.RoleId, LocalVault.SecretId), new BackendMemory(), tokens, time), count);
        await using var sts = new LocalSts();
        await measure("AWS STS", new AwsStsBackend(
            new CredentialBackend.AwsSts(LocalSts.Role, "eu-west-1", "sts.amazonaws.com", null, sts.Url),
            new AdminAccount("none"), tokens, time), count);
        await using var github = new LocalGitHub(time);
        await measure("GitHub App", new GitHubAppBackend(
            new CredentialBackend.GitHubApp(
                github.Url, LocalGitHub.App, LocalGitHub.Installation, ["orders"],
                [new PluginSetting("contents", "write")]),
            new AdminAccount("app", github.KeyPem), new BackendMemory(), tokens, time), count);
    }

    static async Task Redis(int count, Func<string, ICredentialBackend, int, Task> measure)
    {
        const string server = "/usr/bin/redis-server";
        if (!File.Exists(server))
            return;
        var root = Directory.CreateTempSubdirectory("writ-bench-redis-").FullName;
        var (socket, users) = (Path.Combine(root, "redis.sock"), Path.Combine(root, "users.acl"));
        await File.WriteAllTextAsync(users, "user default off\n"
            + $"user bench on >{Password} -@all +acl|setuser +acl|getuser +acl|deluser +acl|users +client|kill\n");
        using var process = Process.Start(new ProcessStartInfo(server,
            ["--port", "0", "--unixsocket", socket, "--aclfile", users, "--save", "", "--dir", root])
        {
            RedirectStandardOutput = true,
        })!;
        try
        {
            for (var tries = 0; !File.Exists(socket) && tries < 250; tries++)
                await Task.Delay(20);
            await measure("Redis", new RedisBackend(
                new CredentialBackend.Redis(socket, 6379, ["orders:*"], ["+@read", "+set"], []),
                new AdminAccount("bench", Password)), count);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
            Directory.Delete(root, recursive: true);
        }
    }

    /// <summary>Tokens that nobody here looks into.</summary>
    sealed class Tokens : ILeaseTokens
    {
        public string For(string account, string audience) => $"token-for-{account}";

        public string Own(string audience) => "token-of-the-control-plane";

        public DateTimeOffset? RequestedAt(string account) => TimeProvider.System.GetUtcNow();
    }
}
