namespace Writ.Cedar;

/// <summary>An entity in a store, with all its ancestors computed.</summary>
sealed record StoredEntity(Entity Entity, UidSet Ancestors);
