using System.Collections.Immutable;

namespace Writ.Shell.Knowledge;

/// <summary>What one command would do: a superset of its effects, and what is not known of it.</summary>
public sealed record CommandJudgement(
    ImmutableArray<ProgramEffect> Effects, ImmutableArray<UnknownPart> Unknown, bool IsThrough);
