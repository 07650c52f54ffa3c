using System.Text;
using Writ.Changes;
using Writ.Findings;
using Writ.Holds;
using Writ.Identity;
using Writ.Kills;
using Writ.Leases;
using Writ.Realms;
using Writ.Requests;
using Writ.Testing;
using Writ.Tests.Assistants;
using Writ.Tests.Identity;
using Writ.Tests.Realms;
using Writ.Trees;
using Writ.Wire;

namespace Writ.Tests.Ledger;

/// <summary>
/// What was recorded once is decided the same for ever. The ledgers in <c>tests/vectors/ledgers</c> are of versions
/// that people have; a file is added for what is new (<c>WRIT_REGENERATE=1</c> writes those that are not there), and
/// none is ever changed.
/// </summary>
public sealed class OldLedgerTests
{
    static string Folder => Path.Combine(SharedData.RepositoryRoot, "tests", "vectors", "ledgers");

    static readonly Dictionary<string, Func<World>> _stories = new(StringComparer.Ordinal)
    {
        ["0.1-approved-run"] = ApprovedRun,
        ["0.1-held-inside-a-run"] = HeldInsideARun,
        ["0.1-rolled-back"] = RolledBack,
        ["0.1-policy-and-kill"] = PolicyAndKill,
        ["0.1-held-changes"] = HeldChanges,
        ["0.1-committed-in-turns"] = CommittedInTurns,
        ["0.1-credentials"] = Credentials,
        ["0.1-identity"] = Identities,
        ["0.2-assistant-in-a-sandbox"] = AssistantInASandbox,
        ["0.2-findings"] = Findings,
    };

    public static TheoryData<string> Names => [.. _stories.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_recorded_ledger_is_decided_again_as_it_was(string name)
    {
        var file = Path.Combine(Folder, $"{name}.jsonl");
        if (!File.Exists(file) && Environment.GetEnvironmentVariable("WRIT_REGENERATE") == "1")
        {
            Directory.CreateDirectory(Folder);
            File.WriteAllLines(
                file, _stories[name]().Entries.Select(e => Encoding.UTF8.GetString(e.ToBytes().Span)));
        }
        var audit = new DecisionAudit();
        foreach (var line in File.ReadLines(file))
            Assert.Null(audit.Take(Encoding.UTF8.GetBytes(line)));
        Assert.InRange(audit.Tally.Entries, 8, 1_000);
        Assert.InRange(audit.Tally.Verdicts, 1, 1_000);
    }

    [Fact]
    public void Every_recorded_ledger_has_its_test() => Assert.Equal(
        _stories.Keys.Order(StringComparer.Ordinal),
        Directory.GetFiles(Folder).Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal));

    static World ApprovedRun()
    {
        var world = World.WithEverybody();
        var request = world.Submit(world.OpenSession(), "terraform", "apply");
        world.Dispose(request, "alice");
        world.Dispose(request, "bob");
        RollbackRefusals.Ended(world, request, world.Run(request));
        return world;
    }

    static World Credentials()
    {
        var given = new LeaseWorld(LeaseWorld.Profile with { Ttl = 300 });
        var world = given.World;
        var asked = given.Asked(argv: ["terraform", "apply"]);
        world.Submit(asked);
        world.Dispose(asked, "bob");
        var run = world.Run(asked);
        var lease = given.State.Leases.Of(run).Single().Lease;
        world.Must(new LeaseMove.Intend(lease.Id, asked.Id), World.Host);
        world.Must(new LeaseMove.Issue(lease.Id, asked.Id, "sha256:0123"), World.Host);
        world.Now = world.Now.AddMinutes(4);
        world.Must(new LeaseMove.Renew(lease.Id, asked.Id, world.Now.AddMinutes(5)), World.Host);
        RollbackRefusals.Ended(world, asked, run);
        world.Must(new LeaseMove.Fail(lease.Id, asked.Id, "lease.backend-down"), World.Host);
        world.Must(new LeaseMove.Confirm(lease.Id, asked.Id, 4_000, 1), World.Host);
        given.Revoking();
        given.Requested();
        given.Issued();
        world.Kill(new Scope(ScopeKind.Target, "db-prod"));
        return world;
    }

