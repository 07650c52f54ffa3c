using System.Collections.Immutable;
using Writ.Shell.Resolving;

namespace Writ.Shell.Knowledge;

/// <summary>What one command would do: a superset of its effects, and what is not known of it.</summary>
/// <param name="Lines">Lines of shell that its own code runs; they are judged by themselves.</param>
public sealed record CommandJudgement(
    ImmutableArray<ProgramEffect> Effects, ImmutableArray<UnknownPart> Unknown, bool IsThrough,
    ImmutableArray<InnerLine> Lines);

/// <summary>What a command reads from its standard input.</summary>
/// <param name="Text">The whole of it; null when that is not known.</param>
/// <param name="File">The file it comes from, for people; null when it is none.</param>
/// <param name="Environment">What is set in front of the command.</param>
public readonly record struct CommandInput(
    string? Text, string? File, ImmutableArray<ResolvedAssignment> Environment = default);
