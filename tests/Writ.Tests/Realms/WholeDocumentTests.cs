using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Writ.Assistants;
using Writ.Changes;
using Writ.Egress;
using Writ.Findings;
using Writ.Holds;
using Writ.Identity;
using Writ.Leases;
using Writ.People;
using Writ.Realms;
using Writ.Requests;
using Writ.Tests.Foreign;
using Writ.Tests.Identity;
using Writ.Wire;
using Writ.Workflows;

namespace Writ.Tests.Realms;

/// <summary>A document in which everything is said that can be said: each part of it counts, and none of it can be left
/// out in a way that brings the one who decides to a stop.</summary>
public sealed class WholeDocumentTests
{
    static readonly ImmutableArray<PluginSetting> _variables = [new("APP_TOKEN", "token")];

    static readonly ImmutableArray<CredentialBackend> _backends =
    [
        new CredentialBackend.Postgres("db.test", 5_432, "app", "app"),
        new CredentialBackend.Redis("/run/redis", 6_379, ["a:*"], ["+@read"], ["c"]),
        new CredentialBackend.Plugin("mint", RevocationClass.ExpiryOnly, [new("role", "app")], _variables),
        new CredentialBackend.Ssh(
            "web.test", 22, "deploy", ["ssh-ed25519 AAAAC3Nz"], ["deploy"], ["192.0.2.0/24"], ["permit-pty"],
            Sessions: true, "/bin/deploy", "/srv/writ.krl"),
        new CredentialBackend.X509(
            ["dns:app.test"], [new("PGSSLCERT", "certificate")], "app", "Shop", "/srv/writ.crl"),
        new CredentialBackend.Oidc("sts.test", [new("TOKEN_FILE", "token")], [new("APP_ROLE", "x")], "app", Rsa: true),
        new CredentialBackend.Vault(
            "https://vault.test", VaultLogin.Jwt, "jwt", "writ", "vault", "writ", "database/creds/app",
            RevocationClass.ExpiryOnly, "password", _variables, "team"),
        new CredentialBackend.AwsSts(
            "arn:aws:iam::123456789012:role/app", "eu-west-1", "sts.amazonaws.com", "{}", "https://sts.test"),
        new CredentialBackend.GitHubApp("https://api.test", "Iv1", 7, ["shop"], [new("contents", "read")]),
        new CredentialBackend.Kubernetes("https://k8s.test", "ci", "deployer", ["vault"]),
    ];

    static readonly RealmDocument _whole = Whole();

    static RealmDocument Whole()
    {
        var d = ForeignGiven.With(Given.Document);
        var profiles = _backends.Select((b, i) => new CredentialProfile(
            $"profile-{i}", CredentialTier.Read, "admin", 900, b is CredentialBackend.Kubernetes
                or CredentialBackend.AwsSts or CredentialBackend.GitHubApp ? 900 : 1_800, 4, b)).ToImmutableArray();
        return d with
        {
            People = [.. d.People.Select(p => p with { Email = $"{p.Id}@test" })],
            Targets = [d.Targets[0], d.Targets[1] with { Credentials = profiles }],
            Workflows =
            [
                d.Workflows[1], d.Workflows[0] with
                {
                    CredentialProfiles = ["profile-0", "profile-8"],
                    Bounds = Bounds.Default with { Credentials = 4 },
                    Egress =
                    [
                        new EgressGrant("api.test", 443, Private: true, Credential: new EgressCredential(
                            "profile-8", null, CredentialForm.Header, "X-Token", null, ["GET"], ["/a/*"],
                            Cleartext: true, OwnCredential.Refuse)),
                        new EgressGrant("own.test", 443, Credential: new EgressCredential(
                            null, "own-file", CredentialForm.Basic, null, "me", ["GET"], ["/"])),
                        new EgressGrant("plain.test", 22, Plain: true),
                        new EgressGrant("never.test", 443, Intercept: Interception.Never),
                    ],
                    Held = new HoldBounds(2, 60),
                    RollbackCommand = ["undo", "it"],
                    Identity = new IdentityGrant([IdentityTier.Read], [new IdentityAudience("other", Rsa: true)]),
                    Assistant = new AssistantTerms(
                        ["claude"], ["/opt/claude"], AssistantHome.Kept, [new Variable("A_B", "c")],
                        [new AssistantSecret("A_KEY", "/etc/key")], ["own.test:443"]),
                    RefuseFindings = [FindingKind.LeakedSecret],
                    OwnUser = true,
                },
            ],
            Identity = new RealmIdentity(IdentityGiven.Domain, "https://issuer.test"),
            Findings = new FindingTerms(1, 2, 3, 4),
            TrustedIssuers = [ForeignGiven.Build with { Reusable = true }, ForeignGiven.Workloads with
            {
                Keys = null, KeysUrl = "https://partner.test/bundle",
            }],
            SignIn = new SignInProvider(
                "https://idp.test", "writ", ["RS256"], [new ProviderSubject(new PersonId("alice"), "sub-1")],
                [new ProviderGroup(new TeamId("sre"), "oncall")], "groups", ForeignGiven.Keys, null, StepUp: true,
                Acr: "phr"),
        };
    }

