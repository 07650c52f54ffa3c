using Writ.Documents;
using Writ.Identity;
using Writ.Wire;

namespace Writ.Server.Tests.PeoplePath;

public sealed class RealmDirectoryTests
{
    static (Writ.Realms.RealmDocument? Document, Writ.Realms.DocumentFault[] Faults) Read(params SourceFile[] files)
    {
        var (document, faults) = RealmDirectoryReader.Read([.. files], []);
        return (document, [.. faults]);
    }

    [Fact]
    public void A_whole_realm_is_read_from_several_files()
    {
        var split = PeopleRealm.Document.IndexOf("agents:\n", StringComparison.Ordinal);
        var (document, faults) = Read(
            new("a.yaml", PeopleRealm.Document[..split]), new("b/c.yml", PeopleRealm.Document[split..]),
            new("more.yaml", "# nothing here\n"), new("policies/main.cedar", PeopleRealm.Policy));
        Assert.Empty(faults);
        Assert.Equal(["ada", "bob", "cyd"], document!.People.Select(p => p.Id.Value));
        Assert.Equal(new DateOnly(2999, 1, 31), document.Workflows[0].ReviewBy);
        Assert.Equal("policies/main.cedar", document.Policy.Files[0].Name);
        Assert.Empty(document.Targets[0].Groups);
    }

