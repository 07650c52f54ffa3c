using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Writ.Linux;
using Writ.Runs;
using Writ.Server.Running;
using Writ.Server.Tests.Running;
using Writ.Server.Trees;
using Writ.Testing;
using Writ.Trees;
using Writ.Workflows;

namespace Writ.Server.Tests.Trees;

/// <summary>Runs at tier T3: what they change is seen before it is real.</summary>
public sealed class HeldRunTests
{
    const string Changes = """
        echo new > added.txt; echo more >> kept.txt; rm gone.txt; chmod 600 mode.txt; ln -s /etc/shadow link
        rm -r folder; mkdir folder; echo other > folder/other; mkdir -p deep/er; printf 'a\0b' > deep/er/binary
        rm becomes; mkdir becomes; echo in > becomes/in; mkfifo pipe; cp /usr/bin/true suid; chmod 4755 suid
        mkdir -p .git/hooks; echo 'echo bad' > .git/hooks/pre-commit
        """;

    public static TheoryData<int?> Owners => ThisProcess.EffectiveUid == 0 ? [(int?)null, (int?)60_001] : [(int?)null];

    [Theory]
    [MemberData(nameof(Owners))]
    public async Task What_a_run_changes_is_held_back_and_listed(int? owner)
    {
        await using var world = await HeldWorld.Create();
        var (_, tree) = await world.OpenSession(uid: owner);
        HeldWorld.Fill(tree, owner);
        var before = TreeText.Of(tree);

        var ended = await world.Run(tree, owner, Changes);

        Assert.True(ended.Exit == 0, ended.Error);
        Assert.Contains("changes are held back", ended.Error, StringComparison.Ordinal);
        Assert.Equal(before, TreeText.Of(tree));
        var held = Assert.Single(world.State.Held.Values);
        Assert.Equal((HeldState.Held, null), (held.State, held.Summary.Problem));
        Assert.Equal(Tier.T3, Assert.Single(world.Outcomes()).Containment!.Tier);
        Assert.Equal(
            """
            Added .git
            Added .git/hooks later
            Added .git/hooks/pre-commit later
            Added added.txt
            Deleted becomes
            Added becomes
            Added becomes/in
            Added deep
            Added deep/er
            Added deep/er/binary
            Deleted folder/first
            Added folder/other
            Deleted gone.txt
            Modified kept.txt
            Added link
            Modified mode.txt
            Refused pipe
            Refused suid
            """,
            string.Join('\n', world.List(held).Select(c => $"{c.Kind} {c.Path}{(c.ExecutesLater ? " later" : "")}")),
            ignoreLineEndingDifferences: true);
    }

    [Fact]
    public async Task A_run_that_changes_nothing_leaves_nothing()
    {
        await using var world = await HeldWorld.Create();
        var (_, tree) = await world.OpenSession();

        var ended = await world.Run(tree, null, "echo x > /tmp/elsewhere; ls");

        Assert.True(ended.Exit == 0, ended.Error);
        Assert.Empty(world.State.Held);
        Assert.Empty(Directory.EnumerateDirectories(world.HeldPath));
    }

    [Fact]
    public async Task Text_is_shown_by_its_differing_lines_and_what_is_none_by_its_size()
    {
        await using var world = await HeldWorld.Create();
        var (_, tree) = await world.OpenSession();
        HeldWorld.Fill(tree, null);

        var ended = await world.Run(tree, null, """printf 'kept\nmore \033[2J\n' > kept.txt; printf 'a\0b' > binary""");
        Assert.True(ended.Exit == 0, ended.Error);

        var list = world.App.Services.GetRequiredService<HeldStore>().ListOf(world.State.Held.Values.Single().Summary)!;
        var text = list.Changes.Single(c => c.Change.Path == "kept.txt");
        Assert.EndsWith("@@\n kept\n+more \u001b[2J\n", text.Diff, StringComparison.Ordinal);
        var binary = list.Changes.Single(c => c.Change.Path == "binary");
        Assert.Equal((null, 3L), (binary.Diff, binary.Change.After!.Size));
    }

