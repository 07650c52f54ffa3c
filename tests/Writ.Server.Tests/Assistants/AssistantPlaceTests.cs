using System.Text;
using Writ.Assistants;
using Writ.Linux;
using Writ.Requests;
using Writ.Runs;
using Writ.Server.Agents;
using Writ.Server.Storage;
using Writ.Server.Trees;
using Writ.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;
using Writ.Sessions;
using Writ.Testing;

namespace Writ.Server.Tests.Assistants;

/// <summary>What an assistant finds: its home, its secrets, the programs above it; and another user than the daemon's.
/// </summary>
public sealed class AssistantPlaceTests
{
    [Fact]
    public async Task A_secret_reaches_it_and_neither_the_record_nor_what_is_carried_out_for_it()
    {
        var folder = Directory.CreateTempSubdirectory("writ-secret-").FullName;
        var file = Path.Combine(folder, "model.key");
        await File.WriteAllTextAsync(file, "sk-very-secret\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await using var world = await AssistantStage.Create(
            t => t with { Secrets = [new AssistantSecret("MODEL_KEY", file)] });
        var (session, tree) = await world.OpenSession();

        var ended = await AssistantStage.Run(
            world, session, tree,
            $"echo has ${{#MODEL_KEY}}; echo shows $MODEL_KEY; writ run -- ls; test -e {file} && echo SEES");

        Assert.Contains("has 14", ended.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("SEES", ended.Out, StringComparison.Ordinal);
        var carried = world.Ledger().Select(e => e.Data.Move).OfType<RequestMove.Submit>()
            .Single(m => m.Request.Ask is Ask.Exec);
        Assert.DoesNotContain(carried.Request.Environment, v => v.Name == "MODEL_KEY");
        var text = string.Concat(world.Ledger().Select(e => Encoding.UTF8.GetString(e.ToBytes().Span)));
        Assert.DoesNotContain("sk-very-secret", text, StringComparison.Ordinal);
        Assert.Contains(AssistantSecret.Mark + file, text, StringComparison.Ordinal);
        var stay = world.Outcomes().Single(o => o.Containment!.Weak.Any(
            w => w.StartsWith("assistant.long-lived-secret: MODEL_KEY", StringComparison.Ordinal)));
        var recording = Encoding.UTF8.GetString(
            world.App.Services.GetRequiredService<BlobStore>().TryGet(stay.OutputDigest!)!.Content);
        Assert.Contains("shows", recording, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-very-secret", recording, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_secret_that_others_can_read_starts_nothing()
    {
        var file = Path.GetTempFileName();
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        await using var world = await AssistantStage.Create(
            t => t with { Secrets = [new AssistantSecret("MODEL_KEY", file)] });
        var (session, tree) = await world.OpenSession();
        var ended = await AssistantStage.Run(world, session, tree, "touch ran", endsSession: true);
        Assert.Equal(126, ended.Exit);
        Assert.Contains("[assistant.secret]", ended.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(tree, "ran")));
        Assert.IsType<SessionState.Ended>(world.State.Sessions[session]);
        File.Delete(file);
    }

    [Fact]
    public async Task A_home_that_is_kept_is_found_again_and_is_one_assistants_at_a_time()
    {
        await using var world = await AssistantStage.Create(t => t with { Home = AssistantHome.Kept });
        var (session, tree) = await world.OpenSession();
        var first = AssistantStage.Start(
            world, session, tree, "echo kept > ~/note; touch ready; read -r line; exit 0", endsSession: true);
        await AssistantAttackTests.AwaitFile(Path.Combine(tree, "ready"));
        var (second, secondTree) = await world.OpenSession();
        var busy = await AssistantStage.Run(world, second, secondTree, "true");
        Assert.Contains("[assistant.home-busy]", busy.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await WritCommand.Finish(first, "\n"u8.ToArray())).Exit);
        var (third, thirdTree) = await world.OpenSession();
        var again = await AssistantStage.Run(world, third, thirdTree, "cat ~/note");
        Assert.Equal("kept\n", again.Out);
    }

    [Fact]
    public async Task A_kept_home_has_a_limit_that_ends_the_stay_and_is_said_before_the_next()
    {
        await using var world = await AssistantStage.Create(
            t => t with { Home = AssistantHome.Kept, HomeMiB = 1, HomeFiles = 50 },
            host: builder => builder.Services.AddSingleton(new AgentLimits
            {
                KeptHome = new LayerLimits { LookEvery = TimeSpan.FromMilliseconds(20) },
            }));
        var (session, tree) = await world.OpenSession();

        var large = await AssistantStage.Run(world, session, tree, "head -c 3M /dev/urandom > ~/large; sleep 60");

        Assert.Equal(137, large.Exit);
        Assert.Contains("more than 1 MiB", large.Error, StringComparison.Ordinal);
        Assert.Contains("[assistant.home-full]", large.Error, StringComparison.Ordinal);
        Assert.Equal("assistant.home-full", world.Outcomes().Single().Detail);
        var (second, secondTree) = await world.OpenSession();
        var refused = await AssistantStage.Run(world, second, secondTree, "true");
        Assert.Equal(126, refused.Exit);
        Assert.Contains("[assistant.home-full]", refused.Error, StringComparison.Ordinal);

        var file = Assert.Single(Directory.GetFiles(
            Path.Combine(world.Root, "data", "homes"), "large", SearchOption.AllDirectories));
        Assert.Contains(Path.GetDirectoryName(file)!, refused.Error, StringComparison.Ordinal);
        File.Delete(file);
        var (third, thirdTree) = await world.OpenSession();
        var many = await AssistantStage.Run(world, third, thirdTree, "cd; touch $(seq 100); sleep 60");
        Assert.Contains("more than 50 files", many.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kept_home_that_cannot_be_looked_at_keeps_nobody_out_for_longer_than_that()
    {
        await using var world = await AssistantStage.Create(t => t with { Home = AssistantHome.Kept });
        var (session, tree) = await world.OpenSession();
        Assert.Equal(0, (await AssistantStage.Run(world, session, tree, "echo kept > ~/note")).Exit);
        var home = Assert.Single(Directory.GetDirectories(Path.Combine(world.Root, "data", "homes")));
        // Root can read whatever is closed, but follows no link.
        Directory.Move(home, home + ".away");
        Directory.CreateSymbolicLink(home, home + ".away");

        for (var i = 0; i < 2; i++)
        {
            var (second, secondTree) = await world.OpenSession();
            var refused = await AssistantStage.Run(world, second, secondTree, "true", endsSession: true);
            Assert.Equal(126, refused.Exit);
            Assert.Contains("[assistant.home-unreadable]", refused.Error, StringComparison.Ordinal);
            Assert.Contains(home, refused.Error, StringComparison.Ordinal);
        }

        File.Delete(home);
        Directory.Move(home + ".away", home);
        var (third, thirdTree) = await world.OpenSession();
        Assert.Equal("kept\n", (await AssistantStage.Run(world, third, thirdTree, "cat ~/note")).Out);
    }

    [Fact]
    public async Task As_many_of_it_stand_above_one_another_as_the_workflow_says()
    {
        await using var world = await AssistantStage.Create(t => t with { Depth = 2 });
        var (session, tree) = await world.OpenSession();
        var ended = await AssistantStage.Run(
            world, session, tree, "bash -c 'echo two; bash -c \"echo three\"; echo $?'");
        Assert.Contains("two", ended.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("three", ended.Out, StringComparison.Ordinal);
        Assert.Contains("[exec.depth]", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task For_another_user_than_the_daemons_everything_is_the_same()
    {
        // Only root runs for others.
        if (ThisProcess.EffectiveUid != 0)
            return;
        await using var world = await AssistantStage.Create(t => t with { Home = AssistantHome.Kept });
        // rwxr-xr-x: the work tree of another user lies below it.
        Files.SetMode(world.Root, 0x1ED);
        const int uid = 60_011;
        var (session, tree) = await world.OpenSession(uid: uid);

        using var running = WritCommand.Start(
            "setpriv",
            [
                $"--reuid={uid}", $"--regid={uid}", "--clear-groups", AgentWorld.Binary("writ"), "run", "--assistant",
                "--session", session.Value, "--", "bash", "-c",
                "id -u; echo kept > ~/note; writ session show; writ run -- touch made; ls -n made; "
                    + "echo '{}' > /etc/claude-code/managed-settings.json; echo write $?",
            ], tree, ("WRIT_SOCKET", world.Socket));
        var ended = await WritCommand.Finish(running);

        Assert.True(ended.Exit == 0, $"{ended.Out}\n{ended.Error}");
        // The assistant and what it ran are one session's, and so one user's.
        var (user, owner) = Assert.Single(
            world.Outcomes().Select(o => (o.Containment!.Uid, o.Containment.Owner)).Distinct());
        Assert.Equal(RunningFixture.WithSessionUsers ? uid : null, owner);
        Assert.Equal(RunningFixture.WithSessionUsers, user != uid);
        Assert.StartsWith($"{user}\n", ended.Out, StringComparison.Ordinal);
        Assert.Contains($"Session {session}", ended.Out, StringComparison.Ordinal);
        Assert.Contains($" {user} ", ended.Out, StringComparison.Ordinal);
        Assert.Equal(uid, Files.TryFacts(Path.Combine(tree, "made"))?.OwnerUid);
        Assert.Contains("write 1", ended.Out, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(tree, "made")));
        Assert.Equal("kept\n", File.ReadAllText(Assert.Single(
            Directory.GetFiles(Path.Combine(world.Root, "data", "homes"), "note", SearchOption.AllDirectories))));
    }
}
