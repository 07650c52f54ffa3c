using Writ.Agents;
using Writ.Policies;
using Writ.Realms;
using Writ.Requests;
using Writ.Sessions;
using Writ.Workflows;

namespace Writ.Tests.Policies;

/// <summary>What an agent may do now: never milder than what a request would be answered.</summary>
public sealed class PowerTests
{
    static readonly AgentId Claude = new("claude");

    [Theory]
    [InlineData("release-prod", "fs.read", null, VerdictKind.Automatic, "")]
    [InlineData("release-prod", "infra.read", "db-prod", VerdictKind.Automatic, "")]
    [InlineData("release-prod", "fs.write", null, VerdictKind.Automatic, "")]
    [InlineData("release-prod", "infra.write", "db-prod", VerdictKind.Approval, "1 of sre")]
    [InlineData("release-prod", "infra.delete", "db-prod", VerdictKind.Approval, "1 of sre, 2 of sre")]
    [InlineData("release-prod", "code.run", null, VerdictKind.Approval, "1 of security")]
    [InlineData("release-prod", "privilege.raise", null, VerdictKind.Blocked, "")]
    [InlineData("release-prod", "secret.read", null, VerdictKind.Blocked, "")]
    [InlineData("release-staging", "infra.write", "db-staging", VerdictKind.Automatic, "")]
    public void Every_effect_is_answered_for_every_target(
        string workflow, string verb, string? target, VerdictKind kind, string asks)
    {
        var place = Powers(World.WithEverybody()).Places.Single(p => p.Workflow.Value == workflow);
        var power = place.Powers.Single(p => p.Verb == verb && p.Target?.Value == target);
        Assert.Equal(
            (kind, asks), (power.Kind, string.Join(", ", power.Gates.Select(g => $"{g.Quorum} of {g.Team}").Order())));
        Assert.Equal((workflow == "release-prod", (SessionId?)null), (place.Production, place.Session));
    }

    [Fact]
    public void Everything_is_listed_once()
    {
        var place = Powers(World.WithEverybody()).Places[0];
        Assert.Equal(
            ((Verbs.Groups.Count - 1) * 2) + 1, place.Powers.Select(p => (p.Verb, p.Target)).Distinct().Count());
        Assert.Equal(place.Powers.Length, place.Powers.Select(p => (p.Verb, p.Target)).Distinct().Count());
    }

    [Fact]
    public void No_request_gets_a_milder_verdict_than_its_effects_have_powers()
    {
        string[][] asked =
        [
            ["git", "status"], ["git", "push", "origin", "main"], ["terraform", "apply"], ["terraform", "destroy"],
            ["rm", "-rf", "x"], ["python3", "x.py"], ["sudo", "id"], ["curl", "https://example.org"], ["frobnicate"],
            ["kubectl", "delete", "pod", "x"], ["cat", "/etc/passwd"], ["kill", "1"], ["npm", "install", "x"],
        ];
        foreach (var workflow in new[] { "release-prod", "release-staging" })
        {
            var world = World.WithEverybody();
            var session = world.OpenSession(workflow: workflow);
            var powers = Powers(world, session).Powers;
            foreach (var argv in asked)
            {
                var happened = world.Must(
                    new RequestMove.Submit(Given.Exec(world, session, [.. argv])), World.Agent);
                var verdict = Assert.IsType<RequestEvent.Judged>(happened[0]).Verdict;
                foreach (var effect in verdict.Effects)
                {
                    var power = powers.Single(p => p.Verb == effect.Verb && p.Target == effect.Target);
                    Assert.True(verdict.Kind <= power.Kind, $"{string.Join(' ', argv)}: {effect} {power}");
                    if (verdict.Kind == VerdictKind.Approval)
                        Assert.Subset(
                            verdict.Gates.Select(g => g.Policy).ToHashSet(),
                            power.Gates.Select(g => g.Policy).ToHashSet());
                }
            }
        }
    }

