using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Writ.Kills;
using Writ.Leases;
using Writ.Linux;
using Writ.Realms;
using Writ.Runs;
using Writ.Server.Leasing;
using Writ.Server.Reading;
using Writ.Testing;
using Writ.Wire;
using Writ.Workflows;

namespace Writ.Server.Tests.Leasing;

/// <summary>A run in a real sandbox with a credential of a real PostgreSQL.</summary>
public sealed class LeaseRunTests(PostgresServer fixture) : IClassFixture<PostgresServer>
{
    LocalPostgres Server => fixture.Server;

    [Fact]
    public async Task A_run_uses_its_credential_and_nothing_of_it_is_left_when_it_is_over()
    {
        await using var world = await LeaseWorld.Create(Server);
        var (_, tree) = await LeaseWorld.Open(world);
        var ended = await LeaseWorld.Sql(world, tree, "SELECT session_user, current_user");
        Assert.True(ended.Exit == 0, ended.Error);
        var lease = world.State.Leases.Ended.Values.Single();
        Assert.Equal($"{lease.Lease.Account}|{LocalPostgres.Group}", ended.Out.Trim());
        Assert.Equal("lease.run-ended", lease.Code);
        Assert.Empty(await Server.Accounts());
        Assert.Equal(
            ["lease.intend", "lease.issue", "run.end", "lease.confirm"],
            Kinds(world).Where(k => k.StartsWith("lease.", StringComparison.Ordinal) || k == "run.end"));
        AssertLedger(world);
    }

    [Fact]
    public async Task An_approved_production_migration_is_joined_to_its_credential_and_its_run()
    {
        await using var world = await LeaseWorld.Create(Server);
        var document = world.State.Registry.Document;
        await world.Apply(document with
        {
            Environments = [.. document.Environments.Select(e => e with { Production = true })],
        });
        var (session, tree) = await LeaseWorld.Open(world);
        string[] command = [LeaseWorld.Psql, "-X", "-c", "CREATE TABLE migrated (id int)"];
        Assert.Equal(4, (await WritCommand.Run(world, tree, ["--", .. command])).Exit);
        Assert.Empty(await Server.Accounts());
        var request = world.Waiting(session).Single();
        var reader = world.App.Services.GetRequiredService<RequestReader>();
        var shown = (await reader.Find(request, AgentWorld.Bea, withContent: true, CancellationToken.None))!;
        var promised = Assert.Single(shown.Credentials!.Value);
        Assert.Equal((CredentialTier.Deploy, RevocationClass.Immediate, 60),
            (promised.Profile.Tier, promised.Profile.Backend.Class, promised.Profile.Ttl));
        // Under the digest that is signed, whatever the control plane says.
        Assert.Contains(shown.Request.Environment, v => v.Name == LeaseRules.Variable
            && v.Value == LeaseRules.Bound(shown.Credentials!.Value));

        await world.Approve(request);
        var ended = await WritCommand.Run(world, tree, "--request", request.Value);
        Assert.True(ended.Exit == 0, ended.Error);
        Assert.Equal(LocalPostgres.Group, await Server.Super(
            "SELECT tableowner::text FROM pg_tables WHERE tablename = 'migrated'"));
        Assert.Empty(await Server.Accounts());
        Assert.Equal(0, await Server.Connections());

        var joined = (await reader.Find(request, AgentWorld.Bea, withContent: true, CancellationToken.None))!;
        Assert.Equal(AgentWorld.Bea, Assert.Single(joined.Approvals).Person);
        Assert.Equal(RunEnd.Exited, joined.Outcome!.End);
        var lease = Assert.Single(joined.Leases!.Value);
        Assert.Equal(("revoked", "lease.run-ended", request), (lease.State, lease.Code, lease.Request));
        Assert.StartsWith("sha256:", lease.Fingerprint, StringComparison.Ordinal);
        Assert.True(lease.IssuedAt <= lease.Since);
        var run = world.Ledger().Select(e => e.Data.Move).OfType<RunMove.Consume>().Single();
        Assert.Equal((run.Run, run.Writ), (lease.Run, lease.Writ));
        await Server.Super("DROP TABLE migrated");
        AssertLedger(world);
    }

