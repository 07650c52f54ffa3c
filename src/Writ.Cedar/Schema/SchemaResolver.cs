using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// Makes resolved declarations of a schema as it is written: names get their meaning, common types are replaced by what
/// they stand for. Several mistakes are reported at once.
/// </summary>
sealed class SchemaResolver
{
    readonly IReadOnlyList<NamespaceSyntax> _namespaces;
    readonly SchemaNames _names;
    readonly CommonTypes _commonTypes;
    readonly List<ParseError> _errors = [];

    // Entity types and actions that are declared together share what stands behind their names.
    readonly Dictionary<TypeSyntax, CedarType> _shared = new(ReferenceEqualityComparer.Instance);
    long _size;

    SchemaResolver(IReadOnlyList<NamespaceSyntax> namespaces)
    {
        _namespaces = namespaces;
        _names = new SchemaNames(namespaces);
        _errors.AddRange(_names.Errors);
        _commonTypes = new CommonTypes(_names, Report);
    }

    public static ParseResult<CedarSchema> Resolve(IReadOnlyList<NamespaceSyntax> namespaces) =>
        new SchemaResolver(namespaces).Resolve();

    ParseResult<CedarSchema> Resolve()
    {
        if (_errors.Count == 0)
            _commonTypes.ResolveAll();
        var entityTypes = new List<EntityTypeDeclaration>();
        var actions = new List<ActionDeclaration>();
        foreach (var space in _errors.Count == 0 ? _namespaces : [])
        {
            foreach (var type in space.EntityTypes)
                if (_errors.Count < CedarLimits.ErrorsMax && _size <= CedarLimits.SchemaSizeMax)
                    entityTypes.Add(Declare(space, type));
            foreach (var action in space.Actions)
                if (_errors.Count < CedarLimits.ErrorsMax && _size <= CedarLimits.SchemaSizeMax)
                    actions.Add(Declare(space, action));
        }
        if (_size > CedarLimits.SchemaSizeMax)
            Report(
                _namespaces[0], 0, "cedar.limit.schema",
                FormattableString.Invariant($"at most {CedarLimits.SchemaSizeMax} types"), "more");
        if (_errors.Count > 0)
            return new ParseResult<CedarSchema>(_errors);
        var schema = CedarSchema.Create(entityTypes, actions);
        return schema.Succeeded ? schema : new ParseResult<CedarSchema>([.. schema.Errors.Select(WithExcerpt)]);
    }

    EntityTypeDeclaration Declare(NamespaceSyntax space, EntityTypeSyntax type) => new()
    {
        Name = space.Qualify(type.Name),
        Shape = RecordOf(space, type.Shape, type.Offset, "attributes"),
        Tags = type.Tags is null ? null : Shared(space, type.Tags),
        Parents = EntityTypes(space, type.Parents),
        EnumIds = [.. type.EnumIds.Distinct(StringComparer.Ordinal)],
        Annotations = Annotated.Index(type.Annotations),
        Position = space.Source.PositionAt(type.Offset),
    };

    ActionDeclaration Declare(NamespaceSyntax space, ActionSyntax action)
    {
        var appliesTo = action.AppliesTo ?? AppliesToSyntax.Nothing;
        return new ActionDeclaration
        {
            Uid = SchemaNames.UidOf(space, action.Name),
            Groups = Groups(space, action.Groups ?? []),
            PrincipalTypes = EntityTypes(space, appliesTo.Principals),
            ResourceTypes = EntityTypes(space, appliesTo.Resources),
            Context = RecordOf(space, appliesTo.Context, action.Offset, "the context"),
            Annotations = Annotated.Index(action.Annotations),
            Position = space.Source.PositionAt(action.Offset),
        };
    }

    ImmutableArray<string> EntityTypes(NamespaceSyntax space, ImmutableArray<NameSyntax> names)
    {
        var types = new List<string>(names.Length);
        foreach (var name in names)
        {
            // An action may be the value of an attribute, but nothing is a member of an action or acts as one.
            if (_names.Find(space, name.Text, TypeNameKind.Entity) is { } meaning && _names.IsEntityType(meaning.Name))
                types.Add(meaning.Name);
            else
                Report(space, name.Offset, "cedar.schema.undeclared", "a declared entity type", Suggestions.Found(
                    $"'{name.Text}'", _names.Nearest(name.Text, TypeNameKind.Entity)));
        }
        return [.. types.Distinct(StringComparer.Ordinal)];
    }

    ImmutableArray<EntityUid> Groups(NamespaceSyntax space, ImmutableArray<ActionReference> references)
    {
        var groups = new List<EntityUid>(references.Length);
        foreach (var reference in references)
        {
            if (_names.Find(space, reference) is { } uid)
                groups.Add(uid);
            else
                Report(
                    space, reference.Offset, "cedar.schema.undeclared", "a declared action",
                    $"{reference.Type ?? "Action"}::{new CedarString(reference.Id)}");
        }
        return [.. groups.Distinct()];
    }

    CedarType.Record RecordOf(NamespaceSyntax space, TypeSyntax? syntax, int offset, string what)
    {
        var type = syntax is null ? CedarType.RecordOf([]) : Shared(space, syntax);
        if (type is CedarType.Record record)
            return record;
        if (!ReferenceEquals(type, CedarType.Never))
            Report(space, syntax?.Offset ?? offset, "cedar.schema.not-record", $"a record as {what}", $"{type}");
        return CedarType.RecordOf([]);
    }

    CedarType Shared(NamespaceSyntax space, TypeSyntax syntax)
    {
        if (!_shared.TryGetValue(syntax, out var type))
            _shared.Add(syntax, type = _commonTypes.TypeOf(space, syntax));
        _size += type.Size;
        return type;
    }

    // The model knows the places but not the text.
    ParseError WithExcerpt(ParseError error)
    {
        var sources = _namespaces.Select(space => space.Source).Distinct().ToList();
        return error.Position.IsKnown && sources is [var only]
            ? only.ErrorAt(error.Position.Offset, error.Code, error.Expected, error.Found)
            : error;
    }

    void Report(NamespaceSyntax space, int offset, string code, string expected, string found)
    {
        if (_errors.Count < CedarLimits.ErrorsMax)
            _errors.Add(space.Source.ErrorAt(offset, code, expected, found));
    }
}
