using System.IO.Compression;
using System.Text.Json.Nodes;
using Writ.Corpus;

namespace Writ.Cedar.Tests.Corpus;

/// <summary>The driver itself: what it says about a corpus that is wrong, or is none.</summary>
public sealed class CorpusDriverTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("writ-corpus-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_right_answer_passes_and_what_was_not_recorded_is_skipped()
    {
        var tally = Check(Line());
        Assert.Equal((0, 1), (tally.Failed, tally.Tests));
        Assert.Equal(1, tally.PassedOf("decision, reasons and errors"));
        Assert.True(tally.Skipped > 3);
        using var written = new StringWriter();
        tally.Write(written);
        var lines = written.ToString().TrimEnd().Split('\n');
        Assert.Equal($"{tally.Passed} passed, 0 failed, {tally.Skipped} skipped", lines[^1]);
        Assert.Contains(lines, line => line.EndsWith("formatting: no formatted text was recorded"));
    }

    [Theory]
    [InlineData("\"allow\"", "\"deny\"", "decision, reasons and errors")]
    [InlineData("[\"policy0\"]", "[]", "decision, reasons and errors")]
    [InlineData("\"errors\":[]", "\"errors\":[\"policy0\"]", "decision, reasons and errors")]
    [InlineData("\"shouldValidate\":true", "\"shouldValidate\":false", "policy validation, strict (4.10)")]
    [InlineData("\"context\":{}", "\"context\":{\"x\":1}", "request validation, strict")]
    public void A_wrong_answer_fails_and_is_shown(string right, string wrong, string check)
    {
        var line = Line();
        line["test"] = ((string)line["test"]!).Replace(right, wrong, StringComparison.Ordinal);
        var tally = Check(line);
        Assert.True(tally.Failed > 0);
        Assert.Contains(tally.Failures, failure =>
            failure.StartsWith($"FAILED t1 (line 1), {check}\n  expected ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("schema", "entity A", "reading")]
    [InlineData("policy", "permit(", "reading")]
    [InlineData("entities", "[{\"uid\":1}]", "reading")]
    [InlineData("""entities""", """[{"uid":{"type":"B","id":"b"},"attrs":{},"parents":[]}]""", """entity validation""")]
    [InlineData("schemaJson", "{\"\":{\"entityTypes\":{},\"actions\":{}}}", "schema from text to JSON")]
    [InlineData("schemaJson", "{\"\":{\"entityTypes\":{}}}", "schema from JSON to text and back")]
    public void A_wrong_text_fails(string member, string text, string check)
    {
        var line = Line();
        line[member] = text;
        Assert.Contains(Check(line).Failures, failure => failure.Contains($", {check}\n", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("formatted", "\"permit(principal,action,resource);\"", "formatting")]
    [InlineData("policyJson", "[]", "policy from text to JSON")]
    [InlineData("validate", "{\"errors\":[[\"policy0\",\"no\"]],\"warnings\":[]}", "policy validation, strict (4.13)")]
    public void A_wrong_golden_fails(string member, string golden, string check)
    {
        var line = Line();
        line["golden413"] = new JsonObject { [member] = JsonNode.Parse(golden) };
        Assert.Contains(Check(line).Failures, failure => failure.Contains($", {check}\n", StringComparison.Ordinal));
    }

    [Fact]
    public void Entities_and_requests_that_should_be_refused_are_checked_too()
    {
        var line = Line();
        line["validation"] = """
            {"policyValidation":{"strict":true,"permissive":true,"perPolicy":{"policy0":{"strict":true,"permissive":true}}},
             "entityValidation":{"perEntity":{"A::a":{"errors":["no"]}}},
             "requestValidation":[{"description":"Request 0","strict":false,"permissive":true}]}
            """;
        Assert.Equal(
            ["entity validation", "request validation, strict"],
            Check(line).Failures.Select(failure => failure.Split(", ", 2)[1].Split('\n')[0]));
    }

    [Fact]
    public void Members_stand_in_any_order_and_documents_as_they_are_or_as_texts()
    {
        var line = Line();
        var turned = new JsonObject { ["more"] = 1 };
        foreach (var (name, value) in line.Reverse())
            if (value is not null)
                turned[name] = name is "test" or "entities" ? JsonNode.Parse((string)value!) : value.DeepClone();
        var (one, other) = (Check(line), Check(turned));
        Assert.Equal((one.Passed, 0, one.Skipped), (other.Passed, other.Failed, other.Skipped));
    }

    [Fact]
    public void A_schema_in_JSON_alone_is_as_good()
    {
        var line = Line();
        line["schemaJson"] = SchemaDocument.ParseText((string)line["schema"]!).Value.ToJson().Value;
        line.Remove("schema");
        var tally = Check(line);
        Assert.Equal(0, tally.Failed);
        Assert.Equal(1, tally.PassedOf("schema from JSON to text and back"));
        Assert.Equal(1, tally.PassedOf("decision, reasons and errors"));
    }

    [Fact]
    public void Several_policies_are_one_set()
    {
        var line = Line();
        line["policy"] = "permit(principal, action, resource);\nforbid(principal, action, resource);";
        line["test"] = ((string)line["test"]!).Replace("\"allow\"", "\"deny\"", StringComparison.Ordinal)
            .Replace("[\"policy0\"]", "[\"policy1\"]", StringComparison.Ordinal);
        Assert.Equal(0, Check(line).Failed);
    }

    [Fact]
    public void Gzip_is_known_by_its_beginning_and_plain_text_is_read_too()
    {
        foreach (var packed in new[] { true, false })
        {
            var path = Path.Combine(_folder, $"{packed}.jsonl");
            using (var file = File.Create(path))
            using (var stream = packed ? new GZipStream(file, CompressionLevel.Fastest) : (Stream)file)
            using (var writer = new StreamWriter(stream))
                writer.WriteLine(Line().ToJsonString());
            var tally = new Tally(10);
            CorpusFile.Check(path, tally);
            Assert.Equal((1, 0), (tally.Tests, tally.Failed));
        }
    }

    [Theory]
    [InlineData("x", "expected a JSON object, found 'x' is an invalid start of a value")]
    [InlineData("[]", "expected a JSON object, found Array")]
    [InlineData("{\"id\":\"a\"}", "expected the member 'policy' with a text, found none")]
    [InlineData("{\"id\":1}", "expected the member 'id' with a text, found Number")]
    public void A_line_that_is_no_test_is_named(string broken, string message)
    {
        var path = Path.Combine(_folder, "broken.jsonl");
        File.WriteAllText(path, Line().ToJsonString() + "\n\n" + broken + "\n");
        var fault = Assert.Throws<BrokenCorpusException>(() => CorpusFile.Check(path, new Tally(10)));
        Assert.StartsWith($"{path}:3: {message}", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_none_is_refused()
    {
        var missing = Path.Combine(_folder, "missing.jsonl.gz");
        Assert.StartsWith($"{missing}: expected a file", Fault(missing), StringComparison.Ordinal);
        var plain = Path.Combine(_folder, "plain.jsonl.gz");
        File.WriteAllText(plain, Line().ToJsonString());
        Assert.StartsWith($"{plain}:1: expected a line of gzip", Fault(plain), StringComparison.Ordinal);
        var empty = Path.Combine(_folder, "empty.jsonl");
        File.WriteAllText(empty, "\n");
        Assert.Equal($"{empty}: expected at least one line with a test, found none", Fault(empty));
        var latin = Path.Combine(_folder, "latin.jsonl");
        File.WriteAllBytes(latin, [(byte)'"', 0xe9, (byte)'"']);
        Assert.StartsWith($"{latin}:1: expected a line", Fault(latin), StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_failures_are_those_of_the_first_lines()
    {
        var wrong = Line();
        wrong["test"] = ((string)wrong["test"]!).Replace("\"allow\"", "\"deny\"", StringComparison.Ordinal);
        var path = Path.Combine(_folder, "many.jsonl");
        File.WriteAllLines(path, Enumerable.Range(0, 200).Select(_ => wrong.ToJsonString()));
        var tally = new Tally(shownMax: 3);
        CorpusFile.Check(path, tally);
        Assert.Equal(200, tally.Failed);
        Assert.Equal(["(line 1)", "(line 2)", "(line 3)"], tally.Failures.Select(failure => failure[10..18]));
    }

    static string Fault(string path) =>
        Assert.Throws<BrokenCorpusException>(() => CorpusFile.Check(path, new Tally(10))).Message;

    static JsonObject Line() => new()
    {
        ["id"] = "t1",
        ["policy"] = "permit(principal, action, resource);",
        ["schema"] = "entity A; action a appliesTo { principal: A, resource: A };",
        ["entities"] = "[{\"uid\":{\"type\":\"A\",\"id\":\"a\"},\"attrs\":{},\"parents\":[]}]",
        ["test"] = """{"shouldValidate":true,"requests":[{"description":"Request 0","principal":{"type":"A","id":"a"},"action":{"type":"Action","id":"a"},"resource":{"type":"A","id":"a"},"context":{},"validateRequest":true,"decision":"allow","reason":["policy0"],"errors":[]}]}""",
        ["validation"] = null,
        ["schemaJson"] = null,
    };

    Tally Check(JsonObject line)
    {
        var path = Path.Combine(_folder, "one.jsonl.gz");
        using (var file = new StreamWriter(new GZipStream(File.Create(path), CompressionLevel.Fastest)))
            file.WriteLine(line.ToJsonString());
        var tally = new Tally(10);
        CorpusFile.Check(path, tally);
        return tally;
    }
}
