namespace Writ.Cedar;

/// <summary>The question: may this principal do this action on this resource, under these circumstances?</summary>
public sealed record Request(EntityUid Principal, EntityUid Action, EntityUid Resource, CedarRecord Context)
{
    /// <summary>
    /// Reads <c>{principal, action, resource, context?}</c> as the official command line takes it: the three as texts
    /// (<c>User::"alice"</c>) or as <c>{type, id}</c>, the context as a record is read.
    /// </summary>
    public static ParseResult<Request> ParseJson(string json, string? fileName = null) =>
        JsonReading.ReadRequest(json, fileName);

    /// <summary>
    /// As <see cref="ParseJson(string, string?)"/>, with the context read by the action's type, so that escapes may be
    /// left out; a request that the schema does not allow is refused.
    /// </summary>
    public static ParseResult<Request> ParseJson(string json, CedarSchema schema, string? fileName = null) =>
        JsonReading.ReadRequest(json, fileName, schema);
}
