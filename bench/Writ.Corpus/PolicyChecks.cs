using System.Text.Json;
using System.Text.Json.Nodes;
using Writ.Cedar;

namespace Writ.Corpus;

/// <summary>Policies validated against the schema, translated to JSON and back, and formatted.</summary>
static class PolicyChecks
{
    const string Strict = "policy validation, strict (4.10)";
    const string Permissive = "policy validation, permissive (4.10)";
    const string Newer = "policy validation, strict (4.13)";
    const string Translation = "policy from text to JSON";
    const string RoundTrip = "policy from JSON to text and back";
    const string Formatting = "formatting";
    const string NothingRecorded = "no validation was recorded";

    // Policies nest deeper in their JSON than in their text.
    static readonly JsonDocumentOptions Deep = new() { MaxDepth = PackedTest.DepthMax };

    public static IEnumerable<Check> Of(PackedTest test, PolicySet policies, CedarSchema schema) =>
        Validations(test, policies, schema).Concat(Translations(test, policies)).Append(Formats(test));

    static IEnumerable<Check> Validations(PackedTest test, PolicySet policies, CedarSchema schema)
    {
        // Between 4.10 and 4.13 a scope that no action fits went from an error to a warning; the rule has a name.
        ValidationResult Validate(ValidationMode mode, UnappliedActionRule rule) => Validator.Validate(
            policies, schema, new ValidationOptions { Mode = mode, UnappliedAction = rule });

        var strict = Validate(ValidationMode.Strict, UnappliedActionRule.Error);
        yield return Compare(Strict, test.Test.GetProperty("shouldValidate").GetBoolean(), strict.Errors);
        if (test.Validation is { } recorded)
        {
            var permissive = Validate(ValidationMode.Permissive, UnappliedActionRule.Error);
            foreach (var policy in recorded.GetProperty("policyValidation").GetProperty("perPolicy").EnumerateObject())
            {
                yield return Compare(
                    Strict, policy.Value.GetProperty("strict").GetBoolean(), Of(policy.Name, strict));
                yield return Compare(
                    Permissive, policy.Value.GetProperty("permissive").GetBoolean(), Of(policy.Name, permissive));
            }
        }
        else
        {
            yield return Check.Skipped(Permissive, NothingRecorded);
        }
        if (test.Recorded("validate") is { } golden && golden.TryGetProperty("errors", out var errors))
        {
            var newer = Validate(ValidationMode.Strict, UnappliedActionRule.Warning);
            yield return Compare(Newer, errors.GetArrayLength() == 0, newer.Errors);
        }
        else
        {
            yield return Check.Skipped(Newer, NothingRecorded);
        }
    }

    static IEnumerable<ValidationFinding> Of(string policy, ValidationResult result) =>
        result.Errors.Where(finding => finding.PolicyId == policy);

    static Check Compare(string name, bool isValid, IEnumerable<ValidationFinding> errors)
    {
        const string Valid = "a valid policy";
        var first = errors.FirstOrDefault();
        return isValid == first is null
            ? Check.Passed(name)
            : Check.Failed(name, isValid ? Valid : "an error", first is null ? Valid : $"{first}");
    }

    static IEnumerable<Check> Translations(PackedTest test, PolicySet policies)
    {
        // The recorded order is that of the ids as text: policy1, policy10, policy2.
        var inOrder = policies.Policies.OrderBy(policy => policy.Id, StringComparer.Ordinal);
        var found = new JsonArray([.. inOrder.Select(policy => Parse(policy.ToJson()))]);
        if (test.Recorded("policyJson") is { } recorded)
        {
            var expected = Parse(recorded.GetRawText());
            yield return JsonNode.DeepEquals(expected, found)
                ? Check.Passed(Translation)
                : Check.Failed(Translation, $"{expected?.ToJsonString()}", found.ToJsonString());
        }
        else
        {
            yield return Check.Skipped(
                Translation, "no JSON was recorded: a number in it is too large for the tool that records");
        }
        var json = policies.ToJson();
        var read = PolicySet.ParseJson(json, "policies");
        if (!read.TryGetValue(out var again))
        {
            yield return Check.Failed(RoundTrip, "policies", $"{read.Errors[0]}");
            yield break;
        }
        yield return Check.Of(RoundTrip, json, again.ToJson());
        if (policies.Templates.IsEmpty)
            yield return Check.Of(RoundTrip, json, Through(again.ToCedar()));
    }

    static string Through(ParseResult<string> text)
    {
        if (!text.TryGetValue(out var written))
            return $"{text.Errors[0]}";
        var read = PolicySet.Parse(written, fileName: "written policies");
        return read.TryGetValue(out var policies) ? policies.ToJson() : $"{read.Errors[0]}";
    }

    static Check Formats(PackedTest test)
    {
        if (test.Recorded("formatted")?.GetString() is not { } expected)
            return Check.Skipped(Formatting, "no formatted text was recorded");
        var formatted = PolicyFormatter.Format(test.Policy, fileName: "policy");
        if (!formatted.TryGetValue(out var text))
            return Check.Failed(Formatting, expected, $"{formatted.Errors[0]}");
        if (text != expected)
            return Check.Failed(Formatting, expected, text);
        var again = PolicyFormatter.Format(text, fileName: "formatted policy");
        return Check.Of(Formatting, text, again.TryGetValue(out var second) ? second : $"{again.Errors[0]}");
    }

    static JsonNode? Parse(string json) => JsonNode.Parse(json, documentOptions: Deep);
}
