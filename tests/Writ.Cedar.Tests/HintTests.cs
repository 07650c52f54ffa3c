using System.Text;

namespace Writ.Cedar.Tests;

/// <summary>What bad input is told beside its place: what is there, in our words, and what to do about it.</summary>
public sealed class HintTests
{
    const string Schema = """
        entity User { name: String };
        entity File;
        entity Color enum ["red", "blue"];
        action read appliesTo { principal: User, resource: File };
        """;

    // The framework's own words are keys in the native program, and name bytes.
    [Theory]
    [InlineData("", "1:1", "the end of the text")]
    [InlineData("[1,2", "1:5", "the end of the text")]
    [InlineData("{\"a\":}", "1:6", "'}'")]
    [InlineData("{\"a\" 1}", "1:6", "'1'")]
    [InlineData("{\"a\":tru}", "1:9", "'}'")]
    [InlineData("{\"a\":01}", "1:7", "'1'")]
    [InlineData("{} x", "1:4", "'x'")]
    [InlineData("{\"a\": \u0430}", "1:7", "'\u0430' (U+0430)")]
    [InlineData("{\"a\": \u202e}", "1:7", "'\\u{202e}' (U+202E)")]
    [InlineData("{\"[[\\\"[[\": [}", "1:13", "'}'")]
    public void What_is_no_JSON_is_shown_in_our_words(string json, string place, string found)
    {
        var error = CedarRecord.ParseJson(json).Errors[0];
        Assert.Equal(
            (place, "cedar.json", "well-formed JSON, at most 64 deep", found),
            (error.Position.ToString(), error.Code, error.Expected, error.Found));
    }

    [Theory]
    [InlineData('[', ']')]
    [InlineData('{', '}')]
    public void JSON_that_is_too_deep_is_called_so(char open, char close)
    {
        var json = new StringBuilder();
        for (var i = 0; i < 5_000; i++)
            json.Append(open).Append(open == '{' ? "\"a\":" : "");
        json.Append(close, 5_000);
        var error = CedarRecord.ParseJson(json.ToString()).Errors[0];
        Assert.Equal(("cedar.json", "deeper nesting"), (error.Code, error.Found));
        Assert.StartsWith("1:", error.Position.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("entity A { x: Strin };", "'Strin'; did you mean 'String'?")]
    [InlineData("entity User; entity A in [Usr];", "'Usr'; did you mean 'User'?")]
    [InlineData("entity User; action a appliesTo { principal: Usr, resource: User };", "'Usr'; did you mean 'User'?")]
    [InlineData("entity A { x: Nothing_like_it };", "'Nothing_like_it'")]
    public void An_undeclared_name_of_a_schema_is_told_the_nearest(string schema, string found) =>
        Assert.Equal(found, CedarSchema.ParseText(schema).Errors[0].Found);

    [Fact]
    public void An_entity_of_an_unknown_type_is_told_the_nearest()
    {
        var read = EntityStore.ParseJson(
            """[{"uid":{"type":"Usr","id":"a"},"attrs":{},"parents":[]}]""", CedarSchema.ParseText(Schema).Value);
        Assert.Equal(
            "expected an entity type that the schema declares (did you mean 'User'?), found Usr::\"a\" at [0]",
            read.Errors[0].Message);
    }

    [Theory]
    [InlineData("resource, when { ip(\"1.1.1.1\", \"2\").isIpv4() }", "argument-count", "written like")]
    [InlineData(
        "resource, when { Color::\"green\" == Color::\"red\" }", "unknown-enum-entity", "it has \"red\", \"blue\"")]
    [InlineData("resource, when { Color::\"rad\" == Color::\"red\" }", "unknown-enum-entity", "did you mean 'red'?")]
    [InlineData("resource, when { principal.name == \"p\u0430ypal\" }", "mixed-script-string", "write it as \\u{430}")]
    [InlineData("resource, when { principal.hasTag(\"x\") }", "impossible", "does not have")]
    public void A_finding_says_what_to_do(string rule, string kind, string hint)
    {
        var parts = rule.Split(", ", 2);
        var policies = Given.Policies($"permit (principal, action, {parts[0]}) {parts[1]};");
        var result = Validator.Validate(policies, CedarSchema.ParseText(Schema).Value);
        var finding = result.Errors.Concat(result.Warnings).First(one => one.Code == $"cedar.validate.{kind}");
        Assert.Contains(hint, finding.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void A_scope_that_fits_no_action_is_told_what_the_action_is_for()
    {
        var policies = Given.Policies("permit (principal == File::\"x\", action == Action::\"read\", resource);");
        var result = Validator.Validate(policies, CedarSchema.ParseText(Schema).Value);
        var finding = result.Errors.Concat(result.Warnings)
            .First(one => one.Code == "cedar.validate.unapplied-action");
        Assert.Equal("Action::\"read\" is for User as principal and File as resource", finding.Hint);
    }
}
