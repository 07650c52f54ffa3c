using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>Whether requests and entities are as the schema says.</summary>
public sealed partial class CedarSchema
{
    ImmutableArray<Entity> _actionEntities;

    /// <summary>The actions as entities with their groups as parents, as a store needs them.</summary>
    public ImmutableArray<Entity> ActionEntities
    {
        get
        {
            // Computed twice by two threads it is the same.
            if (_actionEntities.IsDefault)
                _actionEntities =
                    [.. Actions.Select(action => new Entity(action.Uid, CedarRecord.Empty, action.Groups))];
            return _actionEntities;
        }
    }

    /// <summary>
    /// What is wrong with a request, or nothing: the action is declared, it applies to the types of principal and
    /// resource, enumerations have the ids, the context has the action's type. Strict and permissive validation of
    /// policies do not differ in this.
    /// </summary>
    public ParseError? FindFault(Request request) => FindFaultyPart(request)?.Fault;

    /// <summary>The same with the part of the request that has to be written otherwise: <c>principal</c>,
    /// <c>action</c>, <c>resource</c> or <c>context</c>.</summary>
    internal (string Part, ParseError Fault)? FindFaultyPart(Request request)
    {
        if (FindFault(request.Principal, "principal") is { } principal)
            return ("principal", principal);
        if (FindFault(request.Resource, "resource") is { } resource)
            return ("resource", resource);
        if (!TryGetAction(request.Action, out var action))
            return ("action", new ParseError(
                "cedar.request.action", default, "an action that the schema declares", $"{request.Action}"));
        if (FindFault(action, action.PrincipalTypes, request.Principal, "principal") is { } otherPrincipal)
            return ("principal", otherPrincipal);
        if (FindFault(action, action.ResourceTypes, request.Resource, "resource") is { } otherResource)
            return ("resource", otherResource);
        return ValueConformance.Find(this, request.Context, action.Context)?.At("context") is { } context
            ? ("context", context)
            : null;
    }

    /// <summary>
    /// What is wrong with one entity, or nothing: its type is declared, its attributes and tags have their types, its
    /// parents can be that, its id is one of its enumeration. An action has to be exactly the schema's;
    /// <paramref name="ancestors"/> are then all that it is in, through any number of steps.
    /// </summary>
    public ParseError? FindFault(Entity entity, IReadOnlySet<EntityUid> ancestors)
    {
        if (Names.IsActionType(entity.Uid.Type))
            return FindActionFault(entity, ancestors);
        var place = Escapes.Cut($"{entity.Uid}");
        if (!TryGetEntityType(entity.Uid.Type, out var type))
            return new ParseError("cedar.entity.type", default, "an entity type that the schema declares", place);
        if (ValueConformance.Find(this, entity.Uid) is { } wrongId)
            return wrongId.At("uid");
        if (ValueConformance.Find(this, entity.Attributes, type.Shape) is { } wrongAttribute)
            return wrongAttribute.At(place);
        foreach (var (name, value) in entity.Tags.Fields)
            if (FindTagFault(type, value) is { } wrongTag)
                return wrongTag.At($"{place} tag {new CedarString(Escapes.Cut(name))}");
        foreach (var parent in entity.Parents)
            if (FindParentFault(type, parent) is { } wrongParent)
                return wrongParent.At($"{place} parents");
        return null;
    }

    internal Mismatch? FindTagFault(EntityTypeDeclaration type, Value value) => type.Tags is { } tags
        ? ValueConformance.Find(this, value, tags)
        : new Mismatch("cedar.entity.tag", $"no tags, as {type.Name} has none", "one");

    internal Mismatch? FindParentFault(EntityTypeDeclaration type, EntityUid parent)
    {
        if (ValueConformance.Find(this, parent) is { } impossible)
            return impossible;
        return _typeLineage.IsBelow(type.Name, parent.Type)
            ? null
            : new Mismatch("cedar.entity.parent", $"a parent that {type.Name} can have", Escapes.Cut($"{parent}"));
    }

    ParseError? FindActionFault(Entity entity, IReadOnlySet<EntityUid> ancestors)
    {
        if (ValueConformance.Find(this, entity.Uid) is { } undeclared)
            return undeclared.At("uid");
        var isSame = entity.Attributes.Count == 0 && entity.Tags.Count == 0
            && ancestors.SetEquals(AncestorsOf(entity.Uid));
        return isSame
            ? null
            : new ParseError(
                "cedar.entity.action", default, $"{entity.Uid} as the schema declares it",
                "other attributes or groups");
    }

    ParseError? FindFault(EntityUid uid, string role)
    {
        if (!TryGetEntityType(uid.Type, out _))
            return new ParseError(
                "cedar.request.type", default, "an entity type that the schema declares", $"{uid} as {role}");
        return ValueConformance.Find(this, uid)?.At(role);
    }

    static ParseError? FindFault(
        ActionDeclaration action, ImmutableArray<string> types, EntityUid uid, string role)
    {
        if (types.Contains(uid.Type))
            return null;
        var expected = types.IsEmpty ? $"another action: no {role} can do it" : string.Join(" or ", types.Take(8));
        return new ParseError($"cedar.request.{role}", default, $"{expected} as {role} of {action.Uid}", $"{uid}");
    }
}
