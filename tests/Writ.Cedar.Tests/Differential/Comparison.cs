using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Writ.Corpus;

namespace Writ.Cedar.Tests.Differential;

/// <summary>What was compared, and what differed, in words that are enough to see it again.</summary>
sealed class Tally
{
    int _allowed;
    int _erring;
    int _formatted;
    int _translated;
    int _valid;
    int _invalid;

    public int Passed { get; private set; }

    public int Failed => Differences.Count;

    public int Skipped { get; set; }

    public List<string> Differences { get; } = [];

    public void Answered(Answer answer)
    {
        Passed++;
        _allowed += answer.Decision == Decision.Allow ? 1 : 0;
        _erring += answer.Errors.IsEmpty ? 0 : 1;
    }

    public void Formatted() => _formatted++;

    public void Validated(bool isValid) => _ = isValid ? _valid++ : _invalid++;

    public void Translated() => _translated++;

    /// <summary>That the scenarios were worth it.</summary>
    public string Shape() => string.Create(
        CultureInfo.InvariantCulture,
        $"{_allowed} allowed, {_erring} with errors; {_valid} valid sets, {_invalid} invalid; ")
        + string.Create(CultureInfo.InvariantCulture, $"{_translated} policies as JSON, {_formatted} layouts");
}

/// <summary>Poses one scenario to both engines.</summary>
sealed partial class Comparison(Scenario scenario, OfficialEngine official, Tally tally)
{
    // JavaScript rounds larger numbers of JSON policies; in Cedar text they are exact.
    bool HasBigNumbers => scenario.Policies.Values.Concat(scenario.Templates.Values).Any(
        text => BigNumber().IsMatch(text));

    [GeneratedRegex("[0-9]{16}")]
    private static partial Regex BigNumber();

    public void Run()
    {
        var text = string.Join("\n\n", scenario.Templates.Values.Concat(scenario.Policies.Values));
        var read = PolicySet.Parse(text, PolicyIdSource.IdAnnotation);
        var entities = EntityStore.ParseJson(scenario.Entities.ToJsonString());
        if (!read.TryGetValue(out var policies) || !entities.TryGetValue(out var store))
        {
            Differ($"refused here: {read.Errors.Concat(entities.Errors).First()}");
            return;
        }
        foreach (var (template, id, slots) in scenario.Links)
            policies = policies.Link(template, id, slots).Value;
        var asJson = !HasBigNumbers && scenario.Seed % 2 == 0;
        var layouts = new LayoutNoise(scenario.Seed).Of(text);
        var answered = official.Ask(Question(policies, asJson, layouts));
        if (answered["error"] is { } refused)
        {
            Differ($"refused by the official engine: {refused.ToJsonString()}");
            return;
        }
        if (!HasBigNumbers)
            CompareJson(policies, answered["json"]!.AsObject());
        CompareValidation(policies, answered["validation"]!);
        for (var i = 0; i < layouts.Count; i++)
            CompareLayout(layouts[i], answered["formatted"]![i]!);
        var again = PolicySet.ParseJson(policies.ToJson()).Value;
        for (var i = 0; i < scenario.Requests.Count; i++)
            CompareAnswers(policies, again, store, scenario.Requests[i], answered["answers"]![i]!);
    }

    JsonObject Question(PolicySet policies, bool asJson, IReadOnlyList<string> layouts)
    {
        JsonObject Either(Dictionary<string, string> texts, Func<string, string> json) => new(texts.Select(
            pair => KeyValuePair.Create(
                pair.Key, asJson ? JsonNode.Parse(json(pair.Key)) : (JsonNode?)JsonValue.Create(pair.Value))));

        return new JsonObject
        {
            ["policies"] = new JsonObject
            {
                ["staticPolicies"] = Either(
                    scenario.Policies, id => policies.TryGetPolicy(id, out var policy) ? policy.ToJson() : ""),
                ["templates"] = Either(
                    scenario.Templates, id => policies.TryGetTemplate(id, out var template) ? template.ToJson() : ""),
                ["templateLinks"] = JsonNode.Parse(policies.ToJson())!["templateLinks"]!.DeepClone(),
            },
            ["schema"] = scenario.Schema,
            ["entities"] = scenario.Entities.DeepClone(),
            ["requests"] = new JsonArray([.. scenario.Requests.Select(request => request.DeepClone())]),
            ["texts"] = new JsonArray([.. layouts.Select(text => (JsonNode?)JsonValue.Create(text))]),
            ["wantsJson"] = !HasBigNumbers,
        };
    }

