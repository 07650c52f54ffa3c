using Microsoft.Extensions.DependencyInjection;
using Writ.Linux;
using Writ.Runs;
using Writ.Server.Trees;
using Writ.Testing;
using Writ.Trees;

namespace Writ.Server.Tests.Trees;

/// <summary>From a real run to a work tree and back, and what a command plants on that way.</summary>
public sealed class CommitTests
{
    public static TheoryData<int?> Owners => ThisProcess.EffectiveUid == 0 ? [(int?)null, (int?)60_001] : [(int?)null];

    [Theory]
    [MemberData(nameof(Owners))]
    public async Task What_was_held_is_committed_and_undone(int? owner)
    {
        await using var world = await HeldWorld.Create();
        var (_, tree) = await world.OpenSession(uid: owner);
        HeldWorld.Fill(tree, owner);
        var before = TreeText.Of(tree);
        var ended = await world.Run(tree, owner, """
            echo more >> kept.txt; rm gone.txt; chmod 600 mode.txt; ln -s elsewhere link; rm becomes; mkdir becomes
            echo in > becomes/in; rm -r folder; mkdir folder; echo other > folder/other; mkdir closed; chmod 500 closed
            """);
        Assert.True(ended.Exit == 0, ended.Error);
        var held = world.State.Held.Values.Single();

        var committed = await world.Commit(held, AgentWorld.Ada);

        Assert.True(committed.Code is null, $"{committed.Code} {string.Join(", ", committed.Paths)}");
        Assert.Equal("kept\nmore\n", await File.ReadAllTextAsync(Path.Combine(tree, "kept.txt")));
        Assert.False(File.Exists(Path.Combine(tree, "gone.txt")));
        Assert.Equal("in\n", await File.ReadAllTextAsync(Path.Combine(tree, "becomes/in")));
        Assert.Equal(["other"], Directory.GetFileSystemEntries(Path.Combine(tree, "folder")).Select(Path.GetFileName));
        Assert.Equal("elsewhere", new FileInfo(Path.Combine(tree, "link")).LinkTarget);
        Assert.Equal(0x180, Files.TryFacts(Path.Combine(tree, "mode.txt"))!.Value.Mode);
        Assert.Equal(0x140, Files.TryFacts(Path.Combine(tree, "closed"))!.Value.Mode);
        Assert.Equal(owner ?? ThisProcess.EffectiveUid, Files.TryFacts(Path.Combine(tree, "kept.txt"))!.Value.OwnerUid);
        Assert.Equal(HeldState.Committed, world.State.Held[held.Run].State);

        Assert.Null((await world.Undo(held, AgentWorld.Ada)).Code);

        Assert.Equal(before, TreeText.Of(tree));
        Assert.Empty(world.State.Held);
        await world.Until(() => Directory.GetDirectories(world.HeldPath).Length == 0);
    }

    [Theory]
    [MemberData(nameof(Owners))]
    public async Task A_commit_follows_no_link_that_was_planted(int? owner)
    {
        await using var world = await HeldWorld.Create();
        var (_, tree) = await world.OpenSession(uid: owner);
        var outside = Directory.CreateDirectory(Path.Combine(world.Root, "outside")).FullName;
        File.CreateSymbolicLink(Path.Combine(tree, "way"), outside);
        HeldWorld.Fill(tree, owner);
        await File.WriteAllTextAsync(Path.Combine(outside, "victim"), "mine\n");
        if (owner is { } uid)
            foreach (var path in (string[])[outside, Path.Combine(outside, "victim")])
                Files.ChangeOwner(path, uid, uid);
        // In its layer the link out is a folder with the same names, and a file is a link to what lies outside.
        var ended = await world.Run(tree, owner, $"""
            rm way; mkdir way; echo bad > way/victim; echo bad > way/new
            rm kept.txt; ln -s {outside}/victim kept.txt; rm -r folder; ln -s {outside} folder
            """);
        Assert.True(ended.Exit == 0, ended.Error);

        var result = await world.Commit(world.State.Held.Values.Single(), AgentWorld.Ada);

        Assert.True(result.Code is null, $"{result.Code} {string.Join(", ", result.Paths)}");
        Assert.Equal("mine\n", await File.ReadAllTextAsync(Path.Combine(outside, "victim")));
        Assert.Equal(["victim"], Directory.GetFileSystemEntries(outside).Select(Path.GetFileName));
        Assert.Equal("bad\n", await File.ReadAllTextAsync(Path.Combine(tree, "way/victim")));
        Assert.Null(new FileInfo(Path.Combine(tree, "way")).LinkTarget);
        Assert.Equal(outside, new FileInfo(Path.Combine(tree, "folder")).LinkTarget);
    }

    [Fact]
    public async Task A_folder_that_became_a_link_out_of_the_tree_is_a_conflict()
    {
        await using var world = await HeldWorld.Create();
        var (_, tree) = await world.OpenSession();
        HeldWorld.Fill(tree, null);
        var outside = Directory.CreateDirectory(Path.Combine(world.Root, "outside")).FullName;
        await File.WriteAllTextAsync(Path.Combine(outside, "first"), "first\n");
        Assert.Equal(0, (await world.Run(tree, null, "echo bad > folder/new; echo bad > folder/first")).Exit);
        // As somebody plants it who may write there: an agent outside of the sandbox, say.
        Directory.Move(Path.Combine(tree, "folder"), Path.Combine(world.Root, "moved"));
        File.CreateSymbolicLink(Path.Combine(tree, "folder"), outside);

        var result = await world.Commit(world.State.Held.Values.Single(), AgentWorld.Ada);

        Assert.Equal("tree.conflict", result.Code);
        Assert.Equal("first\n", await File.ReadAllTextAsync(Path.Combine(outside, "first")));
        Assert.False(File.Exists(Path.Combine(outside, "new")));
        Assert.Equal(HeldState.Held, world.State.Held.Values.Single().State);
    }

