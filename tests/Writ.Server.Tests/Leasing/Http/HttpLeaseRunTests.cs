using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Writ.Identity;
using Writ.Leases;
using Writ.Realms;
using Writ.Server.Leasing;
using Writ.Server.Storage;
using Writ.Server.Tests.Issuing;
using Writ.Testing;
using Writ.Wire;

namespace Writ.Server.Tests.Leasing.Http;

/// <summary>Whole runs with credentials that services gave out over HTTP.</summary>
public sealed class HttpLeaseRunTests
{
    static async Task<AgentWorld> World(
        CredentialBackend backend, string user, string password, int ttl = 600, RealmIdentity? identity = null)
    {
        var world = await AgentWorld.Create();
        var file = Path.Combine(world.App.Services.GetRequiredService<DataDirectory>().CredentialsPath, "orders");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new { user, password }));
        Linux.Files.SetMode(file, 0x180);
        if (identity is not null)
            await world.Apply(world.State.Registry.Document with { Identity = identity });
        await LeaseWorld.Declare(world,
            new CredentialProfile("mint", CredentialTier.Deploy, "orders", ttl, ttl, 4, backend));
        return world;
    }

    static void AssertLedger(AgentWorld world, params string[] secrets)
    {
        var audit = new DecisionAudit();
        foreach (var entry in world.Ledger())
        {
            Assert.Null(audit.Take(entry));
            var text = Encoding.UTF8.GetString(entry.ToBytes().Span);
            Assert.All(secrets, s => Assert.DoesNotContain(s, text, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_run_finds_its_kubeconfig_and_the_object_is_gone_with_it()
    {
        await using var server = new LocalKubernetes();
        await using var world = await World(
            new CredentialBackend.Kubernetes(server.Url, "ci", "deployer", []), "writ", LocalKubernetes.Broker);
        var (_, tree) = await LeaseWorld.Open(world);
        var ended = await LeaseWorld.Run(world, tree, "python3", "-c", """
            import json, os
            config = json.load(open(os.environ['KUBECONFIG']))
            token = config['users'][0]['user']['token']
            print(config['clusters'][0]['cluster']['server'], len(token), token)
            """);
        Assert.True(ended.Exit == 0, ended.Error);
        var token = Assert.Single(server.Tokens).Key;
        Assert.Equal($"{server.Url} {token.Length} [masked]\n", ended.Out);
        Assert.False(server.Takes(token));
        Assert.Empty(server.Secrets);
        Assert.Equal("lease.run-ended", world.State.Leases.Ended.Values.Single().Code);
        AssertLedger(world, token, LocalKubernetes.Broker);

        // Both ways: what nobody explains goes, and a lease whose object somebody deleted is over.
        var sweeper = world.App.Services.GetRequiredService<LeaseSweeper>();
        var stray = LeaseNames.PrefixOf(world.State.Origin) + "0123456789abcdef";
        server.Secrets["w-" + stray[2..]] = ("uid", stray[2..7]);
        server.Secrets["w-other0123456789abcdef"] = ("uid2", "other");
        Assert.Equal(new LeaseSweep(1, 1, 1, 0, []), await sweeper.Sweep(CancellationToken.None) with { Failed = [] });
        Assert.Equal("w-other0123456789abcdef", Assert.Single(server.Secrets).Key);
    }

    [Fact]
    public async Task A_run_finds_what_Vault_gave_it_and_a_Vault_that_is_down_starts_none()
    {
        await using var server = new LocalVault();
        await using var world = await World(
            new CredentialBackend.Vault(
                server.Url, VaultLogin.AppRole, "approle", null, null, "leases", "database/creds/orders",
                RevocationClass.Immediate, null, [new PluginSetting("DB_PASSWORD_FILE", "password")]),
            LocalVault.RoleId, LocalVault.SecretId);
        var (_, tree) = await LeaseWorld.Open(world);
        var ended = await LeaseWorld.Run(
            world, tree, "/bin/sh", "-c", "ls /run/writ/credentials/mint; cat $DB_PASSWORD_FILE; cut -c 1-4 "
                + "$DB_PASSWORD_FILE");
        Assert.True(ended.Exit == 0, ended.Error);
        Assert.StartsWith("password\nrole-id\nusername\n[masked]", ended.Out, StringComparison.Ordinal);
        Assert.Equal((0, 0), (server.Leases.Count, server.Tokens));

        server.Refuses = what => what.EndsWith("database/creds/orders", StringComparison.Ordinal) ? 503 : null;
        var refused = await LeaseWorld.Run(world, tree, "touch", "made");
        Assert.Contains("[lease.backend-down]", refused.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(tree, "made")));
        await world.Until(() => world.State.Leases.Live.IsEmpty);
        Assert.Equal(0, server.Tokens);
        AssertLedger(world, LocalVault.SecretId);
    }

    [Fact]
    public async Task A_token_that_the_realm_s_own_keys_signed_is_all_that_Aws_is_shown()
    {
        string? seen = null;
        await using var server = new LocalSts { Checks = token => { seen = token; return null; } };
        await using var world = await World(
            new CredentialBackend.AwsSts(LocalSts.Role, "eu-west-1", "sts.amazonaws.com", null, server.Url), "none", "",
            ttl: 900, identity: new RealmIdentity(IdentityStage.Domain));
        await world.Until(() => world.State.Issuer.Current(
            IdentityTier.Deploy, IssuerUse.JwtRs256, TimeProvider.System.GetUtcNow()) is not null);
        var (session, tree) = await LeaseWorld.Open(world);
        var ended = await LeaseWorld.Run(
            world, tree, "python3", "-c", "import os; e = os.environ; "
                + "print(open(e['AWS_SHARED_CREDENTIALS_FILE']).read() + e['AWS_REGION'])");
        Assert.True(ended.Exit == 0, ended.Error);
        Assert.Equal(
            "[default]\naws_access_key_id = ASgeIAIOSFODNN7EXAMPLE\naws_secret_access_key = [masked]\n"
                + "aws_session_token = [masked]\nregion = eu-west-1\neu-west-1\n", ended.Out);
        var lease = world.State.Leases.Ended.Values.Single().Lease;
        Assert.Equal(lease.Account, server.Form["RoleSessionName"]);

        // As AWS does it: by the keys that the realm publishes.
        var parts = seen!.Split('.');
        var head = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0])).RootElement;
        var keys = JsonDocument.Parse(await IdentityStage.Get(world, "/.well-known/jwks.json")).RootElement;
        var jwk = keys.GetProperty("keys").EnumerateArray()
            .Single(k => k.GetProperty("kid").GetString() == head.GetProperty("kid").GetString());
        using var rsa = RSA.Create(new RSAParameters
        {
            Modulus = Base64Url.DecodeFromChars(jwk.GetProperty("n").GetString()),
            Exponent = Base64Url.DecodeFromChars(jwk.GetProperty("e").GetString()),
        });
        Assert.Equal("RS256", head.GetProperty("alg").GetString());
        Assert.True(rsa.VerifyData(
            Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]),
            HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1])).RootElement;
        Assert.Equal(
            ($"spiffe://{IdentityStage.Domain}/agent/claude/session/{session}/deploy", "sts.amazonaws.com",
                lease.Id.Value),
            (claims.GetProperty("sub").GetString(), claims.GetProperty("aud").GetString(),
                claims.GetProperty("writ:lease").GetString()));
        Assert.Equal(300, claims.GetProperty("exp").GetInt64() - claims.GetProperty("iat").GetInt64());
        AssertLedger(world, seen, "wJalrXUtnFEMI");
        // Nobody looks through what cannot be listed, and nothing is taken for gone because of it.
        Assert.Equal(0, (await world.App.Services.GetRequiredService<LeaseSweeper>().Sweep(CancellationToken.None))
            .Backends);
    }

    [Fact]
    public async Task Without_an_identity_of_the_realm_nobody_is_asked()
    {
        await using var server = new LocalSts();
        await using var world = await World(
            new CredentialBackend.AwsSts(LocalSts.Role, "eu-west-1", "sts.amazonaws.com", null, server.Url), "none", "",
                ttl: 900);
        var (_, tree) = await LeaseWorld.Open(world);
        var ended = await LeaseWorld.Run(world, tree, "touch", "made");
        Assert.Contains("[lease.no-identity]", ended.Error, StringComparison.Ordinal);
        Assert.Empty(server.Asked);
    }

    [Fact]
    public async Task GitHub_s_token_is_taken_back_when_its_run_is_over()
    {
        await using var server = new LocalGitHub(TimeProvider.System);
        await using var world = await World(
            new CredentialBackend.GitHubApp(
                server.Url, LocalGitHub.App, LocalGitHub.Installation, ["orders"],
                    [new PluginSetting("contents", "read")]),
            "app", server.KeyPem);
        var (_, tree) = await LeaseWorld.Open(world);
        var ended = await LeaseWorld.Run(world, tree, "/bin/sh", "-c", "cat $GITHUB_TOKEN_FILE");
        Assert.Equal("[masked]", ended.Out);
        await world.Until(() => world.State.Leases.Live.IsEmpty);
        Assert.Empty(server.Tokens);
        Assert.Equal(["POST /app/installations/4711/access_tokens", "DELETE /installation/token"], server.Asked);
        AssertLedger(world, "ghs_");
    }
}
