using Writ.Shell.Syntax;
using Writ.Testing;

namespace Writ.Shell.Tests.Syntax;

/// <summary>Words: what is known of their values, and how their parts are told apart.</summary>
public sealed class WordTests
{
    static Word Only(string word)
    {
        var parsed = ShellParser.Parse($"x {word}");
        Assert.Equal(ParseOutcome.Parsed, parsed.Outcome);
        var command = Assert.IsType<SimpleCommand>(parsed.Script.Lines[0].Items[0].Links[0].Pipeline.Stages[0].Command);
        return Assert.Single(command.Words.Skip(1));
    }

    static string Kinds(Word word) => string.Join(' ', word.Parts.Select(p => p.GetType().Name.Replace("Part", "")));

    [Fact, Slow]
    public void Constant_values_are_the_ones_bash_hands_over()
    {
        var words = Sources.Vectors().Concat(Sources.Commands())
            .Select(s => ShellParser.Parse(s.Text, new ParseOptions { ExtendedGlob = s.ExtendedGlob }).Script)
            .SelectMany(TreeText.All).OfType<SimpleCommand>().SelectMany(c => c.Words)
            .Where(w => w.ConstantValue is not null).DistinctBy(ShellPrinter.Print).ToList();
        Assert.True(words.Count > 3_000);
        var values = RealBash.ValuesOf(words.Select(ShellPrinter.Print));
        Assert.Equal(words.Select(w => w.ConstantValue!), values);
    }

    [Theory]
    [InlineData("abc", "abc", "Literal")]
    [InlineData("'a b'", "a b", "SingleQuoted")]
    [InlineData("\"a b\"", "a b", "DoubleQuoted")]
    [InlineData("a\\ b", "a b", "Literal Escaped Literal")]
    [InlineData("\"a\\$b\\c\"", "a$b\\c", "DoubleQuoted")]
    [InlineData("$'a\\tb\\x41'", "a\tbA", "AnsiQuoted")]
    [InlineData("$'\\u20ac\\e\\cA\\''", "€\u001b\u0001'", "AnsiQuoted")]
    [InlineData("$'a\\0b'", "a", "AnsiQuoted")]
    [InlineData("$'\\xff'", null, "AnsiQuoted")]
    [InlineData("$\"a\"", null, "DoubleQuoted")]
    [InlineData("r''m", "rm", "Literal SingleQuoted Literal")]
    [InlineData("r\\\nm", "rm", "Literal")]
    [InlineData("$x", null, "Parameter")]
    [InlineData("a$(b)c", null, "Literal CommandSubstitution Literal")]
    [InlineData("`b`", null, "CommandSubstitution")]
    [InlineData("<(b)", null, "ProcessSubstitution")]
    [InlineData("$((1+2))", null, "Arithmetic")]
    [InlineData("$[1+2]", null, "Arithmetic")]
    [InlineData("*.c", null, "Glob Literal")]
    [InlineData("a?[b-c]", null, "Literal Glob Glob")]
    [InlineData("[", "[", "Literal")]
    [InlineData("'*'", "*", "SingleQuoted")]
    [InlineData("~", null, "Tilde")]
    [InlineData("~root/x", null, "Tilde Literal")]
    [InlineData("\\~", "~", "Escaped")]
    [InlineData("a~", "a~", "Literal")]
    [InlineData("if=~/x", null, "Literal Tilde Literal")]
    [InlineData("{a,b}c", null, "Brace Literal")]
    [InlineData("{1..3}", null, "BraceRange")]
    [InlineData("{a}", "{a}", "Literal")]
    [InlineData("{a,b", "{a,b", "Literal")]
    [InlineData("{a\\,b}", "{a,b}", "Literal Escaped Literal")]
    [InlineData("${x@P}", null, "Parameter")]
    [InlineData("${x!}", null, "UnknownExpansion")]
    [InlineData("${ x; }", null, "UnknownExpansion")]
    public void Words_have_the_parts_and_values(string source, string? value, string kinds)
    {
        var word = Only(source);
        Assert.Equal(value, word.ConstantValue);
        Assert.Equal(kinds, Kinds(word));
    }