    [Fact]
    public async Task What_changed_below_while_the_run_went_on_is_refused()
    {
        await using var world = await HeldWorld.Create();
        var (_, tree) = await world.OpenSession();
        HeldWorld.Fill(tree, null);
        var marker = $"54321.{Environment.ProcessId:D7}";
        var run = world.Run(tree, null, $"echo mine >> kept.txt; echo ready > ready; sleep {marker}; true");
        await world.Until(() => Sleeping().Any());
        await File.WriteAllTextAsync(Path.Combine(tree, "kept.txt"), "theirs\n");
        foreach (var sleeping in Sleeping())
            Assert.True(sleeping.Signal(Signals.Kill));
        Assert.Equal(0, (await run).Exit);

        var list = world.List(world.State.Held.Values.Single());
        Assert.Equal(["Refused kept.txt", "Added ready"], list.Select(c => $"{c.Kind} {c.Path}"));

        // Not the shell, among whose words it is too.
        IEnumerable<ProcessHandle> Sleeping() =>
            EndingTests.Marked(marker).Where(p => File.ReadAllText($"/proc/{p.Pid}/comm") == "sleep\n");
    }

    [Fact]
    public async Task Discarded_changes_are_gone_for_good()
    {
        await using var world = await HeldWorld.Create();
        var (_, tree) = await world.OpenSession();
        HeldWorld.Fill(tree, null);
        await world.Run(tree, null, "mkdir -p a/b/c; chmod 000 a; rm kept.txt");
        var held = world.State.Held.Values.Single();

        await world.Must(new TreeMove.Discard(held.Run, held.Summary.List), world.Person(AgentWorld.Ada));

        Assert.Empty(world.State.Held);
        await world.Until(() => Directory.GetDirectories(world.HeldPath).Length == 0);
        Assert.True(File.Exists(Path.Combine(tree, "kept.txt")));
    }

    [Theory]
    [MemberData(nameof(Owners))]
    public async Task A_run_whose_session_ends_is_dead_and_what_it_changed_is_dropped(int? owner)
    {
        await using var world = await HeldWorld.Create();
        var (session, tree) = await world.OpenSession(uid: owner);
        var run = world.Run(tree, owner, "echo x > made; sleep 1000 & setsid sleep 1000 & sleep 1000");
        await world.Until(() => Directory.EnumerateFiles(world.HeldPath, "made", SearchOption.AllDirectories).Any());

        await world.Close(session);

        Assert.Equal(137, (await run).Exit);
        Assert.Equal(RunEnd.Killed, world.Outcomes().Single().End);
        Assert.Empty(world.State.Held);
        Assert.Empty(Directory.EnumerateDirectories(world.HeldPath));
        Assert.False(File.Exists(Path.Combine(tree, "made")));
    }

    [Fact]
    public async Task Where_T3_is_not_demanded_changes_are_real_at_once()
    {
        await using var world = await AgentWorld.Create(holds: true);
        var (_, tree) = await world.OpenSession();

        var ended = await WritCommand.Run(world, tree, "--", "touch", "made");

        Assert.True(ended.Exit == 0, ended.Error);
        Assert.True(File.Exists(Path.Combine(tree, "made")));
        Assert.Equal(Tier.T2, world.Outcomes().Single().Containment!.Tier);
    }

    [Fact]
    public void A_trial_says_why_changes_cannot_be_held_back()
    {
        var probe = ContainmentProbe.Run("/usr/bin/bwrap", trial: new OverlayTrial("/nonexistent", "/tmp", "/tmp"));

        Assert.Contains("/nonexistent", probe.OverlayProblem, StringComparison.Ordinal);
        Assert.NotEqual(ContainmentTier.T3, probe.For(ContainmentTier.T3));
    }
}
