using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Writ.Identity;
using Writ.Leases;
using Writ.Linux;
using Writ.Runs;
using Writ.Server.Leasing;
using Writ.Server.Storage;
using Writ.Server.Tests.Issuing;
using Writ.Testing;
using Writ.Wire;
using Writ.Workflows;

namespace Writ.Server.Tests.Leasing;

/// <summary>Runs in a real sandbox with credentials that the realm's own keys sign.</summary>
[Slow]
public sealed class SignedRunTests
{
    const string Folder = "/run/writ/credentials/migrate";

    [Fact]
    public async Task A_run_logs_in_by_SSH_without_a_network_and_without_a_key()
    {
        await using var world = await AgentWorld.Create();
        await using var sshd = await LocalSshd.Start(
            data: world.App.Services.GetRequiredService<DataDirectory>());
        await LeaseWorld.Declare(world, Profile(sshd.Profile, "ssh-admin"));
        var (_, tree) = await LeaseWorld.Open(world);
        var ended = await LeaseWorld.Run(world, tree, "/bin/sh", "-c",
            $"ssh -F {Folder}/config 127.0.0.1 id -un; echo $SSH_AUTH_SOCK; ls {Folder}");
        Assert.True(ended.Exit == 0, ended.Out + ended.Error + sshd.Said());
        Assert.Equal(
            ["deploy", $"{Folder}/agent.sock", "agent.sock", "config", "known_hosts", "sshd.sock"],
            ended.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        var lease = world.State.Leases.Ended.Values.Single();
        Assert.Equal("lease.run-ended", lease.Code);
        Assert.Contains($" ID {lease.Lease.Account} ", sshd.Said(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_revoked_lease_cuts_the_session_and_what_it_started_at_the_server()
    {
        await using var world = await AgentWorld.Create();
        await using var sshd = await LocalSshd.Start(
            data: world.App.Services.GetRequiredService<DataDirectory>());
        var marker = Path.Combine(sshd.Common, "alive");
        await LeaseWorld.Declare(world, Profile(sshd.Profile with
        {
            ForceCommand = $"while :; do date +%N >{marker}; sleep 0.02; done",
        }, "ssh-admin"));
        var (session, tree) = await LeaseWorld.Open(world);
        var running = WritCommand.Run(world, tree, "--wait", "--", "/usr/bin/ssh", "-F", $"{Folder}/config",
            "127.0.0.1");
        await world.ApproveNext(session);
        await sshd.Until(() => File.Exists(marker));
        var lease = world.State.Leases.Live.Values.Single().Lease;
        await world.Must(new LeaseMove.Revoke(lease.Id, lease.Request, "seen in a chat"), world.Person(AgentWorld.Bea));
        Assert.NotEqual(0, (await running).Exit);
        await sshd.Until(() => world.State.Leases.Ended.ContainsKey(lease.Id));
        var seen = File.ReadAllText(marker);
        await Task.Delay(300);
        Assert.Equal(seen, File.ReadAllText(marker));
    }

    [Fact]
    public async Task A_sweep_ends_the_session_of_an_account_that_no_lease_explains()
    {
        await using var world = await AgentWorld.Create();
        await using var sshd = await LocalSshd.Start(
            data: world.App.Services.GetRequiredService<DataDirectory>());
        await LeaseWorld.Declare(world, Profile(sshd.Profile, "ssh-admin"));
        // Of this realm by its name, signed by whoever had the key before.
        var account = LeaseNames.PrefixOf(world.State.Origin) + "0123456789abcdef";
        await using var client = new SshClient(await sshd.Backend(sshd.Profile).Issue(
            account, TimeProvider.System.GetUtcNow().AddMinutes(5), CancellationToken.None));
        var session = WritCommand.Finish(client.Start("127.0.0.1", "exec sleep 60"));
        await sshd.Until(() => sshd.Said().Contains("Accepted publickey for deploy", StringComparison.Ordinal));
        var sweep = await world.App.Services.GetRequiredService<LeaseSweeper>().Sweep(CancellationToken.None);
        Assert.Equal((1, 1, 0), (sweep.Accounts, sweep.Orphans, sweep.Gone));
        Assert.Equal(255, (await session).Exit);
    }

    [Fact]
    public async Task A_certificate_is_replaced_while_its_run_goes_on_and_gone_with_it()
    {
        await using var world = await AgentWorld.Create();
        var data = world.App.Services.GetRequiredService<DataDirectory>();
        var authority = new Authorities(data, TimeProvider.System).Make("clients", AuthorityKind.X509);
        var list = Path.Combine(world.Root, "list.pem");
        var place = new CredentialBackend.X509(
            [], [new PluginSetting("PGSSLCERT", "certificate"), new PluginSetting("PGSSLKEY", "key")],
            RevocationList: list);
        await LeaseWorld.Declare(world, Profile(place, "clients") with { Ttl = 6 });
        var (_, tree) = await LeaseWorld.Open(world);
        var before = Rooms();
        var ended = await LeaseWorld.Run(world, tree, "/bin/sh", "-c",
            $"cp $PGSSLCERT one; cat $PGSSLKEY; cp {Folder}/authority authority; stat -L -c %a $PGSSLKEY; "
            + $"for i in $(seq 1000); do cmp -s $PGSSLCERT one || break; sleep 0.05; done; cp $PGSSLCERT two; "
            + $"cat $PGSSLKEY; test -w $PGSSLCERT && echo written; ls {Folder}");
        Assert.True(ended.Exit == 0, ended.Out + ended.Error);
        Assert.DoesNotContain("written", ended.Out, StringComparison.Ordinal);
        Assert.Contains("\n400\n", ended.Out, StringComparison.Ordinal);
        Assert.EndsWith("authority\ncertificate\nkey\n", ended.Out, StringComparison.Ordinal);
        // Neither the first key nor the one that replaced it is in what was printed.
        Assert.DoesNotMatch("[A-Za-z0-9+/]{40}", ended.Out);
        Assert.Equal(authority.Text, File.ReadAllText(Path.Combine(tree, "authority")));
        var lease = world.State.Leases.Ended.Values.Single().Lease;
        foreach (var one in (string[])["one", "two"])
        {
            var path = Path.Combine(tree, one);
            var known = await WritCommand.Finish(WritCommand.Start(
                "/usr/bin/openssl", ["verify", "-CAfile", Path.Combine(tree, "authority"), path], "/"));
            Assert.True(known.Exit == 0, known.Error);
            var over = await WritCommand.Finish(WritCommand.Start(
                "/usr/bin/openssl",
                ["verify", "-CAfile", Path.Combine(tree, "authority"), "-CRLfile", list, "-crl_check", path], "/"));
            Assert.Contains("certificate revoked", over.Error, StringComparison.Ordinal);
            var subject = await WritCommand.Finish(WritCommand.Start(
                "/usr/bin/openssl", ["x509", "-in", path, "-noout", "-subject"], "/"));
            Assert.Contains(lease.Account, subject.Out, StringComparison.Ordinal);
        }
        Assert.Contains(world.Ledger(), e => e.Data.Move is LeaseMove.Renew);
        Assert.Equal(before, Rooms());
    }

    [Fact]
    public async Task A_token_is_believed_by_others_as_the_profile_says_and_there_anew_before_it_ends()
    {
        await using var world = await IdentityStage.World();
        var place = new CredentialBackend.Oidc(
            "sts.amazonaws.com", [new PluginSetting("AWS_WEB_IDENTITY_TOKEN_FILE", "token")],
            [new PluginSetting("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/orders")], "writ:orders-deploy",
            Rsa: true);
        Assert.Equal(RevocationClass.ExpiryOnly, place.Class);
        await LeaseWorld.Declare(world, Profile(place, "issuer") with { Ttl = 6, Tier = CredentialTier.Write });
        var (session, tree) = await LeaseWorld.Open(world);
        var ended = await LeaseWorld.Run(world, tree, "/bin/sh", "-c",
            "cp $AWS_WEB_IDENTITY_TOKEN_FILE one; echo $AWS_ROLE_ARN; cat $AWS_WEB_IDENTITY_TOKEN_FILE; "
            + "for i in $(seq 1000); do cmp -s $AWS_WEB_IDENTITY_TOKEN_FILE one || break; sleep 0.05; done; "
            + "cp $AWS_WEB_IDENTITY_TOKEN_FILE two; echo; cat $AWS_WEB_IDENTITY_TOKEN_FILE");
        Assert.True(ended.Exit == 0, ended.Out + ended.Error);
        Assert.StartsWith("arn:aws:iam::123456789012:role/orders\n", ended.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("eyJ", ended.Out, StringComparison.Ordinal);
        var (one, two) = (File.ReadAllText(Path.Combine(tree, "one")), File.ReadAllText(Path.Combine(tree, "two")));
        Assert.NotEqual(one, two);
        foreach (var token in (string[])[one, two])
        {
            Assert.Equal("ERR_JWT_CLAIM_VALIDATION_FAILED", Text(await Ask(world, token, "somebody else"), "error"));
            var claims = Claims(token);
            Assert.Equal("writ:orders-deploy", Text(claims, "sub"));
            Assert.Equal("write", Text(claims, "writ:tier"));
            Assert.Equal("migrate", Text(claims, "writ:profile"));
            Assert.Equal(session.Value, Text(claims, "writ:session"));
            Assert.Equal("claude", Text(claims, "writ:agent"));
            Assert.Equal(
                world.State.Leases.Ended.Values.Single().Lease.Id.Value, Text(claims, "writ:lease"));
            // No longer than the ledger says, to the second.
            Assert.InRange(claims.GetProperty("exp").GetInt64() - claims.GetProperty("iat").GetInt64(), 1, 6);
        }
        Assert.NotEqual(Text(Claims(one), "jti"), Text(Claims(two), "jti"));
        // Nobody takes it for an identity.
        var bundle = world.State.Issuer.Bundle(TrustDomain.Parse(IdentityStage.Domain)!.Value);
        Assert.Equal("token.subject", JwtSvid.Validate(
            two, "sts.amazonaws.com",
            new Dictionary<TrustDomain, TrustBundle> { [bundle.Domain] = bundle },
            TimeProvider.System.GetUtcNow()).Problem!.Code);
    }

    [Theory]
    [InlineData(true, "RS256")]
    [InlineData(null, "ES256")]
    public async Task A_token_is_believed_by_jose_with_the_published_keys_and_by_nobody_when_it_is_over(
        bool? rsa, string algorithm)
    {
        await using var world = await IdentityStage.World();
        var place = new CredentialBackend.Oidc("sts.amazonaws.com", [], [], Rsa: rsa);
        await LeaseWorld.Declare(world, Profile(place, "issuer") with { Ttl = 20, TtlMax = 20 });
        var (_, tree) = await LeaseWorld.Open(world);
        var ended = await LeaseWorld.Run(world, tree, "/bin/cp", $"{Folder}/token", "token");
        Assert.True(ended.Exit == 0, ended.Out + ended.Error);
        var token = File.ReadAllText(Path.Combine(tree, "token"));
        var believed = await Ask(world, token, "sts.amazonaws.com");
        Assert.Equal((algorithm, "writ:profile:migrate"), (Text(believed, "alg"), Text(believed, "sub")));
        Assert.Equal("deploy", Text(Claims(token), "writ:tier"));
        var left = DateTimeOffset.FromUnixTimeSeconds(Claims(token).GetProperty("exp").GetInt64())
            - TimeProvider.System.GetUtcNow();
        await Task.Delay(left > TimeSpan.Zero ? left + TimeSpan.FromSeconds(1) : TimeSpan.Zero);
        Assert.Equal("ERR_JWT_EXPIRED", Text(await Ask(world, token, "sts.amazonaws.com"), "error"));
    }

    [Fact]
    public async Task An_authority_is_made_by_a_person_s_word_and_the_ledger_says_which()
    {
        await using var world = await AgentWorld.Create();
        var authorities = world.App.Services.GetRequiredService<Authorities>();
        var fault = Assert.Throws<BackendFaultException>(() => authorities.Ssh("nobody"));
        Assert.Equal("lease.no-authority", fault.Code);
        var first = authorities.Make("web", AuthorityKind.Ssh);
        Assert.True(first.IsNew);
        Assert.Equal(first with { IsNew = false }, authorities.Make("web", AuthorityKind.Ssh));
        Assert.NotEqual(first.Text, authorities.Make("db", AuthorityKind.Ssh).Text);
        foreach (var name in (string[])["../web", "", "Web", "a/b"])
            Assert.Throws<BackendFaultException>(() => authorities.Make(name, AuthorityKind.Ssh));
    }

    static CredentialProfile Profile(CredentialBackend place, string admin) =>
        new("migrate", CredentialTier.Deploy, admin, 60, 600, 4, place);

    // Somebody who has the published keys and nothing else.
    static async Task<JsonElement> Ask(AgentWorld world, string token, string audience)
    {
        var keys = Path.Combine(world.Root, "jwks.json");
        await File.WriteAllTextAsync(keys, await IdentityStage.Get(world, "/.well-known/jwks.json"));
        var ended = await WritCommand.Finish(WritCommand.Start(
            "/usr/bin/node", ["relying-party.mjs", keys, $"https://{IdentityStage.Domain}", audience, token],
            IdentityStage.Installed));
        return JsonDocument.Parse(ended.Out).RootElement;
    }

    static JsonElement Claims(string token) => JsonDocument.Parse(
        System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[1])).RootElement;

    static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    // What is in memory for runs.
    static string[] Rooms() => [.. Directory.GetDirectories("/dev/shm", "writ-*").Order(StringComparer.Ordinal)];
}
