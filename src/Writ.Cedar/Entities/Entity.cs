using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// One entity as it is handed to an <see cref="EntityStore"/>: attributes, direct parents, tags. A parent need not be
/// in the store. Immutable.
/// </summary>
public sealed class Entity(
    EntityUid uid, CedarRecord attributes, ImmutableArray<EntityUid> parents, CedarRecord? tags = null)
{
    public EntityUid Uid { get; } = uid;

    public CedarRecord Attributes { get; } = attributes;

    public ImmutableArray<EntityUid> Parents { get; } = parents.IsDefault ? [] : parents;

    public CedarRecord Tags { get; } = tags ?? CedarRecord.Empty;
}
