using System.Diagnostics;
using System.Text.Json.Nodes;
using Writ.Testing;

namespace Writ.EndToEnd.Tests.Cli;

/// <summary>
/// People sign in with a real provider (oidc-provider from npm) by the real client; somebody at a browser answers what
/// the provider asks. The story is told once, because each part of it takes seconds.
/// </summary>
[Slow]
public sealed class SignInTests
{
    static readonly string _source = Path.Combine(SharedData.RepositoryRoot, "tests", "foreign");
    static readonly string _installed = Path.Combine(SharedData.RepositoryRoot, "artifacts", "foreign");

    const string Policy = """
        @id("run") permit (principal, action, resource);
        @id("prod") @approval("team:sre") @reason("Production needs a second look.")
        forbid (principal, action == Action::"run", resource)
        when { context.session.production }
        unless { context.approvals.teams.contains("sre") };
        """;

    [Fact]
    public void Somebody_signs_in_governs_nothing_and_approves_with_their_own_key()
    {
        Install();
        using var client = new Client();
        using var authority = new HttpsTests.Authority(client);
        authority.Issue("idp", "127.0.0.1", days: 30);
        var port = FakeControlPlane.FreePort();
        using var provider = client.Start(
            "/usr/bin/node", Path.Combine(_installed, "provider.mjs"), $"{port}", client.At("idp.pem"),
            client.At("idp.key"));
        try
        {
            Assert.Equal($"https://127.0.0.1:{port}", provider.StandardOutput.ReadLine());
            client.Environment["SSL_CERT_FILE"] = authority.RootFile;
            client.Environment["NODE_EXTRA_CA_CERTS"] = authority.RootFile;
            client.Environment["BROWSER"] = Browser(client);
            client.Environment["WHO"] = "sub-bob";
            using var realm = OwnRealm.Start(client);
            Story(client, port);
        }
        finally
        {
            provider.Kill(entireProcessTree: true);
            provider.WaitForExit();
        }
    }

    static void Story(Client client, int port)
    {
        var code = JsonNode.Parse(File.ReadAllText(client.At("founder.json")))!["code"]!.GetValue<string>();
        Must(client.Writ("enrol", "alice", "--code", code));
        Must(client.Writ("login"));
        Declare(client, port);
        Must(client.Writ("apply", "-f", client.At("realm"), "--reason", "first", "--yes"));
        var invited = JsonNode.Parse(Must(client.Writ("invite", "bob", "--json")).Output)!;
        // Bob has no key yet, and signs in.
        var signed = client.Writ("login", "--provider", "--as", "bob");
        Assert.True(signed.Status == 0, signed.ToString());
        Assert.Contains("bob is signed in", signed.Errors, StringComparison.Ordinal);
        Must(client.Writ("session", "list", "--as", "bob"));
        // The provider's word invites nobody: whoever runs it would else be whom they like.
        var refused = client.Writ("invite", "carol", "--as", "bob");
        Assert.Contains("[person.key-needed]", refused.Errors, StringComparison.Ordinal);
        // Somebody whom the provider knows and the realm does not.
        client.Environment["WHO"] = "sub-mallory";
        File.Delete(client.At("cookies"));
        var stranger = client.Writ("login", "--provider");
        Assert.Contains("[person.unknown-subject]", stranger.Errors, StringComparison.Ordinal);
        client.Environment["WHO"] = "sub-bob";
        File.Delete(client.At("cookies"));

        Must(client.Writ("enrol", "bob", "--code", invited["code"]!.GetValue<string>()));
        Must(client.Writ("login", "--provider", "--as", "bob"));
        // The provider still knows who is at this browser, and asks nothing.
        File.Delete(client.At("asked"));
        Must(client.Writ("login", "--provider", "--as", "bob"));
        var seen = File.ReadAllText(client.At("asked"));
        Assert.DoesNotContain("asked for login", seen, StringComparison.Ordinal);
        Assert.Equal(4, seen.Split('\n').Count(l => l == "lure 400"));
        Approvals(client);
    }

