using System.Text.Json;
using Writ.Shell.Resolving;
using Writ.Shell.Tests.Syntax;
using Writ.Testing;

namespace Writ.Shell.Tests.Resolving;

/// <summary>What bash really started when each command of the shared set was run with logging stubs: all of it must be
/// in what is resolved.</summary>
public sealed class ExecutedTests
{
    sealed record Row(string Id, string Command, string[][] Executed, string Technique);

    static IEnumerable<Row> Rows() => File.ReadLines(SharedData.Require("data/commands-dev.jsonl"))
        .Select(l => JsonDocument.Parse(l).RootElement)
        .Where(e => e.TryGetProperty("executed", out _))
        .Select(e => new Row(
            e.GetProperty("id").GetString()!,
            e.GetProperty("command").GetString()!,
            [.. e.GetProperty("executed").EnumerateArray()
                .Select(a => a.EnumerateArray().Select(v => v.GetString()!).ToArray())],
            e.GetProperty("technique").GetString()!));

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
                if (resolved.Commands.Any(c => c.Certainty != Certainty.Unknown && Coverage.Covers(c, executed)))
                    continue;
                var list = resolved.Unresolved.IsEmpty ? missed : open;
                list.Add($"[{row.Technique}] {row.Command}\n  executed: {string.Join(" | ", executed)}\n  "
                    + Coverage.Text(resolved));
            }
        }
        Scores.Write("executed-argument-lists-resolved", total - missed.Count - open.Count, total);
        Assert.Empty(missed);
        Assert.True(open.Count <= total / 20, $"{open.Count} of {total}");
    }
}
