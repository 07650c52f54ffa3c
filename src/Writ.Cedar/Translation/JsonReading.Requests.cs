using System.Text.Json;

namespace Writ.Cedar;

/// <summary>A request in one JSON object.</summary>
sealed partial class JsonReading
{
    /// <summary>Without a schema every value says by itself what it is; with one, the schema says it.</summary>
    public static ParseResult<Request> ReadRequest(string json, string? fileName, CedarSchema? schema = null) =>
        Read(json, fileName, static (reading, root) => reading.RequestOf(root), schema: schema);

    Request? RequestOf(JsonElement root)
    {
        const string Expected = "a request with principal, action, resource and perhaps context";
        if (Members(root, Expected, "principal", "action", "resource", "context") is not { } members)
            return null;
        if (members is not [{ } principalPart, { } actionPart, { } resourcePart, var contextPart])
            return Fail<Request>(Expected, "an object without one of them");
        if (In(".principal", principalPart, WrittenUid) is not { } principal
            || In(".action", actionPart, WrittenUid) is not { } action
            || In(".resource", resourcePart, WrittenUid) is not { } resource)
            return null;
        var context = contextPart is { } given
            ? In(".context", given, part => ContextOf(part, action))
            : CedarRecord.Empty;
        if (context is null)
            return null;
        var request = new Request(principal, action, resource, context);
        if (_schema?.FindFaultyPart(request) is not var (part, fault))
            return request;
        _here = part switch
        {
            "principal" => principalPart,
            "action" => actionPart,
            "resource" => resourcePart,
            _ => contextPart ?? root,
        };
        return Fail<Request>(fault.Expected, fault.Found, fault.Code);
    }

    // Of an action that the schema does not know the context does not matter any more.
    CedarRecord? ContextOf(JsonElement element, EntityUid action) =>
        _schema is not null && _schema.TryGetAction(action, out var declared)
            ? ReadRecord(element, declared.Context)
            : Record(element);

    EntityUid? WrittenUid(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String)
            return Uid(element);
        return EntityUid.TryParse(element.GetString()!, out var uid)
            ? uid
            : Fail<EntityUid>("an entity such as User::\"alice\"", Shown(element.GetString()!));
    }
}
