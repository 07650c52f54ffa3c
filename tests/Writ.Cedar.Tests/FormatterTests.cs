namespace Writ.Cedar.Tests;

public sealed class FormatterTests
{
    [Theory]
    [InlineData("permit(principal,action,resource);", "permit (principal, action, resource);\n")]
    [InlineData("", "\n")]
    [InlineData("// alone", "\n// alone\n")]
    [InlineData(
        "permit(principal,action,resource,) when{[1, // x\n 2, // y\n // z\n ]=={a:1, // w\n}};// end",
        "permit (principal, action, resource)\nwhen\n{\n  [1, // x\n   2 // y\n  // z\n  ] == {\n"
            + "    a: 1 // w\n  }\n}; // end\n")]
    [InlineData(
        "permit(principal, action, resource, // why\n);",
        "permit (principal, action, resource // why\n);\n")]
    [InlineData(
        "permit(principal,action,resource) when{007==- 1&&\"a  b\"==\"\t\"};",
        "permit (principal, action, resource)\nwhen { 7 == -1 && \"a  b\" == \"\t\" };\n")]
    public void A_policy_has_one_layout(string text, string expected) =>
        Assert.Equal(expected, PolicyFormatter.Format(text).Value);

    [Fact]
    public void Width_and_indentation_are_chosen()
    {
        const string Text = "permit(principal == User::\"alice\", action, resource) "
            + "when { context.aa == 1 && context.bb == 2 };";
        Assert.Equal(
            """
            permit (
                principal ==
                    User::"alice",
                action,
                resource
            )
            when
            {
                context.aa == 1 &&
                context.bb == 2
            };

            """,
            PolicyFormatter.Format(Text, new FormatOptions(Width: 30, Indent: 4)).Value);
    }

    [Fact]
    public void Wide_characters_take_two_columns()
    {
        var fits = $"permit (principal, action, resource)\nwhen {{ context.a == \"{new string('\u6f22', 27)}\" }};\n";
        Assert.Equal(fits, PolicyFormatter.Format(fits).Value);
        var wider = fits.Replace("\u6f22\"", "\u6f22\u6f22\"", StringComparison.Ordinal);
        Assert.Contains("\n{ context", PolicyFormatter.Format(wider).Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("permit(principal, action, resource)", "cedar.syntax")]
    [InlineData("permit(principal, action, resource) when { {a: 1, a: 2} == 1 };", "cedar.duplicate-attribute")]
    public void A_text_with_errors_is_left_alone(string text, string code) =>
        Assert.Equal(code, PolicyFormatter.Format(text).Errors[0].Code);

    [Fact]
    public void A_large_set_and_a_deep_one_are_formatted()
    {
        var list = string.Join(", ", Enumerable.Range(0, 20_000).Select(i => $"\"value number {i}\""));
        var large = PolicyFormatter.Format($"permit(principal, action, resource) when {{ [{list}].contains(1) }};");
        Assert.Equal(20_000, large.Value.Split('\n').Count(line => line.Contains("\"value", StringComparison.Ordinal)));
        var deep = string.Concat(Enumerable.Repeat("[(", 99)) + "1" + string.Concat(Enumerable.Repeat(")]", 99));
        Assert.True(PolicyFormatter.Format($"permit(principal, action, resource) when {{ {deep} == 1 }};").Succeeded);
    }
}
