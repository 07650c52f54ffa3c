using System.Collections.Immutable;

namespace Writ.Shell.Syntax;

/// <summary>The kinds of redirection.</summary>
public enum RedirectionOperator
{
    /// <summary><c>&lt;</c></summary>
    Read,

    /// <summary><c>&gt;</c></summary>
    Write,

    /// <summary><c>&gt;|</c>: also with <c>noclobber</c>.</summary>
    WriteForced,

    /// <summary><c>&gt;&gt;</c></summary>
    Append,

    /// <summary><c>&lt;&gt;</c></summary>
    ReadWrite,

    /// <summary><c>&amp;&gt;</c>: output and errors.</summary>
    WriteBoth,

    /// <summary><c>&amp;&gt;&gt;</c>: output and errors.</summary>
    AppendBoth,

    /// <summary><c>&lt;&amp;</c>: a descriptor, <c>-</c> to close, <c>N-</c> to move.</summary>
    DuplicateInput,

    /// <summary><c>&gt;&amp;</c>: a descriptor, <c>-</c> to close, <c>N-</c> to move; any other word is a file for
    /// output and errors.</summary>
    DuplicateOutput,

    /// <summary><c>&lt;&lt;&lt;</c></summary>
    HereString,

    /// <summary><c>&lt;&lt;</c></summary>
    HereDocument,

    /// <summary><c>&lt;&lt;-</c>: leading tabs are taken off.</summary>
    HereDocumentTabless,
}

/// <summary>One redirection.</summary>
public sealed class Redirection : SyntaxNode
{
    internal Redirection(
        SourceSpan span, RedirectionOperator @operator, int? descriptor, string? descriptorVariable, Word target)
        : base(span)
    {
        Operator = @operator;
        Descriptor = descriptor;
        DescriptorVariable = descriptorVariable;
        Target = target;
    }

    public RedirectionOperator Operator { get; }

    /// <summary>The number before the operator, when there is one.</summary>
    public int? Descriptor { get; }

    /// <summary><c>fd</c> of <c>{fd}&gt;file</c>: bash picks a number and stores it there.</summary>
    public string? DescriptorVariable { get; }

    /// <summary>The word after the operator; of a here-document its delimiter.</summary>
    public Word Target { get; }

    /// <summary>Present exactly when the operator is a here-document's.</summary>
    public HereDocument? Document { get; internal set; }
}

/// <summary>The body of a here-document.</summary>
public sealed class HereDocument : SyntaxNode
{
    internal HereDocument(
        SourceSpan span, string delimiter, bool isQuoted, string? text, ImmutableArray<WordPart> parts) : base(span)
    {
        IsMissing = text is null;
        Delimiter = delimiter;
        IsQuoted = isQuoted;
        Text = text ?? "";
        Parts = parts;
    }

    /// <summary>The delimiter without its quotes.</summary>
    public string Delimiter { get; }

    /// <summary>The delimiter was quoted: the text means itself.</summary>
    public bool IsQuoted { get; }

    /// <summary>The substitution or the source ended before the body began; bash takes it for empty.</summary>
    public bool IsMissing { get; }

    /// <summary>The text before expansion, tabs taken off for <c>&lt;&lt;-</c>.</summary>
    public string Text { get; }

    /// <summary>The text as bash expands it; of a quoted one a single literal.</summary>
    public ImmutableArray<WordPart> Parts { get; }
}
