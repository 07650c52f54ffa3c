using System.Text.Json;

namespace Writ.Cedar;

/// <summary>A request in one JSON object.</summary>
sealed partial class JsonReading
{
    public static ParseResult<Request> ReadRequest(string json, string? fileName) =>
        Read(json, fileName, static (reading, root) => reading.RequestOf(root));

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
        var context = contextPart is { } given ? In(".context", given, Record) : CedarRecord.Empty;
        return context is null ? null : new Request(principal, action, resource, context);
    }

    EntityUid? WrittenUid(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String)
            return Uid(element);
        return EntityUid.TryParse(element.GetString()!, out var uid)
            ? uid
            : Fail<EntityUid>("an entity such as User::\"alice\"", Shown(element.GetString()!));
    }
}
