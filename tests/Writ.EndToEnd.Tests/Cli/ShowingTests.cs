using System.Text.Json;
using Writ.Changes;
using Writ.People;
using Writ.Requests;
using Writ.Wire;

namespace Writ.EndToEnd.Tests.Cli;

/// <summary>What the client lets a person see, and how it answers scripts.</summary>
public sealed class ShowingTests
{
    [Fact]
    public void The_screen_leaves_nothing_of_a_command_out()
    {
        using var plane = new FakeControlPlane();
        using var client = Given.Alice(plane);
        var lines = Enumerable.Range(0, 95).Select(i => i == 93 ? "rm -rf /srv/data" : $"echo line {i}").ToArray();
        plane.Answers(Given.Waiting(new Ask.ShellLine(string.Join('\n', lines))));
        var shown = client.Writ("show", Given.RequestId).Output;
        Assert.All(lines, line => Assert.Contains($"  | {line}\n", shown, StringComparison.Ordinal));
    }

    public static TheoryData<string, string> Hidden => new()
    {
        { "a\u202eb", "a\\u{202e}b" },
        { "a\u200bb", "a\\u{200b}b" },
        { "a\e[2Kb", "a\\u{1b}[2Kb" },
        { "a\nb", "a\\u{a}b" },
        { "a\rb", "a\\u{d}b" },
        { "a\ue000b", "a\\u{e000}b" },
    };

    [Theory]
    [MemberData(nameof(Hidden))]
    public void What_would_hide_is_shown_and_said(string argument, string shownAs)
    {
        using var plane = new FakeControlPlane();
        using var client = Given.Alice(plane);
        plane.Answers(Given.Waiting(new Ask.Exec(["echo", argument])));
        var shown = client.Writ("show", Given.RequestId, "--color", "never").Output;
        Assert.Contains(shownAs, shown, StringComparison.Ordinal);
        Assert.Contains("hide or reorder", shown, StringComparison.Ordinal);
        Assert.DoesNotContain(shown, c => char.IsControl(c) && c != '\n');
    }

    [Fact]
    public void Letters_that_may_imitate_others_are_named()
    {
        using var plane = new FakeControlPlane();
        using var client = Given.Alice(plane);
        plane.Answers(Given.Waiting(new Ask.Exec(["curl", "https://p\u0430ypal.example"])));
        Assert.Contains("U+0430", client.Writ("show", Given.RequestId).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Outside_text_cannot_draw_on_the_screen()
    {
        using var plane = new FakeControlPlane();
        using var client = Given.Alice(plane);
        var view = Given.Waiting(new Ask.Exec(["true"]));
        const string evil = "x\e]0;title\a\e[31m\rApproved.";
        plane.Answers(view with
        {
            Prompt = evil,
            Rollback = evil,
            Session = view.Session with { Task = evil },
            MayNot = new Writ.Refusal("approval.self", evil),
        });
        plane.Answer("GET /v1/sessions", SigningTests.Refusal("person.offboarded", 403)
            .Replace("It is not so.", "x\\u001b[31m", StringComparison.Ordinal), 403);
        foreach (var ran in new[] { client.Writ("show", Given.RequestId), client.Writ("session", "list") })
            Assert.DoesNotContain(ran.Output + ran.Errors, c => char.IsControl(c) && c != '\n');
    }

    [Fact]
    public void Scripts_get_shapes_they_can_read()
    {
        using var plane = new FakeControlPlane();
        using var client = Given.Alice(plane);
        plane.Answers(Given.Waiting(new Ask.Exec(["true"])));
        plane.Answer("GET /v1/inbox", "[]");
        plane.Answer("GET /v1/sessions", "[]");
        plane.Answer("GET /v1/changes", "[]");
        plane.Answer("GET /v1/held", "[]");
        plane.Answer("GET /v1/doctor", """{"version":"0.1.0","findings":[]}""");
        foreach (var command in new[]
        {
            "version", "whoami", "config show", "realm", "inbox", "session list", "changes", "doctor",
            $"show {Given.RequestId}",
        })
        {
            var ran = client.Writ([.. command.Split(' '), "--json"]);
            Assert.Equal((0, ""), (ran.Status, ran.Errors));
            using var document = JsonDocument.Parse(ran.Output);
            Assert.EndsWith("\n", ran.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_refusal_ends_with_its_catalogued_status_and_says_what_to_do()
    {
        using var plane = new FakeControlPlane();
        using var client = Given.Alice(plane);
        plane.Answer("POST /v1/sessions", SigningTests.Refusal("workflow.no-owner", 403), 403);
        var ran = client.Writ("session", "open", "--workflow", "release", "--task", "x", "--json");
        Assert.Equal(RefusalCatalog.Of("workflow.no-owner").Exit, ran.Status);
        Assert.Equal("writ: It is not so. Do something else. [workflow.no-owner]\n", ran.Errors);
        Assert.Equal("workflow.no-owner", JsonDocument.Parse(ran.Output).RootElement.GetProperty("code").GetString());
    }

    [Fact]
    public void Faults_of_files_are_named_by_their_place()
    {
        using var plane = new FakeControlPlane();
        using var client = Given.Alice(plane);
        client.Write("realm/people.yaml", "people: []\n");
        client.Write("realm/policies/a.cedar", "permit(principal, action, resource);\n");
        plane.Answer("POST /v1/changes/preview", JsonSerializer.Serialize(
            new Preview("", "", [], [],
                [new Realms.DocumentFault("people.yaml:1:9", "change.invalid", "Nobody is here.")], false),
            ApiJson.Default.Preview));
        var ran = client.Writ("apply", "-f", "realm");
        Assert.Equal((1, "people.yaml:1:9: Nobody is here. [change.invalid]\n"), (ran.Status, ran.Errors));
        var sent = JsonSerializer.Deserialize(
            plane.Received("POST /v1/changes/preview")[0], ApiJson.Default.PreviewRequest)!;
        Assert.Equal(["people.yaml", "policies/a.cedar"], sent.Files.Select(f => f.Name));
    }

    [Fact]
    public void A_difference_shows_fields_and_policy_lines()
    {
        using var plane = new FakeControlPlane();
        using var client = Given.Alice(plane);
        client.Write("realm/people.yaml", "people: []\n");
        var text = ChangeQuery.Text(Given.Next);
        plane.Answer("GET /v1/document", JsonSerializer.Serialize(Given.Realm, ApiJson.Default.RealmDocument));
        // The control plane says that nothing of note changes; the client looks for itself.
        plane.Answer("POST /v1/changes/preview", JsonSerializer.Serialize(
            new Preview(text, Signatures.Sha256(text), [], [], [], NeedsSecondPerson: true), ApiJson.Default.Preview));
        var ran = client.Writ("apply", "-f", "realm", "--dry-run");
        Assert.Equal((0, ""), (ran.Status, ran.Errors));
        Assert.Contains("~ target/payments/owner: alice -> bob\n", ran.Output, StringComparison.Ordinal);
        Assert.Contains("--- a.cedar\n+++ a.cedar\n", ran.Output, StringComparison.Ordinal);
        Assert.Contains(" // one\n-// two\n+// three\n", ran.Output, StringComparison.Ordinal);
        Assert.Contains("second person", ran.Output, StringComparison.Ordinal);
        Assert.Empty(plane.Received("POST /v1/changes"));
    }
}
