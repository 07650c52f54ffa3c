using System.Text.Json;
using Writ.Cedar;

namespace Writ.Corpus;

/// <summary>
/// Every request of a test decided: decision, reasons and errors; and whether the requests and entities conform to the
/// schema. Where they do not, the decision is made with what can be read without it.
/// </summary>
static class DecisionChecks
{
    const string Decisions = "decision, reasons and errors";
    const string StrictRequests = "request validation, strict";
    const string PermissiveRequests = "request validation, permissive";

    public static IEnumerable<Check> Of(PackedTest test, PolicySet policies, CedarSchema schema, EntityStore entities)
    {
        var recordedValidations = test.Validation is { } validation
            ? validation.GetProperty("requestValidation").EnumerateArray().ToArray()
            : null;
        var number = 0;
        foreach (var recorded in test.Requests)
        {
            var name = recorded.TryGetProperty("description", out var described)
                ? described.GetString()
                : FormattableString.Invariant($"request {number}");
            var bySchema = RecordedRequest.Read(recorded, schema);
            var fault = bySchema.TryGetValue(out var request) ? schema.FindFault(request) : bySchema.Errors[0];
            foreach (var check in ValidationsOf(recorded, recordedValidations?[number], fault, name!))
                yield return check;
            number++;

            var asked = request is null ? RecordedRequest.Read(recorded) : bySchema;
            if (!asked.TryGetValue(out request))
            {
                yield return Check.Failed(Decisions, $"a request ({name})", $"{asked.Errors[0]}");
                continue;
            }
            var found = RecordedRequest.Describe(Authorizer.Decide(policies, request, entities));
            var expected = RecordedRequest.Expected(recorded);
            yield return found == expected
                ? Check.Passed(Decisions)
                : Check.Failed(Decisions, $"{expected} ({name})", found);
        }
    }

    // Whether policies are validated strictly makes no difference to requests, so there is one answer of ours to both.
    static IEnumerable<Check> ValidationsOf(
        JsonElement recorded, JsonElement? validation, ParseError? fault, string name)
    {
        var found = fault is null ? "a valid request" : $"{fault}";
        if (validation is { } answers)
        {
            foreach (var (check, mode) in new[] { (StrictRequests, "strict"), (PermissiveRequests, "permissive") })
                yield return Compare(check, answers.GetProperty(mode).GetBoolean(), found, fault, name);
            yield break;
        }
        // The official test runner validates unless it is told not to.
        if (recorded.TryGetProperty("validateRequest", out var isWanted) && !isWanted.GetBoolean())
            yield return Check.Skipped(StrictRequests, "no validation was recorded");
        else
            yield return Compare(StrictRequests, isValid: true, found, fault, name);
        yield return Check.Skipped(PermissiveRequests, "no validation was recorded");
    }

    static Check Compare(string check, bool isValid, string found, ParseError? fault, string name) =>
        isValid == fault is null
            ? Check.Passed(check)
            : Check.Failed(check, isValid ? $"a valid request ({name})" : $"a refusal ({name})", found);
}
