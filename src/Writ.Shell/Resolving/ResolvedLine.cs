using System.Collections.Immutable;
using Writ.Shell.Syntax;

namespace Writ.Shell.Resolving;

/// <summary>Everything a line may run: a superset, and where that cannot be known, the reason.</summary>
/// <param name="Commands">In the order in which they were found; substitutions come before what uses them.</param>
/// <param name="Flows">What passes from one command to another.</param>
/// <param name="Unresolved">What is not known. A line with any of these is never automatic.</param>
/// <param name="Reads">Variables of the environment whose values become words.</param>
public sealed record ResolvedLine(
    ImmutableArray<ResolvedCommand> Commands,
    ImmutableArray<CommandFlow> Flows,
    ImmutableArray<UnresolvedPart> Unresolved,
    ImmutableArray<VariableRead> Reads);

/// <summary>A value of the environment becomes part of a word.</summary>
/// <param name="Name">The variable, which nothing in the line has set before.</param>
/// <param name="Span">Where in the line; inside of code that is text of the line, the text's stretch.</param>
public readonly record struct VariableRead(string Name, SourceSpan Span);

/// <summary>Something that could not be known.</summary>
/// <param name="Code">One of <see cref="UnresolvedCodes"/>.</param>
/// <param name="Span">Where in the line; inside of code that is text of the line, the text's stretch.</param>
/// <param name="What">What it is, for people.</param>
/// <param name="File">The file whose commands are not known, where it is one that the line names.</param>
public sealed record UnresolvedPart(string Code, SourceSpan Span, string What, string? File = null);

/// <summary>How something passes from one command to another.</summary>
public enum FlowKind
{
    /// <summary>Through a pipe.</summary>
    Pipe,

    /// <summary>The output of a substitution becomes a word, a here-document or a file of the other.</summary>
    Substitution,

    /// <summary>Through a file that one writes and the other names.</summary>
    File,

    /// <summary>Through a variable that holds what one puts out, and that the other names.</summary>
    Variable,
}

/// <summary>What <paramref name="From"/> puts out, <paramref name="To"/> takes in; both count
/// <see cref="ResolvedLine.Commands"/>.</summary>
public readonly record struct CommandFlow(int From, int To, FlowKind Kind);
