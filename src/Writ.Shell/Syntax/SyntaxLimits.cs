namespace Writ.Shell.Syntax;

/// <summary>What one parse may cost. A line beyond any of these is not understood, and therefore never allowed
/// without a person; it is never checked less.</summary>
public static class SyntaxLimits
{
    /// <summary>UTF-16 code units of source.</summary>
    public const int SourceCharsMax = 64 * 1024;

    /// <summary>Constructs open within one another, quotes and expansions included.</summary>
    public const int DepthMax = 200;

    /// <summary>Nodes of the tree: commands, words, parts, redirections.</summary>
    public const int NodesMax = 10_000;

    /// <summary>Code units looked at more than once, because bash itself decides by a second reading
    /// (<c>$((</c>, <c>((</c>, backquotes, quotes inside braces).</summary>
    public const int RereadCharsMax = 1024 * 1024;
}