    [Theory]
    [InlineData("{id: mint, tier: deploy, admin: db, ttl: 600, ttlMax: 900, concurrent: 2, postgres: {host: /run/pg, "
        + "port: 5433, database: orders, role: owner}}",
        "mint: deploy, postgres /run/pg:5433/orders as owner, 600 to 900 seconds, 2 at once, by db", null)]
    [InlineData("{id: mint, tier: read, admin: db, ttl: 60, postgres: {host: db.internal, database: o, role: r}}",
        "mint: read, postgres db.internal:5432/o as r, 60 to 60 seconds, 1 at once, by db", null)]
    [InlineData("{id: mint, tier: write, admin: db, ttl: 60, plugin: {program: vault, revocation: newloginsonly, "
        + "settings: [\"url=https://v\"], variables: [\"TOKEN_FILE=token\"]}}",
        "mint: write, plugin vault url=https://v, 60 to 60 seconds, 1 at once, by db", null)]
    [InlineData("{id: mint, tier: write, admin: db, ttl: 60, redis: {host: cache, keys: [\"a:*\"], "
        + "commands: [+@read, -keys], channels: [news]}}",
        "mint: write, redis cache:6379 ~a:* &news +@read -keys, 60 to 60 seconds, 1 at once, by db", null)]
    [InlineData("{id: mint, tier: write, admin: db, ttl: 60, redis: {host: cache, commands: [+@all]}}", null,
        "realm.bad-credential")]
    [InlineData("{id: mint, tier: deploy, admin: web, ttl: 60, ssh: {host: w1, user: deploy, hostKeys: [\"ssh-ed25519 "
        + "AAAAC3Nz\"], principals: [web], sourceAddresses: [192.0.2.0/24], extensions: [permit-pty], sessions: true, "
        + "forceCommand: \"id -un\"}}",
        "mint: deploy, ssh deploy@w1:22 for web, only 'id -un', from 192.0.2.0/24, permit-pty, sessions ended by its "
        + "admin, known by ssh-ed25519 AAAAC3Nz, 60 to 60 seconds, 1 at once, by web", null)]
    [InlineData("{id: mint, tier: deploy, admin: web, ttl: 60, ssh: {host: w1, user: deploy}}", null,
        "realm.bad-credential")]
    [InlineData("{id: mint, tier: deploy, admin: web, ttl: 60, ssh: {host: w1, user: deploy, hostKeys: [\"ssh-ed25519 "
        + "AAAAC3Nz\"], password: x}}", null, "realm.unknown-key")]
    [InlineData("{id: mint, tier: write, admin: pki, ttl: 60, x509: {commonName: app, organization: Shop, "
        + "names: [dns:app.test], revocationList: /srv/writ.crl, variables: [\"PGSSLCERT=certificate\"]}}",
        "mint: write, x509 client app of Shop dns:app.test, list /srv/writ.crl, PGSSLCERT=certificate, 60 to 60 "
        + "seconds, 1 at once, by pki", null)]
    [InlineData("{id: mint, tier: write, admin: pki, ttl: 60, x509: {variables: [\"PGSSLCERT=other\"]}}", null,
        "realm.bad-credential")]
    [InlineData("{id: mint, tier: read, ttl: 60, oidc: {audience: sts.test, subject: app, rsa: true, "
        + "variables: [\"AWS_WEB_IDENTITY_TOKEN_FILE=token\"], constants: [\"AWS_ROLE_ARN=arn:x\"]}}",
        "mint: read, oidc token for sts.test as app, RS256, AWS_WEB_IDENTITY_TOKEN_FILE=token, AWS_ROLE_ARN=arn:x, "
        + "60 to 60 seconds, 1 at once, by issuer", null)]
    [InlineData("{id: mint, tier: read, ttl: 60, oidc: {audience: sts.test, subject: \"spiffe://a/b\"}}", null,
        "realm.bad-credential")]
    [InlineData("{id: mint, tier: write, admin: db, ttl: 60, vault: {url: \"https://v:8200\", tokenRole: leases, "
        + "path: database/creds/o, revocation: immediate, variables: [\"DB_FILE=password\"]}}",
        "mint: write, vault https://v:8200 database/creds/o by approle, token role leases, 60 to 60 seconds, 1 at "
            + "once, "
        + "by db", null)]
    [InlineData("{id: mint, tier: write, admin: db, ttl: 60, vault: {url: \"https://v\", login: jwt, loginRole: writ, "
        + "audience: vault, tokenRole: leases, path: a/b, revocation: newloginsonly, token: t}}",
        "mint: write, vault https://v a/b by jwt writ for vault, token role leases, 60 to 60 seconds, 1 at once, by db",
        null)]
    [InlineData("{id: mint, tier: write, admin: db, ttl: 900, awsSts: {role: \"arn:aws:iam::123456789012:role/a\", "
        + "region: eu-west-1}}",
        "mint: write, aws-sts arn:aws:iam::123456789012:role/a in eu-west-1 for sts.amazonaws.com at "
        + "https://sts.eu-west-1.amazonaws.com, 900 to 900 seconds, 1 at once, by db", null)]
    [InlineData("{id: mint, tier: write, admin: db, ttl: 600, githubApp: {app: Iv1, installation: 7, repositories: "
        + "[o], "
        + "permissions: [\"contents=read\"]}}",
        "mint: write, github-app Iv1 at https://api.github.com, installation 7, o: contents=read, 600 to 600 seconds, "
        + "1 at once, by db", null)]
    [InlineData("{id: mint, tier: write, admin: db, ttl: 60, kubernetes: {url: \"https://k:6443\", namespace: ci, "
        + "serviceAccount: d, audiences: [x]}}",
        "mint: write, kubernetes https://k:6443 ci/d for x, 60 to 60 seconds, 1 at once, by db", null)]
    [InlineData("{id: mint, tier: write, admin: db, ttl: 60, kubernetes: {url: \"http://k:6443\", namespace: ci, "
        + "serviceAccount: d}}", null, "realm.bad-credential")]
    [InlineData("{id: mint, tier: write, admin: db, ttl: 60, ttlMax: 90, kubernetes: {url: \"https://k\", namespace: "
        + "ci, "
        + "serviceAccount: d}}", null, "realm.bad-credential")]
    [InlineData("{id: mint, tier: write, admin: db, ttl: 60, vault: {url: \"https://v/../x\", tokenRole: a, path: a/b, "
        + "revocation: immediate}}", null, "realm.bad-credential")]
    [InlineData("{id: mint, tier: write, admin: db, ttl: 60, vault: {url: \"https://v\", tokenRole: a, path: a/../b, "
        + "revocation: immediate}}", null, "realm.bad-credential")]
    [InlineData("{id: mint, tier: write, admin: db, ttl: 60, vault: {url: \"https://v\", tokenRole: a, path: a/b, "
        + "loginRole: x, revocation: immediate}}", null, "realm.bad-credential")]
    [InlineData("{id: mint, tier: write, admin: db, ttl: 600, awsSts: {role: \"arn:aws:iam::123456789012:role/a\", "
        + "region: eu-west-1}}", null, "realm.bad-credential")]
    [InlineData("{id: mint, tier: write, admin: db, ttl: 900, awsSts: {role: \"arn:aws:iam::1:user/a\", "
        + "region: eu-west-1}}", null, "realm.bad-credential")]
    [InlineData("{id: mint, tier: write, admin: db, ttl: 600, githubApp: {app: Iv1, installation: 7, repositories: [], "
        + "permissions: [\"contents=read\"]}}", null, "realm.bad-credential")]
    [InlineData("{id: mint, tier: write, admin: db, ttl: 3700, githubApp: {app: Iv1, installation: 7, repositories: "
        + "[o], "
        + "permissions: [\"contents=read\"]}}", null, "realm.bad-credential")]
    [InlineData("{id: mint, tier: write, admin: db, ttl: 60}", null, "realm.missing-key")]
    [InlineData("{id: mint, tier: all, admin: db, ttl: 60, postgres: {host: h, database: o, role: r}}", null,
        "realm.bad-value")]
    [InlineData("{id: mint, tier: read, admin: db, ttl: 60, password: x, postgres: {host: h, database: o, role: r}}",
        null, "realm.unknown-key")]
    [InlineData("{id: mint, tier: read, admin: db, ttl: 60, plugin: {program: p, revocation: immediate, "
        + "settings: [url]}}", null, "realm.bad-value")]
    [InlineData("{id: mint, tier: read, admin: db, ttl: 1, postgres: {host: h, database: o, role: r}}", null,
        "realm.bad-credential")]
    public void Credential_profiles_are_read_with_their_backends(string profile, string? read, string? code)
    {
        var (document, faults) = Read(
            new("realm.yaml", (profile.Contains("oidc", StringComparison.Ordinal)
                ? "identity: {trustDomain: realm.test}\n" : "") + PeopleRealm.Document
                .Replace("sensitivity: high", $"sensitivity: high, credentials: [{profile}]", StringComparison.Ordinal)
                .Replace("credentials: 0", "credentials: 5", StringComparison.Ordinal)
                .Replace("tierMin: T1", "tierMin: T2\n    credentialProfiles: [mint]", StringComparison.Ordinal)),
            new("policies/main.cedar", PeopleRealm.Policy));
        if (code is not null)
            Assert.Equal(code, Assert.Single(faults).Code);
        else
            Assert.Empty(faults);
        Assert.Equal(read, document?.Targets.SelectMany(t => t.Credentials ?? []).Single().ToString());
    }

