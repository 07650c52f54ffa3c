using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// Sees to it that resolved declarations fit together. The readers have better messages for what they can see; this is
/// the last door, and also there for who builds a schema in code.
/// </summary>
sealed class SchemaInspection
{
    readonly List<ParseError> _errors = [];

    public IReadOnlyList<ParseError> Errors => _errors;

    public Dictionary<string, EntityTypeDeclaration> Index(ImmutableArray<EntityTypeDeclaration> types)
    {
        var index = new Dictionary<string, EntityTypeDeclaration>(StringComparer.Ordinal);
        if (types.Length > CedarLimits.EntityTypesMax)
            ReportLimit("entity types", CedarLimits.EntityTypesMax);
        foreach (var type in types)
        {
            if (!Names.IsEntityType(type.Name) || Names.IsActionType(type.Name))
                Report("cedar.schema.name", type.Position, "the name of an entity type", $"'{type.Name}'");
            else if (!index.TryAdd(type.Name, type))
                Report("cedar.schema.duplicate", type.Position, "each entity type once", $"'{type.Name}' again");
        }
        return index;
    }

    public Dictionary<EntityUid, ActionDeclaration> Index(ImmutableArray<ActionDeclaration> actions)
    {
        var index = new Dictionary<EntityUid, ActionDeclaration>();
        if (actions.Length > CedarLimits.ActionsMax)
            ReportLimit("actions", CedarLimits.ActionsMax);
        foreach (var action in actions)
        {
            if (!Names.IsActionType(action.Uid.Type))
                Report("cedar.schema.name", action.Position, "an entity of type Action", action.Uid.ToString());
            else if (!index.TryAdd(action.Uid, action))
                Report("cedar.schema.duplicate", action.Position, "each action once", $"{action.Uid} again");
        }
        return index;
    }

    public void Inspect(
        ImmutableArray<EntityTypeDeclaration> types,
        ImmutableArray<ActionDeclaration> actions,
        Dictionary<string, EntityTypeDeclaration> typesByName,
        Dictionary<EntityUid, ActionDeclaration> actionsByUid)
    {
        bool IsKnown(string name) => typesByName.ContainsKey(name);
        // An attribute may hold an action, but nobody may be one.
        bool IsKnownInType(string name) => IsKnown(name) || Names.IsActionType(name);

        foreach (var type in types)
        {
            Declared(type.Parents, IsKnown, type.Position);
            Fits(type.Shape, IsKnownInType, type.Position);
            if (type.Tags is not null)
                Fits(type.Tags, IsKnownInType, type.Position);
            if (type.IsEnum && (type.Tags is not null || !type.Shape.Attributes.IsEmpty))
                Report(
                    "cedar.schema.enum", type.Position, "an enumeration without attributes and tags", $"'{type.Name}'");
        }
        foreach (var action in actions)
        {
            Declared(action.PrincipalTypes, IsKnown, action.Position);
            Declared(action.ResourceTypes, IsKnown, action.Position);
            Fits(action.Context, IsKnownInType, action.Position);
            foreach (var group in action.Groups)
                if (!actionsByUid.ContainsKey(group))
                    Report("cedar.schema.undeclared", action.Position, "a declared action", group.ToString());
        }
    }

    public void Report(string code, SourcePosition position, string expected, string found)
    {
        if (_errors.Count < CedarLimits.ErrorsMax)
            _errors.Add(new ParseError(code, position, expected, found));
    }

    public void ReportLimit(string what, long limit) =>
        Report("cedar.limit.schema", default, FormattableString.Invariant($"at most {limit} {what}"), "more");

    void Declared(ImmutableArray<string> names, Func<string, bool> isKnown, SourcePosition position)
    {
        foreach (var name in names)
            if (!isKnown(name))
                Report("cedar.schema.undeclared", position, "a declared entity type", $"'{name}'");
    }

    // Height and size come first, so that the walk is short.
    void Fits(CedarType type, Func<string, bool> isKnown, SourcePosition position)
    {
        if (type.Height > CedarLimits.TypeDepthMax)
            ReportLimit("types nested in each other", CedarLimits.TypeDepthMax);
        else if (type.Size > CedarLimits.TypeSizeMax)
            ReportLimit("types written out in one", CedarLimits.TypeSizeMax);
        else
            Walk(type, isKnown, position);
    }

    void Walk(CedarType type, Func<string, bool> isKnown, SourcePosition position)
    {
        switch (type)
        {
            case CedarType.Entity { Single: { } name } when isKnown(name):
            case CedarType.Bool { Only: null }:
            case CedarType.Extension:
                break;
            case CedarType.Entity { Single: { } name }:
                Report("cedar.schema.undeclared", position, "a declared entity type", $"'{name}'");
                break;
            case CedarType.Set set:
                Walk(set.Element, isKnown, position);
                break;
            case CedarType.Record { IsOpen: false } record:
                foreach (var attribute in record.Attributes)
                    Walk(attribute.Type, isKnown, position);
                break;
            default:
                if (!ReferenceEquals(type, CedarType.Long) && !ReferenceEquals(type, CedarType.String))
                    Report("cedar.schema.type", position, "a type that a schema can have", $"'{type}'");
                break;
        }
    }
}
