using System.Text.Json.Nodes;
using Writ.Cedar;

namespace Writ.Corpus;

/// <summary>
/// Schemas from one format to the other and back. JSON is compared by meaning: members in any order.
/// </summary>
static class SchemaChecks
{
    const string Translation = "schema from text to JSON";
    const string RoundTrip = "schema from JSON to text and back";

    public static IEnumerable<Check> Of(PackedTest test)
    {
        if (!test.HasOnlyJsonSchema)
        {
            var text = SchemaDocument.ParseText(test.Schema, "schema");
            if (!text.TryGetValue(out var document))
            {
                yield return Check.Failed(Translation, "a schema", $"{text.Errors[0]}\n{text.Errors[0].Excerpt}");
                yield break;
            }
            yield return test.SchemaJson is { } wanted
                ? Compare(Translation, wanted, document.ToJson())
                : Check.Skipped(Translation, "no JSON schema was recorded");
        }
        else
        {
            yield return Check.Skipped(Translation, "no schema text was recorded");
        }
        if (test.SchemaJson is not { } recorded)
        {
            yield return Check.Skipped(RoundTrip, "no JSON schema was recorded");
            yield break;
        }
        var json = SchemaDocument.ParseJson(recorded, "schemaJson");
        yield return json.TryGetValue(out var fromJson)
            ? Compare(RoundTrip, recorded, Back(fromJson))
            : Check.Failed(RoundTrip, "a schema", $"{json.Errors[0]}\n{json.Errors[0].Excerpt}");
    }

    static ParseResult<string> Back(SchemaDocument document)
    {
        var written = document.ToText();
        if (!written.TryGetValue(out var text))
            return written;
        var again = SchemaDocument.ParseText(text, "written schema");
        return again.TryGetValue(out var second) ? second.ToJson() : new ParseResult<string>(again.Errors);
    }

    static Check Compare(string name, string recorded, ParseResult<string> found)
    {
        if (!found.TryGetValue(out var json))
            return Check.Failed(name, recorded, $"{found.Errors[0]}\n{found.Errors[0].Excerpt}");
        return JsonNode.DeepEquals(JsonNode.Parse(recorded), JsonNode.Parse(json))
            ? Check.Passed(name)
            : Check.Failed(name, recorded, json);
    }
}