    [Theory]
    [InlineData("${x}", ParameterOperator.None, null, null)]
    [InlineData("${#x}", ParameterOperator.Length, null, null)]
    [InlineData("${!x*}", ParameterOperator.Names, null, null)]
    [InlineData("${x:-a b}", ParameterOperator.Default, "a b", null)]
    [InlineData("${x:=$(a)}", ParameterOperator.Assign, "$(a)", null)]
    [InlineData("${x?}", ParameterOperator.Require, "", null)]
    [InlineData("${x+1}", ParameterOperator.Alternate, "1", null)]
    [InlineData("${x##*/}", ParameterOperator.RemovePrefix, "*/", null)]
    [InlineData("${x%.c}", ParameterOperator.RemoveSuffix, ".c", null)]
    [InlineData("${x//a/b/c}", ParameterOperator.Replace, "a", "b/c")]
    [InlineData("${x/#a}", ParameterOperator.Replace, "a", null)]
    [InlineData("${x:1}", ParameterOperator.Substring, "1", null)]
    [InlineData("${x: -1 ? 2 : 3 : 4}", ParameterOperator.Substring, " -1 ? 2 : 3 ", " 4")]
    [InlineData("${x^^[a-c]}", ParameterOperator.UpperCase, "[a-c]", null)]
    [InlineData("${x,}", ParameterOperator.LowerCase, "", null)]
    [InlineData("${x@Q}", ParameterOperator.Transform, null, null)]
    [InlineData("${a[$(b)]}", ParameterOperator.None, null, null)]
    public void Parameter_expansions_are_taken_apart(
        string source, ParameterOperator @operator, string? argument, string? second)
    {
        var part = Assert.IsType<ParameterPart>(Assert.Single(Only(source).Parts));
        Assert.Equal(@operator, part.Operator);
        Assert.Equal(argument, part.Argument is null ? null : ShellPrinter.Print(part.Argument));
        Assert.Equal(second, part.SecondArgument is null ? null : ShellPrinter.Print(part.SecondArgument));
    }

    [Fact]
    public void Indirection_is_told_apart_from_the_process_number()
    {
        Assert.True(Assert.IsType<ParameterPart>(Assert.Single(Only("${!x}").Parts)).IsIndirect);
        Assert.Equal("!", Assert.IsType<ParameterPart>(Assert.Single(Only("${!}").Parts)).Name);
    }

    [Theory]
    [InlineData("\"${x:-'$(a)'}\"")]
    [InlineData("\"${x:-'a}'$(a)''}\"")]
    [InlineData("$(( '$(a)' ))")]
    [InlineData("${x:$(a)}")]
    [InlineData("\"`a`\"")]
    [InlineData("\"`b \\`a\\``\"")]
    [InlineData("$((b); a)")]
    [InlineData("<((b); a)")]
    [InlineData("${x/b/$(a)}")]
    public void Commands_that_run_inside_of_words_are_found(string source) => Assert.Contains(
        TreeText.All(Only(source)).OfType<SimpleCommand>(), c => c.Words[0].ConstantValue == "a");

    [Theory]
    [InlineData("\"${x#'$(a)'}\"")]
    [InlineData("'$(a)'")]
    [InlineData("\\$(a")]
    [InlineData("\"\\$(a)\"")]
    public void Commands_that_do_not_run_inside_of_words_are_not_found(string source)
    {
        var parsed = ShellParser.Parse($"x {source.Replace("\\$(a", "\\$a", StringComparison.Ordinal)}");
        Assert.DoesNotContain(
            TreeText.All(parsed.Script).OfType<SimpleCommand>(), c => c.Words[0].ConstantValue == "a");
    }

    // Bash replaces the escapes first and expands what comes out: it runs `a` here.
    [Fact]
    public void Text_that_bash_expands_after_its_escapes_is_not_taken_for_known() => Assert.Contains(
        TreeText.All(Only("\"${x:-$'$(a)'}\"")), n => n is UnknownExpansionPart);

    [Fact]
    public void Every_node_says_where_it_stands()
    {
        const string Text = "a=1 e\\\nf \"b $(c `d e`)\" <<E | f\ng $(h)\nE\n";
        var script = ShellParser.Parse(Text).Script;
        var found = TreeText.All(script).OfType<SimpleCommand>()
            .Select(c => Text[c.Words[0].Span.Start..c.Words[0].Span.End]);
        Assert.Equal(["e\\\nf", "c", "d", "h", "f"], found);
    }
}
