using System.Collections.Immutable;

namespace Writ.Shell.Syntax;

/// <summary>One word before expansion: its parts in order.</summary>
public sealed class Word : SyntaxNode
{
    internal Word(SourceSpan span, ImmutableArray<WordPart> parts) : base(span) => Parts = parts;

    public ImmutableArray<WordPart> Parts { get; }

    /// <summary>The value, when nothing in the word is expanded; else null. Quotes are taken off.</summary>
    public string? ConstantValue => WordPart.ConstantValueOf(Parts);
}

/// <summary><c>NAME=VALUE</c>, <c>NAME+=VALUE</c>, <c>NAME[SUBSCRIPT]=VALUE</c> before a command's words.</summary>
public sealed class Assignment : SyntaxNode
{
    internal Assignment(SourceSpan span, string name, Word? subscript, bool isAppending, Word value) : base(span)
    {
        Name = name;
        Subscript = subscript;
        IsAppending = isAppending;
        Value = value;
    }

    public string Name { get; }

    public Word? Subscript { get; }

    public bool IsAppending { get; }

    /// <summary>May begin with an <see cref="ArrayPart"/>.</summary>
    public Word Value { get; }
}
