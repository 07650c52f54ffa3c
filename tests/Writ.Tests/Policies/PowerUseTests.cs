using System.Collections.Immutable;
using Writ.Policies;
using Writ.Requests;
using Writ.Tests.Realms;

namespace Writ.Tests.Policies;

/// <summary>What an agent is granted, beside what it made of it.</summary>
public sealed class PowerUseTests
{
    static readonly AgentId _claude = new("claude");

    static ImmutableArray<PowerUse> Uses(World world, AgentId agent, string workflow = "release-prod") =>
        PowerJudge.Of(world.State, agent, world.As("alice"), world.Now)!
            .Places.Single(p => p.Workflow.Value == workflow).Uses!.Value;

    static string Line(PowerUse use) => $"{use.Kind} {use.Name} {use.Tier} {use.Answer} {use.Times}";

    [Fact]
    public void Everything_that_is_granted_has_its_tier_its_answer_and_its_uses()
    {
        var w = new LeaseWorld();
        Assert.Equal(
            [
                "target db-prod read Automatic 0", "target db-prod write Approval 0",
                "credential migrate deploy Automatic 0",
            ],
            Uses(w.World, _claude).Select(Line));
        var lease = w.Issued();
        var used = Uses(w.World, _claude).Single(u => u.Kind == "credential");
        Assert.Equal(
            (1, w.World.Now, $"request/{lease.Request}"), (used.Times, used.Used, used.By));
        // What another agent of the workflow did is not this one's.
        Assert.All(Uses(w.World, new AgentId("other")), u => Assert.Equal((0, (string?)null), (u.Times, u.By)));
    }

    [Fact]
    public void What_is_carried_out_on_a_target_counts_by_how_far_it_goes()
    {
        var world = World.WithEverybody();
        var request = world.Submit(world.OpenSession(), "terraform", "apply");
        world.Dispose(request, "bob");
        Assert.All(Uses(world, _claude), u => Assert.Equal(0, u.Times));
        world.Run(request);
        Assert.Equal(
            ["write 1"], Uses(world, _claude).Where(u => u.Times > 0).Select(u => $"{u.Tier} {u.Times}"));
    }

    [Fact]
    public void A_place_that_is_closed_still_says_what_is_granted_and_used()
    {
        var world = World.WithEverybody();
        world.Kill(new Kills.Scope(Kills.ScopeKind.Workflow, "release-prod"));
        var place = PowerJudge.Of(world.State, _claude, world.As("alice"), world.Now)!
            .Places.Single(p => p.Workflow.Value == "release-prod");
        Assert.NotNull(place.Closed);
        Assert.All(place.Uses!.Value, u => Assert.Equal(VerdictKind.Blocked, u.Answer));
        Assert.Equal(2, place.Uses!.Value.Length);
    }
}
