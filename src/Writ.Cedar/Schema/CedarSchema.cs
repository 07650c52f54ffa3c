using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Writ.Cedar;

/// <summary>
/// A schema with every name resolved and every hierarchy closed: what entity types and actions there are, who may be in
/// whom, and which requests are possible. Immutable and safe to share. Made by the readers of the two schema formats,
/// or by <see cref="Create"/> from declarations.
/// </summary>
public sealed partial class CedarSchema
{
    readonly Dictionary<string, EntityTypeDeclaration> _entityTypes;
    readonly Dictionary<EntityUid, ActionDeclaration> _actions;
    readonly Lineage<string> _typeLineage;
    readonly Lineage<EntityUid> _actionLineage;
    readonly HashSet<(string Type, string Container)> _actionTypesIn;
    readonly Dictionary<string, CedarType> _typesOfEntities = new(StringComparer.Ordinal);

    // What is given is consistent; Create has checked that.
    CedarSchema(
        ImmutableArray<EntityTypeDeclaration> entityTypes,
        ImmutableArray<ActionDeclaration> actions,
        Dictionary<string, EntityTypeDeclaration> typesByName,
        Dictionary<EntityUid, ActionDeclaration> actionsByUid)
    {
        EntityTypes = entityTypes;
        Actions = actions;
        _entityTypes = typesByName;
        _actions = actionsByUid;
        _typeLineage = new Lineage<string>(
            [.. entityTypes.Select(type => type.Name)],
            name => typesByName[name].Parents,
            StringComparer.Ordinal);
        _actionLineage = new Lineage<EntityUid>(
            [.. actions.Select(action => action.Uid)],
            uid => actionsByUid[uid].Groups,
            EqualityComparer<EntityUid>.Default);
        _actionTypesIn = ActionTypesIn();
        foreach (var type in entityTypes)
            _typesOfEntities.Add(type.Name, CedarType.OfEntity(type.Name));
        foreach (var action in actions)
            _typesOfEntities.TryAdd(action.Uid.Type, CedarType.OfEntity(action.Uid.Type));
        foreach (var action in actions)
            RequestEnvironmentCount += (long)action.PrincipalTypes.Length * action.ResourceTypes.Length;
    }

    /// <summary>In the order of the schema.</summary>
    public ImmutableArray<EntityTypeDeclaration> EntityTypes { get; }

    /// <summary>In the order of the schema, groups included.</summary>
    public ImmutableArray<ActionDeclaration> Actions { get; }

    /// <summary>How many kinds of request there are.</summary>
    public long RequestEnvironmentCount { get; }

    /// <summary>Every kind of request, action by action in the order of the schema.</summary>
    public IEnumerable<RequestEnvironment> RequestEnvironments =>
        from action in Actions
        from principal in action.PrincipalTypes
        from resource in action.ResourceTypes
        select new RequestEnvironment(principal, action, resource);

    /// <summary>
    /// A schema of resolved declarations. Refused when a name is declared twice or used and not declared, when an
    /// action is above itself, when a declaration is not possible in Cedar, or when it is over a limit. Entity types
    /// may be above themselves, as a folder is in a folder.
    /// </summary>
    public static ParseResult<CedarSchema> Create(
        IEnumerable<EntityTypeDeclaration> entityTypes, IEnumerable<ActionDeclaration> actions)
    {
        var types = entityTypes.ToImmutableArray();
        var uids = actions.ToImmutableArray();
        var inspection = new SchemaInspection();
        var typesByName = inspection.Index(types);
        var actionsByUid = inspection.Index(uids);
        if (inspection.Errors.Count == 0)
            inspection.Inspect(types, uids, typesByName, actionsByUid);
        if (inspection.Errors.Count > 0)
            return new ParseResult<CedarSchema>(inspection.Errors);
        var schema = new CedarSchema(types, uids, typesByName, actionsByUid);
        foreach (var action in uids)
            if (schema._actionLineage.IsBelow(action.Uid, action.Uid))
                inspection.Report(
                    "cedar.schema.cycle", action.Position, "actions without a cycle", $"{action.Uid} in itself");
        if (schema.RequestEnvironmentCount > CedarLimits.RequestEnvironmentsMax)
            inspection.ReportLimit("request environments", CedarLimits.RequestEnvironmentsMax);
        return inspection.Errors.Count > 0
            ? new ParseResult<CedarSchema>(inspection.Errors)
            : new ParseResult<CedarSchema>(schema);
    }

    /// <summary>Reads and resolves a schema in Cedar's text format.</summary>
    public static ParseResult<CedarSchema> ParseText(string text, string? fileName = null) =>
        Resolve(SchemaDocument.ParseText(text, fileName));

    /// <summary>Reads and resolves a schema in Cedar's JSON format.</summary>
    public static ParseResult<CedarSchema> ParseJson(string json, string? fileName = null) =>
        Resolve(SchemaDocument.ParseJson(json, fileName));

    public bool TryGetEntityType(string name, [NotNullWhen(true)] out EntityTypeDeclaration? declaration) =>
        _entityTypes.TryGetValue(name, out declaration);

    public bool TryGetAction(EntityUid uid, [NotNullWhen(true)] out ActionDeclaration? declaration) =>
        _actions.TryGetValue(uid, out declaration);

    /// <summary>Whether an entity of the first type can be in one of the second, or be it.</summary>
    public bool IsTypeIn(string entityType, string container) =>
        entityType == container || _typeLineage.IsBelow(entityType, container);

    /// <summary>Whether the first action is in the second, or is it.</summary>
    public bool IsActionIn(EntityUid action, EntityUid group) =>
        action.Equals(group) || _actionLineage.IsBelow(action, group);

    /// <summary>The entity types that an entity of this type can be in, through any number of steps.</summary>
    public IEnumerable<string> AncestorsOf(string entityType) => _typeLineage.Above(entityType);

    /// <summary>The entity types whose entities can be in one of this type, through any number of steps.</summary>
    public IEnumerable<string> DescendantsOf(string entityType) => _typeLineage.Below(entityType);

    /// <summary>The actions that this one is in, through any number of steps.</summary>
    public IEnumerable<EntityUid> AncestorsOf(EntityUid action) => _actionLineage.Above(action);

    /// <summary>The actions that are in this one, through any number of steps.</summary>
    public IEnumerable<EntityUid> DescendantsOf(EntityUid action) => _actionLineage.Below(action);

    /// <summary>The type of a declared entity or action, always the same instance.</summary>
    internal CedarType TypeOf(string entityType) => _typesOfEntities[entityType];

    /// <summary>
    /// Whether an action of the first type is in one of the second (another namespace's), or could be it.
    /// </summary>
    internal bool IsActionTypeIn(string type, string container) =>
        type == container || _actionTypesIn.Contains((type, container));

    HashSet<(string Type, string Container)> ActionTypesIn()
    {
        var types = Actions.Select(action => action.Uid.Type).Distinct(StringComparer.Ordinal).Take(2).ToArray();
        return types.Length < 2
            ? []
            : [.. from action in Actions
                  from above in _actionLineage.Above(action.Uid)
                  select (action.Uid.Type, above.Type)];
    }

    static ParseResult<CedarSchema> Resolve(ParseResult<SchemaDocument> read) =>
        read.TryGetValue(out var document) ? document.Resolve() : new ParseResult<CedarSchema>(read.Errors);
}
