using System.Text.Json;

namespace Writ.Corpus;

/// <summary>
/// One line of a packed corpus: the texts of a test as they are, and the recorded answers. An answer that is not there
/// is null.
/// </summary>
public sealed class PackedTest : IDisposable
{
    /// <summary>Nesting of one line: policies in JSON nest deep.</summary>
    public const int DepthMax = 16_384;

    readonly JsonDocument _line;
    readonly JsonDocument _test;
    readonly JsonDocument? _validation;

    PackedTest(JsonDocument line, string place)
    {
        _line = line;
        Id = Text(line.RootElement, "id", place);
        Policy = Text(line.RootElement, "policy", place);
        SchemaJson = OptionalText(line.RootElement, "schemaJson", place);
        // A test may come with its schema in JSON only.
        Schema = SchemaJson is null
            ? Text(line.RootElement, "schema", place)
            : OptionalText(line.RootElement, "schema", place) ?? "";
        Entities = Text(line.RootElement, "entities", place);
        _test = ParseText(Text(line.RootElement, "test", place), "test", place);
        _validation = OptionalText(line.RootElement, "validation", place) is { } recorded
            ? ParseText(recorded, "validation", place)
            : null;
        if (!Test.TryGetProperty("requests", out var requests) || requests.ValueKind != JsonValueKind.Array)
            throw Broken(place, "the member 'test' with an array of requests", "another");
        if (line.RootElement.TryGetProperty("golden413", out var golden) && golden.ValueKind == JsonValueKind.Object)
            Golden = golden;
    }

    public string Id { get; }

    public string Policy { get; }

    /// <summary>The schema in Cedar's own syntax; empty when there is only <see cref="SchemaJson"/>.</summary>
    public string Schema { get; }

    public bool HasOnlyJsonSchema => Schema.Length == 0 && SchemaJson is not null;

    public string Entities { get; }

    public string? SchemaJson { get; }

    /// <summary>Whether the policy is valid, the requests, and the answers to them.</summary>
    public JsonElement Test => _test.RootElement;

    public IEnumerable<JsonElement> Requests => Test.GetProperty("requests").EnumerateArray();

    /// <summary>Strict and permissive validation of the policy, the entities and the requests.</summary>
    public JsonElement? Validation => _validation?.RootElement;

    /// <summary>Answers of the official engine 4.13: JSON of the policy, formatted text, strict validation.</summary>
    public JsonElement? Golden { get; }

    public static PackedTest Parse(string line, string place)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = DepthMax });
        }
        catch (JsonException fault)
        {
            throw Broken(place, "a JSON object", fault.Message);
        }
        try
        {
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new PackedTest(document, place)
                : throw Broken(place, "a JSON object", $"{document.RootElement.ValueKind}");
        }
        catch (BrokenCorpusException)
        {
            document.Dispose();
            throw;
        }
    }

    public JsonElement? Recorded(string member) =>
        Golden is { } golden && golden.TryGetProperty(member, out var value) && value.ValueKind != JsonValueKind.Null
            ? value
            : null;

    public void Dispose()
    {
        _validation?.Dispose();
        _test.Dispose();
        _line.Dispose();
    }

    static string Text(JsonElement line, string member, string place) =>
        OptionalText(line, member, place) ?? throw Broken(place, $"the member '{member}' with a text", "none");

    // A document may stand in the line as it is, or as a text.
    static string? OptionalText(JsonElement line, string member, string place)
    {
        if (!line.TryGetProperty(member, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Object or JsonValueKind.Array => value.GetRawText(),
            _ => throw Broken(place, $"the member '{member}' with a text", $"{value.ValueKind}"),
        };
    }

    static JsonDocument ParseText(string json, string member, string place)
    {
        try
        {
            return JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = DepthMax });
        }
        catch (JsonException fault)
        {
            throw Broken(place, $"JSON in the text '{member}'", fault.Message);
        }
    }

    static BrokenCorpusException Broken(string place, string expected, string found) =>
        new($"{place}: expected {expected}, found {found}");
}
