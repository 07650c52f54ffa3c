using Writ.Requests;
using Writ.Runs;
using Writ.Testing;

namespace Writ.Server.Tests.Agents;

/// <summary>Links in a work tree are seen as what they lead to, when a line is judged and again when it runs.</summary>
public sealed class LinkTests
{
    const int Blocked = 3;
    const int Pending = 4;

    // the link; where it leads; the line; the status
    public static TheoryData<string, string, string, int> Lines => new()
    {
        { "notes", "/root/.ssh/id_rsa", "cat notes | head", Blocked },
        { "out", "/etc/cron.d/x", "echo x > out", Blocked },
        { "here", "sub/file", "cat here | cat", 0 },
        { "a.txt", "/etc/shadow", "cat *.txt | cat", Blocked },
        { "d", "/etc", "cat d/shadow | cat", Blocked },
        { "round", "round", "cat round | cat", Pending },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task A_line_does_what_its_links_lead_to(string link, string target, string line, int status)
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        Directory.CreateDirectory(Path.Combine(tree, "sub"));
        await File.WriteAllTextAsync(Path.Combine(tree, "sub/file"), "x\n", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(Path.Combine(tree, link), target);
        Assert.Equal(status, (await WritCommand.Run(world, tree, "--", "bash", "-c", line)).Exit);
    }

    [Fact]
    public async Task A_link_that_leads_elsewhere_after_approval_voids_it()
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        var link = Path.Combine(tree, "data");
        File.CreateSymbolicLink(link, "first");
        var asked = await WritCommand.Run(world, tree, "--", "bash", "-c", AgentWorld.Unclear + "cat data");
        Assert.Equal(Pending, asked.Exit);
        var id = world.Waiting(session).Single();
        await world.Approve(id);
        File.Delete(link);
        File.CreateSymbolicLink(link, "/etc/shadow");

        var ended = await WritCommand.Run(world, tree, "--request", id.Value);

        Assert.Equal(5, ended.Exit);
        Assert.Contains("approval.stale", ended.Error, StringComparison.Ordinal);
        Assert.Empty(world.Happened<RunEvent.WritConsumed>());
    }

    [Fact]
    public async Task A_script_that_changed_after_approval_voids_it()
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        var script = Path.Combine(tree, "x.sh");
        await File.WriteAllTextAsync(script, "echo first\n", TestContext.Current.CancellationToken);
        Assert.Equal(Pending, (await WritCommand.Run(world, tree, "--", "bash", "x.sh")).Exit);
        var id = world.Waiting(session).Single();
        var request = ((RequestState.Waiting)world.State.Find(id)!.Value.Request).Request;
        Assert.Equal([script], request.Files!.Value.Select(f => f.Path));
        Assert.NotNull(request.Files!.Value[0].Digest);
        await world.Approve(id);
        await File.WriteAllTextAsync(script, "echo other\n", TestContext.Current.CancellationToken);

        var ended = await WritCommand.Run(world, tree, "--request", id.Value);

        Assert.Contains("approval.stale", ended.Error, StringComparison.Ordinal);
    }
}
