using System.Collections.Immutable;

namespace Writ.Shell.Syntax;

/// <summary>A part of a word. A closed family: literals of every quoting, expansions, patterns.</summary>
public abstract class WordPart : SyntaxNode
{
    private protected WordPart(SourceSpan span) : base(span)
    {
    }

    /// <summary>The text this part always stands for; null when that is not known from the source alone.</summary>
    public virtual string? ConstantValue => null;

    // A long word of many parts is put together once, not part by part.
    internal static string? ConstantValueOf(ImmutableArray<WordPart> parts)
    {
        if (parts.Length == 1)
            return parts[0].ConstantValue;
        var texts = new string[parts.Length];
        for (var i = 0; i < texts.Length; i++)
        {
            if (parts[i].ConstantValue is not { } text)
                return null;
            texts[i] = text;
        }
        return string.Concat(texts);
    }
}

/// <summary>Unquoted text without any meaning of its own, or the plain text inside double quotes.</summary>
public sealed class LiteralPart : WordPart
{
    internal LiteralPart(SourceSpan span, string text) : base(span) => Text = text;

    public string Text { get; }

    public override string ConstantValue => Text;
}

/// <summary>A backslash and the character it quotes.</summary>
public sealed class EscapedPart : WordPart
{
    internal EscapedPart(SourceSpan span, string text) : base(span) => Text = text;

    public string Text { get; }

    public override string ConstantValue => Text;
}

/// <summary><c>'text'</c></summary>
public sealed class SingleQuotedPart : WordPart
{
    internal SingleQuotedPart(SourceSpan span, string text) : base(span) => Text = text;

    public string Text { get; }

    public override string ConstantValue => Text;
}

/// <summary><c>$'text'</c></summary>
public sealed class AnsiQuotedPart : WordPart
{
    internal AnsiQuotedPart(SourceSpan span, string raw, string text, bool isExact) : base(span)
    {
        Raw = raw;
        Text = text;
        IsExact = isExact;
    }

    /// <summary>As written between the quotes.</summary>
    public string Raw { get; }

    /// <summary>With the escapes replaced.</summary>
    public string Text { get; }

    /// <summary>False when the escapes make bytes that are no UTF-8 text, so that <see cref="Text"/> only resembles
    /// them.</summary>
    public bool IsExact { get; }

    public override string? ConstantValue => IsExact ? Text : null;
}

/// <summary><c>"text"</c> and <c>$"text"</c></summary>
public sealed class DoubleQuotedPart : WordPart
{
    internal DoubleQuotedPart(SourceSpan span, bool isTranslated, ImmutableArray<WordPart> parts) : base(span)
    {
        IsTranslated = isTranslated;
        Parts = parts;
    }

    /// <summary><c>$"..."</c>: replaced by the message catalogue, if there is one.</summary>
    public bool IsTranslated { get; }

    public ImmutableArray<WordPart> Parts { get; }

    public override string? ConstantValue => IsTranslated ? null : ConstantValueOf(Parts);
}

/// <summary><c>~</c> and <c>~user</c> at the start of a word or of a path in an assignment.</summary>
public sealed class TildePart : WordPart
{
    internal TildePart(SourceSpan span, string user) : base(span) => User = user;

    /// <summary>What follows the tilde up to the slash: empty, a user, <c>+</c>, <c>-</c>, a number.</summary>
    public string User { get; }
}

/// <summary>An unquoted pattern: <c>*</c>, <c>?</c>, or the brackets of a character set.</summary>
public sealed class GlobPart : WordPart
{
    internal GlobPart(SourceSpan span, string text) : base(span) => Text = text;

    public string Text { get; }
}

/// <summary><c>@(a|b)</c> and its relatives.</summary>
public sealed class ExtendedGlobPart : WordPart
{
    internal ExtendedGlobPart(SourceSpan span, char @operator, ImmutableArray<WordPart> parts) : base(span)
    {
        Operator = @operator;
        Parts = parts;
    }

    /// <summary>One of <c>? * + @ !</c></summary>
    public char Operator { get; }

    /// <summary>What is between the parentheses, alternatives separated by a literal <c>|</c>.</summary>
    public ImmutableArray<WordPart> Parts { get; }
}

