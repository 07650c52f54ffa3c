using System.Text.Json;
using Writ.Hooks;
using Writ.Requests;
using Writ.Wire;

namespace Writ.Tests.Hooks;

/// <summary>What an assistant is told: one whole object, an explicit decision, and never "ask".</summary>
public sealed class HookRepliesTests
{
    static readonly Verdict _gated = new(
        VerdictKind.Approval, "policy.approval", "why", [new Gate("code", new TeamId("sre"), 2, "It runs code.")], [],
            [], [], [],
        "sha256:0", "e");

    public static TheoryData<string> Answers => [.. All().Select(a => a.Name)];

    [Theory]
    [MemberData(nameof(Answers))]
    public void Every_answer_is_one_whole_object_with_its_mark(string name)
    {
        var answer = All().Single(a => a.Name == name).Answer;

        using var json = JsonDocument.Parse(answer.Stdout);
        Assert.StartsWith("{", answer.Stdout, StringComparison.Ordinal);
        Assert.EndsWith(HookReplies.Mark, answer.Stdout, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', answer.Stdout);
        Assert.DoesNotContain("\"ask\"", answer.Stdout, StringComparison.Ordinal);
        // No piece of it passes for the whole.
        for (var length = 1; length < answer.Stdout.Length; length++)
            Assert.False(answer.Stdout[..length].EndsWith(HookReplies.Mark, StringComparison.Ordinal));
        Assert.Equal(answer.Exit == 2, answer.Stderr.Length > 0);
        var decision = json.RootElement.TryGetProperty("hookSpecificOutput", out var specific)
            ? specific.GetProperty("permissionDecision").GetString()
            : null;
        Assert.Equal(answer.Exit == 2 ? name.Contains("prompt", StringComparison.Ordinal) ? null : "deny"
            : name.StartsWith("allow", StringComparison.Ordinal) ? "allow" : null, decision);
    }

    [Fact]
    public void A_rewrite_replaces_the_command_and_nothing_else()
    {
        var answer = HookReplies.AllowInstead(
            """{"timeout":5,"command":"rm -rf /","description":"tidy \u00e4"}""", "/opt/writ run --request req-1", "r");

        using var json = JsonDocument.Parse(answer.Stdout);
        var input = json.RootElement.GetProperty("hookSpecificOutput").GetProperty("updatedInput");
        Assert.Equal("/opt/writ run --request req-1", input.GetProperty("command").GetString());
        Assert.Equal(5, input.GetProperty("timeout").GetInt32());
        Assert.Equal("tidy ä", input.GetProperty("description").GetString());
        Assert.DoesNotContain("rm -rf", answer.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public void A_denial_that_waits_names_the_request_the_people_and_the_next_step()
    {
        var answer = HookReplies.DenyWaiting(new RequestId("req-7"), _gated, "/opt/writ run --request req-7");

        foreach (var text in (string[])["req-7", "2 of team sre", "rule code", "writ run --request req-7",
            "Nothing was run"])
            Assert.Contains(text, answer.Stderr, StringComparison.Ordinal);
        Assert.Equal(2, answer.Exit);
    }

    [Fact]
    public void The_kill_switch_also_ends_the_assistants_loop()
    {
        Assert.Contains("\"continue\":false", HookReplies.Deny("PreToolUse", "session.stopped", "stopped").Stdout,
            StringComparison.Ordinal);
        Assert.DoesNotContain("continue", HookReplies.Deny("PreToolUse", "policy.blocked", "no").Stdout,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("writ run --request req-1", "carry req-1")]
    [InlineData("/opt/bin/writ run --wait --request req-1 --json", "carry req-1 --wait --json")]
    [InlineData("writ run -- ls -l", "wrap ls -l")]
    [InlineData("writ run --wait=5 -- writ run -- ls", "wrap writ run -- ls")]
    [InlineData("writ run ls", "")]
    [InlineData("writ run --socket /tmp/mine -- ls", "wrap ls")]
    [InlineData("writ run --socket /tmp/mine --request req-1", "carry req-1")]
    [InlineData("writ run --session other -- ls", "")]
    [InlineData("writ run --request req-1 -- ls", "")]
    [InlineData("writ run --request req-1 --request req-2", "")]
    [InlineData("writ run --request REQ", "")]
    [InlineData("writ run --", "")]
    [InlineData("writ approve req-1", "")]
    [InlineData("writd run -- ls", "")]
    [InlineData("env writ run -- ls", "")]
    public void Commands_that_are_brokered_already_are_recognised(string line, string expected)
    {
        var brokered = BrokeredCommand.Of([.. line.Split(' ')]);

        Assert.Equal(expected, brokered switch
        {
            BrokeredCommand.Carry carry => string.Join(' ', ["carry", carry.Request.Value, .. carry.Options]),
            BrokeredCommand.Wrap wrap => "wrap " + string.Join(' ', wrap.Argv),
            _ => "",
        });
    }

    static IEnumerable<(string Name, HookAnswer Answer)> All() =>
    [
        ("pass", HookReplies.Pass()),
        ("tell", HookReplies.Tell("a \"sentence\" \u202e")),
        ("allow", HookReplies.Allow("fine")),
        ("allow instead", HookReplies.AllowInstead("""{"command":"x"}""", "/a b/writ run", "fine")),
        ("deny", HookReplies.Deny("PreToolUse", "policy.blocked", "no")),
        ("deny unknown", HookReplies.Deny("", "hook.malformed", new string('x', 10_000))),
        ("deny prompt", HookReplies.Deny("UserPromptSubmit", "session.none", "no")),
        ("deny waiting", HookReplies.DenyWaiting(new RequestId("req-1"), _gated, null)),
    ];
}
