using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;
using Writ.Testing;

namespace Writ.Server.Tests.Assistants;

/// <summary>Assistants that live in a real sandbox, with the real client inside and outside of it.</summary>
public sealed class AssistantRunTests
{
    [Fact]
    public async Task It_lives_in_its_session_and_the_session_ends_with_it()
    {
        await using var world = await AssistantStage.Create();
        var (session, tree) = await world.OpenSession();
        await File.WriteAllTextAsync(Path.Combine(tree, "notes.txt"), "seen");

        var ended = await AssistantStage.Run(
            world, session, tree,
            "cat notes.txt; echo $GREETING $WRIT_SESSION; writ session show; ls /home /root 2>&1; exit 7",
            endsSession: true);

        Assert.True(ended.Exit == 7, $"{ended.Out}\n{ended.Error}");
        Assert.Contains("seen", ended.Out, StringComparison.Ordinal);
        Assert.Contains($"hello {session}", ended.Out, StringComparison.Ordinal);
        Assert.Contains($"Session {session} of agent claude", ended.Out, StringComparison.Ordinal);
        var over = Assert.IsType<SessionState.Ended>(world.State.Sessions[session]);
        Assert.Equal("session.assistant-ended", over.Code);
        var outcome = Assert.Single(world.Outcomes());
        Assert.Equal(RunEnd.Exited, outcome.End);
        Assert.Equal(Writ.Workflows.Tier.T2, outcome.Containment!.Tier);
        Assert.True(outcome.Containment.Mediated);
        Assert.NotNull(outcome.OutputDigest);
        Assert.False(over.Assistant!.Lives);
    }

    [Fact]
    public async Task What_policy_asks_about_is_refused_inside_with_the_line_to_use_and_done_through_it()
    {
        await using var world = await AssistantStage.Create();
        var (session, tree) = await world.OpenSession();
        await File.WriteAllTextAsync(Path.Combine(tree, "victim.txt"), "x");
        Directory.CreateDirectory(Path.Combine(tree, "src"));
        await File.WriteAllTextAsync(Path.Combine(tree, "src", "a.txt"), "x");
        const string gated = "rm -rf src";

        var running = AssistantStage.Start(
            world, session, tree,
            $"{gated} 2>said.txt; echo status $?; cat said.txt; writ run --wait=50 -- {gated}; echo through $?; ls");
        await world.ApproveNext(session);
        var ended = await WritCommand.Finish(running);

        Assert.Contains(
            "Use this instead: writ run -- rm -rf src [exec.brokered]", ended.Out, StringComparison.Ordinal);
        Assert.Contains("status 126", ended.Out, StringComparison.Ordinal);
        Assert.Contains("through 0", ended.Out, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(tree, "src")));
        Assert.Equal(2, world.Outcomes().Count());
        // The one that was carried out was asked for from inside exactly this sandbox, and the record says so.
        var stay = world.State.OpenSession(session)!.Assistant!;
        var asked = world.Ledger().Single(e => e.Data.Move is RequestMove.Submit { Request.Ask: Ask.Exec });
        Assert.Equal(stay.Run, Assert.IsType<Actor.Agent>(asked.Data.Actor).Within);
        Assert.Equal(Writ.Identity.AttestedBy.Launched, ((RequestMove.Submit)asked.Data.Move).Request.Attested);
    }
}
