using System.Text.Json;
using Writ.Shell.Resolving;
using Writ.Shell.Tests.Syntax;
using Writ.Testing;

namespace Writ.Shell.Tests.Resolving;

/// <summary>What bash really started when each command of the shared set was run with logging stubs: all of it must be
/// in what is resolved.</summary>
public sealed class ExecutedTests
{
    // The recording cuts arguments at this length.
    const int RecordedCharsMax = 300;

    sealed record Row(string Id, string Command, string[][] Executed, string Technique);

    static IEnumerable<Row> Rows() => File.ReadLines(SharedData.Require("data/commands-dev.jsonl"))
        .Select(l => JsonDocument.Parse(l).RootElement)
        .Where(e => e.TryGetProperty("executed", out _))
        .Select(e => new Row(
            e.GetProperty("id").GetString()!,
            e.GetProperty("command").GetString()!,
            [.. e.GetProperty("executed").EnumerateArray().Select(a => a.EnumerateArray().Select(v => v.GetString()!).ToArray())],
            e.GetProperty("technique").GetString()!));

    static bool Covers(ResolvedCommand command, string[] executed) => Covers(command, 0, executed, 0);

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
        return value == executed || (value == "sh" && executed == "/bin/sh") || (executed.Length >= RecordedCharsMax && value.StartsWith(executed[..RecordedCharsMax]));
    }

    [Fact]
    public void Every_program_that_was_started_is_resolved_or_the_line_says_that_it_is_not()
    {
        var missed = new List<string>();
        var open = new List<string>();
        var total = 0;
        foreach (var row in Rows())
        {
            var resolved = ShellResolver.Resolve(row.Command);
            foreach (var executed in row.Executed)
            {
                // What tar starts of itself to pack and unpack.
                if (executed is ["gzip", ..] or ["/bin/sh", "-c", "gzip"] && row.Command.Contains("tar"))
                    continue;
                total++;
                if (resolved.Commands.Any(c => c.Certainty != Certainty.Unknown && Covers(c, executed)))
                    continue;
                var list = resolved.Unresolved.IsEmpty ? missed : open;
                list.Add($"[{row.Technique}] {row.Command}\n  executed: {string.Join(" | ", executed)}\n  "
                    + string.Join("\n  ", resolved.Commands.Select(c => $"{c.Certainty} {string.Join(" | ", c.Arguments.Select(a => a.Value ?? $"?{a.Prefix}"))}"))
                    + string.Join("\n  ", resolved.Unresolved));
            }
        }
        File.WriteAllText("/tmp/shell-parser/missed", string.Join("\n", missed));
        File.WriteAllText("/tmp/shell-parser/open", string.Join("\n", open));
        Scores.Write("executed-argument-lists-resolved", total - missed.Count - open.Count, total);
        Assert.Empty(missed);
        Assert.True(open.Count <= total / 20, $"{open.Count} of {total}");
    }
}
