namespace Writ.Cedar;

/// <summary>
/// What evaluating an expression gives when not everything is known: a value; or an error that every full evaluation
/// has too (not always the same one); or an expression that is equal to the first one in every full evaluation.
/// </summary>
sealed record Outcome
{
    Outcome(Expression rest) => Rest = rest;

    /// <summary>The expression that is left; of a value, the value.</summary>
    public Expression Rest { get; }

    public Value? Value { get; private init; }

    public EvaluationError? Error { get; private init; }

    /// <summary>The type of the value, when it is known. An expression that fails has no value.</summary>
    public CedarType? Type { get; private init; }

    /// <summary>Whether a full evaluation may fail.</summary>
    public bool MayFail { get; private init; }

    /// <summary>Of a record that is partly known: the known part.</summary>
    public PartialRecord? Shape { get; private init; }

    public bool IsOpen => Value is null && Error is null;

    public bool IsTrue => ReferenceEquals(Value, CedarBool.True);

    public bool IsFalse => ReferenceEquals(Value, CedarBool.False);

    public bool IsBool => Type is CedarType.Bool;

    public static Outcome Known(Value value, SourcePosition position) => new(new Expression.Literal(value, position))
    {
        Value = value,
        Type = TypeOf(value),
    };

    public static Outcome Known(bool value, SourcePosition position) => Known(CedarBool.Of(value), position);

    public static Outcome Failed(EvaluationError error, Expression rest) => new(rest) { Error = error, MayFail = true };

    public static Outcome Open(Expression rest, CedarType? type, bool mayFail, PartialRecord? shape = null) =>
        new(rest) { Type = type, MayFail = mayFail, Shape = shape };

    /// <summary>What the types can tell about a value that is there: only what they need.</summary>
    static CedarType? TypeOf(Value value) => value switch
    {
        CedarBool => CedarType.AnyBool,
        CedarLong => CedarType.Long,
        CedarString => CedarType.String,
        EntityUid uid => CedarType.OfEntity(uid.Type),
        CedarSet { Count: 0 } => CedarType.SetOf(CedarType.Never),
        CedarSet set when set.All(element => element is EntityUid) => CedarType.SetOf(CedarType.AnyEntity),
        CedarSet => CedarType.AnySet,
        CedarRecord => CedarType.AnyRecord,
        CedarDecimal => CedarType.Decimal,
        CedarIp => CedarType.Ip,
        CedarDatetime => CedarType.Datetime,
        CedarDuration => CedarType.Duration,
        _ => null,
    };
}
