using System.Diagnostics;
using Writ.Shell.Syntax;
using Writ.Testing;

namespace Writ.Shell.Tests.Syntax;

/// <summary>What is too much is not understood, and never costs more than it may.</summary>
public sealed class LimitTests
{
    // The promise is 50 ms; this machine is shared and the build is not optimised, so only another order of
    // growth is caught here. The bench holds the promise.
    static readonly TimeSpan _longest = TimeSpan.FromMilliseconds(1_000);

    [Fact, Slow]
    public void No_line_crashes_the_parser_or_keeps_it_long()
    {
        var slow = new List<string>();
        foreach (var extendedGlob in new[] { false, true })
            foreach (var (name, text) in Adversaries.All())
            {
                var watch = Stopwatch.StartNew();
                var parsed = ShellParser.Parse(text, new ParseOptions { ExtendedGlob = extendedGlob });
                if (parsed.Outcome == ParseOutcome.Parsed)
                    ShellPrinter.Print(parsed.Script);
                if (watch.Elapsed > _longest)
                    slow.Add($"{name}: {watch.ElapsedMilliseconds} ms");
            }
        Assert.Empty(slow);
    }

    [Fact]
    public void A_longer_source_is_too_large() => Assert.Equal(
        ParseOutcome.TooLarge, ShellParser.Parse(new string(' ', SyntaxLimits.SourceCharsMax + 1)).Outcome);

    [Fact]
    public void A_source_of_the_largest_size_is_read() => Assert.Equal(
        ParseOutcome.Parsed, ShellParser.Parse(new string('a', SyntaxLimits.SourceCharsMax)).Outcome);

    [Fact]
    public void More_nodes_are_too_large() => Assert.Equal(
        ParseOutcome.TooLarge,
        ShellParser.Parse(string.Concat(Enumerable.Repeat("a ", SyntaxLimits.NodesMax))).Outcome);

    [Theory]
    [InlineData("$(", ")")]
    [InlineData("\"${a:-", "}\"")]
    [InlineData("( ", ")")]
    [InlineData("if a; then ", "; fi")]
    [InlineData("{ ", "; }")]
    [InlineData("a=(", ")")]
    [InlineData("[[ ( ", ") ]]")]
    public void Deeper_nesting_is_too_deep(string open, string close)
    {
        var count = SyntaxLimits.DepthMax + 1;
        var text = string.Concat(Enumerable.Repeat(open, count)) + "a" + string.Concat(Enumerable.Repeat(close, count));
        Assert.Contains(ShellParser.Parse(text).Outcome, new[] { ParseOutcome.TooDeep, ParseOutcome.Rejected });
    }

    [Fact]
    public void Substitutions_fifty_deep_are_read()
    {
        var text = string.Concat(Enumerable.Repeat("$(", 50)) + "a" + string.Concat(Enumerable.Repeat(")", 50));
        Assert.Equal(ParseOutcome.Parsed, ShellParser.Parse(text).Outcome);
    }

    [Fact]
    public void Of_a_limit_reached_nothing_is_called_wrong_syntax()
    {
        var text = string.Concat(Enumerable.Repeat("`", 1)) + string.Concat(Enumerable.Repeat("$(", 300)) + "`";
        Assert.Equal(ParseOutcome.TooDeep, ShellParser.Parse(text).Outcome);
    }

    [Fact]
    public void The_lines_before_a_fault_are_kept_because_bash_runs_them()
    {
        var parsed = ShellParser.Parse("echo one\n)\necho two");
        Assert.Equal(ParseOutcome.Rejected, parsed.Outcome);
        Assert.Equal("echo one", ShellPrinter.Print(parsed.Script));
        Assert.Equal("2:1: shell.unexpected: expected a command", parsed.Fault!.Describe("echo one\n)\necho two"));
    }

    [Fact]
    public void A_NUL_is_rejected() => Assert.Equal(SyntaxCodes.Unwritable, ShellParser.Parse("a\0b").Fault!.Code);
}
