using System.Text;

namespace Writ.Cedar;

/// <summary>
/// The entities a decision is made against, with the hierarchy computed. Immutable and safe to share. A store may be a
/// thin layer over another one (<see cref="With"/>), so that a large store is built once and a few entities are added
/// for one request. An entity appears once over all layers; a cycle among parents is an error.
/// </summary>
public sealed partial class EntityStore
{
    readonly EntityStore? _below;
    readonly Dictionary<EntityUid, StoredEntity> _entities;

    // Parents that are named but absent here and below: only if such a one arrives later do ancestors below change.
    readonly HashSet<EntityUid> _absent;

    EntityStore(EntityStore? below, Dictionary<EntityUid, StoredEntity> entities, HashSet<EntityUid> absent)
    {
        _below = below;
        _entities = entities;
        _absent = absent;
        Count = entities.Count + (below?.Count ?? 0);
    }

    public static EntityStore Empty { get; } = new(null, [], []);

    /// <summary>Entities in all layers.</summary>
    public int Count { get; }

    /// <summary>The entities of all layers, the newest layer first.</summary>
    public IEnumerable<Entity> Entities
    {
        get
        {
            for (var layer = this; layer is not null; layer = layer._below)
                foreach (var stored in layer._entities.Values)
                    yield return stored.Entity;
        }
    }

    public static ParseResult<EntityStore> Create(IEnumerable<Entity> entities) => Build(null, [.. entities]);

    /// <summary>
    /// Reads Cedar's JSON entities format: an array of <c>{uid, attrs, parents, tags?}</c>, with the escapes
    /// <c>__entity</c> and <c>__extn</c>. Integers are exact; unknown and repeated members are errors.
    /// </summary>
    public static ParseResult<EntityStore> ParseJson(string json, string? fileName = null) =>
        Placed(Load(JsonReading.ReadEntities(json, fileName)), () => Encoding.UTF8.GetBytes(json), fileName);

    /// <inheritdoc cref="ParseJson(string, string?)"/>
    public static ParseResult<EntityStore> ParseJson(ReadOnlyMemory<byte> utf8Json, string? fileName = null) =>
        Placed(Load(JsonReading.ReadEntities(utf8Json, fileName)), () => utf8Json, fileName);

    /// <summary>
    /// This store with more entities on top. Nothing is copied, unless a new entity has parents of its own and is
    /// itself a parent that entities here name: then their ancestors grow, and the whole is computed again.
    /// </summary>
    public ParseResult<EntityStore> With(params IReadOnlyList<Entity> entities)
    {
        if (entities.Count == 0)
            return new ParseResult<EntityStore>(this);
        var changesBelow = entities.Any(entity => entity.Parents.Length > 0 && IsAbsentParent(entity.Uid));
        return changesBelow ? Build(null, [.. Entities, .. entities]) : Build(this, entities);
    }

    public Entity? Find(EntityUid uid) => Lookup(uid)?.Entity;

    /// <summary>Cedar's <c>in</c>: the entity itself or one of its ancestors.</summary>
    public bool IsIn(EntityUid uid, EntityUid container) =>
        uid.Equals(container) || (Lookup(uid) is { } entity && entity.Ancestors.Contains(container));

    internal StoredEntity? Lookup(EntityUid uid)
    {
        for (var layer = this; layer is not null; layer = layer._below)
            if (layer._entities.TryGetValue(uid, out var found))
                return found;
        return null;
    }

    bool IsAbsentParent(EntityUid uid)
    {
        for (var layer = this; layer is not null; layer = layer._below)
            if (layer._absent.Contains(uid))
                return true;
        return false;
    }

    // What is wrong between entities is found when all are read; it is told at the one that is meant.
    static ParseResult<EntityStore> Placed(
        ParseResult<EntityStore> built, Func<ReadOnlyMemory<byte>> json, string? fileName) =>
        built.Errors is [{ Position.IsKnown: false, Code: "cedar.entity.cycle" or "cedar.entity.duplicate" } error]
            ? new ParseResult<EntityStore>([JsonReading.AtEntity(json(), fileName, error)])
            : built;

    static ParseResult<EntityStore> Load(ParseResult<List<Entity>> read) =>
        read.TryGetValue(out var entities) ? Build(null, entities) : new ParseResult<EntityStore>(read.Errors);

    static ParseResult<EntityStore> Build(EntityStore? below, IReadOnlyList<Entity> entities)
    {
        if (entities.Count + (below?.Count ?? 0) > CedarLimits.EntitiesMax)
            return Failed("cedar.limit.entities", $"at most {CedarLimits.EntitiesMax} entities", "more");
        var added = new Dictionary<EntityUid, Entity>(entities.Count);
        foreach (var entity in entities)
            if (below?.Lookup(entity.Uid) is not null || !added.TryAdd(entity.Uid, entity))
                return Failed("cedar.entity.duplicate", "each entity once", $"{entity.Uid} again");
        var hierarchy = new Hierarchy(below, added);
        foreach (var entity in entities)
            if (hierarchy.Close(entity) is { } error)
                return new ParseResult<EntityStore>([error]);
        return new ParseResult<EntityStore>(new EntityStore(below, hierarchy.Closed, hierarchy.Absent));
    }

    static ParseResult<EntityStore> Failed(string code, FormattableString expected, string found) =>
        Failed(code, FormattableString.Invariant(expected), found);

    static ParseResult<EntityStore> Failed(string code, string expected, string found) =>
        new([new ParseError(code, default, expected, found)]);
}