    [Fact]
    public void A_rule_that_depends_on_the_request_is_told_with_its_conditions()
    {
        var powers = Powers(With("""
            @id("all") permit (principal, action, resource);
            @id("outside") @reason("Outside.") forbid (principal, action == Action::"fs.write", resource)
            when { context.effect.outside };
            @id("tools") @approval("team:sre") forbid (principal, action == Action::"tool.call", resource)
            unless { context.command.program == "Task" || context.approvals.teams.contains("sre") };
            """)).Places[0].Powers;
        var write = powers.First(p => p.Verb == "fs.write");
        Assert.Equal(VerdictKind.Automatic, write.Kind);
        var when = Assert.Single(write.When);
        Assert.Equal(("outside", "blocks", (string?)null), (when.Rule, when.Part, when.Asks));
        Assert.Equal(["!context.effect.outside"], when.Conditions);
        var tool = Assert.Single(powers.First(p => p.Verb == "tool.call").When);
        Assert.Equal(("tools", "asks", "1 of sre"), (tool.Rule, tool.Part, tool.Asks));
        Assert.Equal(["context.command.program == \"Task\""], tool.Conditions);
    }

    [Fact]
    public void What_only_some_requests_are_permitted_says_so()
    {
        var power = Powers(With("""
            @id("ask") permit (principal, action == Action::"run", resource);
            @id("git") permit (principal, action == Action::"repo.read", resource)
            when { context.command.program == "git" };
            """)).Places[0].Powers.First(p => p.Verb == "repo.read");
        var when = Assert.Single(power.When);
        Assert.Equal((VerdictKind.Automatic, "git", "permits"), (power.Kind, when.Rule, when.Part));
    }

    [Fact]
    public void What_every_command_is_asked_counts_for_every_effect()
    {
        var powers = Powers(With(Given.Policy + """
            @id("nothing") @reason("Nothing runs.") forbid (principal, action == Action::"run", resource);
            """)).Places[0].Powers;
        Assert.All(powers, p => Assert.Equal((VerdictKind.Blocked, "policy.blocked"), (p.Kind, p.Code)));
    }

    [Fact]
    public void A_gate_that_the_asking_person_alone_could_open_is_a_block()
    {
        var world = World.WithEverybody(d => d with
        {
            Teams = [.. d.Teams.Select(t => t.Id.Value == "security" ? t with { Members = Given.Ids("dave") } : t)],
        });
        Assert.Equal("approval.nobody-left", Code(world, "dave"));
        Assert.Equal("policy.approval", Code(world, "alice"));

        static string Code(World world, string person) =>
            Powers(world, person).Places[0].Powers.First(p => p.Verb == "code.run").Code;
    }

    [Fact]
    public void A_place_that_is_closed_says_why_and_lists_nothing()
    {
        var world = World.WithEverybody();
        world.Kill(new Kills.Scope(Kills.ScopeKind.Workflow, "release-prod"));
        var places = Powers(world).Places;
        Assert.Equal(["session.stopped", null], places.Select(p => p.Closed?.Code));
        Assert.Empty(places[0].Powers);

        var unowned = World.WithEverybody(d => d with
        {
            Workflows = [.. d.Workflows.Select(w => w with { SecurityOwner = default })],
        });
        Assert.Equal(["workflow.no-owner", null], Powers(unowned).Places.Select(p => p.Closed?.Code));
    }

    [Fact]
    public void An_agent_that_is_suspended_may_nothing()
    {
        var world = World.WithEverybody(d => d with
        {
            Agents = [.. d.Agents.Select(a => a with { State = AgentState.Suspended })],
        });
        Assert.All(Powers(world).Places, p => Assert.Equal("agent.not-active", p.Closed?.Code));
        var alice = world.As("alice");
        Assert.Null(PowerJudge.Of(world.State, new AgentId("nobody"), alice, world.Now));
        Assert.Null(PowerJudge.Of(world.State, Claude, World.Agent, world.Now));
    }

