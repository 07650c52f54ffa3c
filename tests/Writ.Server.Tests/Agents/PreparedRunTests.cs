using Writ.Testing;

namespace Writ.Server.Tests.Agents;

/// <summary>
/// One agent prepares a command and another one carries it out, both by the real client on one machine: each with
/// somebody else who answers for it, exactly so, and once.
/// </summary>
public sealed class PreparedRunTests
{
    [Fact]
    public async Task What_one_agent_prepared_another_carries_out_exactly_and_once()
    {
        await using var world = await AgentWorld.Create();
        var (first, second, tree) = await TwoAgents(world);

        var prepared = await Run(world, tree, first, "--prepare", "--", "touch", "made");
        Assert.True(prepared.Exit == 0, prepared.Error);
        var name = prepared.Out.Trim();
        Assert.Contains($"writ run --prepared {name} -- touch made", prepared.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(tree, "made")));

        await Refused(world, tree, first, "preparation.not-yours", "--request", name.Split('=')[0]);
        await Refused(world, tree, second, "preparation.deviates", "--prepared", name, "--", "touch", "other");
        await Refused(world, tree, second, "preparation.other", "--prepared", name + "0", "--", "touch", "made");
        var carried = await Run(world, tree, second, "--prepared", name, "--", "touch", "made");
        Assert.True(carried.Exit == 0, carried.Error);
        Assert.True(File.Exists(Path.Combine(tree, "made")));
        await Refused(world, tree, second, "preparation.unknown", "--prepared", name, "--", "touch", "made");
        Assert.False(File.Exists(Path.Combine(tree, "other")));
    }

    [Theory]
    [InlineData("--prepare", "--prepared", "req-1=sha256:0", "--", "true")]
    [InlineData("--prepare", "--wait", "--", "true")]
    [InlineData("--prepare")]
    [InlineData("--prepared", "req-1", "--", "true")]
    [InlineData("--prepared", "req-1=sha256:0")]
    public async Task What_cannot_be_meant_is_said(params string[] arguments)
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        Assert.Equal(2, (await WritCommand.Run(world, tree, arguments)).Exit);
    }

    static async Task Refused(
        AgentWorld world, string tree, SessionId session, string code, params string[] arguments)
    {
        var ended = await Run(world, tree, session, arguments);
        Assert.Contains($"[{code}]", ended.Error, StringComparison.Ordinal);
        Assert.NotEqual(0, ended.Exit);
    }

    static Task<Ended> Run(AgentWorld world, string tree, SessionId session, params string[] arguments) =>
        WritCommand.Run(world, tree, ["--session", session.Value, .. arguments]);

    static async Task<(SessionId First, SessionId Second, string Tree)> TwoAgents(AgentWorld world)
    {
        var document = world.State.Registry.Document;
        var other = new AgentId("codex");
        await world.Apply(document with
        {
            Agents = [.. document.Agents, document.Agents[0] with { Id = other }],
            Workflows = [.. document.Workflows.Select(w => w with { Agents = [.. w.Agents, other] })],
        });
        var (first, tree) = await world.OpenSession();
        var (second, _) = await world.OpenSession(tree: tree, agent: other.Value, sponsor: AgentWorld.Bea);
        return (first, second, tree);
    }
}