    [Fact]
    public async Task It_is_in_the_run_s_folder_alone_readable_by_its_user_and_masked_wherever_it_is_shown()
    {
        await using var world = await LeaseWorld.Create(Server);
        var (_, tree) = await LeaseWorld.Open(world);
        var shown = await LeaseWorld.Run(
            world, tree, "/bin/sh", "-c", "stat -c '%a %F' $PGPASSFILE; cat $PGPASSFILE; cut -c 1-40 $PGPASSFILE; "
            + "cat /run/writ/credentials/migrate/conninfo; stat -f -c %T /run/writ/credentials/migrate; "
            + "touch $PGPASSFILE || echo unchanged");
        Assert.True(shown.Exit == 0, shown.Error);
        var account = world.State.Leases.Ended.Values.Single().Lease.Account;
        Assert.Equal(
            ["400 regular file", $"*:*:*:{account}:[masked]", shown.Out.Split('\n')[2],
                $"host=/run/writ/credentials/migrate port=5432 dbname=orders user={account} "
                    + "passfile=/run/writ/credentials/migrate/pgpass",
                "tmpfs", "unchanged", ""],
            shown.Out.Split('\n'));
        // It is nowhere in what is kept: not in the ledger, not in the recording, not on a disk below the data folder.
        var half = shown.Out.Split('\n')[2].Split(':')[^1];
        Assert.Equal(10, half.Length);
        foreach (var file in Directory.EnumerateFiles(world.Root, "*", SearchOption.AllDirectories))
            if (!file.EndsWith("agent.sock", StringComparison.Ordinal)
                && !file.Contains("/blobs/", StringComparison.Ordinal))
                Assert.DoesNotContain(half, Read(file), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Tier.T2, 12_345)]
    [InlineData(Tier.T3, 12_345)]
    [InlineData(Tier.T3, null)]
    public async Task It_reaches_the_runs_of_other_users_and_those_whose_changes_are_held_back(Tier tier, int? uid)
    {
        if (uid is not null && ThisProcess.EffectiveUid != 0)
            SharedData.Unavailable("only root becomes another user");
        await using var world = await LeaseWorld.Create(Server, tier: tier);
        var (_, tree) = await LeaseWorld.Open(world, uid);
        var ended = await LeaseWorld.RunAs(
            uid, world, tree, LeaseWorld.Psql, "-X", "-A", "-t", "-c", "SELECT session_user");
        Assert.True(ended.Exit == 0, ended.Error);
        Assert.Equal(world.State.Leases.Ended.Values.Single().Lease.Account, ended.Out.Trim());
        Assert.Empty(await Server.Accounts());
    }

    [Theory]
    [InlineData("kill")]
    [InlineData("close")]
    [InlineData("revoke")]
    [InlineData("withdraw")]
    public async Task Whatever_ends_it_cuts_the_connection_and_removes_the_account(string how)
    {
        await using var world = await LeaseWorld.Create(Server);
        var (session, tree) = await LeaseWorld.Open(world);
        var running = LeaseWorld.Sql(world, tree, "SELECT pg_sleep(50)");
        await Server.Until(async () => await Server.Connections() == 1);
        var lease = world.State.Leases.Live.Values.Single().Lease;
        switch (how)
        {
            case "kill":
                await world.Must(new KillMove.Order(
                    new KillId("kill-1"), new Scope(ScopeKind.Target, "web"), "drill"), world.Person(AgentWorld.Bea));
                break;
            case "close":
                await world.Close(session);
                break;
            case "revoke":
                await world.Must(new LeaseMove.Revoke(lease.Id, lease.Request, "seen in a chat"),
                    world.Person(AgentWorld.Bea));
                break;
            case "withdraw":
                await LeaseWorld.Declare(world);
                break;
        }
        await world.Until(() => world.State.Leases.Live.IsEmpty);
        Assert.Empty(await Server.Accounts());
        Assert.Equal(0, await Server.Connections());
        Assert.NotEqual(0, (await running).Exit);
        Assert.Equal(how switch
        {
            "revoke" => "lease.revoked-by-person",
            "withdraw" => "lease.profile-withdrawn",
            _ => "lease.session-ended",
        }, world.State.Leases.Ended[lease.Id].Code);
        AssertLedger(world);
    }

