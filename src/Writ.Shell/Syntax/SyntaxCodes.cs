namespace Writ.Shell.Syntax;

/// <summary>The stable codes of what can be wrong with a line of shell.</summary>
public static class SyntaxCodes
{
    /// <summary>A limit of <see cref="SyntaxLimits"/> on size was reached.</summary>
    public const string TooLarge = "shell.too-large";

    /// <summary>The limit of <see cref="SyntaxLimits"/> on nesting was reached.</summary>
    public const string TooDeep = "shell.too-deep";

    /// <summary>A character that no argument list can carry (NUL).</summary>
    public const string Unwritable = "shell.nul";

    /// <summary>A word or operator stands where the grammar has none.</summary>
    public const string Unexpected = "shell.unexpected";

    /// <summary>The line ends inside of a command.</summary>
    public const string Unfinished = "shell.unfinished";

    /// <summary>A quote or bracket is not closed.</summary>
    public const string Unclosed = "shell.unclosed";

    /// <summary>A conditional expression, <c>[[ ]]</c>, is malformed.</summary>
    public const string Condition = "shell.condition";

    /// <summary>A C-style <c>for</c> does not have three expressions.</summary>
    public const string ArithmeticFor = "shell.arithmetic-for";
}
