using System.Diagnostics;
using System.Text.Json;
using Writ.Findings;
using Writ.Leases;
using Writ.Policies;
using Writ.Server.Tests.Leasing;
using Writ.Testing;
using Writ.Wire;

namespace Writ.EndToEnd.Tests.Cli;

/// <summary>
/// What a person does about credentials at a terminal, with the real client, the real daemon and a real PostgreSQL:
/// sees one live, takes it back, finds what was left over, and sees what is granted beside what is used.
/// </summary>
[Slow]
public sealed class CredentialStoryTests
{
    const string Realm = """
        people: [{id: alice, name: Alice}, {id: bob, name: Bob}]
        teams: [{id: governance, members: [alice]}, {id: sre, members: [alice, bob]}]
        agents:
          - {id: coder, kind: claude-code, version: "1", ownerTeam: governance, reviewBy: 2999-01-31, state: active}
        environments: [{id: staging, production: false}]
        targets:
          - id: orders-db
            kind: database
            environment: staging
            sensitivity: low
            owner: alice
            credentials:
              - id: orders-migrate
                tier: deploy
                admin: orders
                ttl: 60
                ttlMax: 600
                concurrent: 2
                postgres: {host: SOCKET, database: orders, role: orders_owner}
        workflows:
          - id: migrate
            purpose: Migrate orders.
            workflowOwner: alice
            platformOwner: alice
            securityOwner: alice
            approverTeams: [governance]
            agents: [coder]
            environments: [staging]
            targets: [orders-db]
            credentialProfiles: [orders-migrate]
            bounds: {credentials: 10}
            tierMin: T2
            refuseFindings: [leaked-secret]
            rollbackCommand: [touch, rolled-back]
            reviewBy: 2999-01-31
        governance: {team: governance, quorum: 1}
        """;

    const string Policy = """
        @id("all") @reason("A test.") permit (principal, action, resource);
        @id("unknown") @approval("team:sre") @reason("Nobody knows what that is.")
        forbid (principal, action == Action::"unknown", resource) unless { context.approvals.teams.contains("sre") };
        """;

    static T Read<T>(Ran ran, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        Assert.True(ran.Status == 0, $"{ran}");
        return JsonSerializer.Deserialize(ran.Output, type)!;
    }

