using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using Writ.Testing;

namespace Writ.Cedar.Tests;

/// <summary>
/// The official conformance corpus: every request of every packed test must give the recorded decision, reasons and
/// errors. One fact per chunk, so that a failure names the tests; entities are read once per test.
/// </summary>
public sealed class CorpusTests
{
    const int Chunks = 16;
    const int FailuresShownMax = 20;

    static readonly Lazy<List<string>[]> Lines = new(ReadChunks);

    public static TheoryData<int> AllChunks => [.. Enumerable.Range(0, Chunks)];

    [Theory]
    [MemberData(nameof(AllChunks))]
    public void Every_request_of_the_corpus_is_answered_as_recorded(int chunk)
    {
        SharedData.Require("data/cedar-corpus/packed/corpus-dev.jsonl.gz");
        var failures = new List<string>();
        foreach (var line in Lines.Value[chunk])
        {
            using var packed = JsonDocument.Parse(line);
            var id = packed.RootElement.GetProperty("id").GetString()!;
            var policies = PolicySet.Parse(packed.RootElement.GetProperty("policy").GetString()!);
            var entities = EntityStore.ParseJson(packed.RootElement.GetProperty("entities").GetString()!);
            if (!policies.Succeeded || !entities.Succeeded)
            {
                failures.Add($"{id}: {policies.Errors.Concat(entities.Errors).First()}");
                continue;
            }
            using var test = JsonDocument.Parse(packed.RootElement.GetProperty("test").GetString()!);
            failures.AddRange(RecordedRequest.Failures(id, test.RootElement, policies.Value, entities.Value));
        }
        var shown = string.Join('\n', failures.Take(FailuresShownMax));
        Assert.True(failures.Count == 0, $"{failures.Count} failures\n{shown}");
    }

    [Theory]
    [MemberData(nameof(AllChunks))]
    public void Every_policy_of_the_corpus_has_the_JSON_that_the_official_tools_give_it(int chunk)
    {
        SharedData.Require("data/cedar-corpus/packed/corpus-dev.jsonl.gz");
        var compared = 0;
        foreach (var line in Lines.Value[chunk])
        {
            var packed = JsonNode.Parse(line)!;
            // Missing where a number is too large for the tool that wrote it.
            if (packed["golden413"]?["policyJson"] is not JsonArray golden)
                continue;
            var policies = PolicySet.Parse((string)packed["policy"]!).Value;
            var read = new JsonArray([.. policies.Policies.Select(policy => JsonNode.Parse(policy.ToJson()))]);
            Assert.True(JsonNode.DeepEquals(golden, read), $"{packed["id"]}\n{golden}\n{read}");
            compared++;
        }
        Assert.InRange(compared, 300, 350);
    }

    [Theory]
    [MemberData(nameof(AllChunks))]
    public void Every_policy_of_the_corpus_survives_the_way_through_JSON_and_back_to_Cedar(int chunk)
    {
        SharedData.Require("data/cedar-corpus/packed/corpus-dev.jsonl.gz");
        foreach (var line in Lines.Value[chunk])
        {
            using var packed = JsonDocument.Parse(line);
            var json = PolicySet.Parse(packed.RootElement.GetProperty("policy").GetString()!).Value.ToJson();
            var read = PolicySet.ParseJson(json).Value;
            Assert.Equal(json, read.ToJson());
            Assert.Equal(json, PolicySet.Parse(read.ToCedar().Value).Value.ToJson());
        }
    }

    [Theory]
    [MemberData(nameof(AllChunks))]
    public void Every_policy_of_the_corpus_is_formatted_as_the_official_formatter_does(int chunk)
    {
        SharedData.Require("data/cedar-corpus/packed/corpus-dev.jsonl.gz");
        foreach (var line in Lines.Value[chunk])
        {
            using var packed = JsonDocument.Parse(line);
            var golden = packed.RootElement.GetProperty("golden413").GetProperty("formatted").GetString();
            var formatted = PolicyFormatter.Format(packed.RootElement.GetProperty("policy").GetString()!).Value;
            Assert.Equal(golden, formatted);
            Assert.Equal(formatted, PolicyFormatter.Format(formatted).Value);
        }
    }

    [Fact]
    public void The_corpus_is_complete()
    {
        SharedData.Require("data/cedar-corpus/packed/corpus-dev.jsonl.gz");
        Assert.Equal(5522, Lines.Value.Sum(chunk => chunk.Count));
    }

    static List<string>[] ReadChunks()
    {
        var path = SharedData.Require("data/cedar-corpus/packed/corpus-dev.jsonl.gz");
        var chunks = Enumerable.Range(0, Chunks).Select(_ => new List<string>()).ToArray();
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        for (var i = 0; reader.ReadLine() is { } line; i++)
            chunks[i % Chunks].Add(line);
        return chunks;
    }
}
