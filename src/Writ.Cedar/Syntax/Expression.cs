using System.Collections.Immutable;

namespace Writ.Cedar;

enum Variable
{
    Principal,
    Action,
    Resource,
    Context,
}

enum UnaryOperator
{
    Not,
    Negate,
    IsEmpty,
}

enum BinaryOperator
{
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    Add,
    Subtract,
    Multiply,
    Contains,
    ContainsAll,
    ContainsAny,
    HasTag,
    GetTag,
}

/// <summary>
/// An expression as the parser read it: the shape of the source, without evaluation. Evaluation compiles it to
/// <see cref="Node"/>s; whatever else is done with policies (validation, other formats) starts from here.
/// <see cref="Height"/> is bounded by the parser, so recursion over an expression is safe.
/// </summary>
abstract record Expression
{
    Expression(SourcePosition position, int heightBelow)
    {
        Position = position;
        Height = heightBelow + 1;
    }

    public SourcePosition Position { get; }

    public int Height { get; }

    public sealed record Literal(Value Value, SourcePosition At) : Expression(At, 0);

    public sealed record Var(Variable Variable, SourcePosition At) : Expression(At, 0);

    public sealed record If(Expression Condition, Expression Then, Expression Else, SourcePosition At)
        : Expression(At, Tallest([Condition, Then, Else]));

    /// <summary>At least two operands, evaluated from the left until one is false.</summary>
    public sealed record And(ImmutableArray<Expression> Operands, SourcePosition At)
        : Expression(At, Tallest(Operands));

    /// <summary>At least two operands, evaluated from the left until one is true.</summary>
    public sealed record Or(ImmutableArray<Expression> Operands, SourcePosition At)
        : Expression(At, Tallest(Operands));

    public sealed record Unary(UnaryOperator Operator, Expression Operand, SourcePosition At)
        : Expression(At, Operand.Height);

    public sealed record Binary(BinaryOperator Operator, Expression Left, Expression Right, SourcePosition At)
        : Expression(At, Math.Max(Left.Height, Right.Height));

    /// <summary><c>has a.b.c</c>: at least one name.</summary>
    public sealed record Has(Expression Operand, ImmutableArray<string> Path, SourcePosition At)
        : Expression(At, Operand.Height);

    public sealed record Get(Expression Operand, string Name, SourcePosition At) : Expression(At, Operand.Height);

    public sealed record Like(Expression Operand, Pattern Pattern, SourcePosition At) : Expression(At, Operand.Height);

    /// <summary><c>is T</c>, and with a container <c>is T in e</c>.</summary>
    public sealed record Is(Expression Operand, string EntityType, Expression? Container, SourcePosition At)
        : Expression(At, Math.Max(Operand.Height, Container?.Height ?? 0));

    public sealed record Set(ImmutableArray<Expression> Elements, SourcePosition At)
        : Expression(At, Tallest(Elements));

    public sealed record Record(ImmutableArray<(string Name, Expression Value)> Fields, SourcePosition At)
        : Expression(At, Fields.IsEmpty ? 0 : Fields.Max(field => field.Value.Height));

    /// <summary>A call of an extension function; the receiver of a method is the first argument.</summary>
    public sealed record Call(ExtensionFunction Function, ImmutableArray<Expression> Arguments, SourcePosition At)
        : Expression(At, Tallest(Arguments));

    static int Tallest(ImmutableArray<Expression> parts) => parts.IsEmpty ? 0 : parts.Max(part => part.Height);
}
