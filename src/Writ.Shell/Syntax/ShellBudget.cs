namespace Writ.Shell.Syntax;

/// <summary>What one parse has used of its limits, over the source and every text inside of it.</summary>
sealed class ShellBudget
{
    int _nodes;
    int _rereadChars;
    int _depth;

    /// <summary>What a fault means for the whole: a limit, once reached, is what everything ends with.</summary>
    public ParseOutcome Outcome { get; private set; } = ParseOutcome.Rejected;

    public bool IsSpent => Outcome != ParseOutcome.Rejected;

    public bool TryNode() => ++_nodes <= SyntaxLimits.NodesMax || Spend(ParseOutcome.TooLarge);

    public bool TryReread(int chars) =>
        (_rereadChars += chars) <= SyntaxLimits.RereadCharsMax || Spend(ParseOutcome.TooLarge);

    public bool TryEnter() => ++_depth <= SyntaxLimits.DepthMax || Spend(ParseOutcome.TooDeep);

    public void Leave() => _depth--;

    bool Spend(ParseOutcome outcome)
    {
        if (!IsSpent)
            Outcome = outcome;
        return false;
    }
}
