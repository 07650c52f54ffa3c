using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// The opposite of a condition, with <c>!</c> pushed in as far as it reads well. Where the condition fails, so does its
/// opposite; both are only used where Cedar wants a Bool.
/// </summary>
static class Negation
{
    public static Expression Of(Expression condition)
    {
        switch (condition)
        {
            case Expression.Literal { Value: CedarBool value }:
                return new Expression.Literal(CedarBool.Of(!value.Value), condition.Position);
            case Expression.Unary { Operator: UnaryOperator.Not } e:
                return e.Operand;
            case Expression.And e:
                return Joined(e.Operands, isAnd: false, e.Position);
            case Expression.Or e:
                return Joined(e.Operands, isAnd: true, e.Position);
            case Expression.Binary e when Opposite(e.Operator) is { } opposite:
                return new Expression.Binary(opposite, e.Left, e.Right, e.Position);
            default:
                return new Expression.Unary(UnaryOperator.Not, condition, condition.Position);
        }
    }

    static Expression Joined(ImmutableArray<Expression> operands, bool isAnd, SourcePosition position)
    {
        ImmutableArray<Expression> negated = [.. operands.Select(Of)];
        return isAnd ? new Expression.And(negated, position) : new Expression.Or(negated, position);
    }

    static BinaryOperator? Opposite(BinaryOperator op) => op switch
    {
        BinaryOperator.Equal => BinaryOperator.NotEqual,
        BinaryOperator.NotEqual => BinaryOperator.Equal,
        BinaryOperator.Less => BinaryOperator.GreaterEqual,
        BinaryOperator.LessEqual => BinaryOperator.Greater,
        BinaryOperator.Greater => BinaryOperator.LessEqual,
        BinaryOperator.GreaterEqual => BinaryOperator.Less,
        _ => null,
    };
}
