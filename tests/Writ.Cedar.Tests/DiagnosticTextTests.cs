namespace Writ.Cedar.Tests;

public sealed class DiagnosticTextTests
{
    [Theory]
    [InlineData(
        "permit(principal, action, resource;",
        "a.cedar:1:35: expected ')', found ';' [cedar.syntax]",
        "  1 | permit(principal, action, resource;",
        "    |                                   ^")]
    [InlineData(
        "\n\npermit(principle, action, resource);",
        "a.cedar:3:8: expected 'principal', found 'principle' [cedar.syntax]",
        "  3 | permit(principle, action, resource);",
        "    |        ^^^^^^^^^")]
    [InlineData(
        "permit(principal, action, resource) when {\r\n\tcontext.a == \u202e\"x\" }",
        "a.cedar:2:15: expected an expression, found '\\u{202e}' (U+202E) [cedar.syntax]",
        "  2 |     context.a == \\u{202e}\"x\" }",
        "    |                  ^^^^^^^^")]
    [InlineData(
        "permit(principal, action, resource) when { \"\u6f22\u5b57\ud83d\ude00\" === 1 };",
        "a.cedar:1:53: expected an expression, found '=' [cedar.syntax]",
        "  1 | permit(principal, action, resource) when { \"\u6f22\u5b57\ud83d\ude00\" === 1 };",
        "    |                                                       ^")]
    [InlineData(
        "permit(principal, action, resource)",
        "a.cedar:1:36: expected 'when', 'unless' or ';', found the end of the text [cedar.syntax]",
        "  1 | permit(principal, action, resource)",
        "    |                                    ^")]
    public void An_error_is_shown_where_it_is(string source, params string[] lines)
    {
        var error = PolicySet.Parse(source, fileName: "a.cedar").Errors[0];
        Assert.Equal(string.Join('\n', lines), DiagnosticText.Of(error));
    }

    [Fact]
    public void A_long_line_is_cut_around_the_place()
    {
        var body = $"{new string('(', 90)} \"{new string('x', 100)}\" ?? {new string(')', 90)}";
        var source = $"permit(principal, action, resource) when {{ {body} }};";
        var lines = DiagnosticText.Of(PolicySet.Parse(source).Errors[0]).Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.All(lines[1..], line => Assert.InRange(line.Length, 10, 112));
        Assert.StartsWith("  1 | ...", lines[1], StringComparison.Ordinal);
        Assert.EndsWith("...", lines[1], StringComparison.Ordinal);
        Assert.Equal('?', lines[1][lines[2].IndexOf('^', StringComparison.Ordinal)]);
    }

    [Fact]
    public void Without_a_place_or_a_source_the_message_stays()
    {
        var error = new ParseError("cedar.link.slots", default, "one", "two\u200b", "f\n");
        Assert.Equal("f\\u{a}: expected one, found two\\u{200b} [cedar.link.slots]", DiagnosticText.Of(error));
        Assert.Equal("x", DiagnosticText.Of("x", new SourcePosition(9, 1, 0), "text"));
        Assert.Equal("x", DiagnosticText.Of("x", new SourcePosition(1, 1, 0), null));
    }

    [Fact]
    public void Malformed_JSON_is_shown_with_the_column_of_its_character()
    {
        var error = CedarRecord.ParseJson("{\n \"\u00e9\u6f22\": 1 x\n}", "c.json").Errors[0];
        var lines = DiagnosticText.Of(error).Split('\n');
        Assert.StartsWith("c.json:2:10: expected well-formed JSON", lines[0], StringComparison.Ordinal);
        Assert.Equal("  2 |  \"\u00e9\u6f22\": 1 x", lines[1]);
        Assert.Equal("    |           ^", lines[2]);
    }

    [Fact]
    public void A_finding_of_the_validator_is_shown_too()
    {
        const string Policy = "permit(principal, action, resource) when { principal.nothing };";
        var schema = CedarSchema.ParseText(
            "entity User; action \"a\" appliesTo {principal: User, resource: User};").Value;
        var finding = Validator.Validate(PolicySet.Parse(Policy, fileName: "p").Value, schema).Errors[0];
        var lines = DiagnosticText.Of(finding).Split('\n');
        Assert.Equal("  1 | " + Policy, lines[1]);
        Assert.Equal('.', lines[1][lines[2].IndexOf('^', StringComparison.Ordinal)]);
    }

    [Fact]
    public void A_length_may_be_given()
    {
        const string Text = "a.b == c";
        Assert.Equal(
            "x\n  1 | a.b == c\n    | ^^^",
            DiagnosticText.Of("x", new SourcePosition(1, 1, 0), Text, length: 3));
    }
}
