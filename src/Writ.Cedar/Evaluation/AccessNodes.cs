namespace Writ.Cedar;

/// <summary><c>e.name</c> on a record or an entity.</summary>
sealed class GetNode(Node operand, string name, SourcePosition position) : Node(position)
{
    // A guess that only saves time, so threads may write over each other's.
    int _place;

    public override Value? Evaluate(Frame frame)
    {
        var owner = operand.Evaluate(frame);
        switch (owner)
        {
            case null:
                return null;
            case CedarRecord record:
                return record.TryGet(name, ref _place, out var field)
                    ? field
                    : frame.Fail(EvaluationFault.MissingAttribute, Position, name, record);
            case EntityUid uid when frame.Find(uid) is { } entity:
                return entity.Entity.Attributes.TryGet(name, ref _place, out var attribute)
                    ? attribute
                    : frame.Fail(EvaluationFault.MissingAttribute, Position, name, uid);
            case EntityUid uid:
                return frame.Fail(EvaluationFault.MissingEntity, Position, uid);
            default:
                return frame.Fail(EvaluationFault.Type, operand.Position, "entity or record", owner);
        }
    }
}

/// <summary><c>e has a.b.c</c>: each but the last attribute must itself be a record or an entity.</summary>
sealed class HasNode(Node operand, string[] path, SourcePosition position) : Predicate(position)
{
    public override Truth Test(Frame frame)
    {
        var owner = operand.Evaluate(frame);
        if (owner is null)
            return Truth.Error;
        foreach (var name in path)
        {
            CedarRecord? attributes;
            if (owner is CedarRecord record)
                attributes = record;
            else if (owner is EntityUid uid)
                attributes = frame.Find(uid)?.Entity.Attributes;
            else
                return frame.FailTest(EvaluationFault.Type, operand.Position, "entity or record", owner);
            // An entity that is not there has no attributes, which is no error.
            if (attributes is null || !attributes.TryGet(name, out owner))
                return Truth.False;
        }
        return Truth.True;
    }
}

sealed class LikeNode(Node operand, Pattern pattern, SourcePosition position) : Predicate(position)
{
    public override Truth Test(Frame frame) =>
        operand.Text(frame) is { } text ? Of(pattern.Matches(text)) : Truth.Error;
}

/// <summary><c>e is T</c> and <c>e is T in c</c>; the container is evaluated only when the type is right.</summary>
sealed class IsNode(Node operand, string type, Node? container, SourcePosition position) : Predicate(position)
{
    public override Truth Test(Frame frame)
    {
        if (operand.Entity(frame) is not { } uid)
            return Truth.Error;
        if (uid.Type != type)
            return Truth.False;
        return container is null ? Truth.True : InNode.Test(frame, uid, container);
    }
}

/// <summary><c>e in c</c>: membership in an entity or in any entity of a set.</summary>
sealed class InNode(Node left, Node right, SourcePosition position) : Predicate(position)
{
    public override Truth Test(Frame frame) =>
        left.Entity(frame) is { } uid ? Test(frame, uid, right) : Truth.Error;

    public static Truth Test(Frame frame, EntityUid uid, Node container)
    {
        switch (container.Evaluate(frame))
        {
            case null:
                return Truth.Error;
            case EntityUid single:
                return Of(frame.IsIn(uid, single));
            case CedarSet set:
                // Every element is type-checked, also behind a match.
                foreach (var element in set.Elements)
                    if (element is not EntityUid)
                        return frame.FailTest(EvaluationFault.Type, container.Position, "set of entities", element);
                foreach (var element in set.Elements)
                    if (frame.IsIn(uid, (EntityUid)element))
                        return Truth.True;
                return Truth.False;
            case var other:
                return frame.FailTest(EvaluationFault.Type, container.Position, "entity or set of entities", other);
        }
    }
}

sealed class HasTagNode(Node operand, Node tag, SourcePosition position) : Predicate(position)
{
    public override Truth Test(Frame frame)
    {
        if (operand.Entity(frame) is not { } uid || tag.Text(frame) is not { } name)
            return Truth.Error;
        return Of(frame.Find(uid) is { } entity && entity.Entity.Tags.TryGet(name, out _));
    }
}

sealed class GetTagNode(Node operand, Node tag, SourcePosition position) : Node(position)
{
    public override Value? Evaluate(Frame frame)
    {
        if (operand.Entity(frame) is not { } uid || tag.Text(frame) is not { } name)
            return null;
        if (frame.Find(uid) is not { } entity)
            return frame.Fail(EvaluationFault.MissingEntity, Position, uid);
        return entity.Entity.Tags.TryGet(name, out var value)
            ? value
            : frame.Fail(EvaluationFault.MissingTag, Position, name, uid);
    }
}
