using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// Entities of which some attributes are not known yet. Parents and tags of an entity of the store are always known; an
/// entity that is not in the store does not exist, unless more may come. Immutable.
/// </summary>
public sealed class PartialEntities
{
    readonly ImmutableDictionary<EntityUid, PartialRecord> _attributes;

    PartialEntities(EntityStore store, ImmutableDictionary<EntityUid, PartialRecord> attributes, bool mayGrow) =>
        (Store, _attributes, MayGrow) = (store, attributes, mayGrow);

    public EntityStore Store { get; }

    /// <summary>Whether entities that are not in the store may be in that of a full request.</summary>
    public bool MayGrow { get; }

    public static PartialEntities Known(EntityStore store) =>
        new(store, ImmutableDictionary<EntityUid, PartialRecord>.Empty, mayGrow: false);

    /// <summary>These entities, and perhaps others of which nothing is known.</summary>
    public PartialEntities Growing() => new(Store, _attributes, mayGrow: true);

    /// <summary>What is known of the attributes of one entity of the store, instead of what the store says.</summary>
    public PartialEntities With(EntityUid uid, PartialRecord attributes) => Store.Find(uid) is null
        ? throw new ArgumentException($"entity {uid} is not in the store", nameof(uid))
        : new PartialEntities(Store, _attributes.SetItem(uid, attributes), MayGrow);

    internal PartialRecord? UnknownAttributesOf(EntityUid uid) => _attributes.GetValueOrDefault(uid);

    /// <summary>Whether the store does not tell if this entity exists, and so nothing about it either.</summary>
    internal bool IsUncertain(EntityUid uid) => MayGrow && Store.Lookup(uid) is null;

    /// <summary>Cedar's <c>in</c>; nothing when entities that may still come could make it true.</summary>
    internal bool? IsIn(EntityUid uid, EntityUid container)
    {
        if (Store.IsIn(uid, container))
            return true;
        return MayGrow && IsLoose(uid) ? null : false;
    }

    // Whether the entity or one of its ancestors is absent, so that more ancestors may come.
    bool IsLoose(EntityUid uid)
    {
        if (Store.Lookup(uid) is not { } entity)
            return true;
        foreach (var ancestor in entity.Ancestors.Items)
            if (Store.Lookup(ancestor) is null)
                return true;
        return false;
    }
}
