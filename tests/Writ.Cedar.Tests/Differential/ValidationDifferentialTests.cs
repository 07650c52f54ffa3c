using System.Globalization;
using System.Text.Json.Nodes;
using Writ.Corpus;
using Writ.Testing;

namespace Writ.Cedar.Tests.Differential;

/// <summary>
/// This validator against the official one over random schemas, policies, templates and links: for every policy the
/// kinds of errors and of warnings. Which scenarios, the same settings say as for decisions.
/// </summary>
public sealed class ValidationDifferentialTests
{
    const int ScenariosUsually = 300;
    const int DifferencesShownMax = 5;

    [Fact, Slow]
    public void Random_policies_are_validated_as_the_official_validator_validates_them()
    {
        using var official = OfficialEngine.Start();
        var scenarios = Setting("WRIT_DIFFERENTIAL_SCENARIOS", ScenariosUsually);
        var seed = Setting("WRIT_DIFFERENTIAL_SEED", 1);
        var differences = new List<string>();
        var kinds = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var valid = 0;
        for (var i = 0; i < scenarios && differences.Count < DifferencesShownMax; i++)
        {
            var scenario = new Scenario(unchecked(seed * 1_000_003 + i), 0);
            if (i % 4 != 0)
                Damage(scenario);
            var (expected, found) = Validate(scenario, official, kinds);
            valid += expected.Length == 0 ? 1 : 0;
            if (expected != found)
                differences.Add($"scenario {scenario.Seed}\nofficial\n{expected}\nhere\n{found}\n{Show(scenario)}");
        }
        foreach (var (kind, count) in kinds)
            Console.WriteLine($"{count,6} {kind}");
        Console.WriteLine($"seed {seed}, {scenarios} scenarios, {valid} without findings");
        Assert.True(differences.Count == 0, string.Join("\n\n", differences));
    }

    // What is no policy any more is left out, and templates stay, because their links fit.
    static void Damage(Scenario scenario)
    {
        var swap = new TokenSwap(scenario);
        foreach (var (id, text) in scenario.Policies.ToList())
        {
            scenario.Policies[id] = swap.Of(text);
            if (!PolicySet.Parse(scenario.Policies[id]).TryGetValue(out var read) || read.Policies.IsEmpty)
                scenario.Policies.Remove(id);
        }
    }

    static (string Expected, string Found) Validate(
        Scenario scenario, OfficialEngine official, SortedDictionary<string, int> kinds)
    {
        var text = string.Join("\n\n", scenario.Templates.Values.Concat(scenario.Policies.Values));
        var policies = PolicySet.Parse(text, PolicyIdSource.IdAnnotation).Value;
        foreach (var (template, id, slots) in scenario.Links)
            policies = policies.Link(template, id, slots).Value;
        var answer = official.Ask(new JsonObject
        {
            ["schema"] = scenario.Schema,
            ["policies"] = new JsonObject
            {
                ["staticPolicies"] = Texts(scenario.Policies),
                ["templates"] = Texts(scenario.Templates),
                ["templateLinks"] = JsonNode.Parse(policies.ToJson())!["templateLinks"]!.DeepClone(),
            },
            ["entities"] = new JsonArray(),
            ["requests"] = new JsonArray(),
            ["texts"] = new JsonArray(),
        });
        var result = Validator.Validate(policies, CedarSchema.ParseText(scenario.Schema).Value);
        var recorded = answer["validation"]!;
        if (recorded["errors"] is not { } errors)
            return (answer.ToJsonString(), "an answer");
        var expected = Officials(errors, "error").Concat(Officials(recorded["warnings"]!, "warning")).ToList();
        foreach (var line in expected.Distinct(StringComparer.Ordinal))
        {
            var kind = line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..];
            kinds[kind] = kinds.GetValueOrDefault(kind) + 1;
        }
        var found = Here(result.Errors, "error").Concat(Here(result.Warnings, "warning"));
        return (Lines(expected.Where(IsCompared)), Lines(found.Where(IsCompared)));

        // In a pattern the official validator looks at the escapes, so that it misses what is really there.
        bool IsCompared(string line) =>
            RecordedFindings.WithoutStrings(line.Split(' ')[^1]).Length > 0
            || !(scenario.Policies.TryGetValue(line.Split(' ')[0], out var policy)
                && policy.Contains(" like ", StringComparison.Ordinal));
    }

    static JsonObject Texts(Dictionary<string, string> policies) =>
        new(policies.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)JsonValue.Create(pair.Value))));

    static IEnumerable<string> Officials(JsonNode findings, string severity) =>
        findings.AsArray().Select(finding => (string)finding!).Select(text =>
        {
            var end = text.IndexOf(": ", StringComparison.Ordinal);
            return $"{text[..end]} {severity} {RecordedFindings.CodeOf(text[(end + 2)..])}";
        });

    static IEnumerable<string> Here(IEnumerable<ValidationFinding> findings, string severity) =>
        findings.Select(finding => $"{finding.PolicyId} {severity} {finding.Code}");

    static string Lines(IEnumerable<string> lines) =>
        string.Join('\n', lines.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));

    static string Show(Scenario scenario) => string.Join(
        '\n',
        [scenario.Schema, .. scenario.Templates.Values, .. scenario.Policies.Values,
            .. scenario.Links.Select(link => $"{link.Id} of {link.Template}: {link.Slots}")]);

    static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : otherwise;
}
