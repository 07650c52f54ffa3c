using System.Collections.Immutable;

namespace Writ.Shell.Syntax;

/// <summary>What <c>${name OPERATOR ...}</c> does with the value.</summary>
public enum ParameterOperator
{
    /// <summary>Nothing: the value itself.</summary>
    None,

    /// <summary><c>${#name}</c></summary>
    Length,

    /// <summary><c>${!prefix*}</c>, <c>${!prefix@}</c>: names of variables.</summary>
    Names,

    /// <summary><c>-</c>, <c>:-</c></summary>
    Default,

    /// <summary><c>=</c>, <c>:=</c>: also sets the variable.</summary>
    Assign,

    /// <summary><c>?</c>, <c>:?</c>: else the shell ends.</summary>
    Require,

    /// <summary><c>+</c>, <c>:+</c></summary>
    Alternate,

    /// <summary><c>#</c>, <c>##</c></summary>
    RemovePrefix,

    /// <summary><c>%</c>, <c>%%</c></summary>
    RemoveSuffix,

    /// <summary><c>/</c>, <c>//</c>, <c>/#</c>, <c>/%</c></summary>
    Replace,

    /// <summary><c>:offset:length</c></summary>
    Substring,

    /// <summary><c>^</c>, <c>^^</c></summary>
    UpperCase,

    /// <summary><c>,</c>, <c>,,</c></summary>
    LowerCase,

    /// <summary><c>~</c>, <c>~~</c></summary>
    ToggleCase,

    /// <summary><c>@Q</c> and the other letters. <c>@P</c> runs the commands in the value.</summary>
    Transform,
}

/// <summary><c>$name</c> and <c>${...}</c>.</summary>
public sealed class ParameterPart : WordPart
{
    internal ParameterPart(
        SourceSpan span,
        string name,
        bool isBraced = false,
        bool isIndirect = false,
        Word? subscript = null,
        ParameterOperator @operator = ParameterOperator.None,
        string operatorText = "",
        Word? argument = null,
        Word? secondArgument = null) : base(span)
    {
        Name = name;
        IsBraced = isBraced;
        IsIndirect = isIndirect;
        Subscript = subscript;
        Operator = @operator;
        OperatorText = operatorText;
        Argument = argument;
        SecondArgument = secondArgument;
    }

    /// <summary>A variable, a position, or one of the special characters.</summary>
    public string Name { get; }

    public bool IsBraced { get; }

    /// <summary><c>${!name}</c>: the value names the variable that is meant.</summary>
    public bool IsIndirect { get; }

    /// <summary><c>[SUBSCRIPT]</c>, when there is one.</summary>
    public Word? Subscript { get; }

    public ParameterOperator Operator { get; }

    /// <summary>The operator as written, colon and doubling included.</summary>
    public string OperatorText { get; }

    /// <summary>The word, pattern or offset after the operator.</summary>
    public Word? Argument { get; }

    /// <summary>The replacement, or the length of a substring.</summary>
    public Word? SecondArgument { get; }
}
