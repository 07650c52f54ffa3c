using System.Text.RegularExpressions;
using Writ.Sessions;

namespace Writ.Rollbacks;

/// <summary>
/// A workflow's command that takes a run back: whole arguments, in which <c>{run}</c> and a few more names stand for
/// facts of that run. No shell reads it, so a value stays inside its argument.
/// </summary>
public static partial class RollbackCommand
{
    public const int ArgumentsMax = 64;
    public const int ArgumentMax = 1_024;

    static readonly ImmutableArray<string> _names =
        ["run", "request", "session", "worktree", "branch", "environment", "target"];

    /// <summary>Why this is no such command, or null.</summary>
    public static string? Problem(ImmutableArray<string> argv)
    {
        if (argv.IsDefaultOrEmpty || argv.Length > ArgumentsMax || argv.Any(a => a is not { Length: <= ArgumentMax })
            || argv.Any(a => a.Any(char.IsControl)) || argv[0].Length == 0)
            return $"A rollback is a program with its arguments: at most {ArgumentsMax}, each of at most "
                + $"{ArgumentMax} characters without control characters.";
        if (Name().IsMatch(argv[0]))
            return "The program of a rollback is always the same one.";
        foreach (var name in argv.SelectMany(a => Name().Matches(a)).Select(m => m.Groups[1].Value))
            if (!_names.Contains(name))
                return $"There is no '{{{name}}}'; there are {string.Join(", ", _names.Select(n => $"{{{n}}}"))}.";
        return null;
    }

    /// <summary>The command for one run, or null where a value is missing, or would be read as an option.</summary>
    internal static ImmutableArray<string>? For(ImmutableArray<string> argv, UndoableRun run, SessionTerms terms)
    {
        var isWhole = true;
        ImmutableArray<string> filled = [.. argv.Select(argument => Name().Replace(argument, name =>
        {
            var value = Value(name.Groups[1].Value, run, terms);
            isWhole &= !string.IsNullOrEmpty(value) && !(name.Index == 0 && value.StartsWith('-'));
            return value ?? "";
        }))];
        return isWhole ? filled : null;
    }

    static string? Value(string name, UndoableRun run, SessionTerms terms) => name switch
    {
        "run" => run.Run.Value,
        "request" => run.Request.Value,
        "session" => run.Session.Value,
        "worktree" => terms.WorkTree,
        "branch" => terms.Branch,
        "environment" => terms.Environment.Value,
        "target" => terms.Targets[0].Value,
        _ => null,
    };

    [GeneratedRegex(@"\{([a-z]+)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