    [Theory]
    [InlineData("{host: a.example, port: 443, intercept: always}", "a.example:443 intercept always", null)]
    [InlineData("{host: a.example, port: 443, intercept: never}", "a.example:443 intercept never", null)]
    [InlineData("{host: a.example, port: 443, credential: {file: api, methods: [GET], paths: [\"/v1/*\"]}}",
        "a.example:443 with the long-lived credential api as bearer for GET on /v1/*", null)]
    [InlineData("{host: a.example, port: 443, credential: {file: api, as: basic, user: x, methods: [GET, POST], "
        + "paths: [\"/*\"], own: refuse, cleartext: true}}",
        "a.example:443 with the long-lived credential api as basic x for GET POST on /* also without TLS refusing the "
        + "run's own", null)]
    [InlineData("{host: a.example, port: 443, credential: {file: api, as: header, header: X-Key, methods: [GET], "
        + "paths: [/a]}}", "a.example:443 with the long-lived credential api as X-Key for GET on /a", null)]
    [InlineData("{host: \"*.a.example\", port: 443, credential: {file: api, methods: [GET], paths: [/a]}}", null,
        "realm.bad-egress")]
    [InlineData("{host: a.example, port: 443, intercept: never, credential: {file: api, methods: [GET], paths: [/a]}}",
        null, "realm.bad-egress")]
    [InlineData("{host: a.example, port: 443, credential: {profile: ghost, methods: [GET], paths: [/a]}}", null,
        "realm.unknown-credential")]
    [InlineData("{host: a.example, port: 443, credential: {file: api, methods: [GET]}}", null, "realm.bad-egress")]
    [InlineData("{host: a.example, port: 443, credential: {file: api, secret: x, methods: [GET], paths: [/a]}}", null,
        "realm.unknown-key")]
    [InlineData("{host: a.example, port: 443, intercept: sometimes}", null, "realm.bad-value")]
    public void Places_are_read_with_what_is_added_there(string place, string? read, string? code)
    {
        var (document, faults) = Read(
            new("realm.yaml", PeopleRealm.Document
                .Replace("tierMin: T1", $"tierMin: T2\n    egress: [{place}]", StringComparison.Ordinal)),
            new("policies/main.cedar", PeopleRealm.Policy));
        if (code is not null)
            Assert.Equal(code, Assert.Single(faults).Code);
        else
            Assert.Empty(faults);
        Assert.Equal(read, document?.Workflows[0].Egress!.Value.Single().ToString());
    }

