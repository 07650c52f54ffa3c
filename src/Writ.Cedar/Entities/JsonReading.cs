using System.Text;
using System.Text.Json;

namespace Writ.Cedar;

/// <summary>
/// Cedar's JSON formats for entities and records. Numbers go straight to 64-bit integers; a fraction, an exponent or a
/// number beyond 64 bits is an error. Every error names the member by its path and shows its line.
/// </summary>
sealed partial class JsonReading
{
    readonly string? _fileName;
    readonly JsonText _json;
    readonly CedarSchema? _schema;
    readonly List<string> _path = [];
    ParseError? _error;

    // What was looked at last, for the place of an error that has no element of its own.
    JsonElement _here;

    JsonReading(JsonText json, string? fileName, CedarSchema? schema)
    {
        _json = json;
        _fileName = fileName;
        _schema = schema;
    }

    public static ParseResult<CedarRecord> ReadRecord(string json, string? fileName) =>
        Read(json, fileName, static (reading, root) => reading.Record(root));

    public static ParseResult<CedarRecord> ReadRecord(ReadOnlyMemory<byte> json, string? fileName) =>
        Read(json, fileName, static (reading, root) => reading.Record(root));

    /// <summary>Without a schema every value says by itself what it is; with one, the schema says it.</summary>
    public static ParseResult<List<Entity>> ReadEntities(string json, string? fileName, CedarSchema? schema = null) =>
        Read(json, fileName, static (reading, root) => reading.Entities(root), schema: schema);

    /// <inheritdoc cref="ReadEntities(string, string?, CedarSchema?)"/>
    public static ParseResult<List<Entity>> ReadEntities(
        ReadOnlyMemory<byte> json, string? fileName, CedarSchema? schema = null) =>
        Read(json, fileName, static (reading, root) => reading.Entities(root), schema: schema);

