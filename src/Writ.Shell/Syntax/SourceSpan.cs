namespace Writ.Shell.Syntax;

/// <summary>A stretch of the source line in UTF-16 code units; <see cref="End"/> is exclusive. The default value is
/// the empty stretch at its beginning.</summary>
public readonly record struct SourceSpan(int Start, int End);