    static void Prepare(Client client, LocalPostgres postgres)
    {
        client.Write("realm/realm.yaml", Realm.Replace("SOCKET", postgres.Socket, StringComparison.Ordinal));
        client.Write("realm/policies/main.cedar", Policy);
        client.Write("realm/policies/schema.cedarschema", File.ReadAllText(
            Path.Combine(SharedData.RepositoryRoot, "policies", "schema.cedarschema")));
        client.Write("realm/policies/tests/t.yaml",
            "tests: [{ name: looking, command: [git, status], expect: allow }]\n");
        var admin = client.Write("data/credentials/orders",
            $$"""{"user": "{{LocalPostgres.Broker}}", "password": "{{LocalPostgres.BrokerPassword}}"}""");
        File.SetUnixFileMode(admin, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var code = JsonDocument.Parse(File.ReadAllText(client.At("founder.json"))).RootElement.GetProperty("code")
            .GetString()!;
        Must(client.Writ("enrol", "alice", "--code", code));
        Must(client.Writ("login"));
        Must(client.Writ("apply", "-f", "realm", "--reason", "first", "--yes"));
        var invited = Must(client.Writ("invite", "bob", "--json")).Output;
        Must(client.Writ("enrol", "bob", "--code",
            JsonDocument.Parse(invited).RootElement.GetProperty("code").GetString()!));
        Must(client.Writ("--as", "bob", "login"));
        Directory.CreateDirectory(client.At("work"));
        Must(client.Writ("session", "open", "--workflow", "migrate", "--task", "migrate", "--work-tree", "work"));
    }

    static Ran Must(Ran ran)
    {
        Assert.True(ran.Status == 0, $"{ran}");
        return ran;
    }

    [Fact]
    public async Task A_credential_is_seen_taken_back_and_swept_and_its_use_is_shown()
    {
        await using var postgres = await LocalPostgres.Start();
        using var client = new Client();
        using var realm = OwnRealm.Start(client);
        Prepare(client, postgres);

        Assert.Contains("No credential lives", client.Writ("lease", "list").Errors, StringComparison.Ordinal);
        using var run = client.Start(
            "/bin/bash", "-c", $"cd work && writ run --wait -- {LocalPostgres.Psql} -X -c 'select pg_sleep(50)'");
        await Approve(client);
        var lease = await Living(client);
        Assert.Equal(("orders-migrate", CredentialTier.Deploy), (lease.Profile, lease.Tier));
        Assert.Equal([lease.Account], await postgres.Accounts());
        var listed = Must(client.Writ("lease", "list")).Output;
        Assert.Contains(lease.Id.Value, listed, StringComparison.Ordinal);
        Assert.Contains("issued", listed, StringComparison.Ordinal);
        var shown = Must(client.Writ("lease", "show", lease.Id.Value)).Output;
        foreach (var part in (string[])[lease.Account, "orders-db", "deploy", "taken back at once", lease.Run.Value])
            Assert.Contains(part, shown, StringComparison.Ordinal);

        var revoked = client.Writ("lease", "revoke", lease.Id.Value, "--reason", "seen in a chat", "--json");
        Assert.Equal("revoked", Read(revoked, ApiJson.Default.LeaseView).State);
        Assert.Empty(await postgres.Accounts());
        // Its connection is cut, and with it ends what used it.
        await run.WaitForExitAsync().WaitAsync(AgentWorld.Patience);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("[lease.unknown]", client.Writ("lease", "revoke", lease.Id.Value, "--reason", "again").Errors,
            StringComparison.Ordinal);
        Assert.Contains("revoked-by-person", Must(client.Writ("lease", "list", "--ended")).Output,
            StringComparison.Ordinal);

        // An account under our prefix that no lease explains.
        var left = lease.Account[..^4] + "0000";
        await postgres.Super($"CREATE ROLE {left} LOGIN IN ROLE {LocalPostgres.Group}", "postgres");
        await postgres.Super($"GRANT {left} TO {LocalPostgres.Broker}", "postgres");
        var swept = Read(client.Writ("lease", "sweep", "--json"), ApiJson.Default.LeaseSweep);
        Assert.Equal((1, 0), (swept.Orphans, swept.Gone));
        Assert.Empty(await postgres.Accounts());
        var found = Assert.Single(
            Read(client.Writ("findings", "--json"), ApiJson.Default.ImmutableArrayFindingView));
        Assert.Equal(("outlived-credential", "lease.orphan"), (found.Kind, found.Code));
        Assert.Contains("One finding is open", client.Writ("inbox").Errors, StringComparison.Ordinal);

        var powers = Read(client.Writ("power", "coder", "--json"), ApiJson.Default.AgentPowers);
        var use = powers.Places.Single().Uses!.Value.Single(u => u.Kind == "credential");
        Assert.Equal(("orders-migrate", "deploy", 1), (use.Name, use.Tier, use.Times));
        var table = Must(client.Writ("power", "coder", "--uses")).Output;
        Assert.Contains("credential orders-migrate", table, StringComparison.Ordinal);
        Assert.Contains("once", table, StringComparison.Ordinal);
        Assert.Contains("never", table, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_finding_is_shown_accepted_and_lets_the_session_go_on_and_a_run_says_how_it_is_taken_back()
    {
        await using var postgres = await LocalPostgres.Start();
        using var client = new Client();
        using var realm = OwnRealm.Start(client);
        Prepare(client, postgres);
        Must(client.Shell("cd work && writ run -- ls"));
        var lease = Assert.Single(
            Read(client.Writ("lease", "list", "--ended", "--json"), ApiJson.Default.ImmutableArrayLeaseView));
        var shown = Must(client.Writ("show", lease.Run.Value)).Output;
        Assert.Contains($"Take it back with: writ rollback {lease.Run}", shown, StringComparison.Ordinal);
        Assert.Contains("on the local socket", shown, StringComparison.Ordinal);
        Must(client.Shell($"cd work && writ rollback {lease.Run}"));
        Assert.DoesNotContain("Take it back", Must(client.Writ("show", lease.Run.Value)).Output,
            StringComparison.Ordinal);

        client.Write("work/.npmrc", "//registry.example/:_authToken=abcdef0123456789\n");
        var refused = client.Writ(
            "session", "open", "--workflow", "migrate", "--task", "again", "--work-tree", "work");
        // What was searched a moment ago is not searched again.
        for (var waited = Stopwatch.StartNew(); refused.Status == 0 && waited.Elapsed < AgentWorld.Patience;
            await Task.Delay(500))
            refused = client.Writ(
                "session", "open", "--workflow", "migrate", "--task", "again", "--work-tree", "work");
        Assert.Equal(5, refused.Status);
        Assert.Contains("[session.findings]", refused.Errors, StringComparison.Ordinal);

        var finding = Read(
            client.Writ("findings", "--kind", "leaked-secret", "--json"),
            ApiJson.Default.ImmutableArrayFindingView).Single(f => f.Code == "leak.file");
        var list = Must(client.Writ("findings")).Output;
        Assert.Contains("alice is to act", list, StringComparison.Ordinal);
        Assert.Contains("does not work: migrate", list, StringComparison.Ordinal);
        Assert.DoesNotContain("abcdef0123456789", list, StringComparison.Ordinal);
        Assert.Contains("entries", Must(client.Writ("findings", "show", finding.Id.Value)).Output,
            StringComparison.Ordinal);
        Assert.Equal(2, client.Writ("findings", "accept", finding.Id.Value, "--reason", "x", "--until", "soon").Status);
        Assert.Equal(2, client.Writ("findings", "--kind", "leeked").Status);
        Must(client.Writ("findings", "accept", finding.Id.Value, "--reason", "it opens nothing",
            "--until", TimeProvider.System.GetUtcNow().AddDays(2).ToString("yyyy-MM-dd", null)));
        Must(client.Writ("session", "open", "--workflow", "migrate", "--task", "again", "--work-tree", "work"));
        Assert.Contains("it opens nothing", Must(client.Writ("findings", "--all")).Output, StringComparison.Ordinal);
        Must(client.Writ("findings", "review"));
    }

    // Bob agrees to the one thing that waits, by the digest that he was shown.
    static async Task Approve(Client client)
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < AgentWorld.Patience; await Task.Delay(200))
            if (Read(client.Writ("--as", "bob", "inbox", "--json"), ApiJson.Default.ImmutableArrayInboxItem)
                is [var item])
            {
                var shown = Read(client.Writ("--as", "bob", "show", item.Id, "--json"), ApiJson.Default.RequestView);
                Must(client.Writ("--as", "bob", "approve", item.Id, "--digest", shown.Digest));
                return;
            }
        throw new TimeoutException("nothing ever waited");
    }

    static async Task<LeaseView> Living(Client client)
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < AgentWorld.Patience; await Task.Delay(200))
            if (Read(client.Writ("lease", "list", "--json"), ApiJson.Default.ImmutableArrayLeaseView) is [var lease]
                && lease.State == "issued")
                return lease;
        throw new TimeoutException("no credential ever lived");
    }
}
