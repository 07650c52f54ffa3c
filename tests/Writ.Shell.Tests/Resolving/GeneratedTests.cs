using Writ.Shell.Resolving;
using Writ.Shell.Tests.Syntax;
using Writ.Testing;

namespace Writ.Shell.Tests.Resolving;

/// <summary>Generated lines, run by bash without a single program to be found: what it wanted to start must be in what
/// is resolved.</summary>
public sealed class GeneratedTests
{
    const int Seed = 20261126;
    const int CountUsual = 1_500;

    static int From(string name, int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), out var given) ? given : usual;

    [Fact, Slow]
    public void Whatever_bash_wants_to_start_is_resolved()
    {
        var generator = new LineGenerator(From("WRIT_SEED", Seed));
        var lines = Enumerable.Range(0, From("WRIT_LINES", CountUsual)).Select(_ => generator.Line()).ToList();
        var started = RealBash.StartsEach(lines);
        Assert.Equal(lines.Count, started.Length);
        var missed = new List<string>();
        var (total, sure) = (0, 0);
        for (var i = 0; i < lines.Count; i++)
        {
            var resolved = ShellResolver.Resolve(lines[i]);
            if (started[i] is not { } lists)
                continue;
            foreach (var executed in lists)
            {
                total++;
                if (resolved.Commands.Any(c => c.Certainty != Certainty.Unknown && Coverage.Covers(c, executed)))
                    sure++;
                else if (!resolved.Commands.Any(c => c.Certainty == Certainty.Unknown && Coverage.Covers(c, executed)))
                    missed.Add($"{lines[i]}\n  executed: {string.Join(" | ", executed)}\n  {Coverage.Text(resolved)}");
            }
            // What is called exact did run. Of a path, and of `exec`, bash does not tell the function.
            missed.AddRange(resolved.Commands
                .Where(c => c.Certainty == Certainty.Exact && c.Program != "./ee" && !c.Via.Contains("exec")
                    && LineGenerator.Programs.Contains(c.Program)
                    && !lists.Exists(e => Coverage.Covers(c, e)))
                .Select(c => $"{lines[i]}\n  not executed: {Coverage.Text(c)}"));
        }
        if (Environment.GetEnvironmentVariable("WRIT_MISSES") is { Length: > 0 } file)
            File.WriteAllText(file, string.Join("\n----\n", missed));
        Scores.Write("generated-argument-lists-resolved", sure, total);
        Assert.True(total > lines.Count, $"only {total} programs were started");
        Assert.Empty(missed);
    }
}
