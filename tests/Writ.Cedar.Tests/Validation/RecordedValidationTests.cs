using System.Text.Json;
using System.Text.Json.Nodes;
using Writ.Corpus;
using Writ.Testing;

namespace Writ.Cedar.Tests.Validation;

/// <summary>
/// The recorded validations beside the corpus, which <see cref="CorpusFile"/> drives: sets of several policies.
/// </summary>
public sealed class RecordedValidationTests
{
    [Fact]
    public void The_handwritten_integration_tests_are_validated_as_recorded()
    {
        var root = SharedData.Require("data/cedar-corpus/handwritten");
        var files = Directory.GetFiles(Path.Combine(root, "tests"), "*.json", SearchOption.AllDirectories);
        var failures = new List<string>();
        foreach (var file in files)
        {
            using var test = JsonDocument.Parse(File.ReadAllText(file));
            string Sibling(string name) =>
                File.ReadAllText(Path.Combine(root, test.RootElement.GetProperty(name).GetString()!));
            var result = Validator.Validate(
                PolicySet.Parse(Sibling("policies")).Value, CedarSchema.ParseText(Sibling("schema")).Value);
            if (result.IsValid != test.RootElement.GetProperty("shouldValidate").GetBoolean())
                failures.Add($"{file}: {result.IsValid} {result.Errors.FirstOrDefault()}");
        }
        Assert.Equal(22, files.Length);
        Assert.Empty(failures);
    }

    [Fact]
    public void The_examples_are_validated_as_recorded()
    {
        var folders = Directory.GetDirectories(SharedData.Require("data/cedar-corpus/examples"));
        foreach (var folder in folders)
        {
            var golden = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "golden.json")))!["validate"]!;
            var policies = PolicySet.Parse(File.ReadAllText(Path.Combine(folder, "policies.cedar"))).Value;
            var schema = CedarSchema.ParseText(File.ReadAllText(Path.Combine(folder, "policies.cedarschema"))).Value;
            var result = Validator.Validate(policies, schema);
            Assert.Equal(Kinds(golden["errors"]!), RecordedFindings.Codes(result.Errors));
            Assert.Equal(Kinds(golden["warnings"]!), RecordedFindings.Codes(result.Warnings));
        }
        Assert.Equal(8, folders.Length);

        static string Kinds(JsonNode findings) => RecordedFindings.Codes(findings.Deserialize<JsonElement>());
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    [InlineData(1000)]
    public void The_benchmark_policies_are_valid(int size)
    {
        var root = SharedData.Require("data/cedar-corpus/bench");
        var policies = PolicySet.Parse(File.ReadAllText(Path.Combine(root, $"policies-{size}.cedar"))).Value;
        var schema = CedarSchema.ParseText(File.ReadAllText(Path.Combine(root, "schema.cedarschema"))).Value;
        Assert.Empty(Validator.Validate(policies, schema).Errors);
    }
}
