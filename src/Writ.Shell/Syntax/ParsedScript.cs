namespace Writ.Shell.Syntax;

/// <summary>How reading a line of shell ended. Only <see cref="Parsed"/> is a whole tree.</summary>
public enum ParseOutcome
{
    /// <summary>Larger than the limits: not understood.</summary>
    TooLarge,

    /// <summary>Nested deeper than the limits: not understood.</summary>
    TooDeep,

    /// <summary>Not shell. Bash runs the lines before the faulty one all the same.</summary>
    Rejected,

    /// <summary>Understood as a whole.</summary>
    Parsed,
}

/// <summary>The result of one parse. When it was not <see cref="ParseOutcome.Parsed"/>, <see cref="Script"/> holds the
/// complete lines before the fault, which bash has run by the time it meets the fault.</summary>
public sealed record ParsedScript(ParseOutcome Outcome, Script Script, SyntaxFault? Fault);