/// <summary><c>{a,b}</c>: the word becomes several words.</summary>
public sealed class BracePart : WordPart
{
    internal BracePart(SourceSpan span, ImmutableArray<ImmutableArray<WordPart>> alternatives) : base(span) =>
        Alternatives = alternatives;

    public ImmutableArray<ImmutableArray<WordPart>> Alternatives { get; }
}

/// <summary><c>{1..9}</c>, <c>{a..e..2}</c>: the word becomes several words.</summary>
public sealed class BraceRangePart : WordPart
{
    internal BraceRangePart(SourceSpan span, string first, string last, string? step) : base(span)
    {
        First = first;
        Last = last;
        Step = step;
    }

    public string First { get; }

    public string Last { get; }

    public string? Step { get; }
}

/// <summary><c>$((expression))</c> and <c>$[expression]</c></summary>
public sealed class ArithmeticPart : WordPart
{
    internal ArithmeticPart(SourceSpan span, bool isBracketed, ImmutableArray<WordPart> parts) : base(span)
    {
        IsBracketed = isBracketed;
        Parts = parts;
    }

    public bool IsBracketed { get; }

    /// <summary>The expression, expanded like a double-quoted string before it is evaluated.</summary>
    public ImmutableArray<WordPart> Parts { get; }
}

/// <summary><c>$(list)</c> and <c>`list`</c></summary>
public sealed class CommandSubstitutionPart : WordPart
{
    internal CommandSubstitutionPart(
        SourceSpan span, string? backquoted, CommandList? body, SyntaxFault? fault, string? raw) : base(span)
    {
        Raw = raw;
        Backquoted = backquoted;
        Body = body;
        Fault = fault;
    }

    /// <summary>Between backquotes, as written; null for <c>$( )</c>.</summary>
    public string? Backquoted { get; }

    /// <summary>Absent when there is a <see cref="Fault"/>.</summary>
    public CommandList? Body { get; }

    /// <summary>What stands between the parentheses, when there is a <see cref="Fault"/>.</summary>
    public string? Raw { get; }

    /// <summary>What bash will find wrong when it comes to run this: it reads backquotes, and what looked like
    /// arithmetic, only then.</summary>
    public SyntaxFault? Fault { get; }
}

/// <summary><c>&lt;(list)</c> and <c>&gt;(list)</c></summary>
public sealed class ProcessSubstitutionPart : WordPart
{
    internal ProcessSubstitutionPart(
        SourceSpan span, bool isOutput, CommandList? body, SyntaxFault? fault, string? raw) : base(span)
    {
        Raw = raw;
        IsOutput = isOutput;
        Body = body;
        Fault = fault;
    }

    /// <summary><c>&gt;(list)</c>: the list reads what is written.</summary>
    public bool IsOutput { get; }

    public CommandList? Body { get; }

    /// <inheritdoc cref="CommandSubstitutionPart.Raw"/>
    public string? Raw { get; }

    /// <inheritdoc cref="CommandSubstitutionPart.Fault"/>
    public SyntaxFault? Fault { get; }
}

/// <summary><c>(a b [k]=v)</c> after <c>NAME=</c>.</summary>
public sealed class ArrayPart : WordPart
{
    internal ArrayPart(SourceSpan span, ImmutableArray<ArrayElement> elements) : base(span) => Elements = elements;

    public ImmutableArray<ArrayElement> Elements { get; }
}

/// <summary>One element of a compound assignment.</summary>
public sealed class ArrayElement : SyntaxNode
{
    internal ArrayElement(SourceSpan span, Word? subscript, bool isAppending, Word value) : base(span)
    {
        Subscript = subscript;
        IsAppending = isAppending;
        Value = value;
    }

    public Word? Subscript { get; }

    public bool IsAppending { get; }

    public Word Value { get; }
}

/// <summary>An expansion that bash accepts when it reads the line and refuses when it runs it, such as
/// <c>${x!}</c>; other versions of bash may give it a meaning. The parts in it are kept.</summary>
public sealed class UnknownExpansionPart : WordPart
{
    internal UnknownExpansionPart(SourceSpan span, string raw, ImmutableArray<WordPart> parts) : base(span)
    {
        Raw = raw;
        Parts = parts;
    }

    /// <summary>As written.</summary>
    public string Raw { get; }

    public ImmutableArray<WordPart> Parts { get; }
}
