using System.Text.Json;
using System.Text.Json.Nodes;
using Writ.Corpus;
using Writ.Testing;

namespace Writ.Cedar.Tests;

/// <summary>The recorded answers beside the corpus: sets of several policies, benchmark sets, examples.</summary>
public sealed class RecordedSetsTests
{
    [Fact]
    public void The_handwritten_integration_tests_are_answered_as_recorded()
    {
        var root = SharedData.Require("data/cedar-corpus/handwritten");
        var files = Directory.GetFiles(Path.Combine(root, "tests"), "*.json", SearchOption.AllDirectories);
        var tally = new Tally(shownMax: 20);
        for (var i = 0; i < files.Length; i++)
        {
            var file = files[i];
            var text = File.ReadAllText(file);
            using var test = JsonDocument.Parse(text);
            var packed = new JsonObject { ["id"] = Path.GetFileName(file), ["test"] = text };
            (string, string)[] texts = [("policy", "policies"), ("schema", "schema"), ("entities", "entities")];
            foreach (var (member, name) in texts)
                packed[member] =
                    File.ReadAllText(Path.Combine(root, test.RootElement.GetProperty(name).GetString()!));
            using var line = PackedTest.Parse(packed.ToJsonString(), file);
            tally.Add(i, file, CorpusChecks.Of(line));
        }
        Assert.True(tally.Failed == 0, string.Join('\n', tally.Failures));
        Assert.Equal(22, tally.PassedOf("entity validation"));
        Assert.Equal(22, tally.PassedOf("policy validation, strict (4.10)"));
        Assert.Equal(74, tally.PassedOf("request validation, strict"));
        Assert.Equal(74, tally.PassedOf("decision, reasons and errors"));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    [InlineData(1000)]
    public void The_benchmark_requests_are_answered_as_recorded(int size)
    {
        var root = SharedData.Require("data/cedar-corpus/bench");
        string Read(string name) => File.ReadAllText(Path.Combine(root, name));
        var policies = PolicySet.Parse(Read($"policies-{size}.cedar"), PolicyIdSource.IdAnnotation).Value;
        var entities = EntityStore.ParseJson(Read("entities.json")).Value;
        using var requests = JsonDocument.Parse(Read("requests.json"));
        using var expected = JsonDocument.Parse(Read($"expected-{size}.json"));
        var failures = new List<string>();
        var pairs = requests.RootElement.EnumerateArray().Zip(expected.RootElement.EnumerateArray());
        foreach (var (recorded, wanted) in pairs)
        {
            var answer = RecordedRequest.Describe(
                Authorizer.Decide(policies, RecordedRequest.Read(recorded).Value, entities));
            var recordedAnswer = RecordedRequest.Describe(
                wanted.GetProperty("decision").GetString()!,
                RecordedRequest.Texts(wanted, "reason"), RecordedRequest.Texts(wanted, "errors"));
            if (answer != recordedAnswer)
                failures.Add($"expected {recordedAnswer}, found {answer}");
        }
        Assert.Equal(size, policies.Policies.Length);
        Assert.Equal(420, requests.RootElement.GetArrayLength());
        Assert.Empty(failures);
    }

    [Theory]
    [InlineData("examples")]
    [InlineData("formatter")]
    [InlineData("bench")]
    public void Every_example_is_read(string folder)
    {
        var root = SharedData.Require("data/cedar-corpus/" + folder);
        var errors = Directory.GetFiles(root, "*.cedar", SearchOption.AllDirectories)
            .SelectMany(file => PolicySet.Parse(File.ReadAllText(file), fileName: file).Errors);
        Assert.Empty(errors);
    }

    [Fact]
    public void The_examples_are_read_as_the_official_tools_read_them()
    {
        var folders = Directory.GetDirectories(SharedData.Require("data/cedar-corpus/examples"));
        foreach (var folder in folders)
        {
            var golden = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "golden.json")))!;
            var set = PolicySet.Parse(File.ReadAllText(Path.Combine(folder, "policies.cedar"))).Value;
            // The recorded order is that of the ids as text: policy1, policy10, policy2.
            var policies = set.Policies.OrderBy(policy => policy.Id, StringComparer.Ordinal);
            Compare(golden["policies"]!, policies.Select(policy => policy.ToJson()));
            Compare(golden["templates"] ?? new JsonArray(), set.Templates.Select(template => template.ToJson()));
        }
        Assert.Equal(8, folders.Length);

        static void Compare(JsonNode golden, IEnumerable<string> policies)
        {
            var read = new JsonArray([.. policies.Select(json => JsonNode.Parse(json))]);
            Assert.True(JsonNode.DeepEquals(golden, read), $"{golden}\n{read}");
        }
    }

    [Fact]
    public void The_formatter_examples_are_formatted_as_recorded()
    {
        var inputs = Directory.GetFiles(SharedData.Require("data/cedar-corpus/formatter"), "*.cedar");
        foreach (var input in inputs)
        {
            var golden = JsonNode.Parse(File.ReadAllText(Path.ChangeExtension(input, ".expected.json")))!;
            Assert.Equal((string)golden["formatted"]!, PolicyFormatter.Format(File.ReadAllText(input)).Value);
        }
        Assert.Equal(21, inputs.Length);
    }

    [Fact]
    public void The_template_of_the_tax_example_links()
    {
        var file = Path.Combine(SharedData.Require("data/cedar-corpus/examples"), "tax_preparer", "policies.cedar");
        var policies = PolicySet.Parse(File.ReadAllText(file)).Value;
        var template = Assert.Single(policies.Templates);
        Assert.Equal("adhoc-access", template.Annotations["id"]);
        var slots = new SlotValues(
            Given.Uid("Taxpreparer::Professional::\"a\""), Given.Uid("Taxpreparer::Document::\"b\""));
        Assert.True(policies.Link(template.Id, "link0", slots).Succeeded);
    }
}