    [Fact]
    public async Task It_expires_while_its_run_goes_on_unless_it_may_be_renewed()
    {
        await using var world = await LeaseWorld.Create(
            Server, change: p => p with { Ttl = 5, TtlMax = 5 });
        var (_, tree) = await LeaseWorld.Open(world);
        var running = LeaseWorld.Sql(world, tree, "SELECT pg_sleep(50)");
        await world.Until(() => !world.State.Leases.Ended.IsEmpty);
        Assert.Equal("lease.expired", world.State.Leases.Ended.Values.Single().Code);
        Assert.NotEqual(0, (await running).Exit);
        Assert.Empty(await Server.Accounts());

        await LeaseWorld.Declare(world, world.State.Registry.Document.Targets[0].Credentials!.Value[0] with
        {
            TtlMax = 60,
        });
        var longer = await LeaseWorld.Sql(world, tree, "SELECT pg_sleep(7)");
        Assert.True(longer.Exit == 0, longer.Error);
        Assert.Contains("lease.renew", Kinds(world));
        AssertLedger(world);
    }

    [Fact]
    public async Task A_run_that_cannot_be_given_its_credential_does_not_start()
    {
        await using var world = await LeaseWorld.Create(Server);
        var (_, tree) = await LeaseWorld.Open(world);
        LeaseWorld.WriteAdmin(world, LocalPostgres.Broker, "wrong");
        var denied = await LeaseWorld.Run(world, tree, "touch", "made");
        Assert.Contains("[lease.backend-denied]", denied.Error, StringComparison.Ordinal);
        LeaseWorld.WriteAdmin(world, LocalPostgres.Broker, LocalPostgres.BrokerPassword, mode: 0x1A4);
        var open = await LeaseWorld.Run(world, tree, "touch", "made");
        Assert.Contains("[lease.no-admin]", open.Error, StringComparison.Ordinal);
        Assert.Equal(126, open.Exit);
        Assert.False(File.Exists(Path.Combine(tree, "made")));
        // What could not be made cannot be taken back by the same account either, until it can again.
        LeaseWorld.WriteAdmin(world, LocalPostgres.Broker, LocalPostgres.BrokerPassword);
        await world.Until(() => world.State.Leases.Live.IsEmpty);
        Assert.All(world.Ledger().Where(e => e.Data.Move is RunMove.End), e =>
            Assert.DoesNotContain(
                LocalPostgres.BrokerPassword, Encoding.UTF8.GetString(e.ToBytes().Span), StringComparison.Ordinal));
        AssertLedger(world);
    }

