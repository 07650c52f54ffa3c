using System.Text;
using System.Text.Json;

namespace Writ.Cedar.Tests;

/// <summary>Poses the requests of a test file in the format of the official integration tests.</summary>
static class RecordedRequest
{
    public static IEnumerable<string> Failures(
        string id, JsonElement test, PolicySet policies, EntityStore entities)
    {
        foreach (var recorded in test.GetProperty("requests").EnumerateArray())
        {
            var name = $"{id} {recorded.GetProperty("description").GetString()}";
            if (!Read(recorded).TryGetValue(out var request))
            {
                yield return $"{name}: the context is refused";
                continue;
            }
            var expected = Describe(
                recorded.GetProperty("decision").GetString()!, Texts(recorded, "reason"), Texts(recorded, "errors"));
            var found = Describe(Authorizer.Decide(policies, request, entities));
            if (expected != found)
                yield return $"{name}: expected {expected}, found {found}";
        }
    }

    public static ParseResult<Request> Read(JsonElement recorded)
    {
        var context = CedarRecord.ParseJson(Encoding.UTF8.GetBytes(recorded.GetProperty("context").GetRawText()));
        return context.TryGetValue(out var record)
            ? new ParseResult<Request>(new Request(
                Uid(recorded, "principal"), Uid(recorded, "action"), Uid(recorded, "resource"), record))
            : new ParseResult<Request>(context.Errors);
    }

    public static string Describe(Answer answer) => Describe(
        answer.Decision == Decision.Allow ? "allow" : "deny",
        answer.Reasons.Select(policy => policy.Id),
        answer.Errors.Select(error => error.Policy.Id));

    public static string Describe(string decision, IEnumerable<string> reasons, IEnumerable<string> errors) =>
        $"{decision} reasons [{Sorted(reasons)}] errors [{Sorted(errors)}]";

    public static IEnumerable<string> Texts(JsonElement element, string name) =>
        element.GetProperty(name).EnumerateArray().Select(item => item.GetString()!);

    static string Sorted(IEnumerable<string> ids) => string.Join(' ', ids.Order(StringComparer.Ordinal));

    static EntityUid Uid(JsonElement recorded, string name)
    {
        var uid = recorded.GetProperty(name);
        return new EntityUid(uid.GetProperty("type").GetString()!, uid.GetProperty("id").GetString()!);
    }
}
