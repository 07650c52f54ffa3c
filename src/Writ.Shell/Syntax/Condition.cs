namespace Writ.Shell.Syntax;

/// <summary>An expression of <c>[[ ]]</c>. A closed family.</summary>
public abstract class Condition : SyntaxNode
{
    private protected Condition(SourceSpan span) : base(span)
    {
    }
}

/// <summary><c>-f WORD</c>; a word alone is <c>-n WORD</c>.</summary>
public sealed class UnaryCondition : Condition
{
    internal UnaryCondition(SourceSpan span, string @operator, Word operand) : base(span)
    {
        Operator = @operator;
        Operand = operand;
    }

    public string Operator { get; }

    public Word Operand { get; }
}

/// <summary><c>WORD == PATTERN</c>, <c>WORD =~ REGEX</c>, <c>WORD -eq WORD</c> ...</summary>
public sealed class BinaryCondition : Condition
{
    internal BinaryCondition(SourceSpan span, string @operator, Word left, Word right) : base(span)
    {
        Operator = @operator;
        Left = left;
        Right = right;
    }

    public string Operator { get; }

    public Word Left { get; }

    public Word Right { get; }
}

/// <summary><c>! expression</c></summary>
public sealed class NotCondition : Condition
{
    internal NotCondition(SourceSpan span, Condition operand) : base(span) => Operand = operand;

    public Condition Operand { get; }
}

/// <summary><c>( expression )</c></summary>
public sealed class GroupCondition : Condition
{
    internal GroupCondition(SourceSpan span, Condition operand) : base(span) => Operand = operand;

    public Condition Operand { get; }
}

/// <summary><c>left &amp;&amp; right</c> and <c>left || right</c></summary>
public sealed class JoinedCondition : Condition
{
    internal JoinedCondition(SourceSpan span, bool isAnd, Condition left, Condition right) : base(span)
    {
        IsAnd = isAnd;
        Left = left;
        Right = right;
    }

    public bool IsAnd { get; }

    public Condition Left { get; }

    public Condition Right { get; }
}
