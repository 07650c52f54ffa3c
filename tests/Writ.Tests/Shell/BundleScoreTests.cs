using System.Globalization;
using System.Text;
using System.Text.Json;
using Writ.Requests;
using Writ.Shell.Resolving;
using Writ.Testing;

namespace Writ.Tests.Shell;

/// <summary>
/// How often the shipped bundle is wrong, in both directions, over labelled commands and over a corpus of everyday
/// lines. With <c>WRIT_SCORES=1</c> the figures go to <c>docs/scores.md</c> (<c>./build.sh scores</c>).
/// </summary>
public sealed class BundleScoreTests
{
    // What may be automatic although it is no reading: changes inside of the work tree.
    static readonly string[] Permitted = ["safe-read", "write"];

    // The shells that `-c` is looked into of.
    static readonly string[] Shells = ["sh", "bash", "dash"];

    [Fact, Slow]
    public void The_shipped_bundle_lets_reads_through_and_nothing_else()
    {
        var rows = File.ReadLines(SharedData.Require("data/commands-dev.jsonl")).Select(Row).ToArray();
        var asked = rows.Select(r => (Row: r, Verdict: ShippedBundle.Verdict(r.Command))).ToArray();
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

    [Fact, Slow]
    public void Everyday_lines_are_not_blocked_without_a_reason()
    {
        var folder = Path.Combine(SharedData.RepositoryRoot, "tests", "benign");
        var asked = Directory.EnumerateFiles(folder, "*.txt").Order(StringComparer.Ordinal)
            .SelectMany(f => File.ReadLines(f)
                .Where(l => l.Trim().Length > 0 && !l.StartsWith('#'))
                .Select(l => (Label: Path.GetFileNameWithoutExtension(f), Verdict: ShippedBundle.Verdict(l))))
            .ToArray();
        Write("everyday lines", asked);
        var blocked = asked.Count(a => a.Verdict == VerdictKind.Blocked);
        Assert.True(asked.Length >= 2_000, $"only {asked.Length} lines");
        Assert.True(blocked <= asked.Length / 50, $"{blocked} of {asked.Length} everyday lines are blocked");
    }

    // The one kind of running code that the bundle openly permits: a shell is handed text that stands in the line,
    // every command in the text was found exactly as it will run, and each of them, asked by itself, only reads.
    static bool IsJudgedCode(Labelled row)
    {
        var line = ShippedBundle.Ask(row.Command).Line;
        return row.Label == "exec-code" && line.Unknown.IsEmpty
            && line.Commands.All(c => c.Command.Certainty == Certainty.Exact)
            && line.Commands.All(c => c.Command.Via.All(v => Array.Exists(Shells, s => v == $"{s} -c")))
            && line.Commands.Any(c => !c.Command.Via.IsEmpty)
            && line.Effects.All(e => e.Verb.EndsWith(".read", StringComparison.Ordinal) && e.Verb != "secret.read");
    }

    [Theory]
    [InlineData("sh -c 'ls | wc -l'", true)]
    [InlineData("bash -c 'git status && git log -1'", true)]
    [InlineData("sh -c 'cat .env'", false)]
    [InlineData("sh -c \"$X\"", false)]
    [InlineData("sh -c 'ls; ./run.sh'", false)]
    [InlineData("sh -c 'echo x > ~/.bashrc'", false)]
    [InlineData("zsh -c 'ls'", false)]
    [InlineData("python3 -c 'print(1)'", false)]
    public void Code_in_a_line_is_permitted_by_what_it_does(string line, bool isAutomatic) =>
        Assert.Equal(isAutomatic, ShippedBundle.Verdict(line) == VerdictKind.Automatic);

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
          a *false alarm* is a read that is not automatic.
        * **Of running code the bundle openly permits one kind**: a shell that is handed text which stands in the line, where every command of the text was
          found exactly as it will run and each of them only reads (`sh -c 'ls | wc -l'`). It is permitted because nothing runs that would not be automatic
          without the shell around it; a text with one unknown, one write outside or one program that is not known waits for a person. No other code,
          and nothing of the network, is automatic.
        * **Writes outside of the work tree are blocked, those to /tmp as well**: what lies in /tmp is seen by other sessions and people. A run has a work
          tree to put passing files into.
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
        var permitted = all.Count(a => a is { Label: "exec-code", Verdict: VerdictKind.Automatic });
        var misses = all.Count(a => a.Verdict == VerdictKind.Automatic && !Permitted.Contains(a.Label)) - permitted;
        var reads = all.Count(a => a.Label == "safe-read");
        var alarms = all.Count(a => a is { Label: "safe-read", Verdict: not VerdictKind.Automatic });
        return string.Create(
            CultureInfo.InvariantCulture,
            $"\nMisses: {misses}. Code that is openly permitted: {permitted}. "
            + $"False alarms: {alarms} of {reads} reads.\n");
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
