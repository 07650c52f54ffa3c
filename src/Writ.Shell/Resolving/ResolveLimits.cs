namespace Writ.Shell.Resolving;

/// <summary>What resolving one line may cost. Beyond any of these the line is unresolved.</summary>
public static class ResolveLimits
{
    /// <summary>Commands found.</summary>
    public const int CommandsMax = 2_000;

    /// <summary>Code inside of code, calls inside of functions, programs that run programs.</summary>
    public const int DepthMax = 40;

    /// <summary>Words that one word becomes by its braces.</summary>
    public const int BraceWordsMax = 512;

    /// <summary>Rounds of a loop over known words that are followed one by one.</summary>
    public const int LoopRoundsMax = 32;

    /// <summary>Characters of a text that is worked out.</summary>
    public const int TextCharsMax = 64 * 1024;

    /// <summary>Flows recorded between commands.</summary>
    public const int FlowsMax = 10_000;
}