    static World Findings()
    {
        var given = new FindingWorld(d => d with { Findings = new FindingTerms(UnusedDays: 1, DeviceDays: 1) });
        var world = given.World;
        var session = world.OpenSession();
        world.Submit(Given.Exec(world, session, "git", "status") with { Attested = AttestedBy.Peer });
        var leak = given.Leaks(session);
        world.Refuses(new RequestMove.Submit(Given.Exec(world, session, "git", "log")), World.Agent);
        world.Must(new FindingMove.Accept(leak, "a test key", world.Now.AddMinutes(5)), world.As("dave"));
        world.Submit(session, "terraform", "apply");
        world.Must(new RealmMove.RaiseFinding(
            new Finding("hook.unbrokered", session, "It ran by itself.")), World.Host);
        world.Must(FindingWorld.Leak(world, session), World.Host);
        world.Now = world.Now.AddDays(2);
        given.Review(new SeenAdmin("orders", world.Now, "print:0123"));
        given.Review();
        return world;
    }

    static World HeldInsideARun()
    {
        var given = HoldRefusals.Given();
        var held = given.Approved("rm", "x");
        given.World.Must(new HoldMove.Go(held.Id), World.Host);
        given.Held("rm", "y");
        RollbackRefusals.Ended(given.World, given.Parent, given.Run);
        return given.World;
    }

    // As the first version settled: what was not chosen was lost.
    static World HeldChanges()
    {
        var world = World.WithEverybody();
        var run = TreeRefusals.Held(world, TreeRefusals.Change("a"), TreeRefusals.Change("b"));
        world.Must(TreeRefusals.Commit(world, run, "bob", executesLater: false, "a"), world.As("bob"));
        world.Must(new TreeMove.Settle(run, TreeRefusals.Good), World.Host);
        world.Refuses(TreeRefusals.Commit(world, run, "bob", executesLater: false, "b"), world.As("bob"));
        world.Must(TreeRefusals.Undo(world, run, "bob"), world.As("bob"));
        world.Must(new TreeMove.Settle(run, TreeRefusals.Good), World.Host);
        return world;
    }

    static World CommittedInTurns()
    {
        var world = World.WithEverybody();
        var run = TreeRefusals.Held(
            world, TreeRefusals.Change("a"), TreeRefusals.Change("b"), TreeRefusals.Change("c"));
        TreeRefusals.Turn(world, run, left: 2, "a");
        world.Must(TreeRefusals.Undo(world, run, "bob"), world.As("bob"));
        world.Must(new TreeMove.Settle(run, TreeRefusals.Good), World.Host);
        TreeRefusals.Turn(world, run, left: 2, "b");
        TreeRefusals.Turn(world, run, left: 1, "a");
        world.Must(new TreeMove.Discard(run, TreeRefusals.List), world.As("alice"));
        return world;
    }

    static World Identities()
    {
        var given = IdentityGiven.Running(approved: true);
        given.World.Must(given.Tokens("reports"), World.Host);
        given.World.Try(given.Tokens("elsewhere"), World.Host);
        given.World.Must(given.Certificates(IdentityTier.Read, IdentityTier.Write), World.Host);
        given.World.Must(new IdentityMove.Rotate("a laptop was lost"), given.World.As("bob"));
        RollbackRefusals.Ended(given.World, given.Request, given.Run);
        given.World.Try(given.Tokens("reports"), World.Host);
        return given.World;
    }

    static World RolledBack()
    {
        var (world, _, rollback) = RollbackRefusals.Given();
        world.Submit(rollback);
        RollbackRefusals.Ended(world, rollback, world.Run(rollback));
        return world;
    }

    static World PolicyAndKill()
    {
        var world = World.WithEverybody();
        var session = world.OpenSession();
        world.Submit(session, "git", "status");
        Given.Publish(world, PolicyLifeRefusals.Tested("1"), PolicyReach.AllSessions);
        world.Submit(session, "terraform", "apply");
        world.Kill(new Scope(ScopeKind.Session, session.Value));
        return world;
    }

    static World AssistantInASandbox()
    {
        var (world, session, request, run) = AssistantRulesTests.Living(ends: true);
        world.Must(new RequestMove.Submit(Given.Exec(world, session, "ls")), AssistantRulesTests.Inside(run));
        world.Try(new RequestMove.Submit(Given.Exec(world, session, "ls")), World.Agent);
        AssistantRulesTests.End(world, request, run);
        return world;
    }
}
