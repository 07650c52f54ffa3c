namespace Writ.Cedar;

/// <summary>The question: may this principal do this action on this resource, under these circumstances?</summary>
public sealed record Request(EntityUid Principal, EntityUid Action, EntityUid Resource, CedarRecord Context);
