using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Writ.Findings;
using Writ.Realms;
using Writ.Server.Findings;
using Writ.Server.Reading;
using Writ.Testing;

namespace Writ.Server.Tests.Findings;

/// <summary>Secrets that lie about where a real agent works, found by a real daemon before it runs anything.</summary>
public sealed class FindingRunTests
{
    const string Token = "ghp_0123456789abcdefghijABCDEFGHIJ456789";

    static async Task<AgentWorld> World(params FindingKind[] refuses)
    {
        var world = await AgentWorld.Create(
            b => b.Services.AddSingleton(SearchLimits.Usual with
            {
                Time = TimeSpan.FromSeconds(30),
                FreshWhereRefused = TimeSpan.Zero,
            }));
        var document = world.State.Registry.Document;
        if (refuses.Length == 0)
            return world;
        await world.Apply(document with
        {
            Workflows = [.. document.Workflows.Select(w => w with { RefuseFindings = [.. refuses] })],
        });
        return world;
    }

    static KnownFinding[] Leaks(AgentWorld world, string code) =>
        [.. world.State.Found.Standing.Values.Where(f => f.Cause.Code == code)];

    [Fact]
    public async Task A_session_runs_nothing_while_a_secret_lies_in_its_work_tree_and_goes_on_when_it_is_gone()
    {
        await using var world = await World(FindingKind.LeakedSecret);
        var (_, tree) = await world.OpenSession();
        Assert.Equal(0, (await WritCommand.Run(world, tree, "--", "true")).Exit);

        File.WriteAllText(Path.Combine(tree, ".env"), $"A=1\nGITHUB_TOKEN={Token}\n");
        var refused = await WritCommand.Run(world, tree, "--", "true");
        Assert.NotEqual(0, refused.Exit);
        Assert.Contains("session.findings", refused.Error, StringComparison.Ordinal);
        var finding = Assert.Single(Leaks(world, "leak.file"));
        Assert.Contains(finding.Id.Value, refused.Error, StringComparison.Ordinal);
        Assert.Contains(".env:2", finding.Cause.Detail, StringComparison.Ordinal);
        Assert.Equal(AgentWorld.Bea, finding.Owner);

        File.Delete(Path.Combine(tree, ".env"));
        Assert.Equal(0, (await WritCommand.Run(world, tree, "--", "true")).Exit);
        Assert.Empty(Leaks(world, "leak.file"));
        AssertUntold(world);
    }

    [Fact]
    public async Task A_secret_in_the_environment_of_who_asks_is_found_and_refused_by_its_name()
    {
        await using var world = await World(FindingKind.LeakedSecret);
        var (_, tree) = await world.OpenSession();
        var refused = await WritCommand.Finish(WritCommand.Start(
            AgentWorld.Binary("writ"), ["run", "--", "true"], tree, ("WRIT_SOCKET", world.Socket),
            ("GITHUB_TOKEN", Token)));
        Assert.NotEqual(0, refused.Exit);
        Assert.Contains("as GITHUB_TOKEN.", Assert.Single(Leaks(world, "leak.environment")).Cause.Detail,
            StringComparison.Ordinal);
        AssertUntold(world);
    }

    [Fact]
    public async Task Where_no_workflow_refuses_it_a_secret_is_recorded_and_nobody_waits()
    {
        await using var world = await World();
        var (session, tree) = await world.OpenSession();
        File.WriteAllText(Path.Combine(tree, ".npmrc"), "//registry.example/:_authToken=abcdef0123456789\n");
        Assert.Equal(0, (await WritCommand.Run(world, tree, "--", "true")).Exit);
        await world.Until(() => Leaks(world, "leak.file").Length > 0);
        var finding = Assert.Single(Leaks(world, "leak.file"));
        // The ledger tells of it: its own entry, and the one that opened the session.
        var index = world.App.Services.GetRequiredService<DerivedIndex>();
        Assert.True(await index.CaughtUp(AgentWorld.Patience, TimeProvider.System, CancellationToken.None));
        var entries = FindingEvidence.Of(index, finding.Id, finding.Cause.Evidence);
        Assert.Equal(2, entries.Length);
        var ledger = world.Ledger();
        Assert.Equal(session, ((Sessions.SessionMove.Open)ledger[(int)entries[0]].Data.Move).Terms.Id);
        Assert.IsType<FindingMove.Report>(ledger[(int)entries[1]].Data.Move);
    }

    [Fact]
    public async Task A_look_raises_what_the_state_says_and_is_silent_when_nothing_is_new()
    {
        await using var world = await World();
        var desk = world.App.Services.GetRequiredService<FindingDesk>();
        var document = world.State.Registry.Document;
        await world.Apply(document with
        {
            Environments = [.. document.Environments, new Targets.Stage(new EnvironmentId("prod"), Production: true)],
            Workflows =
            [
                .. document.Workflows,
                document.Workflows[0] with { Id = new WorkflowId("ship"), Environments = [new EnvironmentId("prod")],
                    Targets = [] },
            ],
        });
        var first = await desk.Review(CancellationToken.None);
        Assert.Equal((1, 0, 1), (first.Raised, first.Settled, first.Open));
        var size = world.Ledger().Count;
        Assert.Equal(0, (await desk.Review(CancellationToken.None)).Raised);
        Assert.Equal(size, world.Ledger().Count);
        await world.Apply(document);
        Assert.Equal(1, (await desk.Review(CancellationToken.None)).Settled);
    }

    // Whatever is in the ledger is there for ever.
    static void AssertUntold(AgentWorld world) => Assert.All(world.Ledger(), e => Assert.DoesNotContain(
        Token, Encoding.UTF8.GetString(e.ToBytes().Span), StringComparison.Ordinal));
}
