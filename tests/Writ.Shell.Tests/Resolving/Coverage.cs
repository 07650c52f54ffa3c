using Writ.Shell.Resolving;

namespace Writ.Shell.Tests.Resolving;

/// <summary>Whether an argument list that was started is one of those a resolved command stands for.</summary>
static class Coverage
{
    // Recordings cut arguments at this length.
    const int RecordedCharsMax = 300;

    public static bool Covers(ResolvedCommand command, string[] executed) => Covers(command, 0, executed, 0);

    static bool Covers(ResolvedCommand command, int i, string[] executed, int j)
    {
        if (i == command.Arguments.Length)
            return j == executed.Length;
        var argument = command.Arguments[i];
        if (argument.IsMany)
            return Covers(command, i + 1, executed, j) || (j < executed.Length && Covers(command, i, executed, j + 1));
        return j < executed.Length && Matches(argument, executed[j]) && Covers(command, i + 1, executed, j + 1);
    }

    static bool Matches(ResolvedArgument argument, string executed)
    {
        if (argument.Value is not { } value)
            return executed.StartsWith(argument.Prefix[..Math.Min(argument.Prefix.Length, RecordedCharsMax)]);
        // The library starts `/bin/sh` and calls it `sh`, or not.
        return value == executed || (value == "sh" && executed == "/bin/sh")
            || (executed.Length >= RecordedCharsMax && value.StartsWith(executed[..RecordedCharsMax]));
    }

    public static string Text(ResolvedLine line) => string.Join("\n  ", line.Commands.Select(Text))
        + "\n  " + string.Join("\n  ", line.Unresolved.Select(u => $"{u.Code}: {u.What}"));

    public static string Text(ResolvedCommand command) =>
        $"{command.Certainty} {string.Join(" | ", command.Arguments.Select(a => a.Value ?? $"{a.Prefix}?"))}";
}