    [Fact]
    public void Asking_changes_nothing()
    {
        var world = World.WithEverybody();
        world.As("alice");
        var before = world.State;
        Powers(world);
        Assert.Same(before, world.State);
    }

    [Fact]
    public void A_session_policy_takes_powers_away_and_what_is_left_of_it_is_shown()
    {
        var world = World.WithEverybody();
        var wide = World.WithEverybody();
        var narrow = Powers(world, Given.OpenNarrowed(world, """
            @id("look") permit (principal is Agent, action in [Action::"run", Action::"read"], resource)
            when { context.session.production };
            @id("no-secrets") forbid (principal, action, resource)
            when { context.session.production && context.effect.object like "*secret*" };
            @id("elsewhere") forbid (principal, action, resource) when { context.session.environment == "staging" };
            """));
        var all = Powers(wide, wide.OpenSession());
        Assert.All(narrow.Powers.Zip(all.Powers), pair => Assert.True(pair.First.Kind <= pair.Second.Kind));
        Assert.Equal("policy.no-permit", narrow.Powers.First(p => p.Verb == "infra.write").Code);
        Assert.Equal(VerdictKind.Automatic, narrow.Powers.First(p => p.Verb == "fs.read").Kind);
        Assert.Equal(["session:look", "session:no-secrets"], narrow.OwnPolicy.Select(r => r.Rule));
        Assert.DoesNotContain("production", narrow.OwnPolicy[0].Text + narrow.OwnPolicy[1].Text,
            StringComparison.Ordinal);
        Assert.Contains("context.effect.object like \"*secret*\"", narrow.OwnPolicy[1].Text, StringComparison.Ordinal);
        Assert.Empty(all.OwnPolicy);
    }

    [Fact]
    public void A_permit_in_a_session_policy_widens_nothing()
    {
        var world = World.WithEverybody();
        var session = Given.OpenNarrowed(world, """@id("all") permit (principal, action, resource);""");
        var narrowed = Powers(world, session).Powers;
        var plain = Powers(world, world.OpenSession()).Powers;
        Assert.Equal(plain.Select(p => (p.Verb, p.Target, p.Kind, p.Code)),
            narrowed.Select(p => (p.Verb, p.Target, p.Kind, p.Code)));
    }

    [Fact]
    public void An_open_session_is_answered_under_the_bundle_it_keeps_and_by_what_is_left_of_its_bounds()
    {
        var world = World.WithEverybody();
        var session = world.OpenSession();
        Given.Publish(world, Given.Document with
        {
            Policy = new PolicySource([
                new PolicyFile("p.cedar", "@id(\"none\") permit (principal, action, resource) when { false };"),
            ]),
        }, Changes.PolicyReach.NewSessions);
        var kept = Powers(world, session);
        Assert.Equal(VerdictKind.Automatic, kept.Powers.First(p => p.Verb == "fs.read").Kind);
        Assert.All(Powers(world).Places[0].Powers, p => Assert.Equal("policy.no-permit", p.Code));

        var open = world.State.OpenSession(session)!;
        var spent = PowerJudge.Of(world.State, open with
        {
            Usage = open.Usage with { Deletions = Bounds.Default.Deletions },
        }, world.Now);
        Assert.Equal("session.budget", spent.Powers.First(p => p.Verb == "fs.delete").Code);
        Assert.Equal("policy.automatic", spent.Powers.First(p => p.Verb == "fs.write").Code);
        Assert.Equal("session.expired", PowerJudge.Of(world.State, open, open.ExpiresAt).Closed?.Code);
    }

    static World With(string policy) => World.WithEverybody(d => d with
    {
        Policy = new PolicySource([new PolicyFile("test.cedar", policy)]),
    });

    static AgentPowers Powers(World world, string person = "alice")
    {
        var asking = world.As(person);
        return PowerJudge.Of(world.State, Claude, asking, world.Now)
            ?? throw new InvalidOperationException("nobody asked");
    }

    static PowerPlace Powers(World world, SessionId session) =>
        PowerJudge.Of(world.State, world.State.OpenSession(session)!, world.Now);
}
