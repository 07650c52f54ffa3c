using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Writ.Hooks;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;
using Writ.Testing;

namespace Writ.EndToEnd.Tests.Hooks;

/// <summary>
/// The real Claude Code, headless, against a scripted model, with the hook placed by our own installer.
/// </summary>
public sealed class ClaudeCodeTests
{
    static readonly TimeSpan _patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Commands_are_brokered_gated_and_blocked_and_the_model_is_told_what_to_do()
    {
        var claude = await ClaudeCode.Binary();
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        await using var model = await ScriptedModel.Start(
            Bash("echo brokered-output"),
            Bash("bash -c 'eval \"$UNKNOWN\"; echo gated >> gated.txt'"),
            Bash("echo a > chained.txt; eval \"$UNKNOWN\""),
            Bash("sudo id"),
            new ToolStep("Write", new JsonObject { ["file_path"] = $"{tree}/inside.txt", ["content"] = "x" }),
            new ToolStep("Write", new JsonObject { ["file_path"] = "/usr/outside.txt", ["content"] = "x" }),
            new ToolStep("Read", new JsonObject { ["file_path"] = $"{tree}/inside.txt" }),
            new ToolStep("Read", new JsonObject { ["file_path"] = "/etc/shadow" }));

        var ended = await Play(claude, world, tree, model);

        Assert.True(model.Results.Count == 8, $"{ended.Out}\n{ended.Error}");
        MustKnowEveryToolOf(ended.Out);
        var open = world.State.OpenSession(session)!;
        Assert.Contains("brokered-output", model.Results[0], StringComparison.Ordinal);
        var run = Assert.Single(world.Ledger().Select(e => e.Data.Move).OfType<RunMove.End>());
        Assert.Equal(RunEnd.Exited, run.Outcome.End);
        var brokered = (RequestMove.Submit)world.Ledger().Single(
            e => e.Data.Move is RequestMove.Submit s && s.Request.Id == run.Request).Data.Move;
        Assert.Equal(["echo", "brokered-output"], brokered.Request.Argv);
        Assert.NotNull(brokered.Request.Client!.PromptId);
        Assert.Equal("toolu_0", brokered.Request.Client.CallId);

        var waiting = open.Requests.Values.OfType<RequestState.Waiting>().ToList();
        Assert.Contains(waiting, w => model.Results[1].Contains(w.Id.Value, StringComparison.Ordinal));
        Assert.Contains(waiting, w => model.Results[2].Contains(w.Id.Value, StringComparison.Ordinal)
            && w.Request.Ask is Ask.ShellLine);
        Assert.Contains("team sre", model.Results[1], StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(tree, "gated.txt")));
        Assert.False(File.Exists(Path.Combine(tree, "chained.txt")));
        Assert.Contains("policy.blocked", model.Results[3], StringComparison.Ordinal);
        Assert.Equal("x", await File.ReadAllTextAsync(Path.Combine(tree, "inside.txt")));
        Assert.Contains("policy.blocked", model.Results[5], StringComparison.Ordinal);
        Assert.False(File.Exists("/usr/outside.txt"));
        Assert.Contains("x", model.Results[6], StringComparison.Ordinal);
        Assert.Contains("policy.blocked", model.Results[7], StringComparison.Ordinal);

