using System.Text;
using System.Text.Json;
using Writ.Cedar;

namespace Writ.Corpus;

/// <summary>
/// A request of a test file in the format of the official integration tests, with the answer that is expected.
/// </summary>
public static class RecordedRequest
{
    /// <summary>The request; with a schema, its context is read by the schema.</summary>
    public static ParseResult<Request> Read(JsonElement recorded, CedarSchema? schema = null)
    {
        var action = Uid(recorded, "action");
        var json = Encoding.UTF8.GetBytes(recorded.GetProperty("context").GetRawText());
        var context = schema is null ? CedarRecord.ParseJson(json) : CedarRecord.ParseJson(json, schema, action);
        if (!context.TryGetValue(out var record))
            return new ParseResult<Request>(context.Errors);
        return new ParseResult<Request>(
            new Request(Uid(recorded, "principal"), action, Uid(recorded, "resource"), record));
    }

    public static string Expected(JsonElement recorded) => Describe(
        recorded.GetProperty("decision").GetString()!, Texts(recorded, "reason"), Texts(recorded, "errors"));

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
