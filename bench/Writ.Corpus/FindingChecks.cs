using System.Text.Json;
using Writ.Cedar;

namespace Writ.Corpus;

/// <summary>
/// The kinds of what validation finds, beside the verdict that <see cref="PolicyChecks"/> compares: errors as release
/// 4.10 and 4.13 of the official tools found them, and the warnings of 4.13.
/// </summary>
static class FindingChecks
{
    const string Strict = "kinds of errors, strict (4.10)";
    const string Permissive = "kinds of errors, permissive (4.10)";
    const string Newer = "kinds of errors, strict (4.13)";
    const string Warnings = "kinds of warnings (4.13)";
    const string NothingRecorded = "no validation was recorded";

    static readonly ValidationOptions StrictOptions = new() { UnappliedAction = UnappliedActionRule.Error };

    static readonly ValidationOptions PermissiveOptions = StrictOptions with { Mode = ValidationMode.Permissive };

    public static IEnumerable<Check> Of(PackedTest test, PolicySet policies, CedarSchema schema)
    {
        if (test.Validation is { } validation)
        {
            var recorded = validation.GetProperty("policyValidation");
            yield return Compare(
                Strict, recorded, "strictErrors", Validator.Validate(policies, schema, StrictOptions));
            yield return Compare(
                Permissive, recorded, "permissiveErrors", Validator.Validate(policies, schema, PermissiveOptions));
        }
        else
        {
            yield return Check.Skipped(Strict, NothingRecorded);
            yield return Check.Skipped(Permissive, NothingRecorded);
        }
        if (test.Recorded("validate") is { } golden && golden.TryGetProperty("errors", out _))
        {
            var found = Validator.Validate(policies, schema);
            yield return Compare(Newer, golden, "errors", found);
            yield return CompareWarnings(test, golden.GetProperty("warnings"), found);
        }
        else
        {
            yield return Check.Skipped(Newer, NothingRecorded);
            yield return Check.Skipped(Warnings, NothingRecorded);
        }
    }

    static Check Compare(string name, JsonElement recorded, string member, ValidationResult found)
    {
        var expected = recorded.TryGetProperty(member, out var errors) ? RecordedFindings.Codes(errors) : "";
        return Check.Of(name, expected, RecordedFindings.Codes(found.Errors));
    }

    static Check CompareWarnings(PackedTest test, JsonElement recorded, ValidationResult found)
    {
        var (expected, here) = (RecordedFindings.Codes(recorded), RecordedFindings.Codes(found.Warnings));
        var isOfPattern = expected != here && test.Policy.Contains(" like ", StringComparison.Ordinal)
            && RecordedFindings.WithoutStrings(expected) == RecordedFindings.WithoutStrings(here);
        return isOfPattern
            ? Check.Skipped(Warnings, "the official validator looks at a pattern's escapes, not at its characters")
            : Check.Of(Warnings, expected, here);
    }
}
