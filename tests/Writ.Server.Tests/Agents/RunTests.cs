using Writ.Requests;
using Writ.Runs;
using Writ.Testing;

namespace Writ.Server.Tests.Agents;

public sealed class RunTests
{
    [Fact]
    public async Task A_command_that_policy_permits_runs_at_once_and_behaves_like_itself()
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();

        var ended = await WritCommand.Run(world, tree, "--", "echo", "hello");

        Assert.Equal(new Ended(0, "hello\n", ""), ended);
        var outcome = Assert.Single(world.Ledger().Select(e => e.Data.Move).OfType<RunMove.End>()).Outcome;
        Assert.Equal((RunEnd.Exited, 0, 6L), (outcome.End, outcome.ExitCode, outcome.StdoutBytes));
        Assert.NotNull(outcome.OutputDigest);
    }
}