    [Fact]
    public async Task What_cannot_be_taken_back_is_said_blocks_its_target_and_is_tried_until_it_works()
    {
        var backends = new FaultyBackends(Server);
        await using var world = await LeaseWorld.Create(
            Server, b => b.Services.AddSingleton<ICredentialBackends>(backends),
            p => p with { Concurrent = 10 });
        var (_, tree) = await LeaseWorld.Open(world);
        backends.Fault = ("revoke", "lease.backend-down");
        for (var i = 0; i < LeaseBook.FailedMax; i++)
            Assert.Equal(0, (await LeaseWorld.Run(world, tree, "true")).Exit);
        await world.Until(() => world.State.Leases.Live.Values.Count(l => l is LeaseState.Failed)
            == LeaseBook.FailedMax);
        var refused = await LeaseWorld.Run(world, tree, "true");
        Assert.Contains("[lease.target-blocked]", refused.Error, StringComparison.Ordinal);
        var findings = world.Ledger().Select(e => e.Data.Move).OfType<RealmMove.RaiseFinding>()
            .Where(m => m.Finding.Code == "lease.revocation-failed").ToList();
        Assert.Equal(LeaseBook.FailedMax, findings.Count);
        Assert.All(findings, f => Assert.Contains("ada owns the target", f.Finding.Detail, StringComparison.Ordinal));
        Assert.Equal(3, (await Server.Accounts()).Length);
        backends.Fault = null;
        await world.Until(() => world.State.Leases.Live.IsEmpty);
        Assert.Empty(await Server.Accounts());
        Assert.Equal(0, (await LeaseWorld.Run(world, tree, "true")).Exit);
        AssertLedger(world);
    }

    // A backend that is asked to take back what it is just making has nothing to take back yet.
    [Fact]
    public async Task What_ends_while_it_is_made_is_taken_back_when_it_is_there()
    {
        var backends = new FaultyBackends(Server);
        await using var world = await LeaseWorld.Create(
            Server, b => b.Services.AddSingleton<ICredentialBackends>(backends));
        var (session, tree) = await LeaseWorld.Open(world);
        var (asked, takenBack) = (new TaskCompletionSource(), new TaskCompletionSource());
        using var go = new ManualResetEventSlim();
        backends.At = (operation, isAfter) =>
        {
            if (operation == "revoke" && isAfter)
                takenBack.TrySetResult();
            if (operation != "issue" || isAfter)
                return;
            asked.TrySetResult();
            go.Wait();
        };
        var running = LeaseWorld.Run(world, tree, "true");
        await asked.Task;
        await world.Close(session);
        // Long enough for whoever does not wait.
        await Task.WhenAny(takenBack.Task, Task.Delay(TimeSpan.FromSeconds(3)));
        go.Set();
        Assert.NotEqual(0, (await running).Exit);
        await world.Until(() => world.State.Leases.Live.IsEmpty);
        await takenBack.Task;
        Assert.Empty(await Server.Accounts());
        AssertLedger(world);
    }