        Assert.Equal(2, world.Happened<RequestEvent.Reported>().Count());
        Assert.Single(world.Happened<SessionEvent.Attached>());
        Assert.Single(world.Happened<SessionEvent.PromptRecorded>());
        Assert.Equal(0, open.Findings);
    }

    [Fact]
    public async Task After_approval_the_same_command_again_runs_once()
    {
        var claude = await ClaudeCode.Binary();
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        const string command = "bash -c 'eval \"$UNKNOWN\"; echo approved >> approved.txt; cat approved.txt'";
        await using (var first = await ScriptedModel.Start(Bash(command)))
            await Play(claude, world, tree, first);
        var waiting = Assert.Single(world.State.OpenSession(session)!.Requests.Values.OfType<RequestState.Waiting>());
        await using (var impatient = await ScriptedModel.Start(Bash(command)))
        {
            await Play(claude, world, tree, impatient);
            Assert.Contains(waiting.Id.Value, impatient.Results[0], StringComparison.Ordinal);
        }
        await world.Approve(waiting.Id);

        await using var again = await ScriptedModel.Start(Bash(command), Bash($"writ run --request {waiting.Id}"));
        await Play(claude, world, tree, again);

        Assert.Contains("approved", again.Results[0], StringComparison.Ordinal);
        Assert.Contains("request.unknown", again.Results[1], StringComparison.Ordinal);
        Assert.Equal("approved\n", await File.ReadAllTextAsync(Path.Combine(tree, "approved.txt")));
    }

    [Fact]
    public async Task Without_the_control_plane_nothing_runs()
    {
        var claude = await ClaudeCode.Binary();
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        await using var model = await ScriptedModel.Start(Bash("touch ran.txt"));
        using var config = new Settings();
        await Install(config, "/no/such/agent.sock");

        await Play(claude, config, tree, model);

        Assert.False(File.Exists(Path.Combine(tree, "ran.txt")));
        Assert.Empty(world.Happened<RequestEvent.Judged>());
    }

    [Fact]
    public async Task A_command_the_assistant_ran_by_itself_is_a_finding()
    {
        var claude = await ClaudeCode.Binary();
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        await using var model = await ScriptedModel.Start(Bash("touch ran.txt"));
        using var config = new Settings();
        await Install(config, world.Socket);
        // Somebody took the question away and left the report.
        var settings = JsonNode.Parse(await File.ReadAllTextAsync(config.File))!;
        settings["hooks"]!.AsObject().Remove("PreToolUse");
        settings["permissions"] = new JsonObject { ["allow"] = new JsonArray("Bash(touch:*)") };
        await File.WriteAllTextAsync(config.File, settings.ToJsonString());

        await Play(claude, config, tree, model);

        Assert.True(File.Exists(Path.Combine(tree, "ran.txt")));
        Assert.Equal(1, world.State.OpenSession(session)!.Findings);
    }

    // The client begins with the tools it offers its model; none of them may be one that nobody looked at.
    static void MustKnowEveryToolOf(string stream)
    {
        var begin = stream.Split('\n').Select(line => line.StartsWith('{') ? JsonNode.Parse(line) : null)
            .First(node => node?["tools"] is JsonArray)!;
        var tools = begin["tools"]!.AsArray().Select(t => t!.GetValue<string>()).ToList();
        Assert.Contains("Bash", tools);
        Assert.True(tools.Count >= 15, string.Join(' ', tools));
        foreach (var tool in tools)
        {
            var call = ClaudeCodeHook.Parse(Encoding.UTF8.GetBytes(
                $$"""{"session_id":"s","cwd":"/","hook_event_name":"PreToolUse","tool_name":"{{tool}}","tool_input":{} }"""));
            Assert.False(call is HookCall.Refused { Refusal.Code: "hook.unknown-tool" }, $"{tool} is not known");
        }
    }

    static ToolStep Bash(string command) =>
        new("Bash", new JsonObject { ["command"] = command, ["description"] = "a harmless look around" });

    static async Task<Ended> Play(string claude, AgentWorld world, string tree, ScriptedModel model)
    {
        using var config = new Settings();
        await Install(config, world.Socket);
        return await Play(claude, config, tree, model);
    }

    static async Task Install(Settings config, string socket)
    {
        var installed = await WritCommand.Finish(WritCommand.Start(
            AgentWorld.Binary("writ"), ["agent", "install", "claude-code", "--user", "--yes", "--socket", socket],
                config.Root,
            ("CLAUDE_CONFIG_DIR", config.Root)));
        Assert.True(installed.Exit == 0, installed.Error);
    }

    static async Task<Ended> Play(string claude, Settings config, string tree, ScriptedModel model)
    {
        await File.WriteAllTextAsync(Path.Combine(config.Root, ".claude.json"), new JsonObject
        {
            ["hasCompletedOnboarding"] = true,
            ["projects"] = new JsonObject { [tree] = new JsonObject { ["hasTrustDialogAccepted"] = true } },
        }.ToJsonString());
        var process = WritCommand.Start(
            claude, ["-p", "please run the steps", "--output-format", "stream-json", "--verbose",
                "--include-hook-events"], tree,
            ("HOME", config.Root), ("CLAUDE_CONFIG_DIR", config.Root), ("ANTHROPIC_BASE_URL", model.Url),
            ("ANTHROPIC_API_KEY", "none"), ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"), ("DISABLE_TELEMETRY",
                "1"),
            ("DISABLE_AUTOUPDATER", "1"));
        return await WritCommand.Finish(process, patience: _patience);
    }

    /// <summary>A configuration folder for one run of the client.</summary>
    sealed class Settings : IDisposable
    {
        public string Root { get; } = Directory.CreateTempSubdirectory("writ-claude-").FullName;

        public string File => Path.Combine(Root, "settings.json");

        public void Dispose() => Directory.Delete(Root, recursive: true);
    }
}
