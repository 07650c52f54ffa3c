using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Writ.Leases;
using Writ.Server.Agents;
using Writ.Server.Hosting;
using Writ.Server.Sequencer;
using Writ.Testing;

namespace Writ.Server.Tests.Leasing.Http;

/// <summary>kill -9 of the daemon while a service is asked: the next start finds what was made and takes it back.
/// </summary>
public sealed class CrashHttpLeaseTests
{
    [Theory]
    [InlineData("kubernetes", "/secrets")]
    [InlineData("kubernetes", "/token")]
    [InlineData("vault", "/leases")]
    [InlineData("vault", "/orders")]
    public async Task Nothing_is_left_after_a_restart(string kind, string at)
    {
        LocalService server = kind == "vault" ? new LocalVault() : new LocalKubernetes();
        await using var _ = server;
        using var daemon = Process.Start(new ProcessStartInfo(
            Environment.ProcessPath!, [CrashHttpLeases.Argument, kind, server.Url])
        {
            RedirectStandardOutput = true,
        })!;
        // What was asked for is done, and nobody hears of it any more.
        server.BreaksAfter = what =>
        {
            if (what.EndsWith(at, StringComparison.Ordinal))
                daemon.Kill();
            return false;
        };
        var root = (await daemon.StandardOutput.ReadLineAsync().WaitAsync(AgentWorld.Patience))!;
        try
        {
            await daemon.WaitForExitAsync().WaitAsync(AgentWorld.Patience);
            Assert.Equal(137, daemon.ExitCode);
            Assert.NotEqual(0, Left(server));
            server.BreaksAfter = null;
            await using var app = Writd.Build(
                new WritdOptions
                {
                    Data = Path.Combine(root, "data"),
                    Socket = Path.Combine(root, "run", "agent.sock"),
                    Urls = ["http://127.0.0.1:0"],
                    Quiet = true,
                }, null, b => b.Services.AddSingleton(new AgentPathOptions(
                    AgentWorld.Binary("writ-launch"), Path.Combine(root, "runner"), AgentWorld.Binary("writ"))));
            await app.StartAsync();
            var realm = app.Services.GetRequiredService<RealmActor>();
            var ended = new TaskCompletionSource();
            using var subscription = realm.Subscribe(_ => Look());
            Look();
            await ended.Task.WaitAsync(AgentWorld.Patience);
            Assert.Equal("lease.run-ended", Assert.Single(realm.State.Leases.Ended.Values).Code);
            Assert.Equal(0, Left(server));
            await app.StopAsync();

            void Look()
            {
                if (realm.State.Leases.Live.IsEmpty)
                    ended.TrySetResult();
            }
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    // Of Vault also the token with which the daemon was in: that one ends with its time.
    static int Left(LocalService server) => server switch
    {
        LocalKubernetes kubernetes => kubernetes.Secrets.Count,
        LocalVault vault => vault.Leases.Count + vault.Accounts,
        _ => -1,
    };
}

/// <summary>A daemon of its own process that gives a run a credential of a service.</summary>
static class CrashHttpLeases
{
    public const string Argument = "crash-http-leases";

    /// <param name="args">Which service, and where it is.</param>
    public static async Task<int> Run(string[] args)
    {
        var isVault = args[0] == "vault";
        CredentialBackend backend = isVault
            ? new CredentialBackend.Vault(
                args[1], VaultLogin.AppRole, "approle", null, null, "leases", "database/creds/orders",
                RevocationClass.Immediate, null, [])
            : new CredentialBackend.Kubernetes(args[1], "ci", "deployer", []);
        var world = await LeaseWorld.Create(
            backend, isVault ? LocalVault.RoleId : "writ", isVault ? LocalVault.SecretId : LocalKubernetes.Broker,
            change: p => p with { Ttl = 600, TtlMax = 600 });
        Console.WriteLine(world.Root);
        Console.Out.Flush();
        var (_, tree) = await LeaseWorld.Open(world);
        await LeaseWorld.Run(world, tree, "sleep", "50");
        return 7;
    }
}