    [Fact]
    public async Task A_look_through_the_backend_finds_what_does_not_belong_together()
    {
        await using var world = await LeaseWorld.Create(Server);
        var (_, tree) = await LeaseWorld.Open(world);
        var sweeper = world.App.Services.GetRequiredService<LeaseSweeper>();
        var orphan = LeaseNames.Account(LeaseNames.Of(world.State.Origin, new WritId("writ-lost"), "migrate"));
        var foreign = LeaseNames.Account(LeaseNames.Of("writ.test/another", new WritId("writ-lost"), "migrate"));
        foreach (var role in (string[])[orphan, foreign])
            await Server.Super($"CREATE ROLE {role} LOGIN");
        var running = LeaseWorld.Sql(world, tree, "SELECT pg_sleep(50)");
        await Server.Until(async () => await Server.Connections() == 1);
        Assert.Equal(new LeaseSweep(1, 2, 1, 0, []), await sweeper.Sweep(CancellationToken.None) with { Failed = [] });
        Assert.DoesNotContain(orphan, await Server.Accounts());
        Assert.Contains(foreign, await Server.Accounts());

        var lease = world.State.Leases.Live.Values.Single().Lease;
        await Server.Super($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{lease.Account}'");
        await Server.Super($"DROP ROLE {lease.Account}");
        await running;
        // Its run ended with its connection, so there is nothing to find any more; one that goes on is found.
        running = LeaseWorld.Run(world, tree, "sleep", "30");
        await world.Until(() => world.State.Leases.Live.Values.Any(l => l is LeaseState.Issued));
        lease = world.State.Leases.Live.Values.Single().Lease;
        await Server.Super($"DROP ROLE {lease.Account}");
        Assert.Equal(1, (await sweeper.Sweep(CancellationToken.None)).Gone);
        await world.Until(() => world.State.Leases.Live.IsEmpty);
        Assert.Equal("lease.account-gone", world.State.Leases.Ended[lease.Id].Code);
        Assert.Contains(world.Ledger().Select(e => e.Data.Move).OfType<RealmMove.RaiseFinding>(),
            f => f.Finding.Code == "lease.orphan" && f.Finding.Detail.Contains(orphan, StringComparison.Ordinal));
        await Server.Super($"DROP ROLE {foreign}");
        await world.Close(world.State.Sessions.Keys.Single());
        await running;
    }

    [Fact]
    public async Task A_server_that_does_not_answer_keeps_no_run_waiting_for_ever()
    {
        await using var server = await LocalPostgres.Start();
        await using var world = await LeaseWorld.Create(server);
        var (_, tree) = await LeaseWorld.Open(world);
        server.Signal("STOP");
        Ended slow;
        try
        {
            slow = await LeaseWorld.Run(world, tree, "true");
        }
        finally
        {
            server.Signal("CONT");
        }
        Assert.Equal(126, slow.Exit);
        Assert.Contains("[lease.backend-slow]", slow.Error, StringComparison.Ordinal);
        await world.Until(() => world.State.Leases.Live.IsEmpty);
        Assert.Empty(await server.Accounts());
        server.Stop();
        var down = await LeaseWorld.Run(world, tree, "true");
        Assert.Contains("[lease.backend-down]", down.Error, StringComparison.Ordinal);
    }

    static IEnumerable<string> Kinds(AgentWorld world) => world.Ledger().Select(e =>
        System.Text.Json.Nodes.JsonNode.Parse(e.ToBytes().Span)!["data"]!["move"]!["kind"]!.GetValue<string>());

    internal static void AssertLedger(AgentWorld world)
    {
        var audit = new DecisionAudit();
        foreach (var entry in world.Ledger())
            Assert.Null(audit.Take(entry));
    }

    static string Read(string file)
    {
        try
        {
            return System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(file));
        }
        catch (IOException)
        {
            return "";
        }
    }
}

/// <summary>The real backend, which does not do what a test says it does not do.</summary>
sealed class FaultyBackends(LocalPostgres server) : ICredentialBackends
{
    public (string Operation, string Code)? Fault { get; set; }

    /// <summary>Called before and after each operation, with its name.</summary>
    public Action<string, bool>? At { get; set; }

    public ICredentialBackend For(CredentialProfile profile)
    {
        At?.Invoke("use", false);
        return new Faulty(this, server.Backend());
    }

    sealed class Faulty(FaultyBackends owner, ICredentialBackend real) : ICredentialBackend
    {
        public Task<IssuedCredential> Issue(string account, DateTimeOffset until, CancellationToken cancel) =>
            Do("issue", () => real.Issue(account, until, cancel));

        public Task Extend(string account, DateTimeOffset until, CancellationToken cancel) => Do("extend", async () =>
        {
            await real.Extend(account, until, cancel);
            return 0;
        });

        public Task<int> Revoke(string account, CancellationToken cancel) =>
            Do("revoke", () => real.Revoke(account, cancel));

        public Task<int> TerminateSessions(string account, CancellationToken cancel) =>
            Do("terminate", () => real.TerminateSessions(account, cancel));

        public Task<ImmutableArray<string>> Enumerate(string prefix, CancellationToken cancel) =>
            Do("enumerate", () => real.Enumerate(prefix, cancel));

        async Task<T> Do<T>(string operation, Func<Task<T>> call)
        {
            owner.At?.Invoke(operation, false);
            if (owner.Fault is var (which, code) && which == operation)
                throw new BackendFaultException(code, "The test says so.");
            var result = await call();
            owner.At?.Invoke(operation, true);
            return result;
        }
    }
}
