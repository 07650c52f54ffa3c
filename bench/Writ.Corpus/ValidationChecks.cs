using System.Text.Json;
using Writ.Cedar;

namespace Writ.Corpus;

/// <summary>
/// Policies against their schema, strict and permissive: the verdict and the kinds of errors as release 4.10 of the
/// official tools gave them, then as release 4.13 did. Between the two, only <see cref="UnappliedActionRule"/> differs.
/// </summary>
public static class ValidationChecks
{
    const string Strict = "strict validation, 4.10";
    const string Permissive = "permissive validation, 4.10";
    const string Official = "strict validation, 4.13";
    const string Warnings = "warnings of validation, 4.13";

    static readonly ValidationOptions StrictOptions = new() { UnappliedAction = UnappliedActionRule.Error };

    static readonly ValidationOptions PermissiveOptions = StrictOptions with { Mode = ValidationMode.Permissive };

    public static IEnumerable<Check> Of(PackedTest test)
    {
        var policies = PolicySet.Parse(test.Policy);
        var schema = CedarSchema.ParseText(test.Schema);
        if (!policies.Succeeded || !schema.Succeeded)
            return [Check.Failed(Strict, "a policy and a schema", $"{policies.Errors.Concat(schema.Errors).First()}")];
        return [.. OfRelease410(test, policies.Value, schema.Value), .. OfRelease413(test, policies.Value, schema.Value)];
    }

    static IEnumerable<Check> OfRelease410(PackedTest test, PolicySet policies, CedarSchema schema)
    {
        var strict = Validator.Validate(policies, schema, StrictOptions);
        var isValid = test.Test.GetProperty("shouldValidate").GetBoolean();
        if (test.Validation is not { } validation)
        {
            yield return Check.Of(Strict, Verdict(isValid), Verdict(strict.IsValid));
            yield return Check.Skipped(Permissive, "no validation was recorded");
            yield break;
        }
        var recorded = validation.GetProperty("policyValidation");
        yield return Compare(Strict, isValid, recorded, "strictErrors", strict);
        var permissive = Validator.Validate(policies, schema, PermissiveOptions);
        yield return Compare(
            Permissive, recorded.GetProperty("permissive").GetBoolean(), recorded, "permissiveErrors", permissive);
    }

    static IEnumerable<Check> OfRelease413(PackedTest test, PolicySet policies, CedarSchema schema)
    {
        if (test.Recorded("validate") is not { } recorded || !recorded.TryGetProperty("errors", out var errors))
        {
            yield return Check.Skipped(Official, "none was recorded");
            yield break;
        }
        var found = Validator.Validate(policies, schema);
        yield return Check.Of(Official, RecordedFindings.Codes(errors), RecordedFindings.Codes(found.Errors));
        yield return CompareWarnings(test, recorded.GetProperty("warnings"), found);
    }

    static Check Compare(string name, bool isValid, JsonElement recorded, string member, ValidationResult found)
    {
        var kinds = recorded.TryGetProperty(member, out var errors) ? RecordedFindings.Codes(errors) : "";
        return Check.Of(
            name, $"{Verdict(isValid)} {kinds}", $"{Verdict(found.IsValid)} {RecordedFindings.Codes(found.Errors)}");
    }

    static Check CompareWarnings(PackedTest test, JsonElement recorded, ValidationResult found)
    {
        var (expected, here) = (RecordedFindings.Codes(recorded), RecordedFindings.Codes(found.Warnings));
        var isOfPattern = expected != here && WithoutMixedStrings(expected) == WithoutMixedStrings(here)
            && test.Policy.Contains(" like ", StringComparison.Ordinal);
        return isOfPattern
            ? Check.Skipped(Warnings, "the official validator looks for scripts in a pattern's escapes, not in the pattern")
            : Check.Of(Warnings, expected, here);
    }

    static string WithoutMixedStrings(string codes) =>
        RecordedFindings.Codes(codes.Split(' ').Where(code => code is not (ValidationCodes.MixedScriptString or "")));

    static string Verdict(bool isValid) => isValid ? "valid" : "invalid";
}
