using System.Collections.Immutable;
using Writ.Policies;
using Writ.Testing;
using Writ.Trees;

namespace Writ.Tests.Realms;

/// <summary>Where held changes lead, and when they become real by themselves.</summary>
public sealed class HeldChangesTests
{
    const string Committing = """
        @id("all") @commit("automatic") permit (principal, action, resource);
        """;

    public static TheoryData<string, string, string, bool> Policies => new()
    {
        { Committing, "touch x", "a", true },
        { "@id(\"all\") permit (principal, action, resource);", "touch x", "a", false },
        // What executes later waits for a person whatever policy says.
        { Committing, "touch x", ".git/hooks/pre-commit", false },
        // One verb of the request is permitted by a rule that does not say so.
        {
            "@id(\"run\") @commit(\"automatic\") permit (principal, action == Action::\"run\", resource);\n"
                + "@id(\"rest\") permit (principal, action in [Action::\"read\", Action::\"write\"], resource);",
            "touch x", "a", false
        },
        // What touches a target is real already; its traces in the tree wait.
        { Committing, "terraform plan", "a", false },
    };

    [Theory]
    [MemberData(nameof(Policies))]
    public void Policy_commits_what_was_automatic_and_stays_in_the_tree(
        string policy, string line, string path, bool commits)
    {
        var w = World.WithEverybody(d => d with { Policy = new PolicySource([new PolicyFile("test.cedar", policy)]) });
        var request = TreeRefusals.Running(w, [.. line.Split(' ')]);
        var record = TreeRefusals.Record(w, request, TreeRefusals.Change(path));

        w.Must(record, World.Host);

        Assert.Equal(commits ? HeldState.Committing : HeldState.Held, w.State.Held[record.Run].State);
    }

    [Fact]
    public void A_command_that_failed_commits_nothing_by_itself()
    {
        var w = World.WithEverybody(
            d => d with { Policy = new PolicySource([new PolicyFile("test.cedar", Committing)]) });
        var record = TreeRefusals.Record(w, TreeRefusals.Running(w, "touch", "x")) with { Succeeded = false };

        w.Must(record, World.Host);

        Assert.Equal(HeldState.Held, w.State.Held[record.Run].State);
    }

    [Fact]
    public void A_commit_that_failed_is_held_again_and_may_be_tried_with_other_paths()
    {
        var w = World.WithEverybody();
        var run = TreeRefusals.Held(w, TreeRefusals.Change("a"), TreeRefusals.Change("b"));
        w.Must(TreeRefusals.Commit(w, run, "bob"), w.As("bob"));
        Assert.Equal("tree.not-held", w.Refuses(TreeRefusals.Commit(w, run, "carol"), w.As("carol")));
        w.Must(new TreeMove.Settle(run, new TreeResult("tree.conflict", 0, ["a"])), World.Host);
        Assert.Equal((HeldState.Held, null), (w.State.Held[run].State, w.State.Held[run].By));

        w.Must(TreeRefusals.Commit(w, run, "carol", false, "b"), w.As("carol"));
        w.Must(new TreeMove.Settle(run, TreeRefusals.Good), World.Host);

        var held = w.State.Held[run];
        Assert.Equal((HeldState.Committed, new PersonId("carol")), (held.State, held.By!.Value));
        Assert.Equal(["b"], held.Paths);
    }

    [Fact]
    public void What_was_not_committed_stays_held_until_it_is_committed_too()
    {
        var w = World.WithEverybody();
        var run = TreeRefusals.Held(w, TreeRefusals.Change("a"), TreeRefusals.Change("b"), TreeRefusals.Change("c"));
        TreeRefusals.Turn(w, run, left: 2, "a");
        Assert.Equal((HeldState.Partly, 1), (w.State.Held[run].State, w.State.Held[run].Turns));
        TreeRefusals.Turn(w, run, left: 1, "b");
        Assert.Equal(["a", "b"], w.State.Held[run].Parts!.Paths);

        TreeRefusals.Turn(w, run, left: 0);

        Assert.Equal((HeldState.Committed, 3), (w.State.Held[run].State, w.State.Held[run].Turns));
        Assert.Equal("tree.not-held", w.Refuses(TreeRefusals.Commit(w, run, "bob"), w.As("bob")));
    }

