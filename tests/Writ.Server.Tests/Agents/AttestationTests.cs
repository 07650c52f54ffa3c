using System.Diagnostics;
using Writ.Linux;
using Writ.Requests;
using Writ.Testing;

namespace Writ.Server.Tests.Agents;

/// <summary>Who asks is whom the kernel names on the socket; what program asks is written down and counts for nothing.
/// </summary>
public sealed class AttestationTests
{
    // Begins a request, and is another program by the time it is whole and answered.
    const string Script = """
        import os, socket, sys
        tree, path = sys.argv[1:]
        body = '{"cwd":"%s","argv":["ls"]}' % tree
        s = socket.socket(socket.AF_UNIX)
        s.connect(path)
        head = 'POST /v1/agent/requests HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n' % len(body)
        s.sendall((head + body[:5]).encode())
        s.set_inheritable(True)
        line = 'printf %%s "$1" >&%d; cat <&%d' % (s.fileno(), s.fileno())
        os.execv('/usr/bin/bash', ['bash', '-c', line, 'bash', body[5:]])
        """;

    static async Task<string> Ask(AgentWorld world, string tree, int? uid)
    {
        string[] words = ["/usr/bin/python3", "-c", Script, tree, world.Socket];
        if (uid is { } other)
            words = ["/usr/bin/setpriv", "--reuid", $"{other}", "--regid", $"{other}", "--clear-groups", .. words];
        using var process = Process.Start(
            new ProcessStartInfo(words[0], words[1..]) { RedirectStandardOutput = true, WorkingDirectory = "/" })!;
        var answer = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return answer;
    }

    [Fact]
    public async Task To_connect_and_then_become_a_trusted_program_makes_nobody_another()
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();

        Assert.StartsWith("HTTP/1.1 2", await Ask(world, tree, uid: null), StringComparison.Ordinal);

        var entry = world.Ledger().Single(e => e.Data.Move is RequestMove.Submit).Data;
        Assert.Equal(session, ((RequestMove.Submit)entry.Move).Request.Session);
        var agent = Assert.IsType<Actor.Agent>(entry.Actor);
        Assert.Equal(ThisProcess.EffectiveUid, agent.Uid);

        // Whoever has no session gets none by the same trick.
        if (ThisProcess.EffectiveUid != 0)
            return;
        Assert.StartsWith("HTTP/1.1 4", await Ask(world, tree, uid: 60_002), StringComparison.Ordinal);
        Assert.Single(world.Ledger(), e => e.Data.Move is RequestMove.Submit && e.Data.Refusal is null);
    }
}
