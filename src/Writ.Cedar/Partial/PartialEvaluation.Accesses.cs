using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>Attributes, entity types and the hierarchy: what a store or a schema knows.</summary>
sealed partial class PartialEvaluation
{
    /// <summary>What types say of an attribute: nothing, or its type, or that it is never there.</summary>
    readonly record struct Expected(CedarType? Type, bool IsRequired, bool IsImpossible);

    Outcome Get(Expression.Get e)
    {
        var owner = Evaluate(e.Operand);
        if (owner.Error is not null)
            return owner;
        var rest = new Expression.Get(owner.Rest, e.Name, e.Position);
        if (KnownPart(owner) is { } part)
            return Get(rest, owner.Type, part.Find(e.Name));
        if (!owner.IsOpen)
            return owner.Value is EntityUid uid && _entities.IsUncertain(uid)
                ? Outcome.Open(rest, Expect(owner.Type, e.Name).Type, mayFail: true)
                : Compute(rest);
        var expected = Expect(owner.Type, e.Name);
        if (expected.IsImpossible)
            return Missing(rest);
        var exists = owner.Type is CedarType.Record && expected.IsRequired;
        return Outcome.Open(rest, expected.Type, owner.MayFail || !exists);
    }

    Outcome Get(Expression.Get rest, CedarType? ownerType, PartialRecord.Field field)
    {
        var expected = Expect(ownerType, rest.Name);
        if (field.Value is not null)
            return Outcome.Known(field.Value, rest.Position);
        if (field.IsAbsent || expected.IsImpossible)
            return Missing(rest);
        var type = expected.Type ?? (field.Part is null ? null : CedarType.AnyRecord);
        if (field.Part?.ToKnown() is { } whole)
            return Outcome.Known(whole, rest.Position);
        return Outcome.Open(rest, type, field.MayBeAbsent && !IsAlwaysThere(ownerType, expected), field.Part);
    }

    static Outcome Missing(Expression.Get rest) => Outcome.Failed(
        new EvaluationError(EvaluationFault.MissingAttribute, rest.Position, rest.Name, null), rest);

    Outcome Has(Expression.Has e)
    {
        var owner = Evaluate(e.Operand);
        if (owner.Error is not null)
            return owner;
        for (var i = 0; i < e.Path.Length; i++)
        {
            var step = Has(owner, e.Path[i], e.Position);
            var rest = new Expression.Has(owner.Rest, e.Path[i..], e.Position);
            if (step.Error is not null || step.IsFalse)
                return step;
            if (step.IsOpen)
                return Outcome.Open(rest, CedarType.AnyBool, step.MayFail || i + 1 < e.Path.Length);
            // It is there, so that getting it does not fail.
            if (i + 1 < e.Path.Length)
                owner = Get(new Expression.Get(owner.Rest, e.Path[i], e.Position), owner);
        }
        return Outcome.Known(true, e.Position);
    }

    /// <summary>Whether one attribute is there: known, or an error, or open.</summary>
    Outcome Has(Outcome owner, string name, SourcePosition position)
    {
        var rest = new Expression.Has(owner.Rest, [name], position);
        var expected = Expect(owner.Type, name);
        if (KnownPart(owner) is { } part)
        {
            var field = part.Find(name);
            if (field.IsAbsent || (expected.IsImpossible && field.Value is null))
                return Outcome.Known(false, position);
            return field.MayBeAbsent && !IsAlwaysThere(owner.Type, expected)
                ? Outcome.Open(rest, CedarType.AnyBool, mayFail: false)
                : Outcome.Known(true, position);
        }
        if (!owner.IsOpen)
            return owner.Value is EntityUid uid && _entities.IsUncertain(uid)
                ? Outcome.Open(rest, CedarType.AnyBool, mayFail: false)
                : Compute(rest);
        var mayFail = owner.MayFail || !(owner.Type is CedarType.Record || KnownTypes.IsEntity(owner.Type));
        if (!mayFail && expected.IsImpossible)
            return Outcome.Known(false, position);
        return !mayFail && IsAlwaysThere(owner.Type, expected)
            ? Outcome.Known(true, position)
            : Outcome.Open(rest, CedarType.AnyBool, mayFail);
    }

    Outcome Get(Expression.Get rest, Outcome owner)
    {
        if (KnownPart(owner) is { } part)
            return Get(rest, owner.Type, part.Find(rest.Name));
        return owner.IsOpen ? Outcome.Open(rest, Expect(owner.Type, rest.Name).Type, owner.MayFail) : Compute(rest);
    }

    /// <summary>The attributes of a value of which something, but not everything, is known.</summary>
    PartialRecord? KnownPart(Outcome owner) =>
        owner.Shape ?? (owner.Value is EntityUid uid ? _entities.UnknownAttributesOf(uid) : null);

    // An entity of which the schema expects an attribute may itself be absent.
    static bool IsAlwaysThere(CedarType? owner, Expected expected) => owner is CedarType.Record && expected.IsRequired;

    Expected Expect(CedarType? owner, string name)
    {
        if (owner is CedarType.Record record)
            return Expect(record, name);
        if (owner is not CedarType.Entity entity || _request.Schema is not { } schema)
            return default;
        Expected? all = null;
        foreach (var type in entity.Names)
        {
            if (!schema.TryGetEntityType(type, out var declaration))
                return default;
            var one = Expect(declaration.Shape, name);
            if (all is not null && all != one)
                return default;
            all = one;
        }
        return all ?? default;
    }

    static Expected Expect(CedarType.Record record, string name)
    {
        if (record.Find(name) is { } attribute)
            return new Expected(attribute.Type, attribute.IsRequired, IsImpossible: false);
        return new Expected(null, IsRequired: false, IsImpossible: !record.IsOpen);
    }