    [Fact]
    public async Task Some_paths_are_committed_and_what_executes_later_only_when_it_is_said()
    {
        await using var world = await HeldWorld.Create();
        var (_, tree) = await world.OpenSession();
        HeldWorld.Fill(tree, null);
        await world.Run(tree, null, "mkdir -p a/b; echo x > a/b/c; echo y > a/d; echo 'evil' > .envrc; mkfifo pipe");
        var held = world.State.Held.Values.Single();

        var all = await Assert.ThrowsAsync<InvalidOperationException>(() => world.Commit(held, AgentWorld.Bea));
        Assert.Contains("tree.refused-entries", all.Message, StringComparison.Ordinal);
        var later = await Assert.ThrowsAsync<InvalidOperationException>(
            () => world.Commit(held, AgentWorld.Bea, executesLater: false, ".envrc"));
        Assert.Contains("tree.executes-later", later.Message, StringComparison.Ordinal);

        var result = await world.Commit(held, AgentWorld.Bea, executesLater: true, ".envrc", "a/b");

        Assert.Null(result.Code);
        Assert.True(File.Exists(Path.Combine(tree, ".envrc")));
        Assert.True(File.Exists(Path.Combine(tree, "a/b/c")));
        Assert.False(File.Exists(Path.Combine(tree, "a/d")));
        // The rest is not lost: it is committed later, and what is never committed keeps nothing.
        Assert.Equal((HeldState.Partly, 1), (world.State.Held[held.Run].State, result.Left));
        Assert.Null((await world.Commit(held, AgentWorld.Bea, executesLater: false, "a/d")).Code);
        Assert.Equal("y\n", await File.ReadAllTextAsync(Path.Combine(tree, "a/d")));
        Assert.Equal(HeldState.Committed, world.State.Held[held.Run].State);

        Assert.Null((await world.Undo(held, AgentWorld.Bea)).Code);
        Assert.Equal(["becomes", "folder", "gone.txt", "kept.txt", "mode.txt"],
            Directory.GetFileSystemEntries(tree).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_is_undone_while_a_rest_is_held_is_held_again()
    {
        await using var world = await HeldWorld.Create();
        var (_, tree) = await world.OpenSession();
        HeldWorld.Fill(tree, null);
        var before = TreeText.Of(tree);
        await world.Run(tree, null, "echo more >> kept.txt; rm gone.txt; echo x > new");
        var held = world.State.Held.Values.Single();
        Assert.Null((await world.Commit(held, AgentWorld.Ada, executesLater: false, "kept.txt")).Code);

        Assert.Null((await world.Undo(held, AgentWorld.Ada)).Code);

        Assert.Equal(before, TreeText.Of(tree));
        Assert.Equal(HeldState.Held, world.State.Held[held.Run].State);
        Assert.Null((await world.Commit(held, AgentWorld.Ada)).Code);
        Assert.Equal("kept\nmore\n", await File.ReadAllTextAsync(Path.Combine(tree, "kept.txt")));
        Assert.True(File.Exists(Path.Combine(tree, "new")));
        Assert.False(File.Exists(Path.Combine(tree, "gone.txt")));
    }

    [Fact]
    public async Task A_commit_that_was_under_way_at_the_last_end_is_ended_at_the_next_start()
    {
        await using var world = await HeldWorld.Create();
        var (_, tree) = await world.OpenSession();
        HeldWorld.Fill(tree, null);
        await world.Run(tree, null, "echo more >> kept.txt; rm gone.txt; echo x > new");
        var held = world.State.Held.Values.Single();
        var trees = world.App.Services.GetRequiredService<TreeDesk>();
        var store = world.App.Services.GetRequiredService<HeldStore>();

        // Ordered, and ended before anything was prepared.
        await world.Order(held, AgentWorld.Ada);
        await trees.Recover();
        Assert.Equal(HeldState.Held, world.State.Held[held.Run].State);

        // Ended after the first step.
        await world.Order(held, AgentWorld.Ada);
        using (var writer = new TreeWriter(tree, store.FolderOf(held.Run), Stop("made 0")))
            Assert.Throws<OperationCanceledException>(() => writer.Commit(world.List(held)));
        Directory.CreateDirectory(Path.Combine(world.HeldPath, "run-nobody-knows"));
        await trees.Recover();

        Assert.Equal(HeldState.Committed, world.State.Held[held.Run].State);
        Assert.Equal("kept\nmore\n", await File.ReadAllTextAsync(Path.Combine(tree, "kept.txt")));
        Assert.False(File.Exists(Path.Combine(tree, "gone.txt")));
        Assert.Equal([held.Run.Value], Directory.GetDirectories(world.HeldPath).Select(Path.GetFileName));

        static Action<string> Stop(string at) => point =>
        {
            if (point == at)
                throw new OperationCanceledException();
        };
    }

    [Fact]
    public async Task Policy_has_changes_committed_when_the_run_is_over()
    {
        await using var world = await HeldWorld.Create(HeldWorld.Committing);
        var (_, tree) = await world.OpenSession();

        var ended = await world.Run(tree, null, "echo x > made; ls");
        Assert.True(ended.Exit == 0, ended.Error);
        Assert.Contains("committed; undo them with: writ undo run-", ended.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(tree, "made")));

        var later = await world.Run(tree, null, "echo x > .envrc");
        Assert.Contains("are held back", later.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(tree, ".envrc")));

        Assert.Equal(
            [(HeldState.Committed, (PersonId?)null), (HeldState.Held, null)],
            world.State.Held.Values.OrderBy(h => h.State != HeldState.Committed).Select(h => (h.State, h.By)));
    }
}
