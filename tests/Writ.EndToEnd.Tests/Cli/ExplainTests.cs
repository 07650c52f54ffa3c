using System.Diagnostics;
using System.Text.Json;

namespace Writ.EndToEnd.Tests.Cli;

/// <summary><c>writ explain</c> with the real client: its answers, its errors, and that it answers as it is
/// asked.</summary>
public sealed class ExplainTests
{
    [Fact]
    public void An_answer_has_exactly_the_documented_parts()
    {
        using var client = new Client();
        var answer = Assert.Single(Ask(client, 0, """{"id":"a","command":"git status | cat"}"""));
        Assert.Equal(
            ["id", "verdict", "reasons", "commands", "effects", "unresolved"],
            answer.EnumerateObject().Select(p => p.Name));
        Assert.Equal("a", answer.GetProperty("id").GetString());
        Assert.Equal("automatic", answer.GetProperty("verdict").GetString());
        Assert.All(answer.GetProperty("commands").EnumerateArray(), c => Assert.Equal(
            ["argv", "program", "via", "certainty"], c.EnumerateObject().Select(p => p.Name)));
        Assert.All(answer.GetProperty("effects").EnumerateArray(), e => Assert.Equal(
            ["verb", "object"], e.EnumerateObject().Select(p => p.Name)));
    }

    public static TheoryData<string, string> Ids => new()
    {
        { """{"id":"x","command":"ls"}""", "\"x\"" },
        { """{"id":17,"command":"ls"}""", "17" },
        { """{"id":{"a":[1]},"command":"ls"}""", """{"a":[1]}""" },
        { """{"command":"ls","label":"other fields are passed over","cwd":null}""", "" },
    };

    [Theory]
    [MemberData(nameof(Ids))]
    public void An_id_comes_back_as_it_was_given(string question, string id)
    {
        using var client = new Client();
        var answer = Assert.Single(Ask(client, 0, question));
        Assert.Equal(id, answer.TryGetProperty("id", out var given) ? given.GetRawText() : "");
    }

    public static TheoryData<string, string> Bad => new()
    {
        { "not json", "not JSON" },
        { "[1]", "not a JSON object" },
        { """{"id":1}""", "no command" },
        { """{"id":1,"command":["ls"]}""", "command is not a text" },
        { """{"id":1,"command":"ls","command":"rm"}""", "a field twice" },
        { """{"id":1,"command":"ls","cwd":"src"}""", "not an absolute path" },
        { """{"id":1,"command":"\ud800"}""", "not Unicode" },
        { """{"id":1,"command":"ls" """, "not JSON" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_line_that_is_no_question_is_answered_as_blocked_and_the_next_one_as_ever(string line, string why)
    {
        using var client = new Client();
        var answers = Ask(client, 1, "", line, "   ", """{"id":2,"command":"ls"}""");
        Assert.Equal(2, answers.Length);
        Assert.Equal("blocked", answers[0].GetProperty("verdict").GetString());
        var error = answers[0].GetProperty("error");
        Assert.Equal("explain.bad-line", error.GetProperty("code").GetString());
        Assert.Equal(2, error.GetProperty("line").GetInt32());
        Assert.Contains(why, error.GetProperty("why").GetString()!, StringComparison.Ordinal);
        Assert.Equal("automatic", answers[1].GetProperty("verdict").GetString());
    }

    [Fact]
    public void A_line_that_is_too_long_is_answered_and_passed_over()
    {
        using var client = new Client();
        var answers = Ask(
            client, 1, $$"""{"command":"{{new string('x', 1_100_000)}}"}""", """{"id":2,"command":"ls"}""");
        Assert.Equal("explain.bad-line", answers[0].GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("automatic", answers[1].GetProperty("verdict").GetString());
    }

    [Fact]
    public async Task Each_line_is_answered_before_the_next_one_is_written()
    {
        using var client = new Client();
        var program = Path.Combine(Client.Binaries, "writ");
        using var writ = Process.Start(new ProcessStartInfo(program, ["explain", "--jsonl"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        for (var i = 0; i < 3; i++)
        {
            await writ.StandardInput.WriteLineAsync($$"""{"id":{{i}},"command":"ls"}""");
            await writ.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
            var line = await writ.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            Assert.StartsWith($$"""{"id":{{i}},"verdict":"automatic",""", line, StringComparison.Ordinal);
        }
        writ.StandardInput.Close();
        await writ.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, writ.ExitCode);
    }

    [Fact]
    public void Where_a_line_runs_decides_and_many_places_cost_no_more()
    {
        using var client = new Client();
        var questions = Enumerable.Range(0, 500).Select(
            i => $$"""{"id":{{i}},"command":"touch a /srv/app{{i}}/b","cwd":"/srv/app{{i}}"}""");
        Assert.All(
            Ask(client, 0, [.. questions]), a => Assert.Equal("automatic", a.GetProperty("verdict").GetString()));
    }

    [Fact]
    public void A_line_is_shown_command_by_command()
    {
        using var client = new Client();
        const string line = "git status && sudo -u x rm -rf \"$D\" src > 'a\u202eb'";
        var ran = client.Writ("explain", "--color", "never", "--", line);
        Assert.Equal(3, ran.Status);
        Assert.Contains("\n   1. git status\n", ran.Output, StringComparison.Ordinal);
        Assert.Contains("rm -rf <?\"$D\"?> src > 'a\\u{202e}b'", ran.Output, StringComparison.Ordinal);
        Assert.Contains("run by sudo", ran.Output, StringComparison.Ordinal);
        Assert.Contains("not understood: \"$D\": which file is", ran.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\u202e", ran.Output, StringComparison.Ordinal);
    }

    static JsonElement[] Ask(Client client, int status, params string[] lines)
    {
        var path = client.Write("questions.jsonl", string.Join('\n', lines));
        var ran = client.Shell($"{Path.Combine(Client.Binaries, "writ")} explain --jsonl < {path}");
        Assert.Equal((status, ""), (ran.Status, ran.Errors));
        return
        [
            .. ran.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(l => JsonDocument.Parse(l).RootElement),
        ];
    }
}
