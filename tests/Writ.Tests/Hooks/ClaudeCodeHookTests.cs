using System.Text;
using System.Text.Json;
using Writ.Hooks;
using Writ.Policies;
using Writ.Requests;
using Writ.Sessions;
using Writ.Shell;
using Writ.Testing;

namespace Writ.Tests.Hooks;

/// <summary>What is read out of a hook's input: leniently what is known, and nothing of what is not.</summary>
public sealed class ClaudeCodeHookTests
{
    [Fact]
    public void Every_recorded_input_of_Claude_Code_is_understood()
    {
        var seen = new List<string>();
        foreach (var file in (string[])["claude-hook-inputs.json", "claude-subagent-hook-inputs.json",
            "claude-http-hook-request.json"])
            foreach (var input in Recorded(file))
            {
                var call = ClaudeCodeHook.Parse(Encoding.UTF8.GetBytes(input.GetRawText()));
                Assert.IsNotType<HookCall.Refused>(call);
                seen.Add(call.GetType().Name);
                if (call is HookCall.ToolWanted wanted)
                {
                    Assert.Equal(input.GetProperty("session_id").GetString(), wanted.Origin.ClientSession);
                    Assert.Equal(input.GetProperty("prompt_id").GetString(), wanted.Origin.PromptId);
                    Assert.Equal(input.GetProperty("tool_use_id").GetString(), wanted.Origin.CallId);
                    Assert.Equal(input.TryGetProperty("agent_id", out _), wanted.Origin.SubAgent is not null);
                }
            }
        Assert.Equal(
            ["Passing", "PromptSubmitted", "SessionStarted", "ToolEnded", "ToolWanted"], seen.Distinct()
                .Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("gemini-hook-inputs.json")]
    [InlineData("copilot-hook-inputs.json")]
    [InlineData("copilot-subagent-hook-inputs.json")]
    public void What_other_assistants_send_when_a_tool_wants_to_act_is_refused(string file)
    {
        var calls = Recorded(file).Select(i => ClaudeCodeHook.Parse(Encoding.UTF8.GetBytes(i.GetRawText()))).ToList();

        Assert.NotEmpty(calls);
        Assert.DoesNotContain(calls, c => c is HookCall.ToolWanted or HookCall.ToolEnded);
        Assert.Contains(calls, c => c is HookCall.Refused);
    }

    [Fact]
    public void Shells_that_speak_the_same_contract_are_understood_too()
    {
        var copilot = File.ReadAllBytes(SharedData.Require("data/hooks/copilot-pascalcase-hook-input.json"));
        var wanted = Assert.IsType<HookCall.ToolWanted>(ClaudeCodeHook.Parse(copilot));
        Assert.Null(wanted.Origin.CallId);
        Assert.Contains(Recorded("codex-hook-inputs.json"), i =>
            ClaudeCodeHook.Parse(Encoding.UTF8.GetBytes(i.GetRawText())) is HookCall.ToolWanted { Use: ToolUse.Shell });
    }

    [Theory]
    [InlineData("", "hook.malformed")]
    [InlineData("{", "hook.malformed")]
    [InlineData("null", "hook.malformed")]
    [InlineData("[]", "hook.malformed")]
    [InlineData("{} {}", "hook.malformed")]
    [InlineData("""{"hook_event_name":7}""", "hook.malformed")]
    [InlineData("""{"hook_event_name":"PreToolUse"}""", "hook.malformed")]
    [InlineData("""{"hook_event_name":"PreToolUse","session_id":"s","cwd":"relative"}""", "hook.malformed")]
    [InlineData("""{"hook_event_name":"PreToolUse","session_id":"s","cwd":"/"}""", "hook.malformed")]
    [InlineData("""{"hook_event_name":"PreToolUse","session_id":"","cwd":"/","tool_name":"Bash","tool_input":{"command":"x"}}""", "hook.malformed")]
    [InlineData("""{"hook_event_name":"PreToolUse","session_id":"s","cwd":"/","tool_name":"Bash","tool_input":{}}""", "hook.malformed")]
    [InlineData("""{"hook_event_name":"PreToolUse","session_id":"s","cwd":"/","tool_name":"Bash","tool_input":"ls"}""", "hook.malformed")]
    [InlineData("""{"hook_event_name":"PreToolUse","session_id":"s","cwd":"/","tool_name":"Bash","tool_input":{"command":""}}""", "hook.malformed")]
    [InlineData("""{"hook_event_name":"PreToolUse","session_id":"s","cwd":"/","tool_name":"Bash","tool_input":{"command":["ls"]}}""", "hook.malformed")]
    [InlineData("""{"hook_event_name":"PreToolUse","session_id":"s","cwd":"/","tool_name":"Bash","tool_input":{"command":"ls","command":"rm"}}""", "hook.malformed")]
    [InlineData("""{"hook_event_name":"PreToolUse","session_id":"s","cwd":"/","tool_name":"Bash","tool_name":"Read","tool_input":{"command":"ls"}}""", "hook.malformed")]
    [InlineData("""{"hook_event_name":"PreToolUse","session_id":"s","cwd":"/","tool_name":"Bash","tool_use_id":5,"tool_input":{"command":"ls"}}""", "hook.malformed")]
    [InlineData("""{"hook_event_name":"PreToolUse","session_id":"s","cwd":"/","tool_name":"Bash","tool_input":{"command":"\ud800"}}""", "hook.malformed")]
    [InlineData("""{"hook_event_name":"PreToolUse","session_id":"s","cwd":"/","tool_name":"Write","tool_input":{"content":"x"}}""", "hook.malformed")]
    [InlineData("""{"hook_event_name":"PreToolUse","session_id":"s","cwd":"/","tool_name":"Write","tool_input":{"file_path":"/a","path":"/b"}}""", "hook.malformed")]
    [InlineData("""{"hook_event_name":"PreToolUse","session_id":"s","cwd":"/","tool_name":"bash","tool_input":{"command":"ls"}}""", "hook.unknown-tool")]
    [InlineData("""{"hook_event_name":"PreToolUse","session_id":"s","cwd":"/","tool_name":"PowerShell","tool_input":{"command":"ls"}}""", "hook.unknown-tool")]
    [InlineData("""{"hook_event_name":"PreToolUse","session_id":"s","cwd":"/","tool_name":"mcp__","tool_input":{}}""", "hook.unknown-tool")]
    [InlineData("""{"hook_event_name":"PreToolUse","session_id":"s","cwd":"/","tool_name":"mcp__a b__c","tool_input":{}}""", "hook.unknown-tool")]
    [InlineData("""{"hook_event_name":"BeforeTool","session_id":"s","cwd":"/"}""", "hook.unknown-event")]
    [InlineData("""{"hook_event_name":"pretooluse","session_id":"s","cwd":"/"}""", "hook.unknown-event")]
    public void What_is_not_understood_is_refused(string input, string code)
    {
        var refused = Assert.IsType<HookCall.Refused>(ClaudeCodeHook.Parse(Encoding.UTF8.GetBytes(input)));

        Assert.Equal(code, refused.Refusal.Code);
        Assert.Equal(2, HookReplies.Deny(refused.Event, refused.Refusal).Exit);
    }

    [Fact]
    public void Huge_deep_and_binary_inputs_are_refused()
    {
        Assert.Equal("hook.too-large", Code(new byte[ClaudeCodeHook.BytesMax + 1]));
        Assert.Equal("hook.malformed", Code(new byte[ClaudeCodeHook.BytesMax]));
        Assert.Equal("hook.malformed", Code(Encoding.UTF8.GetBytes(new string('[', 100_000))));
        Assert.Equal("hook.malformed", Code([0xff, 0xfe, 0x00]));

        static string Code(byte[] input) => Assert.IsType<HookCall.Refused>(ClaudeCodeHook.Parse(input)).Refusal.Code;
    }

    [Fact]
    public void Cutting_a_good_input_anywhere_refuses_it()
    {
        var whole = Encoding.UTF8.GetBytes(Input("Bash", """{"command":"ls"}"""));

        for (var length = 0; length < whole.Length; length++)
            Assert.IsType<HookCall.Refused>(ClaudeCodeHook.Parse(whole.AsMemory(0, length)));
        Assert.IsType<HookCall.ToolWanted>(ClaudeCodeHook.Parse(whole));
    }

    [Fact]
    public void Fields_that_are_new_change_nothing()
    {
        var call = ClaudeCodeHook.Parse(Encoding.UTF8.GetBytes(
            """{"novelty":{"a":[1]},"hook_event_name":"PreToolUse","session_id":"s","cwd":"/w","tool_name":"Bash","tool_input":{"command":"ls","later":1}}"""));

        Assert.Equal("ls", Assert.IsType<ToolUse.Shell>(Assert.IsType<HookCall.ToolWanted>(call).Use).Command);
    }

    [Theory]
    [InlineData("Bash", """{"command":"ls -l"}""", "Shell ls -l")]
    [InlineData("Monitor", """{"command":"tail -f x"}""", "Shell tail -f x")]
    [InlineData("Write", """{"file_path":"/w/a","content":"äb"}""", "Write /w/a 3")]
    [InlineData("Edit", """{"file_path":"a","old_string":"x","new_string":"yz"}""", "Write a 2")]
    [InlineData("NotebookEdit", """{"notebook_path":"n.ipynb","new_source":"1"}""", "Write n.ipynb 1")]
    [InlineData("Read", """{"file_path":"~/.ssh/id_rsa"}""", "Read Read ~/.ssh/id_rsa")]
    [InlineData("Glob", """{"pattern":"**/*.cs"}""", "Read Glob ")]
    [InlineData("Glob", """{"pattern":"/etc/*"}""", "Read Glob /etc/*")]
    [InlineData("Glob", """{"pattern":"../*","path":"src"}""", "Read Glob src/../*")]
    [InlineData("Grep", """{"pattern":"/api/../x","path":"src"}""", "Read Grep src")]
    [InlineData("WebFetch", """{"url":"https://example.org/x","prompt":"p"}""", "Connect https://example.org/x")]
    [InlineData("WebSearch", """{"query":"q"}""", "Connect search:q")]
    [InlineData("mcp__writ__run", """{"a":1.5}""", "Call mcp__writ__run")]
    [InlineData("Task", """{"prompt":"p"}""", "Call Task")]
    [InlineData("TodoWrite", """{"todos":[]}""", "Call TodoWrite")]
    public void Each_known_tool_is_read_for_what_it_acts_on(string tool, string input, string expected)
    {
        var wanted = Assert.IsType<HookCall.ToolWanted>(ClaudeCodeHook.Parse(Encoding.UTF8.GetBytes(Input(tool,
            input))));

        Assert.Equal(expected, wanted.Use switch
        {
            ToolUse.Shell s => $"Shell {s.Command}",
            ToolUse.Write w => $"Write {w.Path} {w.Bytes}",
            ToolUse.Read r => $"Read {r.Tool} {r.Path}",
            ToolUse.Connect c => $"Connect {c.Url}",
            ToolUse.Call c => $"Call {c.Tool}",
            _ => "?",
        });
    }

    // Every tool that release 2.1.329 offers a model, headless or not, by what it may do at once.
    [Theory]
    [InlineData("CronCreate EnterWorktree ExitWorktree Workflow Skill SlashCommand LSP REPL Config ScheduleWakeup "
        + "TeamCreate", Verbs.CodeRun)]
    [InlineData("SendMessage SendUserMessage SendUserFile SendToProject SendFeedback PushNotification RemoteTrigger "
        + "Artifact DesignSync ClaudeDesign PublishPlugin Projects ListMcpResourcesTool ReadMcpResourceTool "
        + "ReadMcpResourceDirTool RefreshMcpTools Brief Teleport ShareOnboardingGuide", Verbs.NetConnect)]
    [InlineData("NovelTool PowerShell bash mcp__", Verbs.Unknown)]
    public void What_runs_code_or_reaches_outside_is_never_understood(string tools, string verb)
    {
        foreach (var tool in tools.Split(' '))
        {
            var facts = FactsOf(tool);
            Assert.NotEmpty(facts.Unresolved);
            Assert.Contains(facts.Effects, e => e.Verb == verb);
        }
    }

    [Theory]
    [InlineData("Task")]
    [InlineData("TodoWrite")]
    [InlineData("CronList")]
    [InlineData("ListAgents")]
    [InlineData("mcp__writ__run")]
    public void What_only_talks_is_a_call_and_left_to_policy(string tool) =>
        Assert.Equal([Verbs.ToolCall], FactsOf(tool).Effects.Select(e => e.Verb));

    [Fact]
    public void Each_layer_of_a_hook_gives_up_before_the_one_around_it()
    {
        // The inner ones need time to say no after their time is over.
        Assert.True(HookPatience.Hook + TimeSpan.FromSeconds(2) < HookPatience.Line);
        Assert.True(HookPatience.Line + TimeSpan.FromSeconds(5) < HookPatience.Assistant);
    }

    [Theory]
    [InlineData("CronCreate")]
    [InlineData("Workflow")]
    [InlineData("SendMessage")]
    [InlineData("NovelTool")]
    public void Such_a_tool_is_not_automatic_under_the_widest_policy(string tool)
    {
        var world = World.WithEverybody(d => d with
        {
            Policy = new PolicySource(
                [new PolicyFile("all.cedar", "@id(\"all\") permit (principal, action, resource);")]),
        });
        var request = Call(world, world.OpenSession(workflow: "release-staging"), tool);
        world.Must(new RequestMove.Submit(request), World.Agent);
        Assert.Equal("policy.not-understood", world.ClosedBy(request));
    }

    static RequestFacts FactsOf(string tool)
    {
        var world = World.WithEverybody();
        var terms = Given.Terms(new SessionId("session-1"), "release-staging");
        return RequestFacts.Of(Call(world, terms.Id, tool), terms);
    }

    static Request Call(World world, SessionId session, string tool) => Given.Exec(world, session, "x") with
    {
        Ask = new Ask.CallTool(tool, "sha256:" + new string('a', 64), ""),
        Assurance = Assurance.Advisory,
        Executable = null,
        ExecutableDigest = null,
    };

    static string Input(string tool, string input) =>
        $$"""{"session_id":"s","cwd":"/w","hook_event_name":"PreToolUse","tool_name":"{{tool}}","tool_input":{{input}}}""";

    static IEnumerable<JsonElement> Recorded(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(SharedData.Require($"data/hooks/{file}")));
        return [.. document.RootElement.EnumerateArray().Select(e => e.GetProperty("input").Clone())];
    }
}
