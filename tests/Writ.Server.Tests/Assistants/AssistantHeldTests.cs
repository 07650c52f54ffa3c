using Writ.Assistants;
using Writ.Linux;
using Writ.Requests;
using Writ.Server.Tests.Running;
using Writ.Server.Tests.Trees;
using Writ.Testing;
using Writ.Trees;
using Writ.Workflows;

namespace Writ.Server.Tests.Assistants;

/// <summary>
/// Assistants whose changes of the work tree are held back (T3): seen, committed, discarded and undone afterwards like
/// those of every run.
/// </summary>
public sealed class AssistantHeldTests
{
    static Task<AgentWorld> World(AssistantHome home = AssistantHome.Scratch) => AssistantStage.Create(
        t => t with { Home = home }, workflow: w => w with { TierMin = Tier.T3 }, holds: true);

    [Fact]
    public async Task What_it_changes_is_held_committed_and_undone_and_its_home_is_no_part_of_that()
    {
        await using var world = await World(AssistantHome.Kept);
        var (session, tree) = await world.OpenSession();
        await File.WriteAllTextAsync(Path.Combine(tree, "notes.txt"), "before\n");
        var before = TreeText.Of(tree);

        var ended = await AssistantStage.Run(
            world, session, tree,
            "echo after > notes.txt; mkdir sub; echo new > sub/made; cat notes.txt sub/made; echo kept > ~/mine; "
                + "echo '{}' > /etc/claude-code/managed-settings.json; echo settings $?; rm -f $(command -v writ); "
                + "echo client $?",
            endsSession: true);

        Assert.True(ended.Exit == 0, $"{ended.Out}\n{ended.Error}");
        Assert.StartsWith("after\nnew\n", ended.Out, StringComparison.Ordinal);
        Assert.Contains("settings 1", ended.Out, StringComparison.Ordinal);
        Assert.Contains("client 126", ended.Out, StringComparison.Ordinal);
        Assert.Contains("changes are held back", ended.Error, StringComparison.Ordinal);
        Assert.Equal(before, TreeText.Of(tree));
        Assert.Equal(Tier.T3, world.Outcomes().Single().Containment!.Tier);
        var held = Assert.Single(world.State.Held.Values);
        Assert.Equal(
            ["Modified notes.txt", "Added sub", "Added sub/made"],
            world.List(held).Select(c => $"{c.Kind} {c.Path}"));
        Assert.Equal("kept\n", File.ReadAllText(Assert.Single(Directory.GetFiles(
            Path.Combine(world.Root, "data", "homes"), "mine", SearchOption.AllDirectories))));

        Assert.Null((await world.Commit(held, AgentWorld.Bea)).Code);
        Assert.Equal("after\n", File.ReadAllText(Path.Combine(tree, "notes.txt")));
        held = Assert.Single(world.State.Held.Values);
        Assert.Null((await world.Undo(held, AgentWorld.Bea)).Code);
        Assert.Equal(before, TreeText.Of(tree));
    }

    [Fact]
    public async Task Nothing_is_carried_out_beside_it_in_a_tree_that_it_does_not_see()
    {
        await using var world = await World();
        var (session, tree) = await world.OpenSession();
        Directory.CreateDirectory(Path.Combine(tree, "src"));
        await File.WriteAllTextAsync(Path.Combine(tree, "src", "a.txt"), "x");

        var ended = await AssistantStage.Run(
            world, session, tree,
            "rm -rf src 2>said.txt; echo status $?; cat said.txt; writ run -- ls; echo through $?; ls src");

        Assert.True(ended.Exit == 0, $"{ended.Out}\n{ended.Error}");
        Assert.Contains("status 126", ended.Out, StringComparison.Ordinal);
        Assert.Contains("[exec.tree-held]", ended.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("Use this instead", ended.Out, StringComparison.Ordinal);
        Assert.Contains("[assistant.tree-held]", ended.Error, StringComparison.Ordinal);
        Assert.EndsWith("through 3\na.txt\n", ended.Out, StringComparison.Ordinal);
        // Only the stay itself was ever asked for with success.
        Assert.Single(world.Outcomes());
    }

    [Fact]
    public async Task Under_another_user_than_the_daemons_layer_and_home_are_both_shown()
    {
        if (ThisProcess.EffectiveUid != 0)
            return;
        await using var world = await World(AssistantHome.Kept);
        Files.SetMode(world.Root, 0x1ED);
        const int uid = 60_012;
        var (session, tree) = await world.OpenSession(uid: uid);

        using var running = WritCommand.Start(
            "setpriv",
            [
                $"--reuid={uid}", $"--regid={uid}", "--clear-groups", AgentWorld.Binary("writ"), "run", "--assistant",
                "--session", session.Value, "--", "bash", "-c", "echo kept > ~/mine; echo new > made; cat made",
            ], tree, ("WRIT_SOCKET", world.Socket));
        var ended = await WritCommand.Finish(running);

        Assert.True(ended.Exit == 0, $"{ended.Out}\n{ended.Error}");
        Assert.Equal("new\n", ended.Out);
        Assert.Empty(Directory.GetFileSystemEntries(tree));
        Assert.Equal("Added made", Assert.Single(
            world.List(Assert.Single(world.State.Held.Values)).Select(c => $"{c.Kind} {c.Path}")));
        Assert.Equal(uid, Files.TryFacts(Assert.Single(Directory.GetFiles(
            Path.Combine(world.Root, "data", "homes"), "mine", SearchOption.AllDirectories)))?.OwnerUid);
    }
}
