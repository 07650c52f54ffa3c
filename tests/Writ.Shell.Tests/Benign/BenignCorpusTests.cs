using System.Text.RegularExpressions;
using Writ.Shell.Syntax;
using Writ.Shell.Tests.Syntax;
using Writ.Testing;

namespace Writ.Shell.Tests.Benign;

/// <summary>The corpus is worth measuring by: real shell, many lines, all different.</summary>
public sealed class BenignCorpusTests
{
    [Fact]
    public void There_are_more_than_two_thousand_lines_and_each_says_what_is_expected()
    {
        var lines = BenignCorpus.Lines();

        Assert.True(lines.Length >= 2_000, $"{lines.Length} lines");
        Assert.All(lines, l => Assert.True(
            l.Expected is BenignCorpus.Automatic or BenignCorpus.AutomaticOrApproval, $"{l.Where}: {l.Expected}"));
        Assert.All(lines, l => Assert.False(string.IsNullOrWhiteSpace(l.Command), l.Where));
    }

    [Fact]
    public void No_two_lines_differ_only_in_spaces_and_digits()
    {
        var twice = BenignCorpus.Lines()
            .GroupBy(l => Regex.Replace(Regex.Replace(l.Command.Trim(), @"\s+", " "), @"\d+", "0"))
            .Where(g => g.Count() > 1)
            .Select(g => string.Join(" = ", g.Select(l => l.Where)));

        Assert.Empty(twice);
    }

    [Fact, Slow]
    public void Bash_reads_every_line()
    {
        var lines = BenignCorpus.Lines();
        var accepted = RealBash.AcceptsEach([.. lines.Select(l => l.Command)], extendedGlob: false);

        Assert.Empty(lines.Where((_, i) => !accepted[i]).Select(l => $"{l.Where}: {l.Command}"));
    }

    [Fact]
    public void Our_parser_reads_every_line() =>
        Assert.Empty(BenignCorpus.Lines()
            .Where(l => ShellParser.Parse(l.Command).Outcome != ParseOutcome.Parsed)
            .Select(l => $"{l.Where}: {l.Command}"));
}
