using System.Text;
using System.Text.Json;

namespace Writ.Cedar;

/// <summary>
/// Cedar's JSON formats for entities and records. Numbers go straight to 64-bit integers; a fraction, an exponent or a
/// number beyond 64 bits is an error. Every error names the member by its path.
/// </summary>
sealed partial class JsonReading
{
    readonly string? _fileName;
    readonly List<string> _path = [];
    ParseError? _error;

    JsonReading(string? fileName) => _fileName = fileName;

    public static ParseResult<CedarRecord> ReadRecord(string json, string? fileName) =>
        Read(json, fileName, static (reading, root) => reading.Record(root));

    public static ParseResult<CedarRecord> ReadRecord(ReadOnlyMemory<byte> json, string? fileName) =>
        Read(json, fileName, static (reading, root) => reading.Record(root));

    public static ParseResult<List<Entity>> ReadEntities(string json, string? fileName) =>
        Read(json, fileName, static (reading, root) => reading.Entities(root));

    public static ParseResult<List<Entity>> ReadEntities(ReadOnlyMemory<byte> json, string? fileName) =>
        Read(json, fileName, static (reading, root) => reading.Entities(root));

    static ParseResult<T> Read<T>(
        string json, string? fileName, Func<JsonReading, JsonElement, T?> read, int depthMax = CedarLimits.JsonDepthMax)
        where T : class => SourceText.IndexOfUnpairedSurrogate(json) >= 0
            ? NotUnicode<T>(fileName)
            : Read(Encoding.UTF8.GetBytes(json).AsMemory(), fileName, read, depthMax);

    static ParseResult<T> Read<T>(
        ReadOnlyMemory<byte> json, string? fileName, Func<JsonReading, JsonElement, T?> read,
        int depthMax = CedarLimits.JsonDepthMax)
        where T : class
    {
        if (json.Length > CedarLimits.JsonBytesMax)
            return Failed<T>(
                "cedar.limit.json", default, $"at most {CedarLimits.JsonBytesMax} bytes", $"{json.Length}", fileName);
        try
        {
            var options = new JsonDocumentOptions { MaxDepth = depthMax };
            using var document = JsonDocument.Parse(json, options);
            var reading = new JsonReading(fileName);
            var value = read(reading, document.RootElement);
            return value is not null && reading._error is null
                ? new ParseResult<T>(value)
                : new ParseResult<T>([reading._error!]);
        }
        catch (JsonException fault)
        {
            var line = (int)(fault.LineNumber ?? 0) + 1;
            var position = new SourcePosition(line, (int)(fault.BytePositionInLine ?? 0) + 1, 0);
            FormattableString expected = $"well-formed JSON, at most {depthMax} deep";
            return Failed<T>("cedar.json", position, expected, $"{fault.Message}", fileName);
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
        if (element.ValueKind != JsonValueKind.Object)
            return Fail<Entity>("an object with uid, attrs and parents", element);
        EntityUid? uid = null;
        CedarRecord? attributes = null;
        CedarRecord? tags = null;
        List<EntityUid>? parents = null;
        foreach (var member in element.EnumerateObject())
        {
            _path.Add("." + member.Name);
            var isNew = member.Name switch
            {
                "uid" => uid is null && (uid = Uid(member.Value)) is not null,
                "attrs" => attributes is null && (attributes = Record(member.Value)) is not null,
                "tags" => tags is null && (tags = Record(member.Value)) is not null,
                "parents" => parents is null && (parents = Parents(member.Value)) is not null,
                _ => false,
            };
            if (!isNew)
                return Fail<Entity>("uid, attrs, parents and tags, each at most once", $"'{member.Name}'");
            Leave();
        }
        if (uid is null || attributes is null || parents is null)
            return Fail<Entity>("uid, attrs and parents", "an entity without one of them");
        return new Entity(uid, attributes, [.. parents], tags);
    }

    List<EntityUid>? Parents(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Array)
            return Fail<List<EntityUid>>("an array of entities", element);
        var parents = new List<EntityUid>(element.GetArrayLength());
        foreach (var parent in element.EnumerateArray())
        {
            if (Uid(parent) is not { } uid)
                return null;
            parents.Add(uid);
        }
        return parents;
    }

    /// <summary>Where an entity is expected, both <c>{type, id}</c> and the <c>__entity</c> escape are read.</summary>
    EntityUid? Uid(JsonElement element)
    {
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
                return Fail<EntityUid>("an entity with the texts type and id, each once", $"'{member.Name}'");
        }
        if (type is null || id is null)
            return Fail<EntityUid>("an entity with type and id", "an object without one of them");
        return Names.IsEntityType(type)
            ? new EntityUid(type, id)
            : Fail<EntityUid>("the name of an entity type", new CedarString(type).ToString());
    }

    static JsonElement? OnlyMember(JsonElement element, string name)
    {
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
            JsonValueKind.Number => "the number " + found.GetRawText(),
            JsonValueKind.Null => "null",
            _ => "a boolean",
        };
        return Fail<T>(expected, text);
    }

    // The first error counts; what follows from it says less.
    T? Fail<T>(string expected, string found)
        where T : class
    {
        var place = _path.Count == 0 ? "" : " at " + string.Concat(_path);
        _error ??= new ParseError("cedar.json", default, expected, found + place, _fileName);
        return null;
    }
}
