namespace Writ.Cedar;

/// <summary>The question: may this principal do this action on this resource, under these circumstances?</summary>
public sealed record Request(EntityUid Principal, EntityUid Action, EntityUid Resource, CedarRecord Context)
{
    /// <summary>
    /// Reads <c>{principal, action, resource, context?}</c> as the official command line takes it: the three as texts
    /// (<c>User::"alice"</c>) or as <c>{type, id}</c>, the context as <see cref="CedarRecord.ParseJson(string, string?)"/>
    /// does.
    /// </summary>
    public static ParseResult<Request> ParseJson(string json, string? fileName = null) =>
        JsonReading.ReadRequest(json, fileName);
}
