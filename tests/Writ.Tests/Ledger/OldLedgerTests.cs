using System.Text;
using Writ.Changes;
using Writ.Holds;
using Writ.Kills;
using Writ.Requests;
using Writ.Testing;
using Writ.Tests.Assistants;
using Writ.Tests.Realms;
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
        ["0.2-assistant-in-a-sandbox"] = AssistantInASandbox,
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

    static World HeldInsideARun()
    {
        var given = HoldRefusals.Given();
        var held = given.Approved("rm", "x");
        given.World.Must(new HoldMove.Go(held.Id), World.Host);
        given.Held("rm", "y");
        RollbackRefusals.Ended(given.World, given.Parent, given.Run);
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
