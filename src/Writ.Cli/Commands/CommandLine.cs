using Writ.Cli.Arguments;
using Writ.Cli.Screens;
using Writ.Cli.Settings;
using Writ.Shell;
using Writ.Wire;

namespace Writ.Cli.Commands;

/// <summary>From words to an exit status: finds the command, reads its options, and says what went wrong.</summary>
static class CommandLine
{
    public static int Run(ReadOnlySpan<string> words)
    {
        var json = words.Contains("--json");
        try
        {
            return Dispatch(words);
        }
        catch (CliFaultException e)
        {
            return Failed(e, json);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Failed(CliFaultException.Error("cli.files", Said(e)), json);
        }
    }

    // A native program has the framework's messages by their keys only; what comes after the comma is the path.
    static string Said(Exception fault)
    {
        var comma = fault.Message.IndexOf(", ", StringComparison.Ordinal);
        var path = comma > 0 && fault.Message.StartsWith("IO_", StringComparison.Ordinal)
            || fault is UnauthorizedAccessException && comma > 0 ? fault.Message[(comma + 2)..] : null;
        return (fault, path) switch
        {
            (FileNotFoundException or DirectoryNotFoundException, { } missing) => $"{missing} is not there",
            (UnauthorizedAccessException, { } closed) => $"{closed} may not be read or written by this user",
            (_, { } other) => $"{other} cannot be read or written",
            _ => fault.Message,
        };
    }

    static int Dispatch(ReadOnlySpan<string> words)
    {
        Screen.ChooseColor(null);
        var early = Early(ref words);
        if (words.IsEmpty)
        {
            Screen.Show(Help.OfAll(), asMessage: true);
            return Exits.Usage;
        }
        if (words[0] is "--help" or "-h" or "help" && words.Length == 1)
        {
            Screen.Show(Help.OfAll(), asMessage: false);
            return Exits.Ok;
        }
        if (words[0] == "--version")
            return Run(["version", .. words[1..]]);
        if (words[0] == "help")
            return Run([.. words[1..], "--help"]);
        var (rule, length) = Find(words);
        if (rule is null)
            return Unknown(words);
        var typed = Typed.Parse(rule, [.. early, .. words[length..]]);
        Screen.ChooseColor(typed.Value("--color"));
        if (typed.Has("--help"))
        {
            Screen.Show(Help.Of(rule), asMessage: false);
            return Exits.Ok;
        }
        return rule.Run(typed);
    }

    // Common options may also stand before the command: writ --as bob inbox.
    static string[] Early(ref ReadOnlySpan<string> words)
    {
        var count = 0;
        while (count < words.Length && words[count] != "--help"
            && words[count].StartsWith("--", StringComparison.Ordinal))
        {
            var name = words[count].Split('=')[0];
            if (CommandRule.Common.FirstOrDefault(o => o.Name == name) is not { } option)
                break;
            count += option.Value is null || words[count].Contains('=', StringComparison.Ordinal) ? 1 : 2;
        }
        count = Math.Min(count, words.Length);
        var early = words[..count].ToArray();
        words = words[count..];
        return early;
    }

    static (CommandRule? Rule, int Length) Find(ReadOnlySpan<string> words)
    {
        var two = words.Length > 1 ? $"{words[0]} {words[1]}" : "";
        var one = words[0];
        foreach (var rule in CommandTable.All)
            if (rule.Name == two)
                return (rule, 2);
        foreach (var rule in CommandTable.All)
            if (rule.Name == one)
                return (rule, 1);
        return (null, 0);
    }

    static int Unknown(ReadOnlySpan<string> words)
    {
        var first = words[0];
        if (CommandTable.All.Any(r => r.Name.StartsWith(first + " ", StringComparison.Ordinal)))
        {
            var asked = words.Length > 1 && words[1] is "--help" or "-h";
            Screen.Show(Help.OfAll(first), asMessage: !asked);
            return asked ? Exits.Ok : Exits.Usage;
        }
        throw CliFaultException.Usage($"there is no command '{VisibleText.Of(first)}'; see: writ --help");
    }

    static int Failed(CliFaultException fault, bool json)
    {
        // A script gets the control plane's refusal as data as well.
        if (json && fault.Problem is { } problem)
            Screen.PrintJson(problem, ApiJson.Default.Problem);
        Screen.SayFault(fault);
        return fault.Exit;
    }
}
