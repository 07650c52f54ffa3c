using System.Collections.Immutable;

namespace Writ.Shell.Syntax;

/// <summary>Anything of the tree, with the stretch of source it was read from. A closed family: nodes are made by
/// <see cref="ShellParser"/> only.</summary>
public abstract class SyntaxNode
{
    private protected SyntaxNode(SourceSpan span) => Span = span;

    public SourceSpan Span { get; }
}

/// <summary>A whole source text: its complete lines, in the order bash reads and runs them.</summary>
public sealed class Script : SyntaxNode
{
    internal Script(SourceSpan span, ImmutableArray<CommandList> lines) : base(span) => Lines = lines;

    public ImmutableArray<CommandList> Lines { get; }
}

/// <summary>What ends one item of a list.</summary>
public enum ListTerminator
{
    /// <summary>The end of the list itself, with whatever ends it.</summary>
    None,

    /// <summary><c>;</c></summary>
    Semicolon,

    /// <summary>A new line.</summary>
    NewLine,

    /// <summary><c>&amp;</c>: it runs in the background.</summary>
    Background,
}

/// <summary>Commands one after the other.</summary>
public sealed class CommandList : SyntaxNode
{
    internal CommandList(SourceSpan span, ImmutableArray<ListItem> items) : base(span) => Items = items;

    public ImmutableArray<ListItem> Items { get; }
}

/// <summary>One and-or chain of a list, and what ends it.</summary>
public sealed class ListItem : SyntaxNode
{
    internal ListItem(SourceSpan span, ImmutableArray<ChainLink> links, ListTerminator terminator) : base(span)
    {
        Links = links;
        Terminator = terminator;
    }

    /// <summary>At least one; read from left to right, <c>&amp;&amp;</c> and <c>||</c> bind alike.</summary>
    public ImmutableArray<ChainLink> Links { get; }

    public ListTerminator Terminator { get; }
}

/// <summary>When a link of a chain runs.</summary>
public enum ChainCondition
{
    /// <summary>The first of the chain: always.</summary>
    Always,

    /// <summary>After <c>&amp;&amp;</c>: when what is before it succeeded.</summary>
    Success,

    /// <summary>After <c>||</c>: when what is before it failed.</summary>
    Failure,
}

/// <summary>One pipeline of an and-or chain.</summary>
public sealed class ChainLink : SyntaxNode
{
    internal ChainLink(ChainCondition condition, Pipeline pipeline) : base(pipeline.Span)
    {
        Condition = condition;
        Pipeline = pipeline;
    }

    public ChainCondition Condition { get; }

    public Pipeline Pipeline { get; }
}

/// <summary>Whether a pipeline is timed.</summary>
public enum PipelineTiming
{
    /// <summary>It is not.</summary>
    None,

    /// <summary><c>time</c></summary>
    Shell,

    /// <summary><c>time -p</c></summary>
    Posix,
}

/// <summary>Commands joined by pipes; <c>!</c> and <c>time</c> may stand alone, then there is no stage.</summary>
public sealed class Pipeline : SyntaxNode
{
    internal Pipeline(SourceSpan span, bool isNegated, PipelineTiming timing, ImmutableArray<PipelineStage> stages)
        : base(span)
    {
        IsNegated = isNegated;
        Timing = timing;
        Stages = stages;
    }

    public bool IsNegated { get; }

    public PipelineTiming Timing { get; }

    public ImmutableArray<PipelineStage> Stages { get; }
}

/// <summary>One command of a pipeline.</summary>
public sealed class PipelineStage : SyntaxNode
{
    internal PipelineStage(Command command, bool pipesErrors) : base(command.Span)
    {
        Command = command;
        PipesErrors = pipesErrors;
    }

    public Command Command { get; }

    /// <summary>It is followed by <c>|&amp;</c>: its errors go into the pipe as well.</summary>
    public bool PipesErrors { get; }
}