    [Theory]
    // One fault each: what is replaced by what, and where it is said to be, by line and column.
    [InlineData("name: Ada", "nam: Ada", "realm.yaml:2:15", "realm.unknown-key")]
    [InlineData("{id: ada, name: Ada}", "{id: ada}", "realm.yaml:2:5", "realm.missing-key")]
    [InlineData("{id: ada, name: Ada}", "{id: ada, name: }", "realm.yaml:2:15", "realm.missing-key")]
    [InlineData("{id: ada, name: Ada}", "{id: ada, id: ada, name: Ada}", "realm.yaml:2:15", "realm.duplicate-key")]
    [InlineData("{id: ada, name: Ada}", "&x {id: ada, name: Ada}", "realm.yaml:2:5", "realm.bad-yaml")]
    [InlineData("{id: ada, name: Ada}", "*x", "realm.yaml:2:5", "realm.bad-yaml")]
    [InlineData("{id: ada, name: Ada}", "{id: ada, name: !!str Ada}", "realm.yaml:2:21", "realm.bad-yaml")]
    [InlineData("{id: ada, name: Ada}", "{id: ada, name: [Ada]}", "realm.yaml:2:21", "realm.bad-value")]
    [InlineData("{id: ada, name: Ada}", "{id: Ada!, name: Ada}", "realm.yaml:2:10", "realm.bad-id")]
    [InlineData("{id: ada, name: Ada}", "ada", "realm.yaml:2:5", "realm.bad-value")]
    [InlineData("{id: ada, name: Ada}", "{id: bob, name: Ada}", "realm.yaml:3:5", "realm.duplicate")]
    [InlineData("members: [ada, bob]", "members: [ada, eve]", "realm.yaml:6:31", "realm.unknown-person")]
    [InlineData("members: [ada, bob]", "members: ada", "realm.yaml:6:31", "realm.bad-value")]
    [InlineData("members: [ada, bob]", "members: [ada], includes: [governance]", "realm.yaml:6:5", "realm.cyclic-team")]
    [InlineData("2999-01-31, state", "31.1.2999, state", "realm.yaml:9:76", "realm.bad-value")]
    [InlineData("state: active", "state: Active", "realm.yaml:9:95", "realm.bad-value")]
    [InlineData("state: active", "state: 2", "realm.yaml:9:95", "realm.bad-value")]
    [InlineData("production: false", "production: no", "realm.yaml:11:31", "realm.bad-value")]
    [InlineData("production: false", "production: \"false\"", "realm.yaml:11:31", "realm.bad-value")]
    [InlineData("sensitivity: high", "sensitivity: huge", "realm.yaml:14:59", "realm.bad-value")]
    [InlineData("minutes: 60", "minutes: 1h", "realm.yaml:26:23", "realm.bad-value")]
    [InlineData("minutes: 60", "minutes: 99999999999", "realm.yaml:26:23", "realm.bad-value")]
    [InlineData("minutes: 60", "minutes: 20000", "realm.yaml:26:13", "realm.bad-bounds")]
    [InlineData("tierMin: T1", "tierMin: t1", "realm.yaml:27:14", "realm.bad-value")]
    [InlineData("workflowOwner: ada", "workflowOwner: eve", "realm.yaml:19:20", "realm.unknown-person")]
    [InlineData("quorum: 1", "quorum: 11", "realm.yaml:30:40", "realm.bad-quorum")]
    [InlineData("governance: {team", "people2: []\ngovernance: {team", "realm.yaml:30:1", "realm.unknown-key")]
    [InlineData("governance: {team", "governance2: {team", "realm.yaml:30:1", "realm.unknown-key")]
    [InlineData("people:", "people: [", "realm.yaml:", "realm.bad-yaml")]
    [InlineData("people:", "--- {}\n--- {}\n", "realm.yaml:2:1", "realm.bad-yaml")]
    public void A_fault_names_its_place(string from, string to, string place, string code)
    {
        var at = PeopleRealm.Document.IndexOf(from, StringComparison.Ordinal);
        Assert.True(at >= 0, from);
        var document = PeopleRealm.Document[..at] + to + PeopleRealm.Document[(at + from.Length)..];
        var (none, faults) = Read(PeopleRealm.Files(document));
        Assert.Null(none);
        Assert.Contains(faults, f => f.Code == code
            && (place.EndsWith(':') ? f.Path.StartsWith(place, StringComparison.Ordinal) : f.Path == place));
        Assert.All(faults, f => Assert.NotEmpty(f.Why));
    }

