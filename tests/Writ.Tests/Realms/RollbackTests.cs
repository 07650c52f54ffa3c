using System.Collections.Immutable;
using Writ.Realms;
using Writ.Requests;
using Writ.Rollbacks;
using Writ.Runs;
using Writ.Sessions;
using Writ.Wire;
using Writ.Workflows;

namespace Writ.Tests.Realms;

/// <summary>A run is taken back by its workflow's own command, as a request like any other.</summary>
public sealed class RollbackTests
{
    static readonly WorkflowId Prod = new("release-prod");

    [Fact]
    public void The_command_is_filled_from_the_run_and_no_value_leaves_its_argument()
    {
        var (world, run, rollback) = RollbackRefusals.Given(
            ["git", "log", "{run}", "x={session};{request}", "{worktree}", "{branch}", "{environment}/{target}", "{}",
                "{A}"]);
        Assert.Equal(
            ["git", "log", run.Value, $"x={rollback.Session};{rollback.Undoes!.Request}", "/home/agent/work", "main",
                "prod/db-prod", "{}", "{A}"],
            rollback.Argv);
        world.Submit(rollback);
        Assert.IsType<RequestState.Ready>(world.StateOf(rollback));
    }

    public static TheoryData<string[]> Malformed => new()
    {
        Array.Empty<string>(), new[] { "" }, new[] { "{run}" }, new[] { "git", "{ghost}" }, new[] { "git", "a\nb" },
        new[] { "git", new string('x', 1_025) }, Enumerable.Repeat("git", 65).ToArray(),
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_command_is_looked_at_when_it_is_declared(string[] argv) =>
        Assert.NotNull(RollbackCommand.Problem([.. argv]));

    [Fact]
    public void It_is_untested_until_a_run_of_exactly_it_has_ended_well()
    {
        var (world, _, rollback) = RollbackRefusals.Given();
        Assert.Null(RollbackRules.TestOf(world.State, Prod));
        Assert.True(RollbackRules.IsUntested(world.State, world.State.Registry.Workflows[Prod]));
        world.Submit(rollback);
        var run = RollbackRefusals.Ended(world, rollback, world.Run(rollback));
        Assert.Equal(run, RollbackRules.TestOf(world.State, Prod)!.Run);

        // Another command, or more targets than it was tested with, is not tested.
        var workflow = world.State.Registry.Workflows[Prod];
        Assert.False(RollbackRules.IsUntested(world.State, workflow with { ReviewBy = new DateOnly(2100, 1, 1) }));
        Assert.True(RollbackRules.IsUntested(world.State, workflow with { RollbackCommand = ["git", "log"] }));
        Assert.True(RollbackRules.IsUntested(world.State, workflow with { Targets = [] }));
        Assert.False(RollbackRules.IsUntested(world.State, workflow with { RollbackCommand = null }));
    }

    [Fact]
    public void One_that_failed_proves_nothing_and_may_be_tried_again()
    {
        var (world, _, rollback) = RollbackRefusals.Given();
        world.Submit(rollback);
        RollbackRefusals.Ended(world, rollback, world.Run(rollback), exit: 1);
        Assert.Null(RollbackRules.TestOf(world.State, Prod));
        var again = rollback with { Id = new RequestId("again") };
        world.Submit(again);
        RollbackRefusals.Ended(world, again, world.Run(again));
        Assert.NotNull(RollbackRules.TestOf(world.State, Prod));
    }

    [Fact]
    public void It_is_gated_like_everything_and_bound_to_the_run()
    {
        var (world, run, rollback) = RollbackRefusals.Given(["rm", "-r", "{session}"]);
        world.Submit(rollback);
        var waiting = Assert.IsType<RequestState.Waiting>(world.StateOf(rollback));
        Assert.NotEqual(waiting.Digest, RequestRules.Digest(rollback with { Undoes = null }));
        Assert.NotEqual(waiting.Digest, RequestRules.Digest(
            rollback with { Undoes = rollback.Undoes! with { Run = new RunId("other") } }));
        world.Dispose(rollback, "bob");
        world.Dispose(rollback, "carol");
        RollbackRefusals.Ended(world, rollback, world.Run(rollback));
        Assert.True(world.State.Rollbacks.Runs[run].Undone);
    }

    [Fact]
    public void A_run_whose_session_is_over_is_taken_back_in_another_of_the_same_workflow()
    {
        var world = RollbackRefusals.With(RollbackRefusals.Command);
        var request = world.Submit(world.OpenSession(), "git", "status");
        var run = world.Run(request);
        world.Must(new SessionMove.Close(request.Session, ""), World.Host);
        RollbackRefusals.Ended(world, request, run, exit: 137);
        var other = world.OpenSession();
        var session = world.State.OpenSession(other)!;
        Assert.Null(RollbackRules.CommandFor(world.State, session, run, out var argv, out var undoing));
        Assert.Contains($"--since={request.Session}", argv);
        var rollback = Given.Exec(world, session.Terms.Id, argv) with { Undoes = undoing };
        world.Submit(rollback);
        RollbackRefusals.Ended(world, rollback, world.Run(rollback));
        Assert.True(world.State.Rollbacks.Runs[run].Undone);
    }

    [Fact]
    public void A_rollback_is_not_rolled_back_itself()
    {
        var (world, run, rollback) = RollbackRefusals.Given();
        world.Submit(rollback);
        var second = RollbackRefusals.Ended(world, rollback, world.Run(rollback));
        Assert.Equal([run], world.State.Rollbacks.Runs.Keys);
        var session = world.State.OpenSession(rollback.Session)!;
        Assert.Equal("rollback.unknown", RollbackRules.CommandFor(world.State, session, second, out _, out _)?.Code);
    }

    [Fact]
    public void As_many_runs_are_remembered_as_may_be_and_none_for_ever()
    {
        var book = RollbackBook.Empty;
        for (var i = 0; i < RollbackBook.RunsMax + 2; i++)
            book = book.Begin(Run($"run-{i}", World.Start.AddSeconds(i)));
        Assert.Equal(RollbackBook.RunsMax, book.Runs.Count);
        Assert.DoesNotContain(new RunId("run-1"), book.Runs.Keys);
        book = book.Begin(Run("late", World.Start.AddDays(31)));
        Assert.Equal([new RunId("late")], book.Runs.Keys);

        static UndoableRun Run(string id, DateTimeOffset at) =>
            new(new RunId(id), new RequestId("r"), new SessionId("s"), Prod, at);
    }

    [Fact]
    public void A_snapshot_and_an_audit_come_to_the_same()
    {
        var (world, run, rollback) = RollbackRefusals.Given();
        world.Submit(rollback);
        RollbackRefusals.Ended(world, rollback, world.Run(rollback));
        var bytes = Canonical.Bytes(RealmSnapshot.Of(world.State), WireJson.Default.RealmSnapshot);
        var restored = System.Text.Json.JsonSerializer.Deserialize(
            bytes.Span, WireJson.Default.RealmSnapshot)!.Restore()!;
        Assert.Equal(world.State.Rollbacks.Runs[run], restored.Rollbacks.Runs[run]);
        Assert.Equal(world.State.Rollbacks.Tests[Prod], restored.Rollbacks.Tests[Prod]);
        var audit = new DecisionAudit();
        foreach (var entry in world.Entries)
            Assert.Null(audit.Take(entry.ToBytes().Span));
        Assert.Equal(world.State.Rollbacks.Tests[Prod], audit.State.Rollbacks.Tests[Prod]);
    }

    [Theory]
    [InlineData(Verbs.InfraDelete, Tier.T2, true)]
    [InlineData(Verbs.RepoDelete, Tier.T2, true)]
    [InlineData(Verbs.NetConnect, Tier.T3, true)]
    [InlineData(Verbs.SecretRead, Tier.T3, true)]
    [InlineData(Verbs.FsPurge, Tier.T2, true)]
    [InlineData(Verbs.FsPurge, Tier.T3, false)]
    [InlineData(Verbs.FsWrite, Tier.T2, false)]
    [InlineData(Verbs.InfraWrite, Tier.T2, false)]
    [InlineData(Verbs.CodeRun, Tier.T3, true)]
    public void What_cannot_be_undone_is_known_by_its_effect(string verb, Tier tier, bool isIrreversible) =>
        Assert.Equal(isIrreversible, Irreversible.Why(new Effect(verb, "x", null), tier) is not null);
}