    [Fact]
    public void It_is_a_document()
    {
        var (_, faults) = Registry.From(_whole, []);
        Assert.Empty(faults);
    }

    [Fact]
    public void Every_part_that_differs_is_shown()
    {
        var text = ChangeQuery.Text(_whole);
        var (looked, unseen) = (0, "");
        foreach (var path in Nodes(JsonNode.Parse(text)!, []).Where(n => n.IsLeaf).Select(n => n.At))
        {
            var changed = JsonNode.Parse(text)!;
            foreach (var instead in Others(At(changed, path)))
            {
                Put(changed, path, instead);
                // A word that is none says nothing; one of the others is.
                if (Read(changed) is not { } other || ChangeQuery.Text(other) == text)
                    continue;
                var differences = DocumentDiff.Between(_whole, other);
                unseen += differences.IsEmpty ? " " + string.Join('/', path) : "";
                looked++;
                Assert.True(
                    differences.IsEmpty || differences.Any(d => d.Guarded)
                        || path[^1] is "name" or "email" or "purpose" or "rollback", string.Join('/', path));
                break;
            }
        }
        Assert.Equal("", unseen);
        Assert.True(looked > 150, $"only {looked} parts were changed");
    }

    [Fact]
    public void What_is_left_out_or_is_nothing_is_a_fault_and_never_more()
    {
        var text = ChangeQuery.Text(_whole);
        var looked = 0;
        foreach (var (path, _) in Nodes(JsonNode.Parse(text)!, []).Where(n => n.At.Length > 0).ToList())
            foreach (var kind in (string[])["gone", "null", "list", "listOfNull", "empty", "map"])
            {
                var changed = JsonNode.Parse(text)!;
                if (kind == "gone")
                    Remove(changed, path);
                else
                    Put(changed, path, kind switch
                    {
                        "list" => new JsonArray(),
                        "listOfNull" => new JsonArray((JsonNode?)null),
                        "empty" => "",
                        "map" => new JsonObject(),
                        _ => null,
                    });
                if (Read(changed) is not { } other)
                    continue;
                looked++;
                try
                {
                    // To compile policies takes most of the time, and is the same for nearly all of them.
                    if (path[0] is "policy")
                        _ = Registry.From(other, []);
                    else if (DocumentShape.Missing(other).IsEmpty && RegistryRules.Check(other).IsEmpty)
                        _ = DocumentDiff.Between(_whole, other);
                }
                catch (Exception e)
                {
                    Assert.Fail($"{kind} at {string.Join('/', path)}: {e.GetType().Name} {e.StackTrace}");
                }
            }
        Assert.True(looked > 300, $"only {looked} documents were read");
    }

    static RealmDocument? Read(JsonNode changed)
    {
        try
        {
            return JsonSerializer.Deserialize(changed.ToJsonString(), WireJson.Default.RealmDocument);
        }
        catch (Exception e) when (Unreadable.Is(e))
        {
            return null;
        }
    }

    static IEnumerable<(object[] At, bool IsLeaf)> Nodes(JsonNode? node, object[] at) => node switch
    {
        JsonObject map => map.SelectMany(m => Nodes(m.Value, [.. at, m.Key])).Append((at, false)),
        JsonArray list => list.SelectMany((n, i) => Nodes(n, [.. at, i])).Append((at, false)),
        _ => [(at, true)],
    };

    static IEnumerable<JsonNode> Others(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.True => [false],
        JsonValueKind.False => [true],
        JsonValueKind.Number => [value.GetValue<int>() + 1],
        // Words of the kinds that there are; what is none of its kind is not read.
        _ => [value.GetValue<string>() + "x", "Read", "Write", "T3", "Immediate", "AppRole", "Fault", "Low", "Scratch",
            "Suspended", "Always", "Bearer", "Replace", "Kubernetes", "2029-01-01"],
    };

    static JsonNode At(JsonNode root, object[] path) =>
        path.Aggregate(root, (at, step) => step is int index ? at[index]! : at[(string)step]!);

    static void Put(JsonNode root, object[] path, JsonNode? value)
    {
        var at = At(root, path[..^1]);
        if (path[^1] is int index)
            at[index] = value;
        else
            at[(string)path[^1]] = value;
    }

    static void Remove(JsonNode root, object[] path)
    {
        var at = At(root, path[..^1]);
        if (path[^1] is int index)
            ((JsonArray)at).RemoveAt(index);
        else
            ((JsonObject)at).Remove((string)path[^1]);
    }
}
