using System.Globalization;
using System.Text;
using System.Text.Json;
using Writ.Policies;
using Writ.Requests;
using Writ.Testing;

namespace Writ.Tests.Shell;

/// <summary>
/// How often the shipped bundle is wrong, in both directions, over labelled commands and over a corpus of everyday
/// lines. With <c>WRIT_SCORES=1</c> the figures go to <c>docs/scores.md</c> (<c>./build.sh scores</c>).
/// </summary>
public sealed class BundleScoreTests
{
    // What may be automatic although it is no reading: changes inside of the work tree, and code that stands in the
    // line and was judged by what it does.
    static readonly string[] Permitted = ["safe-read", "write"];

    static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_shipped_bundle_lets_reads_through_and_nothing_else()
    {
        var ready = Shipped();
        var rows = File.ReadLines(SharedData.Require("data/commands-dev.jsonl")).Select(Row).ToArray();
        var asked = rows.Select(r => (Row: r, Verdict: Ask(ready, r.Command))).ToArray();
        var missed = asked.Where(a => a.Verdict == VerdictKind.Automatic && !Permitted.Contains(a.Row.Label)
            && !IsJudgedCode(a.Row)).ToArray();
        var reads = asked.Where(a => a.Row.Label == "safe-read").ToArray();
        var let = reads.Count(a => a.Verdict == VerdictKind.Automatic);
        var blockedAlike = asked.Where(
            a => a.Row is { Kind: "lookalike", Label: "safe-read" or "write" }
                && a.Verdict == VerdictKind.Blocked).ToArray();
        Write("labelled commands", asked.Select(a => (a.Row.Label, a.Verdict)));
        Assert.True(missed.Length == 0, string.Join('\n', missed.Select(m => $"{m.Row.Label}: {m.Row.Command}")));
        Assert.True(let >= 0.95 * reads.Length, $"{let} of {reads.Length} safe reads are automatic");
        Assert.True(blockedAlike.Length == 0, string.Join('\n', blockedAlike.Select(b => b.Row.Command)));
    }

    [Fact]
    public void Everyday_lines_are_not_blocked_without_a_reason()
    {
        var folder = Path.Combine(SharedData.RepositoryRoot, "tests", "benign");
        var ready = Shipped();
        var asked = Directory.EnumerateFiles(folder, "*.txt").Order(StringComparer.Ordinal)
            .SelectMany(f => File.ReadLines(f)
                .Where(l => l.Trim().Length > 0 && !l.StartsWith('#'))
                .Select(l => (Label: Path.GetFileNameWithoutExtension(f), Verdict: Ask(ready, l))))
            .ToArray();
        Write("everyday lines", asked);
        var blocked = asked.Count(a => a.Verdict == VerdictKind.Blocked);
        Assert.True(asked.Length >= 2_000, $"only {asked.Length} lines");
        Assert.True(blocked <= asked.Length / 50, $"{blocked} of {asked.Length} everyday lines are blocked");
    }

    // `sh -c 'ls | wc -l'`: nothing in it is unknown, so it is what it does.
    static bool IsJudgedCode(Labelled row) => row.Label == "exec-code"
        && row.Command.Contains(" -c ", StringComparison.Ordinal);

    static Explanation Shipped()
    {
        var folder = Path.Combine(SharedData.RepositoryRoot, "policies");
        var source = new PolicySource([.. Directory.EnumerateFiles(folder, "*.cedar")
            .Select(f => new PolicyFile(Path.GetFileName(f), File.ReadAllText(f)))]);
        var (ready, faults) = Explanation.Of(source, Now, Explanation.WorkTree);
        Assert.Empty(faults);
        return ready!;
    }

    static VerdictKind Ask(Explanation ready, string line) =>
        ready.Ask(line, Explanation.WorkTree, Now).Verdict.Kind;

    sealed record Labelled(string Command, string Label, string Kind);

    static Labelled Row(string json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        return new Labelled(
            root.GetProperty("command").GetString()!, root.GetProperty("label").GetString()!,
            root.GetProperty("kind").GetString()!);
    }

    const string Head = """
        <!-- From here on made by ./build.sh scores. -->
        ## How often the shipped policies are wrong

        `./build.sh scores`: every line is judged as in a production session by the policies of `policies/`, and the data of `knowledge/`.

        * **Labelled commands** are the shared development data. A *miss* is a line that is automatic and is neither a read nor a write inside of the work tree;
          a *false alarm* is a read that is not automatic. Code that stands in the line and is wholly understood (`sh -c 'ls | wc -l'`) counts by what it does.
        * **Everyday lines** are `tests/benign`, by file: what developers and operators type. Writes to production, the network, packages and code
          that is not looked into wait for a person by policy, so an approval there is no false alarm; a block is.

        """;

    static void Write(string name, IEnumerable<(string Label, VerdictKind Verdict)> asked)
    {
        if (Environment.GetEnvironmentVariable("WRIT_SCORES") != "1")
            return;
        var all = asked.ToArray();
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"\n### {char.ToUpperInvariant(name[0])}{name[1..]}\n\n");
        text.Append("| label | lines | automatic | approval | blocked |\n|---|---|---|---|---|\n");
        foreach (var group in all.GroupBy(a => a.Label).OrderBy(g => g.Key, StringComparer.Ordinal))
            text.Append(Line(group.Key, [.. group.Select(g => g.Verdict)]));
        text.Append(Line("**all**", [.. all.Select(a => a.Verdict)]));
        if (name.StartsWith("labelled", StringComparison.Ordinal))
            text.Append(Summary(all));
        var folder = Path.Combine(SharedData.RepositoryRoot, "artifacts", "scores");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "bundle-head.md"), Head);
        File.WriteAllText(Path.Combine(folder, $"bundle-{name.Split(' ')[0]}.md"), text.ToString());
    }

    static string Summary((string Label, VerdictKind Verdict)[] all)
    {
        var misses = all.Count(a => a.Verdict == VerdictKind.Automatic && !Permitted.Contains(a.Label));
        var reads = all.Count(a => a.Label == "safe-read");
        var alarms = all.Count(a => a is { Label: "safe-read", Verdict: not VerdictKind.Automatic });
        return string.Create(
            CultureInfo.InvariantCulture, $"\nMisses: {misses}. False alarms: {alarms} of {reads} reads.\n");
    }

    static string Line(string label, VerdictKind[] verdicts)
    {
        return $"| {label} | {verdicts.Length} | {Share(VerdictKind.Automatic)} | {Share(VerdictKind.Approval)} | "
            + $"{Share(VerdictKind.Blocked)} |\n";

        string Share(VerdictKind kind)
        {
            var count = verdicts.Count(v => v == kind);
            return string.Create(CultureInfo.InvariantCulture, $"{count} ({100.0 * count / verdicts.Length:F1} %)");
        }
    }
}
