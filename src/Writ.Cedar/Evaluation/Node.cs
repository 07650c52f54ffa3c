namespace Writ.Cedar;

/// <summary>
/// A compiled expression. Nodes say the same at all times and are shared by all decisions; what belongs to one decision
/// is in the <see cref="Frame"/>. No value, or <see cref="Truth.Error"/>, means that the frame holds the error.
/// </summary>
abstract class Node(SourcePosition position)
{
    public SourcePosition Position { get; } = position;

    public abstract Value? Evaluate(Frame frame);

    /// <summary>Evaluates where Cedar wants a Bool.</summary>
    public virtual Truth Test(Frame frame)
    {
        var value = Evaluate(frame);
        if (ReferenceEquals(value, CedarBool.True))
            return Truth.True;
        if (ReferenceEquals(value, CedarBool.False))
            return Truth.False;
        return value is null ? Truth.Error : frame.FailTest(EvaluationFault.Type, Position, "bool", value);
    }

    /// <summary>Evaluates where Cedar wants an entity.</summary>
    public EntityUid? Entity(Frame frame)
    {
        var value = Evaluate(frame);
        if (value is EntityUid uid)
            return uid;
        if (value is not null)
            frame.Fail(EvaluationFault.Type, Position, "entity", value);
        return null;
    }

    /// <summary>Evaluates where Cedar wants a Set.</summary>
    public CedarSet? Set(Frame frame)
    {
        var value = Evaluate(frame);
        if (value is CedarSet set)
            return set;
        if (value is not null)
            frame.Fail(EvaluationFault.Type, Position, "set", value);
        return null;
    }

    /// <summary>Evaluates where Cedar wants a String.</summary>
    public string? Text(Frame frame)
    {
        var value = Evaluate(frame);
        if (value is CedarString text)
            return text.Value;
        if (value is not null)
            frame.Fail(EvaluationFault.Type, Position, "string", value);
        return null;
    }

    /// <summary>Evaluates where Cedar wants a Long.</summary>
    public bool TryLong(Frame frame, out long number)
    {
        var value = Evaluate(frame);
        number = (value as CedarLong)?.Value ?? 0;
        if (value is CedarLong)
            return true;
        if (value is not null)
            frame.Fail(EvaluationFault.Type, Position, "long", value);
        return false;
    }
}

/// <summary>A node whose value is always a Bool: it says how to test, and the value follows from that.</summary>
abstract class Predicate(SourcePosition position) : Node(position)
{
    public abstract override Truth Test(Frame frame);

    public sealed override Value? Evaluate(Frame frame) => Test(frame) switch
    {
        Truth.True => CedarBool.True,
        Truth.False => CedarBool.False,
        _ => null,
    };

    protected static Truth Of(bool value) => value ? Truth.True : Truth.False;
}
