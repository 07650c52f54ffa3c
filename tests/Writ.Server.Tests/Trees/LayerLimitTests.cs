using Microsoft.Extensions.DependencyInjection;
using Writ.Runs;
using Writ.Server.Trees;
using Writ.Testing;
using Writ.Trees;

namespace Writ.Server.Tests.Trees;

/// <summary>A run that changes more than is held back comes to a clear end.</summary>
public sealed class LayerLimitTests
{
    [Theory]
    [InlineData("for i in $(seq 100000); do echo x > f$i; done", 500, 1L << 30, "more than 500 entries")]
    [InlineData("head -c 200M /dev/zero > big; sleep 60", 1_000, 4L << 20, "more than 4194304 bytes")]
    [InlineData("mkdir -p a/b; head -c 200M /dev/zero > a/b/big; chmod 000 a; sleep 60", 1_000, 4L << 20, "bytes")]
    public async Task A_run_that_changes_too_much_is_ended(string script, int entries, long bytes, string why)
    {
        await using var world = await HeldWorld.Create(adjust: builder => builder.Services.AddSingleton(
            new LayerLimits { EntriesMax = entries, BytesMax = bytes, LookEvery = TimeSpan.FromMilliseconds(20) }));
        var (_, tree) = await world.OpenSession();

        var ended = await world.Run(tree, null, script);

        Assert.Equal(137, ended.Exit);
        Assert.Contains("[tree.layer-full]", ended.Error, StringComparison.Ordinal);
        Assert.Contains(why, ended.Error, StringComparison.Ordinal);
        var outcome = world.Outcomes().Single();
        Assert.Equal((RunEnd.Killed, "tree.layer-full"), (outcome.End, outcome.Detail));
        Assert.Empty(Directory.GetFileSystemEntries(tree));
        // What it made until then is held like any other run's.
        Assert.Equal(HeldState.Held, Assert.Single(world.State.Held.Values).State);
    }

    [Fact]
    public async Task A_disk_that_is_nearly_full_ends_the_run()
    {
        await using var world = await HeldWorld.Create(adjust: builder => builder.Services.AddSingleton(
            new LayerLimits { FreeBytesMin = long.MaxValue }));
        var (_, tree) = await world.OpenSession();

        var ended = await world.Run(tree, null, "echo x > a; sleep 60");

        Assert.Contains("[tree.layer-space]", ended.Error, StringComparison.Ordinal);
        Assert.Equal("tree.layer-space", world.Outcomes().Single().Detail);
    }
}
