namespace Writ.Cedar;

/// <summary>A value known when the policy was compiled.</summary>
sealed class ConstantNode(Value value, SourcePosition position) : Node(position)
{
    public Value Value { get; } = value;

    public override Value Evaluate(Frame frame) => Value;
}

/// <summary>
/// An error known when the policy was compiled, such as <c>ip("x")</c>. It counts only if evaluation gets here.
/// </summary>
sealed class FailNode(EvaluationFault fault, object first, object second, SourcePosition position) : Node(position)
{
    public override Value? Evaluate(Frame frame) => frame.Fail(fault, Position, first, second);
}

sealed class VariableNode(Variable variable, SourcePosition position) : Node(position)
{
    public override Value Evaluate(Frame frame) => variable switch
    {
        Variable.Principal => frame.Request.Principal,
        Variable.Action => frame.Request.Action,
        Variable.Resource => frame.Request.Resource,
        _ => frame.Request.Context,
    };
}

sealed class IfNode(Node condition, Node then, Node otherwise, SourcePosition position) : Node(position)
{
    public override Value? Evaluate(Frame frame) => condition.Test(frame) switch
    {
        Truth.True => then.Evaluate(frame),
        Truth.False => otherwise.Evaluate(frame),
        _ => null,
    };

    public override Truth Test(Frame frame) => condition.Test(frame) switch
    {
        Truth.True => then.Test(frame),
        Truth.False => otherwise.Test(frame),
        _ => Truth.Error,
    };
}

sealed class AndNode(Node[] operands, SourcePosition position) : Predicate(position)
{
    public override Truth Test(Frame frame)
    {
        foreach (var operand in operands)
        {
            var truth = operand.Test(frame);
            if (truth != Truth.True)
                return truth;
        }
        return Truth.True;
    }
}

sealed class OrNode(Node[] operands, SourcePosition position) : Predicate(position)
{
    public override Truth Test(Frame frame)
    {
        foreach (var operand in operands)
        {
            var truth = operand.Test(frame);
            if (truth != Truth.False)
                return truth;
        }
        return Truth.False;
    }
}

sealed class NotNode(Node operand, SourcePosition position) : Predicate(position)
{
    public override Truth Test(Frame frame) => operand.Test(frame) switch
    {
        Truth.True => Truth.False,
        Truth.False => Truth.True,
        _ => Truth.Error,
    };
}

sealed class EqualNode(Node left, Node right, bool negated, SourcePosition position) : Predicate(position)
{
    public override Truth Test(Frame frame)
    {
        if (left.Evaluate(frame) is not { } first || right.Evaluate(frame) is not { } second)
            return Truth.Error;
        return Of(first.Equals(second) != negated);
    }
}