    /// <summary>
    /// The same error at the entity that it names; of one that stands there several times, at the last.
    /// </summary>
    public static ParseError AtEntity(ReadOnlyMemory<byte> json, string? fileName, ParseError error)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = CedarLimits.JsonDepthMax });
        var text = new JsonText(json, fileName);
        var reading = new JsonReading(text, fileName, null);
        JsonElement? meant = null;
        foreach (var element in document.RootElement.EnumerateArray())
            if (element.TryGetProperty("uid", out var part) && reading.Uid(part) is { } uid
                && error.Found.StartsWith($"{uid} ", StringComparison.Ordinal))
                meant = part;
        return meant is { } place
            ? text.Source.ErrorAt(text.OffsetOf(place), error.Code, error.Expected, error.Found)
            : error with { FileName = fileName };
    }

    static ParseResult<T> Read<T>(
        string json, string? fileName, Func<JsonReading, JsonElement, T?> read, int depthMax = CedarLimits.JsonDepthMax,
        CedarSchema? schema = null)
        where T : class => SourceText.IndexOfUnpairedSurrogate(json) >= 0
            ? NotUnicode<T>(fileName)
            : Read(Encoding.UTF8.GetBytes(json).AsMemory(), fileName, read, depthMax, schema);

    static ParseResult<T> Read<T>(
        ReadOnlyMemory<byte> json, string? fileName, Func<JsonReading, JsonElement, T?> read,
        int depthMax = CedarLimits.JsonDepthMax, CedarSchema? schema = null)
        where T : class
    {
        if (json.Length > CedarLimits.JsonBytesMax)
            return Failed<T>(
                "cedar.limit.json", default, $"at most {CedarLimits.JsonBytesMax} bytes", $"{json.Length}", fileName);
        var text = new JsonText(json, fileName);
        try
        {
            var options = new JsonDocumentOptions { MaxDepth = depthMax };
            using var document = JsonDocument.Parse(json, options);
            var reading = new JsonReading(text, fileName, schema) { _here = document.RootElement };
            var value = read(reading, document.RootElement);
            return value is not null && reading._error is null
                ? new ParseResult<T>(value)
                : new ParseResult<T>([reading._error!]);
        }
        catch (JsonException fault)
        {
            return new ParseResult<T>([text.Describe(fault, depthMax)]);
        }
        catch (InvalidOperationException)
        {
            // The reader's way of saying that an escape in a string stands for half a surrogate pair.
            return NotUnicode<T>(fileName);
        }
    }

    static ParseResult<T> NotUnicode<T>(string? fileName)
        where T : class =>
        Failed<T>("cedar.json", default, $"strings of whole Unicode characters", $"an unpaired surrogate", fileName);

    static ParseResult<T> Failed<T>(
        string code, SourcePosition position, FormattableString expected, FormattableString found, string? fileName)
        where T : class
    {
        var error = new ParseError(
            code, position, FormattableString.Invariant(expected), FormattableString.Invariant(found), fileName);
        return new ParseResult<T>([error]);
    }

    List<Entity>? Entities(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Array)
            return Fail<List<Entity>>("an array of entities", root);
        var entities = new List<Entity>(root.GetArrayLength());
        foreach (var element in root.EnumerateArray())
        {
            _path.Add($"[{entities.Count}]");
            if (ReadEntity(element) is not { } entity)
                return null;
            entities.Add(entity);
            Leave();
        }
        return entities;
    }

    Entity? ReadEntity(JsonElement element)
    {
        const string Expected = "an entity with uid, attrs and parents, and perhaps tags";
        if (Members(element, Expected, "uid", "attrs", "parents", "tags") is not { } members)
            return null;
        if (members is not [{ } uidPart, { } attrsPart, { } parentsPart, var tagsPart])
            return Fail<Entity>("uid, attrs and parents", "an entity without one of them");
        if (In(".uid", uidPart, Uid) is not { } uid)
            return null;
        if (_schema is not null && !Names.IsActionType(uid.Type))
            return ReadEntity(_schema, uid, uidPart, attrsPart, parentsPart, tagsPart);
        if (In(".attrs", attrsPart, Record) is not { } attributes
            || Items(".parents", parentsPart, "an array of entities", Uid) is not { } parents)
            return null;
        CedarRecord? tags = null;
        if (tagsPart is { } written && (tags = In(".tags", written, Record)) is null)
            return null;
        return new Entity(uid, attributes, parents, tags);
    }

    /// <summary>Where an entity is expected, both <c>{type, id}</c> and the <c>__entity</c> escape are read.</summary>
    EntityUid? Uid(JsonElement element)
    {
        _here = element;
        if (element.ValueKind != JsonValueKind.Object)
            return Fail<EntityUid>("an entity as an object with type and id", element);
        if (OnlyMember(element, "__entity") is { } inner)
            return Uid(inner);
        string? type = null;
        string? id = null;
        foreach (var member in element.EnumerateObject())
        {
            var isText = member.Value.ValueKind == JsonValueKind.String;
            if (member.Name == "type" && isText && type is null)
                type = member.Value.GetString();
            else if (member.Name == "id" && isText && id is null)
                id = member.Value.GetString();
            else
                return Fail<EntityUid>("an entity with the texts type and id, each once", Shown(member.Name));
        }
        if (type is null || id is null)
            return Fail<EntityUid>("an entity with type and id", "an object without one of them");
        return Names.IsEntityType(type)
            ? new EntityUid(type, id)
            : Fail<EntityUid>("the name of an entity type", new CedarString(type).ToString());
    }

    static JsonElement? OnlyMember(JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return null;
        var members = 0;
        JsonElement? found = null;
        foreach (var member in element.EnumerateObject())
        {
            members++;
            if (member.NameEquals(name))
                found = member.Value;
        }
        return members == 1 ? found : null;
    }

    void Leave() => _path.RemoveAt(_path.Count - 1);

    T? Fail<T>(string expected, JsonElement found)
        where T : class
    {
        var text = found.ValueKind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "an array",
            JsonValueKind.String => "a text",
            JsonValueKind.Number => "the number " + Escapes.Cut(found.GetRawText()),
            JsonValueKind.Null => "null",
            _ => "a boolean",
        };
        _here = found;
        return Fail<T>(expected, text);
    }

    // The first error counts; what follows from it says less.
    T? Fail<T>(string expected, string found, string code = "cedar.json")
        where T : class
    {
        var place = _path.Count == 0 ? "" : " at " + Place();
        _error ??= _json.Source.ErrorAt(_json.OffsetOf(_here), code, expected, found + place);
        return null;
    }

    // The way to an element may be as long as the document; its two ends say where it is.
    string Place()
    {
        const int StepsMax = 8;
        return _path.Count <= 2 * StepsMax
            ? string.Concat(_path)
            : string.Concat(_path.Take(StepsMax)) + "..." + string.Concat(_path.TakeLast(StepsMax));
    }
}
