using Writ.Shell.Syntax;
using Writ.Testing;

namespace Writ.Shell.Tests.Syntax;

/// <summary>What bash itself says about sources that it does not run.</summary>
public sealed class OracleTests
{
    static ParsedScript Parse(Source source) => ShellParser.Parse(
        source.Text, new ParseOptions { ExtendedGlob = source.ExtendedGlob });

    static bool IsAccepted(Source source) => Parse(source).Outcome == ParseOutcome.Parsed;

    static List<string> Disagreements(
        IEnumerable<Source> sources, Func<Source, string> text, Func<Source, bool> expected)
    {
        var found = new List<string>();
        foreach (var group in sources.GroupBy(s => s.ExtendedGlob))
        {
            var list = group.ToList();
            var accepted = RealBash.AcceptsEach([.. list.Select(text)], group.Key);
            found.AddRange(list.Where((s, i) => accepted[i] != expected(s))
                .Select(s => $"{s.Name} bash:{!expected(s)}\n{text(s)}"));
        }
        return found;
    }

    [Fact, Slow]
    public void Vectors_are_accepted_and_rejected_as_bash_does()
    {
        var sources = Sources.Vectors().ToList();
        var found = Disagreements(sources, s => s.Text, IsAccepted);
        Scores.Write("vectors-accepted-as-by-bash", sources.Count - found.Count, sources.Count);
        Assert.Empty(found);
    }

    [Fact, Slow]
    public void Commands_are_accepted_and_rejected_as_bash_does()
    {
        var sources = Sources.Commands().ToList();
        var found = Disagreements(sources, s => s.Text, IsAccepted);
        Scores.Write("commands-accepted-as-by-bash", sources.Count - found.Count, sources.Count);
        Assert.Empty(found);
    }

    [Fact]
    public void Commands_marked_as_errors_are_the_ones_rejected() => Assert.Empty(
        Sources.Commands().Where(s => IsAccepted(s) == (s.Expected == "error")).Select(s => s.Text));

    [Fact, Slow]
    public void Printed_trees_are_read_again_as_the_same_tree()
    {
        var found = new List<string>();
        foreach (var source in Sources.Vectors().Concat(Sources.Commands()))
        {
            var parsed = Parse(source);
            if (parsed.Outcome != ParseOutcome.Parsed)
                continue;
            var printed = ShellPrinter.Print(parsed.Script);
            var again = ShellParser.Parse(printed, new ParseOptions { ExtendedGlob = source.ExtendedGlob });
            if (again.Outcome != ParseOutcome.Parsed || TreeText.Of(again.Script) != TreeText.Of(parsed.Script))
                found.Add($"{source.Name}\n{source.Text}\n=== printed\n{printed}\n=== {again.Fault?.Describe(printed)}"
                    + $"\n{TreeText.Of(parsed.Script)}\n{TreeText.Of(again.Script)}");
        }
        Assert.Empty(found);
    }

    [Fact, Slow]
    public void Bash_accepts_what_is_printed()
    {
        var accepted = Sources.Vectors().Concat(Sources.Commands()).Where(IsAccepted);
        var found = Disagreements(accepted, s => ShellPrinter.Print(Parse(s).Script), _ => true);
        Assert.Empty(found);
    }

    [Fact, Slow]
    public void Functions_are_what_bash_says_they_are()
    {
        var sources = Sources.Vectors().Concat(Sources.Commands()).ToList();
        var count = 0;
        var found = new List<string>();
        foreach (var group in sources.GroupBy(s => s.ExtendedGlob))
            found.AddRange(DeclaredFunctions.Differences(
                group.Select(s => s.Text), group.Key, isDamaged: false, ref count));
        Scores.Write("functions-as-bash-declares-them", count - found.Count, count);
        Assert.Empty(found);
    }
}
