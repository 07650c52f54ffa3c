using Writ.Changes;
using Writ.Policies;
using Writ.Requests;
using Writ.Sessions;
using Writ.Wire;

namespace Writ.Tests.Policies;

/// <summary>What another bundle would have made of recorded verdicts: all of them, and no other.</summary>
public sealed class PolicyReplayTests
{
    [Fact]
    public void The_same_bundle_changes_nothing()
    {
        var world = Worked();
        var impact = Impact(world, Given.Policy);
        Assert.Equal((4, 0, true), (impact.Verdicts, impact.Changed(), impact.Whole));
        Assert.Equal(world.Entries.Count, impact.Entries);
        Assert.Empty(impact.Groups);
    }

    [Fact]
    public void Changes_are_grouped_by_rule_agent_and_workflow()
    {
        var impact = Impact(Worked(), Given.Policy.Replace("@id(\"prod\")", "@id(\"prod\") @quorum(\"2\")",
            StringComparison.Ordinal) + """
            @id("no-log") forbid (principal, action == Action::"repo.read", resource)
            when { context.effect.object == "status" };
            """);
        Assert.Equal((4, 2, 0, 1), (impact.Verdicts, impact.Stricter, impact.Looser, impact.Regated));
        var blocked = impact.Groups.Single(g => g.To == VerdictKind.Blocked);
        Assert.Equal(["no-log"], blocked.Rules);
        Assert.Equal((VerdictKind.Automatic, 2, "git status"), (blocked.From, blocked.Count, blocked.Command));
        Assert.Equal(("claude", "release-prod"), (blocked.Agent.Value, blocked.Workflow.Value));
        var regated = impact.Groups.Single(g => g.To == VerdictKind.Approval);
        Assert.Equal(["2 of sre"], regated.Asks);
        Assert.Equal(["prod"], regated.Rules);
    }

    [Fact]
    public void A_gate_that_nobody_can_open_any_more_is_a_change_by_its_rule()
    {
        var group = Assert.Single(Impact(Worked(), Given.Policy.Replace(
            "@id(\"prod\")", "@id(\"prod\") @quorum(\"9\")", StringComparison.Ordinal)).Groups);
        Assert.Equal((VerdictKind.Approval, VerdictKind.Blocked), (group.From, group.To));
        Assert.Equal(["prod"], group.Rules);
    }

    [Fact]
    public void What_becomes_less_strict_stands_first()
    {
        var impact = Impact(Worked(), """
            @id("all") permit (principal, action, resource);
            @id("no") forbid (principal, action == Action::"repo.read", resource);
            """);
        // What nobody understands is not allowed by a permit, however wide.
        Assert.Equal((1, 3), (impact.Looser, impact.Stricter));
        Assert.True(impact.Groups[0].To > impact.Groups[0].From);
        Assert.All(impact.Groups.Skip(1), g => Assert.True(g.To < g.From));
        Assert.Contains(impact.Groups, g => g.Rules.SequenceEqual(["prod"]) && g.To == VerdictKind.Automatic);
    }

    [Fact]
    public void The_lack_of_a_permit_is_a_change_by_the_permit()
    {
        var group = Assert.Single(Impact(Worked(), Given.Policy.Replace(
            "@id(\"reads\")", "@id(\"reads\") @x(\"permit (\")", StringComparison.Ordinal).Replace(
            "Action::\"read\", resource", "Action::\"nothing\", resource", StringComparison.Ordinal)).Groups);
        Assert.Equal(["reads"], group.Rules);
        Assert.Equal(VerdictKind.Blocked, group.To);
    }

    [Fact]
    public void Only_verdicts_since_the_date_count_and_the_bound_is_said()
    {
        var world = Worked();
        Assert.Equal(1, Impact(world, "", World.Start.AddMinutes(10)).Verdicts);
        var bounded = Impact(world, "", verdictsMax: 3);
        Assert.Equal((3, false), (bounded.Verdicts, bounded.Whole));
    }

    [Fact]
    public void A_session_that_narrows_itself_is_still_narrowed()
    {
        var world = World.WithEverybody();
        var session = Given.OpenNarrowed(world, """
            @id("look") permit (principal, action in [Action::"run", Action::"read"], resource);
            """);
        world.Submit(session, "terraform", "apply");
        Assert.Equal(0, Impact(world, """@id("all") permit (principal, action, resource);""").Changed());
    }

    [Fact]
    public void Every_verdict_is_judged_in_the_realm_of_its_time()
    {
        var world = World.WithEverybody();
        var session = world.OpenSession();
        world.Submit(session, "terraform", "apply");
        Given.Publish(world, Given.Document with
        {
            Policy = new PolicySource([
                new PolicyFile("p.cedar", "@id(\"all\") permit (principal, action, resource);"),
            ]),
        }, PolicyReach.AllSessions);
        world.Submit(session, "terraform", "apply");
        var impact = Impact(world, Given.Policy);
        Assert.Equal((2, 1), (impact.Verdicts, impact.Stricter));
    }

    [Fact]
    public void What_would_change_a_verdict_is_said_in_conditions()
    {
        var world = World.WithEverybody();
        var request = Given.Exec(world, world.OpenSession(), "terraform", "apply");
        var condition = Assert.Single(PolicyExplanation.Conditions(world.State, request, world.Now));
        Assert.Equal(("prod", "infra.write", false), (condition.Rule, condition.Verb, condition.Permits));
        Assert.Equal(["context.approvals.teams.contains(\"sre\")"], condition.Conditions);
        Assert.Empty(PolicyExplanation.Conditions(
            world.State, Given.Exec(world, new SessionId("gone"), "terraform", "apply"), world.Now));
    }

    [Fact]
    public void The_ledger_tells_every_bundle_that_was_in_force_and_its_text()
    {
        var world = World.WithEverybody();
        var first = world.State.Registry.Policy;
        var next = Realms.PolicyLifeRefusals.Tested("1");
        Given.Publish(world, next, PolicyReach.NewSessions);
        var archive = new PolicyArchive(first.Digest);
        foreach (var entry in world.Entries)
            archive.Take(entry.ToBytes().Span);
        Assert.Equal([first.Digest, next.Policy.Digest()], archive.Published.Select(p => p.Digest));
        Assert.Equal(("alice", "bob"), (archive.Published[1].Author.Value, archive.Published[1].Reviewers[0].Value));
        Assert.False(archive.Published[1].ToAllSessions);
        Assert.Equal(first.Digest, archive.Found!.Digest());
    }


    // Two reads, a gated write, something that is not understood ten minutes later; and a budget that is no policy's.
    static World Worked()
    {
        var world = World.WithEverybody();
        var session = world.OpenSession();
        world.Submit(session, "git", "status");
        world.Submit(session, "git", "status");
        world.Submit(session, "terraform", "apply");
        world.Now = World.Start.AddMinutes(10);
        world.Submit(session, "frobnicate");
        return world;
    }

    static PolicyImpact Impact(
        World world, string policy, DateTimeOffset? since = null, int verdictsMax = PolicyImpact.VerdictsMax)
    {
        var bundle = PolicyBundle.Compile(new PolicySource([new PolicyFile("test.cedar", policy)])).Bundle!;
        var replay = new PolicyReplay(bundle, since ?? World.Start, verdictsMax);
        foreach (var entry in world.Entries)
            replay.Take(Entry.FromBytes(entry.ToBytes().Span));
        return replay.Impact();
    }
}
