namespace Writ.Shell.Resolving;

/// <summary>The stable codes of what a line does not tell.</summary>
public static class UnresolvedCodes
{
    /// <summary>The line is not shell, or beyond the limits of the parser.</summary>
    public const string Syntax = "shell.unresolved.syntax";

    /// <summary>The program is not known.</summary>
    public const string Program = "shell.unresolved.program";

    /// <summary>Code that is not known is run by a shell: <c>eval</c>, <c>bash -c</c>, a pipe into a shell.</summary>
    public const string Code = "shell.unresolved.code";

    /// <summary>A file of code is run: a script, <c>source</c>.</summary>
    public const string Script = "shell.unresolved.script";

    /// <summary>An option of a program that runs another one is not known: neither is where the other
    /// begins.</summary>
    public const string Option = "shell.unresolved.option";

    /// <summary>An expansion that bash refuses, or that runs what is in a variable.</summary>
    public const string Expansion = "shell.unresolved.expansion";

    /// <summary>What words mean is changed: aliases, functions of a file, other options of the shell.</summary>
    public const string Meaning = "shell.unresolved.meaning";

    /// <summary>More than may be resolved of one line.</summary>
    public const string Limit = "shell.unresolved.limit";
}
