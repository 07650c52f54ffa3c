using Writ.Shell.Syntax;

namespace Writ.Shell.Resolving;

/// <summary>Finds every simple command that a line may run, at any depth: through lists, branches, loops, functions,
/// substitutions, code in strings, and programs that run other programs.</summary>
public static class ShellResolver
{
    /// <summary>Reads and resolves a line. A line that is not shell is resolved as far as bash would run it.</summary>
    public static ResolvedLine Resolve(string line, ResolveOptions? options = null) =>
        Resolve(line, ShellParser.Parse(line), options);

    /// <summary>Resolves a line that has been read already.</summary>
    public static ResolvedLine Resolve(string line, ParsedScript parsed, ResolveOptions? options = null)
    {
        var walk = new ResolveWalk();
        var state = new ShellState(options ?? ResolveOptions.Default);
        if (parsed.Fault is { } fault)
            walk.Unresolve(
                UnresolvedCodes.Syntax, new SourceSpan(fault.Position, fault.Position), fault.Describe(line));
        walk.ResolveScript(parsed.Script, state, ResolveScope.Outermost);
        return walk.Finish();
    }
}
