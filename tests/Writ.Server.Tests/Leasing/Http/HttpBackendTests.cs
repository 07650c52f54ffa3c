using System.Collections.Immutable;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Writ.Leases;
using Writ.Server.Leasing;
using Writ.Server.Tests.Egress;
using Writ.Testing;

namespace Writ.Server.Tests.Leasing.Http;

/// <summary>Each backend against a server that looks at every request as the real one's documentation has it.</summary>
public sealed class HttpBackendTests
{
    const string Account = "w_abcde0123456789abcdef";
    static readonly CancellationToken _none = CancellationToken.None;

    static DateTimeOffset In(int seconds) => TimeProvider.System.GetUtcNow().AddSeconds(seconds);

    static string Content(IssuedCredential issued, string name) =>
        Encoding.UTF8.GetString(issued.Files.Single(f => f.Name == name).Content.Span);

    static async Task<string> CodeOf(Func<Task> call)
    {
        var fault = await Assert.ThrowsAsync<BackendFaultException>(call);
        Assert.DoesNotContain(FixedTokens.Text, fault.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(LocalVault.SecretId, fault.ToString(), StringComparison.Ordinal);
        return fault.Code;
    }

    /// <summary>Tokens of the realm, where a test has no realm.</summary>
    sealed class FixedTokens : ILeaseTokens
    {
        public const string Text = "eyJ.realm-s-own-token.sig";

        public List<(string? Account, string Audience)> Made { get; } = [];

        public DateTimeOffset? At { get; set; }

        public string For(string account, string audience)
        {
            Made.Add((account, audience));
            return Text;
        }

        public string Own(string audience)
        {
            Made.Add((null, audience));
            return Text;
        }

        public DateTimeOffset? RequestedAt(string account) => At;
    }

    // Vault and OpenBao.

    static CredentialBackend.Vault VaultProfile(LocalVault server) => new(
        server.Url, VaultLogin.AppRole, "approle", null, null, "leases", "database/creds/orders",
        RevocationClass.Immediate, "password", [new PluginSetting("DB_PASSWORD_FILE", "password")]);

    static VaultBackend Vault(
        LocalVault server, BackendMemory? memory = null, Func<CredentialBackend.Vault,
            CredentialBackend.Vault>? change = null,
        string secret = LocalVault.SecretId, ILeaseTokens? tokens = null)
    {
        var profile = VaultProfile(server);
        return new(change?.Invoke(profile) ?? profile, new AdminAccount(LocalVault.RoleId, secret), memory ?? new(),
            tokens ?? new FixedTokens(), TimeProvider.System);
    }

    [Fact]
    public async Task Vault_gives_a_lease_under_a_token_of_its_own_and_takes_both_back()
    {
        await using var server = new LocalVault();
        var backend = Vault(server);
        var issued = await backend.Issue(Account, In(600), _none);
        Assert.Equal(["username", "password", "role-id"], issued.Files.Select(f => f.Name));
        Assert.Equal(Content(issued, "password"), issued.Token);
        Assert.Contains(issued.Token, issued.Secrets);
        Assert.DoesNotContain(Content(issued, "username"), issued.Secrets);
        Assert.DoesNotContain(issued.Token!, issued.Fingerprint, StringComparison.Ordinal);
        Assert.Equal($"v-token-{Account}", Assert.Single(server.Leases).Value.User);
        // The broker's own token is given back after each operation.
        Assert.Equal(1, server.Tokens);

        await backend.Extend(Account, In(900), _none);
        Assert.All(server.Increments, i => Assert.InRange(i, 890, 900));
        Assert.Equal(2, server.Increments.Count);
        Assert.Equal([Account], await backend.Enumerate("w_abcde", _none));
        Assert.Empty(await backend.Enumerate("w_other", _none));
        await backend.Revoke(Account, _none);
        Assert.Equal((0, 0), (server.Leases.Count, server.Tokens));
        await backend.Revoke(Account, _none);
        Assert.Empty(await backend.Enumerate("w_", _none));
    }

    [Fact]
    public async Task Vault_is_found_its_way_in_by_a_daemon_that_has_forgotten()
    {
        await using var server = new LocalVault();
        await Vault(server).Issue(Account, In(600), _none);
        await Vault(server).Issue(Account + "2", In(600), _none);
        var later = Vault(server);
        Assert.Equal(2, (await later.Enumerate("w_abcde", _none)).Length);
        await later.Revoke(Account, _none);
        Assert.Equal($"v-token-{Account}2", Assert.Single(server.Leases).Value.User);
        Assert.Equal("lease.backend-fault", await CodeOf(() => later.Extend(Account + "2", In(900), _none)));
    }

    [Fact]
    public async Task Vault_lets_the_realm_in_by_its_own_token()
    {
        await using var server = new LocalVault
        {
            Subject = jwt => jwt == FixedTokens.Text ? "x" : null,
            Namespace = "team-a",
        };
        var tokens = new FixedTokens();
        var backend = Vault(server, change: p => p with
        {
            Login = VaultLogin.Jwt,
            Mount = "jwt",
            LoginRole = "writ",
            Audience = "vault",
            Namespace = "team-a",
        }, tokens: tokens);
        await backend.Issue(Account, In(600), _none);
        await backend.Revoke(Account, _none);
        Assert.Equal([(null, "vault"), (null, "vault")], tokens.Made);
        Assert.Equal("lease.backend-fault", await CodeOf(() => Vault(server).Issue(Account, In(600), _none)));
    }

    [Theory]
    [InlineData("secret", "lease.backend-fault")]
    [InlineData("orphan", "lease.backend-unsafe")]
    [InlineData("static", "lease.backend-unsafe")]
    [InlineData("permission", "lease.backend-denied")]
    [InlineData("path", "lease.backend-denied")]
    [InlineData("value", "lease.backend-fault")]
    public async Task Vault_that_gives_what_could_not_be_taken_back_or_nothing_is_refused_and_leaves_nothing(
        string what, string code)
    {
        await using var server = new LocalVault
        {
            MakesOrphans = what != "orphan",
            IsStatic = what == "static",
            LosesPermission = what == "permission",
        };
        var memory = new BackendMemory();
        var backend = Vault(
            server, memory, p => what switch
            {
                "path" => p with { Path = "database/creds/other" },
                "value" => p with { Token = "nothing" },
                _ => p,
            }, what == "secret" ? "wrong" : LocalVault.SecretId);
        Assert.Equal(code, await CodeOf(() => backend.Issue(Account, In(600), _none)));
        server.LosesPermission = false;
        // As the keeper does after whatever went wrong.
        await Vault(server, memory).Revoke(Account, _none);
        Assert.Equal((0, 0), (server.Leases.Count, server.Tokens));
    }

    // AWS.

    static CredentialBackend.AwsSts StsProfile(LocalSts server, string? policy = null) =>
        new(LocalSts.Role, "eu-west-1", "sts.amazonaws.com", policy, server.Url);

    static AwsStsBackend Sts(LocalSts server, string? policy = null, FixedTokens? tokens = null) =>
        new(StsProfile(server, policy), new AdminAccount("none"), tokens ?? new(), TimeProvider.System);

    [Fact]
    public async Task Aws_gives_keys_for_the_token_of_the_run_narrowed_by_the_profile_s_policy()
    {
        const string policy = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}""";
        await using var server = new LocalSts();
        var tokens = new FixedTokens();
        var backend = Sts(server, policy, tokens);
        var issued = await backend.Issue(Account, In(900) + LeaseDesk.ClockSkew, _none);
        Assert.Equal([(Account, "sts.amazonaws.com")], tokens.Made);
        Assert.Equal(
            (FixedTokens.Text, Account, "900", policy),
            (server.Form["WebIdentityToken"], server.Form["RoleSessionName"], server.Form["DurationSeconds"],
                server.Form["Policy"]));
        Assert.Equal("""
            [default]
            aws_access_key_id = ASgeIAIOSFODNN7EXAMPLE
            aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY
            aws_session_token = AQoDYXdzEE0a8ANXXXXXXXXNO1ewxE5TijQyp+IEXAMPLE
            region = eu-west-1

            """, Content(issued, Delivery.AwsFile));
        Assert.Equal(2, issued.Secrets.Length);
        Assert.Null(issued.Token);
        Assert.False(((ICredentialBackend)backend).CanEnumerate);
        Assert.Equal(0, await backend.Revoke(Account, _none));
        Assert.Single(server.Asked);
    }

    [Theory]
    [InlineData("ExpiredTokenException", "lease.backend-denied")]
    [InlineData("InvalidIdentityToken", "lease.backend-denied")]
    [InlineData("IDPRejectedClaim", "lease.backend-denied")]
    [InlineData("IDPCommunicationError", "lease.backend-down")]
    [InlineData("Throttling", "lease.backend-down")]
    [InlineData("PackedPolicyTooLarge", "lease.backend-fault")]
    [InlineData("SomethingNew", "lease.backend-fault")]
    public async Task Aws_says_no_in_its_own_words(string word, string code)
    {
        await using var server = new LocalSts { Checks = _ => word };
        Assert.Equal(code, await CodeOf(() => Sts(server).Issue(Account, In(1_000), _none)));
    }

    [Theory]
    [InlineData("not xml")]
    [InlineData("<a/>")]
    [InlineData("<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>")]
    [InlineData("<AssumeRoleWithWebIdentityResponse "
        + "xmlns='https://sts.amazonaws.com/doc/2011-06-15/'><AssumeRoleWithWebIdentityResult>"
        + "<Credentials><AccessKeyId>a\nb = c</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
        + "<SessionToken>t</SessionToken>"
        + "</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>")]
    public async Task Aws_that_answers_with_something_else_is_not_believed(string answer)
    {
        await using var server = new LocalSts { Says = answer };
        Assert.Equal("lease.backend-fault", await CodeOf(() => Sts(server).Issue(Account, In(1_000), _none)));
    }

    [Fact]
    public async Task Aws_keys_that_would_outlive_their_lease_are_not_asked_for()
    {
        await using var server = new LocalSts();
        Assert.Equal("lease.no-time", await CodeOf(() => Sts(server).Issue(Account, In(900), _none)));
        Assert.Empty(server.Asked);
    }

    // GitHub.

    static CredentialBackend.GitHubApp AppProfile(LocalGitHub server) => new(
        server.Url, LocalGitHub.App, LocalGitHub.Installation, ["orders"], [new PluginSetting("contents", "write")]);

    static GitHubAppBackend GitHub(
        LocalGitHub server, BackendMemory? memory = null, FixedTokens? tokens = null, TimeProvider? time = null,
        Func<CredentialBackend.GitHubApp, CredentialBackend.GitHubApp>? change = null, string? key = null) => new(
            change?.Invoke(AppProfile(server)) ?? AppProfile(server), new AdminAccount("app", key ?? server.KeyPem),
                memory ?? new(),
            tokens ?? new(), time ?? TimeProvider.System);

    [Fact]
    public async Task GitHub_gives_a_token_for_some_repositories_and_takes_it_back()
    {
        await using var server = new LocalGitHub(TimeProvider.System);
        var backend = GitHub(server);
        var issued = await backend.Issue(Account, In(600), _none);
        var (token, asked) = Assert.Single(server.Tokens);
        Assert.Equal((token, token), (issued.Token, Content(issued, "token")));
        Assert.True(token.Length > 240);
        Assert.Equal("""{"repositories":["orders"],"permissions":{"contents":"write"}}""", asked.GetRawText());
        Assert.DoesNotContain(token[^20..], issued.Fingerprint, StringComparison.Ordinal);
        await backend.Revoke(Account, _none);
        Assert.Empty(server.Tokens);
        await backend.Revoke(Account, _none);
    }

    [Theory]
    [InlineData("permission")]
    [InlineData("level")]
    [InlineData("all")]
    [InlineData("repository")]
    [InlineData("silence")]
    public async Task GitHub_that_gives_more_than_was_asked_for_gets_it_back(string more)
    {
        await using var server = new LocalGitHub(TimeProvider.System) { GivesMore = more };
        var memory = new BackendMemory();
        Assert.Equal("lease.too-wide", await CodeOf(() => GitHub(server, memory).Issue(Account, In(600), _none)));
        Assert.Empty(server.Tokens);
        await GitHub(server, memory, new FixedTokens { At = TimeProvider.System.GetUtcNow() }).Revoke(Account, _none);
    }

    // It was made, whatever came back: to say that it is gone would be a lie for an hour.
    [Theory]
    [InlineData("nonsense")]
    [InlineData("much")]
    [InlineData("status")]
    public async Task GitHub_that_cannot_be_understood_may_have_made_one(string how)
    {
        await using var server = new LocalGitHub(TimeProvider.System) { GivesMore = how };
        var (memory, tokens) = (new BackendMemory(), new FixedTokens { At = TimeProvider.System.GetUtcNow() });
        Assert.Equal("lease.backend-fault", await CodeOf(() => GitHub(server, memory).Issue(Account, In(600), _none)));
        Assert.Single(server.Tokens);
        Assert.Equal("lease.backend-fault", await CodeOf(() => GitHub(server, memory, tokens).Revoke(Account, _none)));
    }

    [Fact]
    public async Task GitHub_is_asked_with_a_key_of_the_app_and_nothing_else()
    {
        await using var server = new LocalGitHub(TimeProvider.System);
        await using var other = new LocalGitHub(TimeProvider.System);
        Assert.Equal("lease.backend-denied",
            await CodeOf(() => GitHub(server, key: other.KeyPem).Issue(Account, In(600), _none)));
        Assert.Equal("lease.no-admin", await CodeOf(() => GitHub(server, key: "no "
            + "key").Issue(Account, In(600), _none)));
        Assert.Equal("lease.backend-fault", await CodeOf(
            () => GitHub(server, change: p => p with { Repositories = ["unknown"] }).Issue(Account, In(600), _none)));
        Assert.Equal("lease.backend-denied", await CodeOf(() => GitHub(
            server, time: new AheadTime(TimeSpan.FromMinutes(11))).Issue(Account, In(600), _none)));
        Assert.Equal("lease.backend-denied", await CodeOf(() => GitHub(
            server, time: new AheadTime(TimeSpan.FromMinutes(-20))).Issue(Account, In(600), _none)));
        // Within the minute that is allowed for, clocks may differ.
        await GitHub(server, time: new AheadTime(TimeSpan.FromSeconds(50))).Issue(Account, In(600), _none);
    }

    sealed class AheadTime(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }

    [Fact]
    public async Task GitHub_s_token_that_a_daemon_has_forgotten_is_waited_for_and_one_that_was_never_made_is_not()
    {
        await using var server = new LocalGitHub(TimeProvider.System);
        await GitHub(server).Issue(Account, In(600), _none);
        var tokens = new FixedTokens { At = In(-600) };
        Assert.Equal("lease.backend-fault", await CodeOf(() => GitHub(server, tokens: tokens).Revoke(Account, _none)));
        tokens.At = In(-3_700);
        await GitHub(server, tokens: tokens).Revoke(Account, _none);
        // What GitHub refused was not made.
        var memory = new BackendMemory();
        server.Refuses = _ => 422;
        Assert.Equal("lease.backend-fault", await CodeOf(() => GitHub(server, memory).Issue(Account, In(600), _none)));
        tokens.At = In(-1);
        await GitHub(server, memory, tokens).Revoke(Account, _none);
    }

    // Kubernetes.

    static KubernetesBackend Kubernetes(LocalKubernetes server, string? roots = null, string[]? audiences = null) =>
        new(
        new CredentialBackend.Kubernetes(server.Url, "ci", "deployer", [.. audiences ?? []]),
        new AdminAccount("writ", LocalKubernetes.Broker, roots), TimeProvider.System);

    [Fact]
    public async Task Kubernetes_gives_a_token_that_is_good_as_long_as_its_object_is_there()
    {
        using var authority = new TestAuthority();
        await using var server = new LocalKubernetes(authority.For("127.0.0.1"));
        var backend = Kubernetes(server, authority.Roots);
        var issued = await backend.Issue(Account, In(900), _none);
        Assert.True(server.Takes(issued.Token!));
        Assert.InRange(server.AskedSeconds, 890, 900);
        Assert.Equal("w-" + Account[2..], Assert.Single(server.Secrets).Key);
        var config = JsonDocument.Parse(Content(issued, Delivery.KubeFile)).RootElement;
        var cluster = config.GetProperty("clusters")[0].GetProperty("cluster");
        Assert.Equal(server.Url, cluster.GetProperty("server").GetString());
        Assert.Contains("BEGIN CERTIFICATE", Encoding.ASCII.GetString(
            cluster.GetProperty("certificate-authority-data").GetBytesFromBase64()), StringComparison.Ordinal);
        Assert.Equal(issued.Token, config.GetProperty("users")[0].GetProperty("user").GetProperty("token").GetString());
        Assert.Equal([Account], await backend.Enumerate("w_abcde", _none));
        Assert.Empty(await backend.Enumerate("w_other", _none));
        await backend.Revoke(Account, _none);
        Assert.False(server.Takes(issued.Token!));
        await backend.Revoke(Account, _none);
        Assert.Empty(await backend.Enumerate("w_abcde", _none));
    }

    [Fact]
    public async Task Kubernetes_goes_on_with_what_a_broken_call_left_and_lists_page_by_page()
    {
        await using var server = new LocalKubernetes();
        var backend = Kubernetes(server);
        server.BreaksAfter = what => what.EndsWith("/secrets", StringComparison.Ordinal);
        Assert.Equal("lease.backend-down", await CodeOf(() => backend.Issue(Account, In(30), _none)));
        Assert.Single(server.Secrets);
        server.BreaksAfter = null;
        var issued = await backend.Issue(Account, In(30), _none);
        Assert.True(server.Takes(issued.Token!));
        Assert.Equal(600, server.AskedSeconds);
        for (var i = 0; i < 1_200; i++)
            server.Secrets[$"w-abcde{i:x16}"] = ($"{i}", "abcde");
        Assert.Equal(1_201, (await backend.Enumerate("w_abcde", _none)).Length);
    }

    [Fact]
    public async Task Kubernetes_that_binds_tokens_to_nothing_is_refused()
    {
        await using var server = new LocalKubernetes { BindsNothing = true };
        Assert.Equal("lease.backend-unsafe", await CodeOf(() => Kubernetes(server).Issue(Account, In(900), _none)));
        await Kubernetes(server).Revoke(Account, _none);
        Assert.Empty(server.Secrets);
    }

    // All of them.

    public static TheoryData<string> All => ["vault", "aws", "github", "kubernetes"];

    static (LocalService Server, Func<BackendMemory, ICredentialBackend> Backend) Make(string kind)
    {
        switch (kind)
        {
            case "vault":
                var vault = new LocalVault();
                return (vault, memory => Vault(vault, memory));
            case "aws":
                var sts = new LocalSts();
                return (sts, _ => Sts(sts));
            case "github":
                var github = new LocalGitHub(TimeProvider.System);
                return (github, memory => GitHub(github, memory));
            default:
                var kubernetes = new LocalKubernetes();
                return (kubernetes, _ => Kubernetes(kubernetes));
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task What_is_down_is_down_and_whatever_was_begun_is_gone_afterwards(string kind)
    {
        var (server, make) = Make(kind);
        var memory = new BackendMemory();
        var backend = make(memory);
        await using (server)
        {
            foreach (var status in (int[])[500, 502, 503, 429])
            {
                server.Refuses = _ => status;
                Assert.Equal("lease.backend-down", await CodeOf(() => backend.Issue(Account, In(1_000), _none)));
            }
            server.Refuses = _ => 504;
            Assert.Equal("lease.backend-slow", await CodeOf(() => backend.Issue(Account, In(1_000), _none)));
            server.Refuses = _ => 403;
            Assert.Equal("lease.backend-denied", await CodeOf(() => backend.Issue(Account, In(1_000), _none)));
            server.Refuses = _ => 302;
            Assert.Equal("lease.backend-fault", await CodeOf(() => backend.Issue(Account, In(1_000), _none)));
            server.Refuses = null;
            // Broken off at each question in turn: whatever was made by then is taken back.
            for (var at = 1; at < 8; at++)
            {
                var count = 0;
                server.BreaksAfter = what => !what.EndsWith("revoke-self", StringComparison.Ordinal) && ++count == at;
                try
                {
                    await backend.Issue($"{Account[..^1]}{at}", In(1_000), _none);
                }
                catch (BackendFaultException fault)
                {
                    Assert.Equal("lease.backend-down", fault.Code);
                }
                server.BreaksAfter = null;
                if (kind != "github" || at > 1)
                    await make(memory).Revoke($"{Account[..^1]}{at}", _none);
            }
            var left = backend.CanEnumerate ? await backend.Enumerate("w_", _none) : [];
            Assert.Empty(left);
        }
        Assert.Equal("lease.backend-down", await CodeOf(() => backend.Issue(Account, In(1_000), _none)));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Revoking_fails_while_it_cannot_be_known_and_works_when_it_can(string kind)
    {
        var (server, make) = Make(kind);
        await using var _ = server;
        var backend = make(new BackendMemory());
        await backend.Issue(Account, In(1_000), CancellationToken.None);
        if (kind == "aws")
        {
            // Nothing is asked.
            Assert.Equal(0, await backend.Revoke(Account, CancellationToken.None));
            return;
        }
        foreach (var (status, code) in new[] { (403, "lease.backend-denied"), (500, "lease.backend-down") })
        {
            server.Refuses = _ => status;
            Assert.Equal(code, await CodeOf(() => backend.Revoke(Account, CancellationToken.None)));
        }
        // Done, and not heard of: the next attempt finds it gone.
        server.Refuses = null;
        server.BreaksAfter = what => what.StartsWith("DELETE", StringComparison.Ordinal)
            || what.EndsWith("revoke-accessor", StringComparison.Ordinal);
        Assert.Equal("lease.backend-down", await CodeOf(() => backend.Revoke(Account, CancellationToken.None)));
        server.BreaksAfter = null;
        await backend.Revoke(Account, CancellationToken.None);
        if (backend.CanEnumerate)
            Assert.Empty(await backend.Enumerate("w_", CancellationToken.None));
    }

    [Fact]
    public async Task A_server_that_is_somebody_else_or_says_too_much_is_not_heard()
    {
        using var authority = new TestAuthority();
        await using var server = new LocalKubernetes(authority.For("other.test"));
        Assert.Equal("lease.backend-denied",
            await CodeOf(() => Kubernetes(server, authority.Roots).Issue(Account, In(900), _none)));
        Assert.Equal("lease.backend-denied", await CodeOf(() => Kubernetes(server).Issue(Account, In(900), _none)));
        Assert.Equal("lease.no-admin", await CodeOf(
            () => Kubernetes(server, "/nowhere").Issue(Account, In(900), _none)));
        Assert.Empty(server.Asked);
        await using var sts = new LocalSts { Says = new string('x', BackendHttp.AnswerMax + 1) };
        Assert.Equal("lease.backend-fault", await CodeOf(() => Sts(sts).Issue(Account, In(1_000), _none)));
    }

    [Fact]
    [Slow]
    public async Task A_server_that_does_not_answer_is_waited_for_so_long()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        using var http = new BackendHttp("It", $"http://{listener.LocalEndpoint}", null);
        Assert.Equal("lease.backend-slow", await CodeOf(() => http.Ask(HttpMethod.Get, "/", [], null, _none)));
    }
}
