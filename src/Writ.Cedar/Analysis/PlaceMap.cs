namespace Writ.Cedar;

/// <summary>The places of one kind of request.</summary>
sealed class PlaceMap
{
    readonly CedarSchema? _schema;
    readonly Dictionary<EntityUid, Place> _named = [];

    public PlaceMap(CedarSchema? schema, CedarType? principal, CedarType? resource, CedarType.Record? context)
    {
        _schema = schema;
        Principal = Place.Variable("principal", principal ?? CedarType.AnyEntity);
        Resource = Place.Variable("resource", resource ?? CedarType.AnyEntity);
        Context = Place.Variable("context", context ?? CedarType.AnyRecord);
    }

    public Place Principal { get; }

    public Place Resource { get; }

    public Place Context { get; }

    public IEnumerable<Place> Roots => [Principal, Resource, Context, .. _named.Values];

    /// <summary>The place that an expression reads; nothing when it does more than read.</summary>
    public Place? Find(Expression expression) => expression switch
    {
        Expression.Var { Variable: Variable.Principal } => Principal,
        Expression.Var { Variable: Variable.Resource } => Resource,
        Expression.Var { Variable: Variable.Context } => Context,
        Expression.Get { Operand: Expression.Literal { Value: EntityUid uid } } e =>
            Part(Named(uid), new PlaceStep(e.Name, IsTag: false)),
        Expression.Get e => Find(e.Operand) is { } owner ? Part(owner, new PlaceStep(e.Name, IsTag: false)) : null,
        Expression.Binary { Operator: BinaryOperator.GetTag, Right: Expression.Literal { Value: CedarString tag } } e =>
            Find(e.Left) is { } owner ? Part(owner, new PlaceStep(tag.Value, IsTag: true)) : null,
        _ => null,
    };

    public Place Named(EntityUid uid)
    {
        if (!_named.TryGetValue(uid, out var place))
            _named.Add(uid, place = Place.Named(uid));
        return place;
    }

    public Place Part(Place owner, PlaceStep step)
    {
        if (owner.TryGetPart(step, out var known))
            return known!;
        CedarAttribute? attribute = null;
        var isImpossible = false;
        if (ShapeOf(owner.Type) is { } shape && !step.IsTag)
        {
            attribute = shape.Find(step.Name);
            isImpossible = attribute is null && !shape.IsOpen;
        }
        else if (step.IsTag && DeclarationOf(owner.Type) is { } declaration)
        {
            attribute = declaration.Tags is null
                ? null
                : new CedarAttribute(step.Name, declaration.Tags, IsRequired: false);
            isImpossible = attribute is null;
        }
        return owner.Part(step, attribute, isImpossible);
    }

    CedarType.Record? ShapeOf(CedarType? type) => type as CedarType.Record ?? DeclarationOf(type)?.Shape;

    EntityTypeDeclaration? DeclarationOf(CedarType? type) =>
        type is CedarType.Entity { Single: { } name } && _schema?.TryGetEntityType(name, out var declaration) == true
            ? declaration
            : null;
}
