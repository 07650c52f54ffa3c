using System.Collections.Immutable;
using Writ.Shell.Resolving;

namespace Writ.Shell.Knowledge;

/// <summary>One command of a line, with what it would do.</summary>
public sealed record JudgedCommand(
    ResolvedCommand Command, ImmutableArray<ProgramEffect> Effects, ImmutableArray<UnknownPart> Unknown)
{
    /// <summary>The overlay that says what its program does, for people; null when that comes with Writ.</summary>
    public string? Overlay { get; init; }
}

/// <summary>A line with everything it may do: a superset of the effects, and what is not understood.</summary>
/// <param name="Commands">In the order of the resolver.</param>
/// <param name="Effects">Of all commands and of what flows between them, each once.</param>
/// <param name="Unknown">Of the line and of all commands. Any of these forbids an automatic verdict.</param>
public sealed record JudgedLine(
    ImmutableArray<JudgedCommand> Commands, ImmutableArray<ProgramEffect> Effects, ImmutableArray<UnknownPart> Unknown);
