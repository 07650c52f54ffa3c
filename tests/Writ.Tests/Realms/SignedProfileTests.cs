using System.Text.Json;
using Writ.Leases;
using Writ.Realms;
using Writ.Requests;
using Writ.Wire;

namespace Writ.Tests.Realms;

/// <summary>Profiles of credentials that the realm's own keys sign: what is one, what it says, what its run finds.
/// </summary>
public sealed class SignedProfileTests
{
    const string HostKey = "ssh-ed25519 AAAAC3Nz";

    static readonly CredentialBackend.Ssh _ssh = new(
        "web.test", 22, "deploy", [HostKey], [], ["192.0.2.0/24", "192.0.2.7", "2001:db8::/32"], [], Sessions: true);

    static readonly CredentialBackend.X509 _x509 =
        new(["dns:app.test"], [new PluginSetting("PGSSLCERT", "certificate")], "app", "Shop", "/srv/writ.crl");

    static readonly CredentialBackend.Oidc _oidc = new(
        "sts.test", [new PluginSetting("TOKEN_FILE", "token")], [new PluginSetting("AWS_ROLE_ARN", "arn:x")], "app");

    public static TheoryData<string, CredentialBackend> Wrong => new()
    {
        { "a path is no server", _ssh with { Host = "/run/sshd.sock" } },
        { "no port", _ssh with { Port = 0 } },
        { "a user of another shape", _ssh with { User = "-oProxyCommand=x" } },
        { "no user", _ssh with { User = "" } },
        { "the control plane's principal", _ssh with { Principals = ["writ-admin"] } },
        { "it as a user", _ssh with { User = "writ-admin" } },
        { "a principal with a comma", _ssh with { Principals = ["a,b"] } },
        { "no host key", _ssh with { HostKeys = [] } },
        { "a host key of another kind", _ssh with { HostKeys = ["ssh-dss AAAAC3Nz"] } },
        { "a host key with a comment", _ssh with { HostKeys = [HostKey + " me"] } },
        { "a host key that is none", _ssh with { HostKeys = ["ssh-ed25519 ?"] } },
        { "an empty command", _ssh with { ForceCommand = "" } },
        { "a command of two lines", _ssh with { ForceCommand = "a\nb" } },
        { "a name as a source", _ssh with { SourceAddresses = ["web.test"] } },
        { "a source that is no network", _ssh with { SourceAddresses = ["192.0.2.7/24"] } },
        { "a source of everywhere", _ssh with { SourceAddresses = ["0.0.0.0/0"] } },
        { "a source beyond its bits", _ssh with { SourceAddresses = ["192.0.2.0/33"] } },
        { "a source without its bits", _ssh with { SourceAddresses = ["2001:db8::1/64"] } },
        { "a negated source", _ssh with { SourceAddresses = ["!192.0.2.0/24"] } },
        { "an extension that runs files", _ssh with { Extensions = ["permit-user-rc"] } },
        { "an extension twice", _ssh with { Extensions = ["permit-pty", "permit-pty"] } },
        { "a list that is no path", _ssh with { RevocationList = "krl" } },
        { "a list elsewhere", _ssh with { RevocationList = "/etc/../krl" } },
        { "a name with a slash", _x509 with { CommonName = "a/b" } },
        { "an empty name", _x509 with { CommonName = "" } },
        { "a long organization", _x509 with { Organization = new string('a', 65) } },
        { "an alternative name without a kind", _x509 with { Names = ["app.test"] } },
        { "a kind that is none", _x509 with { Names = ["ip:192.0.2.1"] } },
        { "an identity as a name", _x509 with { Names = ["uri:SPIFFE://a/b"] } },
        { "a file that is none", _x509 with { Variables = [new PluginSetting("A_FILE", "password")] } },
        { "a variable that changes programs", _x509 with { Variables = [new PluginSetting("LD_PRELOAD", "key")] } },
        { "a variable twice", _x509 with { Variables = [new("A_FILE", "key"), new("A_FILE", "certificate")] } },
        { "a folder as a list", _x509 with { RevocationList = "/srv/" } },
        { "no audience", _oidc with { Audience = "" } },
        { "two audiences", _oidc with { Audience = "a,b" } },
        { "an identity as a subject", _oidc with { Subject = "Spiffe://a/b" } },
        { "a subject with a space", _oidc with { Subject = "a b" } },
        { "a file that is not there", _oidc with { Variables = [new PluginSetting("TOKEN_FILE", "key")] } },
        { "a constant of two lines", _oidc with { Constants = [new PluginSetting("A_B", "a\nb")] } },
        { "a constant that changes programs", _oidc with { Constants = [new PluginSetting("PATH", "/tmp")] } },
        { "one name for both", _oidc with { Constants = [new PluginSetting("TOKEN_FILE", "x")] } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_is_no_profile_is_refused(string why, CredentialBackend backend)
    {
        foreach (var good in (CredentialBackend[])[_ssh, _x509, _oidc])
            Assert.Null(good.Problem());
        Assert.True(backend.Problem() is not null, why);
    }

    [Fact]
    public void What_taking_back_reaches_follows_from_what_is_declared()
    {
        foreach (var (backend, revocation) in ((CredentialBackend, RevocationClass)[])
            [
                (_ssh, RevocationClass.Immediate),
                (_ssh with { Sessions = false, RevocationList = "/srv/krl" }, RevocationClass.NewLoginsOnly),
                (_ssh with { Sessions = false }, RevocationClass.ExpiryOnly),
                (_x509, RevocationClass.NewLoginsOnly),
                (_x509 with { RevocationList = null }, RevocationClass.ExpiryOnly),
                (_oidc, RevocationClass.ExpiryOnly),
            ])
            Assert.Equal(revocation, backend.Class);
    }

    [Fact]
    public void Variables_name_what_the_run_finds_and_no_secret()
    {
        CredentialProfile[] profiles =
        [
            new("web", CredentialTier.Deploy, "web", 60, 60, 1, _ssh),
            new("db", CredentialTier.Write, "pki", 60, 60, 1, _x509),
            new("cloud", CredentialTier.Read, "issuer", 60, 60, 1, _oidc),
        ];
        var variables = Delivery.Variables(
            [.. profiles.Select(p => new PlacedProfile(new TargetId("t"), p))]);
        Assert.Equal(
            [
                "SSH_AUTH_SOCK=/run/writ/credentials/web/agent.sock",
                "PGSSLCERT=/run/writ/credentials/db/certificate",
                "TOKEN_FILE=/run/writ/credentials/cloud/token", "AWS_ROLE_ARN=arn:x",
            ],
            variables.Where(v => v.Name != LeaseRules.Variable).Select(v => $"{v.Name}={v.Value}"));
    }

    [Fact]
    public void Every_word_of_a_profile_is_under_its_digest_and_in_what_people_read()
    {
        CredentialBackend[] others =
        [
            _ssh, _ssh with { User = "root" }, _ssh with { Port = 23 }, _ssh with { Sessions = false },
            _ssh with { Principals = ["a"] }, _ssh with { ForceCommand = "id" }, _ssh with { RevocationList = "/a" },
            _ssh with { SourceAddresses = ["192.0.2.0/24"] }, _ssh with { Extensions = ["permit-pty"] },
            _ssh with { HostKeys = [HostKey, "ssh-rsa AAAAC3Nz"] },
            _x509, _x509 with { CommonName = null }, _x509 with { Organization = null }, _x509 with { Names = [] },
            _x509 with { Variables = [] }, _x509 with { RevocationList = null },
            _oidc, _oidc with { Subject = null }, _oidc with { Rsa = true }, _oidc with { Variables = [] },
            _oidc with { Constants = [] }, _oidc with { Audience = "b" },
        ];
        Assert.Equal(others.Length, others.Select(o => Profile(o).Digest()).Distinct().Count());
        Assert.Equal(others.Length, others.Select(o => o.ToString()).Distinct().Count());
    }

    [Theory]
    [InlineData("""{"kind":"ssh","host":"h","port":1,"user":"u","hostKeys":[],"extensions":[],"sessions":true}""")]
    [InlineData("""{"kind":"ssh","host":"h","port":1,"user":null,REST}""")]
    [InlineData("""{"kind":"ssh","host":null,"port":1,"user":"u",REST}""")]
    [InlineData("""{"kind":"ssh","host":"h","port":1,"user":"u",REST,"hostKeys":[null]}""")]
    [InlineData("""{"kind":"x509","variables":[]}""")]
    [InlineData("""{"kind":"x509","names":[null],"variables":[]}""")]
    [InlineData("""{"kind":"x509","names":[],"variables":[null]}""")]
    [InlineData("""{"kind":"oidc","audience":null,"variables":[],"constants":[]}""")]
    [InlineData("""{"kind":"oidc","audience":"a","variables":[]}""")]
    [InlineData("""{"kind":"oidc","audience":"a","variables":[],"constants":[{"name":"A_B","value":null}]}""")]
    public void What_came_as_JSON_and_is_not_whole_is_no_document(string json)
    {
        var rest = "\"principals\":[],\"sourceAddresses\":[],\"extensions\":[],\"sessions\":true"
            + (json.Contains("hostKeys", StringComparison.Ordinal) ? "" : ",\"hostKeys\":[]");
        json = json.Replace("REST", rest, StringComparison.Ordinal);
        var backend = JsonSerializer.Deserialize(json, WireJson.Default.CredentialBackend)!;
        var document = Given.Document;
        Assert.NotEmpty(Faults(backend));
        Assert.Empty(Faults(_ssh));
        Assert.Empty(Faults(_x509));
        Assert.Empty(Faults(_oidc));

        System.Collections.Immutable.ImmutableArray<DocumentFault> Faults(CredentialBackend with) =>
            DocumentShape.Missing(LeaseWorld.Document(document, Profile(with)));
    }

    [Fact]
    public void A_realm_without_a_trust_domain_gives_no_tokens()
    {
        var document = LeaseWorld.Document(Given.Document, Profile(_oidc));
        Assert.Contains(RegistryRules.Check(document), f => f.Code == "realm.identity-missing");
        Assert.DoesNotContain(
            RegistryRules.Check(document with { Identity = new Writ.Identity.RealmIdentity("realm.test") }),
            f => f.Code == "realm.identity-missing");
    }

    [Theory]
    [InlineData("/run/writ/credentials/web/sshd.sock", true)]
    [InlineData("/run/writ/credentials/db/.s.PGSQL.5432", true)]
    [InlineData("/run/writ/credentials/other/sshd.sock", false)]
    [InlineData("/run/writ/credentials/web/../other/sshd.sock", false)]
    [InlineData("/run/writ/credentials/web/..", false)]
    [InlineData("/run/writ/credentials/web/", false)]
    [InlineData("/run/writ/credentials/web", false)]
    [InlineData("/run/writ/credentials//sshd.sock", false)]
    [InlineData("/run/docker.sock", false)]
    public void Who_agreed_to_a_credential_agreed_to_its_sockets_and_to_no_other(string socket, bool isOwn)
    {
        var request = Given.Exec(World.WithEverybody(), new SessionId("s"), "make");
        Assert.False(LeaseRules.IsSocketOf(request, socket));
        Assert.Equal(isOwn, LeaseRules.IsSocketOf(
            request with { Environment = [new Variable(LeaseRules.Variable, "web=sha256:00,db=sha256:11")] }, socket));
    }

    static CredentialProfile Profile(CredentialBackend backend) =>
        new("migrate", CredentialTier.Deploy, "web", 60, 60, 1, backend);
}
