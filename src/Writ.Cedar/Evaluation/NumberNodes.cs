namespace Writ.Cedar;

/// <summary><c>&lt; &lt;= &gt; &gt;=</c> on two Longs, two datetimes or two durations; never on a mixture.</summary>
sealed class CompareNode(BinaryOperator op, Node left, Node right, SourcePosition position) : Predicate(position)
{
    public override Truth Test(Frame frame)
    {
        if (left.Evaluate(frame) is not { } first || right.Evaluate(frame) is not { } second)
            return Truth.Error;
        return (first, second) switch
        {
            (CedarLong a, CedarLong b) => Compare(a.Value, b.Value),
            (CedarDatetime a, CedarDatetime b) => Compare(a.Milliseconds, b.Milliseconds),
            (CedarDuration a, CedarDuration b) => Compare(a.Milliseconds, b.Milliseconds),
            (CedarLong or CedarDatetime or CedarDuration, _) =>
                frame.FailTest(EvaluationFault.Type, right.Position, first.TypeName, second),
            _ => frame.FailTest(EvaluationFault.Type, left.Position, "long, datetime or duration", first),
        };
    }

    Truth Compare(long first, long second) => Of(op switch
    {
        BinaryOperator.Less => first < second,
        BinaryOperator.LessEqual => first <= second,
        BinaryOperator.Greater => first > second,
        _ => first >= second,
    });
}

/// <summary><c>+ - *</c> on Longs; leaving 64 bits is an error.</summary>
sealed class ArithmeticNode(BinaryOperator op, Node left, Node right, SourcePosition position) : Node(position)
{
    public override Value? Evaluate(Frame frame)
    {
        if (!left.TryLong(frame, out var first) || !right.TryLong(frame, out var second))
            return null;
        var exact = op switch
        {
            BinaryOperator.Add => (Int128)first + second,
            BinaryOperator.Subtract => (Int128)first - second,
            _ => (Int128)first * second,
        };
        return exact >= long.MinValue && exact <= long.MaxValue
            ? new CedarLong((long)exact)
            : frame.Fail(EvaluationFault.Overflow, Position, op switch
            {
                BinaryOperator.Add => "+",
                BinaryOperator.Subtract => "-",
                _ => "*",
            });
    }
}

sealed class NegateNode(Node operand, SourcePosition position) : Node(position)
{
    public override Value? Evaluate(Frame frame)
    {
        if (!operand.TryLong(frame, out var number))
            return null;
        return number == long.MinValue
            ? frame.Fail(EvaluationFault.Overflow, Position, "-")
            : new CedarLong(-number);
    }
}
