namespace Writ.Shell.Syntax;

/// <summary>Reads a line or script as bash 5.2 does: complete syntax, no recovery. What is not shell is rejected at a
/// position; what is beyond <see cref="SyntaxLimits"/> is not understood. Aliases are not expanded: bash does not
/// either when it is not interactive.</summary>
public static class ShellParser
{
    /// <summary>Never throws for any input.</summary>
    public static ParsedScript Parse(string source, ParseOptions? options = null)
    {
        if (source.Length > SyntaxLimits.SourceCharsMax)
            return new ParsedScript(
                ParseOutcome.TooLarge, new Script(default, []), new SyntaxFault(
                    SyntaxCodes.TooLarge, 0, $"at most {SyntaxLimits.SourceCharsMax} characters"));
        var nul = source.IndexOf('\0', StringComparison.Ordinal);
        if (nul >= 0)
            return new ParsedScript(
                ParseOutcome.Rejected, new Script(default, []), new SyntaxFault(
                    SyntaxCodes.Unwritable, nul, "no NUL character"));
        var budget = new ShellBudget();
        var reader = new ShellReader(source, null, budget, (options ?? ParseOptions.Default).ExtendedGlob);
        var script = reader.ReadScript();
        return reader.Fault is { } fault
            ? new ParsedScript(budget.Outcome, script, fault)
            : new ParsedScript(ParseOutcome.Parsed, script, null);
    }
}
