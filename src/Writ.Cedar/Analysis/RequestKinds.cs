using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>All kinds of request that a question is about, and the entities that are fixed in all of them.</summary>
sealed class RequestKinds
{
    RequestKinds(ImmutableArray<RequestKind> kinds, EntityStore store, IReadOnlyCollection<string> entityTypes) =>
        (Kinds, Store, EntityTypes) = (kinds, store, entityTypes);

    public ImmutableArray<RequestKind> Kinds { get; }

    /// <summary>The world's entities, and every action with what it is in.</summary>
    public EntityStore Store { get; }

    /// <summary>The types that a new entity may have, when no schema says which.</summary>
    public IReadOnlyCollection<string> EntityTypes { get; }

    /// <summary>Nothing when there are more than the limit.</summary>
    public static ParseResult<RequestKinds> Of(ImmutableArray<PolicySet> sets, AnalysisWorld world)
    {
        var uids = new HashSet<EntityUid>();
        foreach (var policy in sets.SelectMany(set => set.Policies))
            MentionedEntities.Gather(policy.Syntax, uids);
        var types = uids.Select(uid => uid.Type).Where(type => !Names.IsActionType(type))
            .Distinct(StringComparer.Ordinal).ToList();
        var actions = uids.Concat(world.Entities.Entities.Select(entity => entity.Uid))
            .Where(uid => Names.IsActionType(uid.Type));
        if (world.Schema is { } schema)
        {
            if (schema.RequestEnvironmentCount > AnalysisLimits.EnvironmentsMax)
                return TooMany();
            var kinds = schema.RequestEnvironments.Select(one =>
                new RequestKind(one.Action.Uid, one.PrincipalType, one.ResourceType));
            var entities = With(world.Entities, schema.ActionEntities);
            return new ParseResult<RequestKinds>(new RequestKinds([.. kinds], entities, types));
        }
        // An action that nobody names stands for all of those.
        var other = new EntityUid("Action", "any other action");
        ImmutableArray<EntityUid> all = [.. actions.Append(other).Distinct()];
        if (all.Length > AnalysisLimits.EnvironmentsMax)
            return TooMany();
        var store = With(world.Entities, all.Select(uid => new Entity(uid, CedarRecord.Empty, [])));
        return new ParseResult<RequestKinds>(
            new RequestKinds([.. all.Select(action => new RequestKind(action, null, null))], store, types));
    }

    static EntityStore With(EntityStore store, IEnumerable<Entity> entities) =>
        store.With([.. entities.Where(entity => store.Find(entity.Uid) is null)]).Value;

    static ParseResult<RequestKinds> TooMany() => new(
    [
        new ParseError("cedar.limit.kinds", default, FormattableString.Invariant(
            $"at most {AnalysisLimits.EnvironmentsMax} kinds of request"), "more"),
    ]);
}
