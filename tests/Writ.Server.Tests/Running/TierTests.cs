using Microsoft.Extensions.DependencyInjection;
using Writ.Runs;
using Writ.Server.Diagnosis;
using Writ.Server.Tests.Agents;
using Writ.Testing;
using Writ.Workflows;

namespace Writ.Server.Tests.Running;

/// <summary>What a whole control plane makes of the containment that its machine gives.</summary>
public sealed class TierTests
{
    [Theory]
    [InlineData(Tier.T1)]
    [InlineData(Tier.T2)]
    [InlineData(Tier.T3)]
    public async Task A_workflow_gets_the_tier_that_it_demands_or_is_refused(Tier demanded)
    {
        await using var world = await AgentWorld.Create(tierMin: demanded, holds: true);
        var (_, tree) = await world.OpenSession();

        var ended = await WritCommand.Run(world, tree, "--", "ls", "-d", ".");

        var given = RunningFixture.WithoutNamespaces ? Tier.T1 : demanded == Tier.T1 ? Tier.T2 : demanded;
        var ordered = world.Ledger().Where(e => e.Data.Move is RunMove.Consume).Select(e => e.Data).Single();
        Assert.Equal(given, ((RunMove.Consume)ordered.Move).Tier);
        if (given < demanded)
        {
            Assert.Equal(("", "run.tier"), (ended.Out, ordered.Refusal?.Code));
            Assert.Contains("[run.tier]", ended.Error, StringComparison.Ordinal);
            Assert.Empty(world.Outcomes());
            return;
        }
        Assert.Equal(".\n", ended.Out);
        var containment = Assert.Single(world.Outcomes()).Containment!;
        Assert.Equal((given, true, true), (containment.Tier, containment.Seccomp, containment.Mediated));
        Assert.Equal(given == Tier.T1, containment.Weak.Any(w => w.StartsWith("tier.t1:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_workflow_gets_users_of_its_sessions_alone_when_it_demands_them_or_is_refused()
    {
        await using var world = await AgentWorld.Create(tierMin: Tier.T1);
        var document = world.State.Registry.Document;
        await world.Apply(document with
        {
            Workflows = [.. document.Workflows.Select(w => w with { OwnUser = true })],
        });
        var (_, tree) = await world.OpenSession();

        var ended = await WritCommand.Run(world, tree, "--", "ls", "-d", ".");

        if (!RunningFixture.WithSessionUsers)
        {
            Assert.Equal("", ended.Out);
            Assert.Contains("[run.no-own-uid]", ended.Error, StringComparison.Ordinal);
            return;
        }
        Assert.Equal(".\n", ended.Out);
        var containment = Assert.Single(world.Outcomes()).Containment!;
        Assert.Equal((true, 0), (Writ.Server.Running.UidRange.Default.Contains(containment.Uid), containment.Owner));
    }

    [Fact]
    public async Task A_runs_memory_stays_below_its_workflows_limit_or_the_record_says_that_none_is_in_force()
    {
        await using var world = await AgentWorld.Create(tierMin: Tier.T1);
        var document = world.State.Registry.Document;
        await world.Apply(document with
        {
            Workflows = [.. document.Workflows.Select(w => w with { MemoryMiB = 128 })],
        });
        var (session, tree) = await world.OpenSession();
        var asked = await WritCommand.Run(
            world, tree, "--",
            "bash", "-c", AgentWorld.Unclear + "python3 -c 'print(len(bytearray(512 << 20)) >> 20)'");
        Assert.Equal(4, asked.Exit);
        var id = world.State.OpenSession(session)!.Requests.Keys.Single();
        await world.Approve(id);

        var ended = await WritCommand.Run(world, tree, "--request", id.Value);

        var containment = Assert.Single(world.Outcomes()).Containment!;
        var isLimited = containment.Limits is "cgroup1" or "cgroup2";
        Assert.Equal(isLimited ? "" : "512\n", ended.Out);
        Assert.Equal(isLimited, ended.Exit != 0);
        Assert.Equal(!isLimited, containment.Weak.Any(w => w.StartsWith("limit.memory:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Doctor_says_whether_sessions_have_users_of_their_own()
    {
        await using var world = await AgentWorld.Create(tierMin: Tier.T1);
        var findings = (await world.App.Services.GetRequiredService<Doctor>().Look(CancellationToken.None)).Findings;
        var finding = findings.Single(f => f.Code == "host.session-uids");
        Assert.Equal(RunningFixture.WithSessionUsers ? "ok" : "note", finding.Level);
        Assert.Contains(
            RunningFixture.WithSessionUsers ? "(60706-61183)" : "switched off", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_says_which_which_tier_there_is_and_what_is_missing_for_more()
    {
        await using var world = await AgentWorld.Create(tierMin: Tier.T1, holds: true);
        var findings = (await world.App.Services.GetRequiredService<Doctor>().Look(CancellationToken.None)).Findings;
        var containment = findings.Single(f => f.Code == "host.containment");
        var expected = RunningFixture.WithoutNamespaces ? "weak" : "ok";
        Assert.Equal(expected, containment.Level);
        Assert.Contains(RunningFixture.WithoutNamespaces ? " T1 " : " T3 ", containment.Text, StringComparison.Ordinal);
        Assert.Equal(RunningFixture.WithoutNamespaces, findings.Any(f => f.Code == "host.no-namespaces"));
        Assert.Equal(
            RunCgroupIsMissing(), findings.Any(f => f.Code == "host.no-cgroup"
                && f.Text.Contains("memory is not limited", StringComparison.Ordinal)));
    }

    static bool RunCgroupIsMissing() =>
        Writ.Server.Running.RunCgroup.Probe(root: null, out _, out _) == Writ.Server.Running.CgroupKind.None;
}
