using System.Text.Json;
using System.Text.Json.Nodes;
using Writ.Cedar.Tests.Differential;
using Writ.Corpus;
using Writ.Testing;

namespace Writ.Cedar.Tests;

/// <summary>The vectors in <c>tests/vectors/cedar</c>: what the official corpus lacks.</summary>
public sealed class VectorTests
{
    static readonly string Folder = Path.Combine(SharedData.RepositoryRoot, "tests", "vectors", "cedar");

    public static TheoryData<string> All =>
        [.. Directory.GetFiles(Folder, "*.json").Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(All))]
    public void Every_request_is_answered_as_recorded(string file)
    {
        var vectors = Read(file);
        var policies = Policies(vectors);
        Check(vectors, policies);
        Check(vectors, PolicySet.ParseJson(policies.ToJson()).Value);
    }

    [Fact, Slow]
    public void The_official_engine_answers_as_recorded()
    {
        using var official = OfficialEngine.Start();
        foreach (var file in All.Select(row => row.Data).Where(name => name != "exact-integers.json"))
        {
            var vectors = Read(file);
            var question = new JsonObject
            {
                ["policies"] = new JsonObject
                {
                    ["staticPolicies"] = vectors["policies"]!.DeepClone(),
                    ["templates"] = vectors["templates"]!.DeepClone(),
                    ["templateLinks"] = vectors["links"]!.DeepClone(),
                },
                ["entities"] = vectors["entities"]!.DeepClone(),
                ["requests"] = new JsonArray([.. vectors["requests"]!.AsArray().Select(AsOfficial)]),
                ["texts"] = new JsonArray(),
            };
            var answered = official.Ask(question);
            foreach (var (recorded, answer) in vectors["requests"]!.AsArray().Zip(answered["answers"]!.AsArray()))
                Assert.Equal(Recorded(recorded!), Recorded(answer!));
        }
    }

    static void Check(JsonNode vectors, PolicySet policies)
    {
        var entities = EntityStore.ParseJson(vectors["entities"]!.ToJsonString()).Value;
        Assert.NotEmpty(vectors["requests"]!.AsArray());
        foreach (var recorded in vectors["requests"]!.AsArray())
        {
            var request = Question(recorded!);
            var answer = RecordedRequest.Describe(Authorizer.Decide(policies, request, entities));
            Assert.True(Recorded(recorded!) == answer, $"{recorded}\nanswered {answer}");
        }
    }

    static PolicySet Policies(JsonNode vectors)
    {
        var sets = vectors["policies"]!.AsObject().Concat(vectors["templates"]!.AsObject()).Select(
            pair => PolicySet.Parse(
                $"@id({new CedarString(pair.Key)}) " + WithoutId((string)pair.Value!),
                PolicyIdSource.IdAnnotation).Value);
        var policies = PolicySet.Combine(sets).Value;
        foreach (var link in vectors["links"]!.AsArray())
            policies = policies.Link(
                (string)link!["templateId"]!, (string)link["newId"]!,
                new SlotValues(Uid(link["values"]!["?principal"]), Uid(link["values"]!["?resource"]))).Value;
        return policies;
    }

    static string WithoutId(string text) => text.Replace("@id(\"x\") ", "", StringComparison.Ordinal);

    static EntityUid? Uid(JsonNode? json) =>
        json is null ? null : new EntityUid((string)json["type"]!, (string)json["id"]!);

    // The expected answer stands beside the question.
    static Request Question(JsonNode recorded)
    {
        var question = recorded.DeepClone().AsObject();
        foreach (var name in new[] { "decision", "reason", "errors" })
            question.Remove(name);
        return Request.ParseJson(question.ToJsonString()).Value;
    }

    static JsonNode AsOfficial(JsonNode? recorded)
    {
        var request = Question(recorded!);
        return new JsonObject
        {
            ["principal"] = Scenario.UidJson(request.Principal.Type, request.Principal.Id),
            ["action"] = Scenario.UidJson(request.Action.Type, request.Action.Id),
            ["resource"] = Scenario.UidJson(request.Resource.Type, request.Resource.Id),
            ["context"] = recorded!["context"]!.DeepClone(),
        };
    }

    static string Recorded(JsonNode json)
    {
        using var document = JsonDocument.Parse(json.ToJsonString());
        return RecordedRequest.Describe(
            (string)json["decision"]!, RecordedRequest.Texts(document.RootElement, "reason").ToList(),
            RecordedRequest.Texts(document.RootElement, "errors").ToList());
    }

    static JsonNode Read(string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, file)))!;
}
