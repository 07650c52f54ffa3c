using System.IO.Compression;
using System.Text.Json;
using Writ.Cedar.Tests.Differential;
using Writ.Corpus;
using Writ.Testing;

namespace Writ.Cedar.Tests.Validation;

/// <summary>
/// What validation is for: a valid policy, strict or permissive, never fails by a type, an attribute, a tag or a number
/// of arguments on entities and requests that conform to the schema.
/// </summary>
public sealed class SoundnessTests
{
    [Fact, Slow]
    public void No_valid_policy_of_the_corpus_fails_by_its_types()
    {
        var path = SharedData.Require("data/cedar-corpus/packed/corpus-dev.jsonl.gz");
        var checkedTests = 0;
        Parallel.ForEach(
            CorpusFile.Lines(path),
            line =>
            {
                using var test = PackedTest.Parse(line.Text, $"{path}:{line.Number}");
                var schema = CedarSchema.ParseText(test.Schema).Value;
                if (!EntityStore.ParseJson(test.Entities, schema).TryGetValue(out var entities))
                    return;
                Interlocked.Increment(ref checkedTests);
                Check(PolicySet.Parse(test.Policy).Value, schema, entities, test.Requests, test.Id);
            });
        Assert.InRange(checkedTests, 5_000, 5_522);
    }

    [Fact, Slow]
    public void No_valid_policy_of_random_scenarios_fails_by_its_types()
    {
        const int Scenarios = 1_000;
        const int RequestsPerScenario = 10;
        var answers = 0;
        for (var i = 0; i < Scenarios; i++)
        {
            var scenario = new Scenario(unchecked(17 * 1_000_003 + i), RequestsPerScenario);
            var schema = CedarSchema.ParseText(scenario.Schema).Value;
            if (!EntityStore.ParseJson(scenario.Entities.ToJsonString(), schema).TryGetValue(out var entities))
                continue;
            var policies = PolicySet.Parse(
                string.Join("\n\n", scenario.Templates.Values.Concat(scenario.Policies.Values)),
                PolicyIdSource.IdAnnotation).Value;
            foreach (var (template, id, slots) in scenario.Links)
                policies = policies.Link(template, id, slots).Value;
            var requests = scenario.Requests.Select(request => JsonDocument.Parse(request.ToJsonString()).RootElement);
            answers += Check(policies, schema, entities, requests, $"scenario {scenario.Seed}");
        }
        Console.WriteLine($"{answers} requests decided");
        Assert.InRange(answers, 1_000, int.MaxValue);
    }

    /// <summary>How many requests were decided with at least one valid policy.</summary>
    static int Check(
        PolicySet policies, CedarSchema schema, EntityStore entities, IEnumerable<JsonElement> requests, string name)
    {
        var permissive = Validator.Validate(
            policies, schema, new ValidationOptions { Mode = ValidationMode.Permissive });
        // What strict mode takes, permissive mode takes too.
        var strict = Validator.Validate(policies, schema).Errors.Select(finding => finding.PolicyId);
        var invalid = permissive.Errors.Select(finding => finding.PolicyId).ToHashSet(StringComparer.Ordinal);
        Assert.Subset(strict.ToHashSet(StringComparer.Ordinal), invalid);
        var valid = policies.Policies.Count(policy => !IsInvalid(policy));
        var answers = 0;
        foreach (var recorded in requests)
        {
            if (valid == 0 || !RecordedRequest.Read(recorded).TryGetValue(out var request)
                || schema.FindFault(request) is not null)
                continue;
            answers++;
            foreach (var error in Authorizer.Decide(policies, request, entities).Errors)
                Assert.True(IsExpected(error.Error.Fault) || IsInvalid(error.Policy), $"{name}: {error}");
        }
        return answers;

        bool IsInvalid(Policy policy) => invalid.Contains(policy.TemplateId ?? policy.Id);
    }

    static bool IsExpected(EvaluationFault fault) =>
        fault is EvaluationFault.Overflow or EvaluationFault.Extension or EvaluationFault.MissingEntity;
}
