namespace Writ.Cedar;

sealed class SetNode(Node[] elements, SourcePosition position) : Node(position)
{
    public override Value? Evaluate(Frame frame)
    {
        var values = new Value[elements.Length];
        for (var i = 0; i < elements.Length; i++)
        {
            if (elements[i].Evaluate(frame) is not { } value)
                return null;
            values[i] = value;
        }
        return new CedarSet(values);
    }
}

/// <summary>A record literal; the parser saw to it that the names are distinct.</summary>
sealed class RecordNode(string[] names, Node[] fields, SourcePosition position) : Node(position)
{
    public override Value? Evaluate(Frame frame)
    {
        var values = new Value[fields.Length];
        for (var i = 0; i < fields.Length; i++)
        {
            if (fields[i].Evaluate(frame) is not { } value)
                return null;
            values[i] = value;
        }
        return new CedarRecord(names, values);
    }
}

sealed class ContainsNode(Node set, Node element, SourcePosition position) : Predicate(position)
{
    public override Truth Test(Frame frame)
    {
        // Both sides are evaluated before the types are looked at.
        if (set.Evaluate(frame) is not { } container || element.Evaluate(frame) is not { } value)
            return Truth.Error;
        return container is CedarSet values
            ? Of(values.Contains(value))
            : frame.FailTest(EvaluationFault.Type, set.Position, "set", container);
    }
}

/// <summary><c>containsAll</c> and <c>containsAny</c>.</summary>
sealed class CompareSetsNode(bool all, Node left, Node right, SourcePosition position) : Predicate(position)
{
    public override Truth Test(Frame frame)
    {
        if (left.Set(frame) is not { } first || right.Set(frame) is not { } second)
            return Truth.Error;
        return Of(all ? first.ContainsAll(second) : first.ContainsAny(second));
    }
}

sealed class IsEmptyNode(Node set, SourcePosition position) : Predicate(position)
{
    public override Truth Test(Frame frame) => set.Set(frame) is { } values ? Of(values.Count == 0) : Truth.Error;
}
