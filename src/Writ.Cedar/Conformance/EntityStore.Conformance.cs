using System.Text;

namespace Writ.Cedar;

/// <summary>Stores whose entities are as a schema says, with the schema's actions among them.</summary>
public sealed partial class EntityStore
{
    internal static readonly IReadOnlySet<EntityUid> NoAncestors = new HashSet<EntityUid>();

    /// <summary>
    /// As <see cref="Create(IEnumerable{Entity})"/>, but every entity must conform to the schema; the actions that the
    /// schema declares are added.
    /// </summary>
    public static ParseResult<EntityStore> Create(IEnumerable<Entity> entities, CedarSchema schema) =>
        Build([.. entities], schema, areChecked: false);

    /// <summary>
    /// As <see cref="ParseJson(string, string?)"/>, with the schema to say what is an entity and what a value of an
    /// extension type, so that the escapes may be left out. Every entity must conform; the actions that the schema
    /// declares are added.
    /// </summary>
    public static ParseResult<EntityStore> ParseJson(string json, CedarSchema schema, string? fileName = null) =>
        Placed(
            Load(JsonReading.ReadEntities(json, fileName, schema), schema), () => Encoding.UTF8.GetBytes(json),
            fileName);

    /// <inheritdoc cref="ParseJson(string, CedarSchema, string?)"/>
    public static ParseResult<EntityStore> ParseJson(
        ReadOnlyMemory<byte> utf8Json, CedarSchema schema, string? fileName = null) =>
        Placed(Load(JsonReading.ReadEntities(utf8Json, fileName, schema), schema), () => utf8Json, fileName);

    static ParseResult<EntityStore> Load(ParseResult<List<Entity>> read, CedarSchema schema) =>
        read.TryGetValue(out var entities)
            ? Build(entities, schema, areChecked: true)
            : new ParseResult<EntityStore>(read.Errors);

    // Whoever reads by the schema has checked everything but the actions, whose ancestors need them all.
    static ParseResult<EntityStore> Build(IReadOnlyList<Entity> entities, CedarSchema schema, bool areChecked)
    {
        var actions = new Dictionary<EntityUid, Entity>();
        foreach (var entity in entities)
            if (Names.IsActionType(entity.Uid.Type))
                actions[entity.Uid] = entity;
        var errors = new List<ParseError>();
        foreach (var entity in entities)
        {
            var isAction = actions.ContainsKey(entity.Uid);
            if ((areChecked && !isAction) || errors.Count == CedarLimits.ErrorsMax)
                continue;
            var ancestors = isAction ? AncestorsOf(entity, actions, schema.Actions.Length) : NoAncestors;
            if (schema.FindFault(entity, ancestors) is { } fault)
                errors.Add(fault);
        }
        return errors.Count > 0
            ? new ParseResult<EntityStore>(errors)
            : Build(null, [.. entities, .. schema.ActionEntities.Where(action => !actions.ContainsKey(action.Uid))]);
    }

    // More ancestors than there are actions need not be counted to be wrong.
    static HashSet<EntityUid> AncestorsOf(Entity action, Dictionary<EntityUid, Entity> actions, int most)
    {
        var ancestors = new HashSet<EntityUid>();
        var open = new Stack<Entity>([action]);
        while (ancestors.Count <= most && open.TryPop(out var next))
            foreach (var parent in next.Parents)
                if (ancestors.Add(parent) && actions.TryGetValue(parent, out var known))
                    open.Push(known);
        return ancestors;
    }
}