    [Theory]
    [InlineData("permit (principal, action, resource)", "policies/main.cedar:1:37", "cedar.syntax")]
    [InlineData(
        "@id(\"a\") permit (principal, action, resource) when { 1 + };", "policies/main.cedar:1:58", "cedar.syntax")]
    [InlineData(
        "@id(\"a\") @approval(\"team:sre\") permit (principal, action, resource);", "policies/main.cedar",
        "policy.gate-on-permit")]
    public void A_policy_fault_names_its_place(string policy, string place, string code)
    {
        var (none, faults) = Read(PeopleRealm.Files(policy: policy));
        Assert.Null(none);
        Assert.Contains(faults, f => f.Code == code && f.Path.StartsWith(place, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("notes.txt")]
    [InlineData("../realm.yaml")]
    [InlineData("/etc/realm.yaml")]
    [InlineData("a//b.yaml")]
    [InlineData("a b.yaml")]
    [InlineData("\u202elmay.yaml")]
    public void A_file_of_another_kind_or_name_is_a_fault(string name)
    {
        var (_, faults) = Read(new SourceFile(name, ""));
        Assert.Equal("realm.bad-file", Assert.Single(faults).Code);
    }

    [Fact]
    public void Depth_and_size_are_bounded()
    {
        var deep = string.Concat(Enumerable.Repeat("[", 2_000)) + string.Concat(Enumerable.Repeat("]", 2_000));
        Assert.Equal("realm.bad-yaml", Assert.Single(Read(new SourceFile("a.yaml", $"people: {deep}")).Faults).Code);
        var wide = "people: [" + string.Concat(Enumerable.Repeat("x,", 250_000)) + "]";
        Assert.Equal("realm.bad-yaml", Assert.Single(Read(new SourceFile("a.yaml", wide)).Faults).Code);
        var large = new string('#', RealmDirectoryReader.FileMax + 1);
        Assert.Equal("realm.bad-file", Assert.Single(Read(new SourceFile("a.yaml", large)).Faults).Code);
        var wrong = "people:\n" + string.Concat(Enumerable.Repeat("  - x\n", 5_000));
        Assert.Equal(100, Read(new SourceFile("a.yaml", wrong)).Faults.Length);
    }

    [Fact]
    public void Identities_are_read_as_they_are_written()
    {
        var (document, faults) = WithIdentity(
            "{trustDomain: a.test, issuer: https://i.test, "
                + "federates: [{trustDomain: b.test, bundle: '{\"keys\": []}'}]}",
            "{tiers: [read, deploy], audiences: [reports, {name: sts, rsa: true}]}");
        Assert.Empty(faults);
        Assert.Equal(("a.test", "https://i.test"), (document!.Identity!.TrustDomain, document.Identity.IssuerUrl));
        Assert.Equal("b.test", Assert.Single(document.Identity.Federates!.Value).TrustDomain);
        var grant = document.Workflows[0].Identity!;
        Assert.Equal([IdentityTier.Read, IdentityTier.Deploy], grant.Tiers);
        Assert.Equal([new IdentityAudience("reports"), new IdentityAudience("sts", Rsa: true)], grant.Audiences);
    }

    [Theory]
    [InlineData("{trustDomain: A.test}", "{tiers: [read]}", "realm.bad-identity")]
    [InlineData("{trustDomain: a.test, x: 1}", "{tiers: [read]}", "realm.unknown-key")]
    [InlineData("{trustDomain: a.test, federates: [b.test]}", "{tiers: [read]}", "realm.bad-value")]
    [InlineData("{trustDomain: a.test}", "{tiers: [admin]}", "realm.bad-value")]
    [InlineData("{trustDomain: a.test}", "{tiers: []}", "realm.bad-identity")]
    [InlineData("{trustDomain: a.test}", "{tiers: [read], audiences: [{rsa: true}]}", "realm.missing-key")]
    [InlineData("{trustDomain: a.test}", "read", "realm.bad-value")]
    public void Identities_that_do_not_hold_together_are_faults(string realm, string workflow, string code) =>
        Assert.Contains(code, WithIdentity(realm, workflow).Faults.Select(f => f.Code));

    static (Writ.Realms.RealmDocument? Document, Writ.Realms.DocumentFault[] Faults) WithIdentity(
        string realm, string workflow) => Read(
        [
            .. PeopleRealm.Files().Select(f => f with
            {
                Text = f.Text.Replace(
                    "tierMin: T1", $"tierMin: T2\n    identity: {workflow}", StringComparison.Ordinal),
            }),
            new SourceFile("identity.yaml", $"identity: {realm}\n"),
        ]);

    [Fact]
    public void Governance_stands_once_and_must_stand()
    {
        Assert.Equal("realm.missing-key", Assert.Single(Read(new SourceFile("a.yaml", "people: []")).Faults).Code);
        var (_, faults) = Read([.. PeopleRealm.Files(), new SourceFile("z.yaml", "governance: {team: sre}")]);
        Assert.Equal(("z.yaml:1:13", "realm.duplicate-key"), (Assert.Single(faults).Path, faults[0].Code));
    }
}
