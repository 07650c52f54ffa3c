using System.Text;
using System.Text.Json;
using Writ.Identity;
using Writ.Requests;
using Writ.Testing;

namespace Writ.Server.Tests.Agents;

/// <summary>Each request says how it is known who asked.</summary>
public sealed class AttestedRequestTests
{
    static AttestedBy? Last(AgentWorld world) =>
        world.Ledger().Select(e => e.Data.Move).OfType<RequestMove.Submit>().Last().Request.Attested;

    [Fact]
    public async Task A_local_process_and_a_hook_are_told_apart()
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        Assert.Equal(0, (await WritCommand.Run(world, tree, "--", "true")).Exit);
        Assert.Equal(AttestedBy.Peer, Last(world));

        using var client = world.Client();
        var call = JsonSerializer.Serialize(new
        {
            session_id = "s1",
            transcript_path = "/tmp/t",
            cwd = tree,
            hook_event_name = "PreToolUse",
            tool_name = "Bash",
            tool_input = new { command = "echo seen" },
            tool_use_id = "t1",
        });
        var answer = await client.PostAsync(
            new Uri("/v1/agent/hooks/claude-code", UriKind.Relative),
            new StringContent(call, Encoding.UTF8, "application/json"));
        answer.EnsureSuccessStatusCode();
        Assert.Equal(AttestedBy.Hooked, Last(world));
    }
}
