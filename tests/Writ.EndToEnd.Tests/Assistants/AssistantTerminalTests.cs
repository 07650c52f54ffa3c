using Writ.Assistants;
using Writ.EndToEnd.Tests.Cli;
using Writ.Requests;
using Writ.Sessions;
using Writ.Testing;

namespace Writ.EndToEnd.Tests.Assistants;

/// <summary>An assistant that lives at a real terminal: an interactive shell, with jobs, signals and sizes.</summary>
public sealed class AssistantTerminalTests
{
    [Fact]
    public async Task It_has_the_terminal_with_its_jobs_its_signals_and_its_size()
    {
        await using var world = await AgentWorld.Create();
        var document = world.State.Registry.Document;
        await world.Apply(document with
        {
            Workflows =
            [
                .. document.Workflows.Select(w => w with
                {
                    Assistant = new AssistantTerms(["bash"], [], AssistantHome.Scratch, [], [], []),
                }),
            ],
        });
        var (session, tree) = await world.OpenSession();
        Directory.CreateDirectory(Path.Combine(tree, "src"));
        using var typist = new Typist(
            (program, arguments) => WritCommand.Start(
                program, arguments, tree, ("WRIT_SOCKET", world.Socket), ("TERM", "xterm")),
            AgentWorld.Binary("writ"), "run", "--assistant", "--ends-session", "--session", session.Value, "--", "bash",
            "--norc", "--noprofile", "-i");
        typist.Type("echo at $(stty size)\r");
        typist.Await("at 24 80");
        typist.Resize(50, 132);
        typist.Type("until [ \"$(stty size)\" != '24 80' ]; do sleep 0.1; done; echo now $(stty size)\r");
        typist.Await("now 50 132");
        var (first, second) = ($"600.{Environment.ProcessId:D7}", $"601.{Environment.ProcessId:D7}");
        typist.Type($"sleep {first}\r");
        Typist.AwaitProgram("sleep", first);
        typist.Type("\x03");
        typist.Type("echo interrupted $?\r");
        typist.Await("interrupted 130");
        typist.Type($"sleep {second}\r");
        Typist.AwaitProgram("sleep", second);
        typist.Type("\x1a");
        typist.Await("Stopped");
        typist.Type("kill %1; echo told\r");
        typist.Await("told");
        typist.Type("rm -rf src\r");
        typist.Await("Use this instead: writ run -- rm -rf src [exec.brokered]");
        typist.Type("exit 5\r");
        Assert.Equal(5, typist.End());
        typist.MustBeGivenBack();
        Assert.Equal("session.assistant-ended", ((SessionState.Ended)world.State.Sessions[session]).Code);
    }
}