    [Fact]
    public void A_rest_that_is_discarded_leaves_what_was_committed()
    {
        var w = World.WithEverybody();
        var run = TreeRefusals.Held(w, TreeRefusals.Change("a"), TreeRefusals.Change("b"));
        TreeRefusals.Turn(w, run, left: 1, "a");

        w.Must(new TreeMove.Discard(run, TreeRefusals.List), w.As("alice"));

        Assert.Equal(HeldState.Committed, w.State.Held[run].State);
        Assert.Equal("tree.not-held", w.Refuses(new TreeMove.Discard(run, TreeRefusals.List), w.As("alice")));
        w.Must(TreeRefusals.Undo(w, run, "bob"), w.As("bob"));
        w.Must(new TreeMove.Settle(run, TreeRefusals.Good), World.Host);
        Assert.Empty(w.State.Held);
    }

    [Fact]
    public void With_a_rest_that_is_held_an_undoing_makes_all_of_it_held_again()
    {
        var w = World.WithEverybody();
        var run = TreeRefusals.Held(w, TreeRefusals.Change("a"), TreeRefusals.Change("b"));
        TreeRefusals.Turn(w, run, left: 1, "a");
        w.Must(TreeRefusals.Undo(w, run, "bob"), w.As("bob"));
        w.Must(new TreeMove.Settle(run, new TreeResult("tree.undo-conflict", 0, ["a"])), World.Host);
        Assert.Equal(HeldState.Partly, w.State.Held[run].State);

        w.Must(TreeRefusals.Undo(w, run, "bob"), w.As("bob"));
        w.Must(new TreeMove.Settle(run, TreeRefusals.Good), World.Host);

        Assert.Equal((HeldState.Held, 0), (w.State.Held[run].State, w.State.Held[run].Turns));
        TreeRefusals.Turn(w, run, left: 0);
        Assert.Equal(HeldState.Committed, w.State.Held[run].State);
    }

    [Fact]
    public void A_turn_that_failed_leaves_those_before_it()
    {
        var w = World.WithEverybody();
        var run = TreeRefusals.Held(w, TreeRefusals.Change("a"), TreeRefusals.Change("b"));
        TreeRefusals.Turn(w, run, left: 1, "a");
        w.Must(TreeRefusals.Commit(w, run, "bob"), w.As("bob"));

        w.Must(new TreeMove.Settle(run, new TreeResult("tree.conflict", 0, ["b"], Left: 0)), World.Host);

        Assert.Equal((HeldState.Partly, 1), (w.State.Held[run].State, w.State.Held[run].Turns));
    }

    [Fact]
    public void What_executes_later_is_asked_about_once()
    {
        var w = World.WithEverybody();
        var run = TreeRefusals.Held(w, TreeRefusals.Change(".envrc"), TreeRefusals.Change("b"));
        TreeRefusals.Turn(w, run, left: 1, ".envrc");

        w.Must(TreeRefusals.Commit(w, run, "alice"), w.As("alice"));
    }

    [Fact]
    public void What_is_partly_committed_is_forgotten_as_a_whole()
    {
        var w = World.WithEverybody();
        var run = TreeRefusals.Held(w, TreeRefusals.Change("a"), TreeRefusals.Change("b"));
        TreeRefusals.Turn(w, run, left: 1, "a");
        w.Now = w.Now.AddDays(8);

        w.Must(new Writ.Realms.RealmMove.Tick(), World.Host);

        Assert.Empty(w.State.Held);
    }

    [Fact]
    public void Who_decides_is_said_by_their_teams_or_names()
    {
        var w = World.WithEverybody();
        var own = TreeRefusals.Held(w, TreeRefusals.Change("a"));
        Assert.Contains("alice", TreeQuery.Deciders(w.State, w.State.Held[own]));
        Assert.Null(TreeQuery.MayNot(w.State, w.State.Held[own], new PersonId("alice"), executesLater: false));
    }

    [Fact]
    public void An_undoing_that_failed_leaves_everything_committed()
    {
        var w = World.WithEverybody();
        var run = TreeRefusals.Committed(w);
        w.Must(TreeRefusals.Undo(w, run, "bob"), w.As("bob"));

        w.Must(new TreeMove.Settle(run, new TreeResult("tree.undo-conflict", 0, ["a"])), World.Host);

        Assert.Equal(HeldState.Committed, w.State.Held[run].State);
    }

    [Fact, Slow]
    public void What_executes_later_is_committed_by_somebody_else_who_says_so()
    {
        var w = World.WithEverybody();
        var run = TreeRefusals.Held(w, TreeRefusals.Change("a"), TreeRefusals.Change(".envrc"));

        w.Must(TreeRefusals.Commit(w, run, "bob", true), w.As("bob"));

        Assert.True(w.State.Held[run].ExecutesLater);
        // The rest alone needs no such word.
        var other = TreeRefusals.Held(w, TreeRefusals.Change("a"), TreeRefusals.Change(".envrc"));
        w.Must(TreeRefusals.Commit(w, other, "alice", false, "a"), w.As("alice"));
    }
}