    static void Approvals(Client client)
    {
        var uid = client.Shell("id -u").Output.Trim();
        Must(client.Writ(
            "session", "open", "--workflow", "deploy", "--task", "release", "--work-tree", client.Folder, "--uid",
            uid, "--as", "alice"));
        var asked = client.Writ("run", "--", "git", "status");
        Assert.True(asked.Status == 4, asked.ToString());
        var item = JsonNode.Parse(Must(client.Writ("inbox", "--json", "--as", "bob")).Output)![0]!;
        var id = item["id"]!.GetValue<string>();
        var digest = JsonNode.Parse(Must(client.Writ("show", id, "--json", "--as", "bob")).Output)!["digest"]!
            .GetValue<string>();
        // However well the provider knows the browser: an approval is asked for anew.
        File.Delete(client.At("asked"));
        var approved = client.Writ("approve", id, "--digest", digest, "--as", "bob");
        Assert.True(approved.Status == 0, approved.ToString());
        Assert.Contains("asked for login", File.ReadAllText(client.At("asked")), StringComparison.Ordinal);
        var entries = Must(client.Writ("ledger", "show", "0..9999", "--json", "--as", "bob")).Output;
        Assert.Contains("sub-bob", entries, StringComparison.Ordinal);
        Assert.DoesNotContain("eyJ", entries, StringComparison.Ordinal);
    }

    static void Declare(Client client, int port)
    {
        client.Write("realm/realm.yaml", $$"""
            people:
              - {id: alice, name: Alice}
              - {id: bob, name: Bob}
              - {id: carol, name: Carol}
            teams:
              - {id: governance, members: [alice, bob]}
              - {id: sre, members: [bob, carol]}
            agents:
              - {id: coder, kind: any, version: "1", ownerTeam: sre, reviewBy: 2999-01-31, state: active}
            environments:
              - {id: prod, production: true}
            targets:
              - {id: web, kind: host, environment: prod, sensitivity: high, owner: carol}
            workflows:
              - {id: deploy, purpose: Deploy., workflowOwner: alice, platformOwner: bob, securityOwner: carol,
                 approverTeams: [sre], agents: [coder], environments: [prod], targets: [web], tierMin: T0,
                 reviewBy: 2999-01-31}
            governance: {team: governance, quorum: 1}
            signIn:
              issuer: https://127.0.0.1:{{port}}
              clientId: writ
              keysUrl: https://127.0.0.1:{{port}}/jwks
              people: [alice=sub-alice, bob=sub-bob, carol=sub-carol]
              groups: [sre=oncall]
              stepUp: true
            """);
        client.Write("realm/policies/main.cedar", Policy);
        client.Write("realm/policies/schema.cedarschema", File.ReadAllText(
            Path.Combine(SharedData.RepositoryRoot, "policies", "schema.cedarschema")));
        client.Write("realm/policies/tests/cases.yaml",
            "tests: [{ name: looking, command: [git, status], expect: allow }]\n");
    }

    // Like a person: it is started with the address, and says what it was asked.
    static string Browser(Client client)
    {
        client.Environment["COOKIES"] = client.At("cookies");
        var script = client.Write("browser", $"""
            #!/bin/sh
            exec /usr/bin/node {Path.Combine(_installed, "browser.mjs")} "$WHO" "$1" >>"{client.At("asked")}" 2>&1
            """);
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return script;
    }

    static Ran Must(Ran ran)
    {
        Assert.True(ran.Status == 0, ran.ToString());
        return ran;
    }

    static void Install()
    {
        if (!File.Exists("/usr/bin/node") || !File.Exists("/usr/bin/npm"))
            SharedData.Unavailable("node or npm is not installed");
        Directory.CreateDirectory(_installed);
        foreach (var file in Directory.GetFiles(_source))
            File.Copy(file, Path.Combine(_installed, Path.GetFileName(file)), overwrite: true);
        if (Directory.Exists(Path.Combine(_installed, "node_modules", "oidc-provider")))
            return;
        using var npm = Process.Start(new ProcessStartInfo(
            "npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"])
        { WorkingDirectory = _installed })!;
        npm.WaitForExit();
        Assert.Equal(0, npm.ExitCode);
    }
}
