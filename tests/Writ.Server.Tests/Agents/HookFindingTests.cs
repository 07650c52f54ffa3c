using System.Text;
using System.Text.Json;
using Writ.Realms;
using Writ.Runs;
using Writ.Sessions;
using Writ.Testing;
using Writ.Wire;

namespace Writ.Server.Tests.Agents;

/// <summary>Hook and executor tell of the same commands; where they disagree, that is a finding.</summary>
public sealed class HookFindingTests
{
    [Fact]
    public async Task A_run_without_a_hook_event_is_a_finding_once_the_assistants_hook_is_there()
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        // Before any assistant has shown itself, people and scripts use the session, and that is as it should be.
        Assert.Equal(0, (await WritCommand.Run(world, tree, "--", "true")).Exit);
        Assert.Empty(Findings(world));

        await Hook(world, tree, "SessionStart", "\"source\":\"startup\"");
        var carried = await Hook(world, tree, "PreToolUse",
            """ "tool_name":"Bash","tool_input":{"command":"echo seen"},"tool_use_id":"t1" """);
        var command = JsonDocument.Parse(carried.Stdout).RootElement.GetProperty("hookSpecificOutput")
            .GetProperty("updatedInput").GetProperty("command").GetString()!;
        var request = command.Split(' ').SkipWhile(w => w != "--request").ElementAt(1).Trim('\'');
        Assert.Equal("seen\n", (await WritCommand.Run(world, tree, "--request", request)).Out);
        Assert.Empty(Findings(world));

        // A command that the executor sees and the hook never announced.
        Assert.Equal(0, (await WritCommand.Run(world, tree, "--", "echo", "unseen")).Exit);
        await world.Until(() => Findings(world).Any());
        var finding = Assert.Single(Findings(world));
        Assert.Equal("hook.missing", finding.Code);
        var run = world.Ledger().Select(e => e.Data.Move).OfType<RunMove.Consume>().Last();
        Assert.Contains(run.Request.Value, finding.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_the_assistant_ran_by_itself_is_a_finding_and_the_next_one_asks_a_person()
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        await Hook(world, tree, "PostToolUse",
            """ "tool_name":"Bash","tool_input":{"command":"touch x"},"tool_use_id":"t1","tool_response":{} """);

        Assert.Equal("hook.unbrokered", Assert.Single(Findings(world)).Code);
        Assert.Equal(1, world.State.OpenSession(session)!.Findings);
        Assert.Equal(4, (await WritCommand.Run(world, tree, "--", "true")).Exit);
    }

    [Fact]
    public async Task What_the_assistants_own_tools_read_outside_marks_the_session_once()
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        foreach (var id in new[] { "t1", "t2" })
            await Hook(world, tree, "PostToolUse",
                $$""" "tool_name":"WebFetch","tool_input":{"url":"https://x.example"},"tool_use_id":"{{id}}" """);
        await Hook(world, tree, "PostToolUse",
            """ "tool_name":"mcp__db__query","tool_input":{"q":"1"},"tool_use_id":"t3","tool_response":{} """);
        var open = world.State.OpenSession(session)!;
        Assert.Equal(ContentOrigins.Web | ContentOrigins.Tool, open.Content);
        Assert.Equal(
            ["https://x.example", "mcp__db__query"],
            world.Ledger().Select(e => e.Data.Move).OfType<SessionMove.TakeIn>().Select(m => m.Where));
    }

    [Fact]
    public async Task A_command_that_the_assistant_ran_by_itself_brings_in_what_it_puts_out()
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        await Hook(world, tree, "PostToolUse",
            """ "tool_name":"Bash","tool_input":{"command":"curl https://x.example"},"tool_use_id":"t1" """);
        Assert.Equal(ContentOrigins.Web, world.State.OpenSession(session)!.Content);
    }

    static async Task<HookAnswer> Hook(AgentWorld world, string tree, string happened, string more)
    {
        using var agent = world.Client();
        var answer = await agent.PostAsync("/v1/agent/hooks/claude-code", new StringContent(
            $$"""{"session_id":"s1","cwd":"{{tree}}","prompt_id":"p1","hook_event_name":"{{happened}}",{{more}}}""",
            Encoding.UTF8, "application/json"));
        return JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(), ApiJson.Default.HookAnswer)!;
    }

    static IEnumerable<Finding> Findings(AgentWorld world) =>
        world.Ledger().Select(e => e.Data.Move).OfType<RealmMove.RaiseFinding>().Select(m => m.Finding);
}