    void CompareJson(PolicySet policies, JsonObject official)
    {
        foreach (var (id, golden) in official)
        {
            var json = policies.TryGetPolicy(id, out var policy) ? policy.ToJson()
                : policies.TryGetTemplate(id, out var template) ? template.ToJson() : "";
            if (JsonNode.DeepEquals(golden, JsonNode.Parse(json)))
                tally.Translated();
            else
                Differ($"JSON of {id}\nofficial {golden!.ToJsonString()}\nhere     {json}");
        }
    }

    void CompareValidation(PolicySet policies, JsonNode official)
    {
        var schema = CedarSchema.ParseText(scenario.Schema);
        if (!schema.TryGetValue(out var read))
        {
            Differ($"schema refused here: {schema.Errors[0]}\nofficial {official.ToJsonString()}");
            return;
        }
        var result = Validator.Validate(policies, read);
        var here = Found(result.Errors.Select(f => f.PolicyId), result.Warnings.Select(f => f.PolicyId));
        var there = official["errors"] is { } errors
            ? Found(Texts(errors).Select(Id), Texts(official["warnings"]!).Select(Id))
            : official.ToJsonString();
        if (here == there)
            tally.Validated(result.IsValid);
        else
            Differ($"validation\nofficial {there} {official.ToJsonString()}\nhere     {here}\n"
                + string.Join('\n', result.Errors.Concat(result.Warnings)));

        static string Id(string message) => message.Split(": ")[0];

        // Which policies have errors and which have warnings; how many of each is a matter of style.
        static string Found(IEnumerable<string> errors, IEnumerable<string> warnings) =>
            $"errors [{string.Join(' ', errors.Distinct().Order(StringComparer.Ordinal))}] "
            + $"warnings [{string.Join(' ', warnings.Distinct().Order(StringComparer.Ordinal))}]";
    }

    void CompareLayout(string text, JsonNode golden)
    {
        var formatted = PolicyFormatter.Format(text);
        var here = formatted.Succeeded ? formatted.Value : formatted.Errors[0].ToString();
        if (golden is not JsonValue || (string?)golden != here)
            Differ($"layout of\n{text}\nofficial\n{golden}\nhere\n{here}");
        else if (PolicyFormatter.Format(here).Value is var twice && twice != here)
            Differ($"layout of its own layout\n{here}\nis\n{twice}");
        else
            tally.Formatted();
    }

    void CompareAnswers(
        PolicySet policies, PolicySet again, EntityStore store, JsonObject request, JsonNode official)
    {
        using var document = System.Text.Json.JsonDocument.Parse(request.ToJsonString());
        var question = RecordedRequest.Read(document.RootElement).Value;
        var answer = Authorizer.Decide(policies, question, store);
        var here = RecordedRequest.Describe(answer);
        var there = official["decision"] is { } decision
            ? RecordedRequest.Describe((string)decision!, Texts(official["reason"]!), Texts(official["errors"]!))
            : official.ToJsonString();
        if (here != there)
            Differ($"answer to {request.ToJsonString()}\nofficial {there}\nhere     {here}");
        else if (RecordedRequest.Describe(Authorizer.Decide(again, question, store)) is var fromJson
            && fromJson != here)
            Differ($"answer to {request.ToJsonString()}\nof text  {here}\nof JSON  {fromJson}");
        else
            tally.Answered(answer);
    }

    static IEnumerable<string> Texts(JsonNode array) => array.AsArray().Select(item => (string)item!);

    void Differ(string what)
    {
        var text = new StringBuilder($"difference, scenario {scenario.Seed}: {what}\n-- schema\n{scenario.Schema}");
        foreach (var policy in scenario.Templates.Concat(scenario.Policies))
            text.Append("-- ").Append(policy.Key).Append('\n').Append(policy.Value).Append('\n');
        foreach (var (template, id, slots) in scenario.Links)
            text.Append($"-- link {id} of {template}: {slots.Principal} {slots.Resource}\n");
        text.Append("-- entities\n").Append(scenario.Entities.ToJsonString());
        tally.Differences.Add(text.ToString());
    }
}
