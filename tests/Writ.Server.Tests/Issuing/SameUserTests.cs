using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Writ.Linux;
using Writ.Testing;

namespace Writ.Server.Tests.Issuing;

/// <summary>
/// A process of the agent's own user, outside of every sandbox, and a run of another agent beside it: whether it gets
/// that one's identity by its memory, its descriptors or its namespaces (<c>tests/escapes/spoof.c</c>).
/// </summary>
public sealed class SameUserTests
{
    const int Agent = 4_711;

    [Fact]
    public async Task Probe()
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession(uid: Agent);
        var run = WritCommand.Finish(WritCommand.Start(
            "setpriv", [$"--reuid={Agent}", $"--regid={Agent}", "--clear-groups", AgentWorld.Binary("writ"), "run", "--wait",
            "--", "bash", "-c", AgentWorld.Unclear + "touch begun; while [ ! -e done ]; do sleep 0.05; done"], tree, ("WRIT_SOCKET", world.Socket)));
        await world.ApproveNext(session);
        while (!File.Exists(Path.Combine(tree, "begun"))) { Assert.False(run.IsCompleted, run.IsCompleted ? run.Result.Error : ""); await Task.Delay(50); }
        var program = Path.Combine(tree, "spoof");
        using (var cc = Process.Start("cc", ["-O1", "-o", program, Path.Combine(SharedData.RepositoryRoot, "tests/escapes/spoof.c")])) await cc.WaitForExitAsync();
        var pids = Process.GetProcesses().Where(p => { try { return File.ReadAllText($"/proc/{p.Id}/cmdline").Contains("while [ ! -e done", StringComparison.Ordinal) && !File.ReadAllText($"/proc/{p.Id}/cmdline").Contains("writ", StringComparison.Ordinal); } catch { return false; } }).Select(p => p.Id).ToList();
        var text = "";
        foreach (var pid in pids)
        {
            var e = await WritCommand.Finish(WritCommand.Start("setpriv", [$"--reuid={Agent}", $"--regid={Agent}", "--clear-groups", program, $"{pid}"], tree));
            text += $"{pid} {File.ReadAllText($"/proc/{pid}/cmdline").Replace('\0',' ')}\n{File.ReadAllText($"/proc/{pid}/status").Split('\n').First(l => l.StartsWith("Uid"))}\n" + e.Out + e.Error;
        }
        File.WriteAllText(Path.Combine(tree, "done"), "");
        await run;
        Assert.Fail(text);
    }
}
