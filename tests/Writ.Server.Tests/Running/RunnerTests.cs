using Writ.Server.Running;

namespace Writ.Server.Tests.Running;

public sealed class RunnerTests(RunningFixture given) : IClassFixture<RunningFixture>
{
    [Fact]
    public async Task A_command_runs_in_its_work_tree_and_its_output_and_exit_code_arrive()
    {
        var tree = given.NewTree();
        var done = await given.Run(given.Shell(tree, "pwd; echo oops >&2; echo made > file; exit 7"));
        Assert.True(done.Outcome.StartedAt is not null, $"{done.Outcome} {done.Error}");
        Assert.Equal(tree + "\n", done.Output);
        Assert.Equal("oops\n", done.Error);
        Assert.Equal(7, done.Outcome.ExitCode);
        Assert.Equal(RunEndReason.Exited, done.Outcome.Reason);
        Assert.Equal("made\n", File.ReadAllText(Path.Combine(tree, "file")));
        Assert.Equal(ContainmentTier.T2, done.Outcome.Containment.Tier);
    }
}
