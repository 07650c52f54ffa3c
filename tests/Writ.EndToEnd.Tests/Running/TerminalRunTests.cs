using Writ.EndToEnd.Tests.Cli;
using Writ.Sessions;
using Writ.Testing;

namespace Writ.EndToEnd.Tests.Running;

/// <summary><c>writ run</c> with a person at a real terminal, which the contained command has for its own.</summary>
public sealed class TerminalRunTests
{
    [Fact]
    public async Task A_command_has_a_terminal_of_the_same_size_and_follows_its_changes()
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        using var typist = await Run(world, session, tree,
            "trap 'told=yes' WINCH; test -t 0 && test -t 1 && test -t 2 && echo at $(stty size); "
                + "until [ -n \"$told\" ]; do sleep 0.1; done; echo now $(stty size); "
                + "read -r line; echo \"read <$line>\"; exit 3");
        typist.Await("at 24 80");
        typist.Resize(50, 132);
        typist.Await("now 50 132");
        typist.Type("typed\r");
        typist.Await("read <typed>");
        Assert.Equal(3, typist.End());
        typist.MustBeGivenBack();
    }

    [Fact]
    public async Task An_interrupt_that_is_typed_meets_the_command_and_not_the_client()
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        using (var caught = await Run(world, session, tree,
            "trap 'echo caught; exit 7' INT; echo ready; while :; do sleep 0.1; done"))
        {
            caught.Await("ready");
            caught.Type("\x03");
            caught.Await("caught");
            Assert.Equal(7, caught.End());
        }
        using var ended = await Run(world, session, tree, "echo prepared; exec sleep 600");
        ended.Await("prepared");
        ended.Type("\x03");
        Assert.Equal(130, ended.End());
        ended.MustBeGivenBack();
    }

    [Fact]
    public async Task There_is_no_shell_to_stop_into_so_a_typed_stop_changes_nothing()
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        using var typist = await Run(world, session, tree, "echo ready; read -r line; echo \"read <$line>\"");
        typist.Await("ready");
        typist.Type("\x1a");
        typist.Type("on\r");
        typist.Await("read <on>");
        Assert.Equal(0, typist.End());
    }

    [Theory]
    [InlineData("kill -KILL $$", 137)]
    [InlineData("kill -SEGV $$", 139)]
    [InlineData("kill -TERM $$", 143)]
    [InlineData("exit 41", 41)]
    public async Task The_status_says_how_it_ended(string script, int status)
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        using var typist = await Run(world, session, tree, script);
        Assert.Equal(status, typist.End());
        typist.MustBeGivenBack();
    }

    [Fact]
    public async Task A_control_plane_that_goes_away_ends_the_run_and_gives_the_terminal_back()
    {
        var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        using var typist = await Run(world, session, tree, "echo ready; sleep 600");
        typist.Await("ready");
        typist.AwaitEcho(on: false);
        await world.DisposeAsync();
        Assert.NotEqual(0, typist.End());
        typist.MustBeGivenBack();
    }

    [Fact]
    public async Task A_client_told_to_end_tells_the_command_and_gives_the_terminal_back()
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        using var typist = await Run(world, session, tree, "echo ready; exec sleep 600");
        typist.Await("ready");
        WritCommand.Signal(typist.Process, "TERM");
        Assert.Equal(143, typist.End());
        typist.MustBeGivenBack();
    }

    /// <summary>A script that is approved while its client waits at the terminal.</summary>
    static async Task<Typist> Run(AgentWorld world, SessionId session, string tree, string script)
    {
        var typist = new Typist(
            (program, arguments) => WritCommand.Start(
                program, arguments, tree, ("WRIT_SOCKET", world.Socket), ("TERM", "xterm")),
            AgentWorld.Binary("writ"), "run", "--wait=50", "--", "bash", "-c",
            AgentWorld.Unclear + script);
        await world.ApproveNext(session);
        return typist;
    }
}