    Outcome Is(Expression.Is e)
    {
        var operand = Evaluate(e.Operand);
        if (operand.Error is not null)
            return operand;
        var container = e.Container is null ? null : Evaluate(e.Container);
        var rest = new Expression.Is(operand.Rest, e.EntityType, container?.Rest, e.Position);
        if (!operand.IsOpen)
        {
            if (operand.Value is not EntityUid uid || uid.Type != e.EntityType || container is null)
                return Compute(new Expression.Is(operand.Rest, e.EntityType, null, e.Position));
            return Within(operand, container, e.Position);
        }
        var mayFail = operand.MayFail || !KnownTypes.IsEntity(operand.Type);
        var isApart = operand.Type is CedarType.Entity of && !of.Has(e.EntityType);
        if (!mayFail && isApart)
            return Outcome.Known(false, e.Position);
        if (!mayFail && operand.Type is CedarType.Entity { Single: { } single } && single == e.EntityType)
            return container is null ? Outcome.Known(true, e.Position) : Within(operand, container, e.Position);
        var containerMayFail = container is not null
            && (container.MayFail || !KnownTypes.IsEntityOrEntities(container.Type));
        return Outcome.Open(rest, CedarType.AnyBool, mayFail || containerMayFail);
    }

    Outcome Within(Outcome operand, Outcome container, SourcePosition position)
    {
        if (container.Error is not null)
            return container;
        var rest = new Expression.Binary(BinaryOperator.In, operand.Rest, container.Rest, position);
        var isKnown = operand.Value is not null && container.Value is not null
            && !AsksForUnknown(BinaryOperator.In, operand.Value, container.Value);
        return isKnown ? Compute(rest) : In(operand, container, rest);
    }

    /// <summary>Whether the store does not know the answer, although both operands are known.</summary>
    bool AsksForUnknown(BinaryOperator op, Value left, Value right)
    {
        if (left is not EntityUid uid)
            return false;
        return op switch
        {
            BinaryOperator.HasTag or BinaryOperator.GetTag => _entities.IsUncertain(uid),
            BinaryOperator.In when right is EntityUid container => _entities.IsIn(uid, container) is null,
            BinaryOperator.In when right is CedarSet set => set.Any(
                element => element is EntityUid container && _entities.IsIn(uid, container) is null),
            _ => false,
        };
    }

    /// <summary>Whether the schema says that no entity of these types is in any of these entities.</summary>
    bool IsNeverIn(CedarType? type, Outcome container)
    {
        if (_request.Schema is not { } schema || type is not CedarType.Entity entity)
            return false;
        ImmutableArray<string>? containers = container.Value switch
        {
            EntityUid uid => [uid.Type],
            CedarSet set => [.. set.OfType<EntityUid>().Select(uid => uid.Type)],
            _ => container.Type is CedarType.Entity of ? of.Names : null,
        };
        return containers is { } all && !entity.Names.Any(
            name => Names.IsActionType(name) || all.Any(container => schema.IsTypeIn(name, container)));
    }

    CedarType? TagTypeOf(CedarType? owner) =>
        owner is CedarType.Entity { Single: { } name } && _request.Schema is { } schema
        && schema.TryGetEntityType(name, out var declaration)
            ? declaration.Tags
            : null;

    public bool? MatchesPrincipal(EntityScope scope) => Matches(scope, _request.Principal, _principalType);

    public bool? MatchesResource(EntityScope scope) => Matches(scope, _request.Resource, _resourceType);

    /// <summary>Whether the scope matches; nothing when that is not known yet.</summary>
    bool? Matches(EntityScope scope, PartialEntity entity, CedarType type)
    {
        var isOfType = scope.EntityType is null ? true : IsOfType(type, scope.EntityType);
        var isWithin = scope.Operator switch
        {
            ScopeOperator.Equal => entity.Uid is { } uid
                ? uid.Equals(scope.Uid)
                : IsOfType(type, scope.Uid!.Type) == false ? false : null,
            ScopeOperator.In or ScopeOperator.IsIn => IsIn(entity, type, scope.Uid!),
            _ => true,
        };
        return isOfType == false || isWithin == false ? false : isWithin == true ? isOfType : null;
    }

    static bool? IsOfType(CedarType type, string name) => type is not CedarType.Entity entity ? null
        : entity.Single == name ? true
        : entity.Has(name) ? null : false;

    /// <summary>As for an entity. Of several actions those that are known not to match are left out.</summary>
    public (bool? Matches, ActionScope Left) MatchesAction(ActionScope scope)
    {
        if (scope.Operator == ScopeOperator.Any)
            return (true, scope);
        var open = ImmutableArray.CreateBuilder<EntityUid>();
        foreach (var uid in scope.Uids)
        {
            var matches = Matches(uid, isGroup: scope.Operator == ScopeOperator.In);
            if (matches == true)
                return (true, scope);
            if (matches is null)
                open.Add(uid);
        }
        return open.Count == 0 ? (false, scope) : (null, scope with { Uids = open.DrainToImmutable() });
    }

    bool? Matches(EntityUid action, bool isGroup)
    {
        var type = TypeOf(_request.Action, null);
        if (isGroup)
            return IsIn(_request.Action, type, action);
        if (_request.Action.Uid is { } uid)
            return uid.Equals(action);
        return IsOfType(type, action.Type) == false ? false : null;
    }

    bool? IsIn(PartialEntity entity, CedarType type, EntityUid container)
    {
        if (entity.Uid is { } uid)
            return _entities.IsIn(uid, container);
        return IsNeverIn(type, Outcome.Known(container, default)) ? false : null;
    }
}
