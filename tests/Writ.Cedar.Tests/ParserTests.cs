namespace Writ.Cedar.Tests;

public sealed class ParserTests
{
    const string Scope = "permit(principal, action, resource)";

    [Theory]
    [InlineData("permit(principal, action, resource)",
        "1:36: expected 'when', 'unless' or ';', found the end of the text")]
    [InlineData("allow(principal, action, resource);", "1:1: expected 'permit' or 'forbid', found 'allow'")]
    [InlineData("permit(action, principal, resource);", "1:8: expected 'principal', found 'action'")]
    [InlineData("permit(principal, action);", "1:25: expected ',', found ')'")]
    [InlineData("permit(principal: User, action, resource);", "1:17: expected ',', found ':'")]
    [InlineData("permit(principal == \"x\", action, resource);",
        "1:21: expected an entity such as User::\"alice\", or ?principal, found '\"x\"'")]
    [InlineData("permit(principal == ?resource, action, resource);",
        "1:21: expected an entity such as User::\"alice\", or ?principal, found '?resource'")]
    [InlineData("permit(principal, action == ?action, resource);",
        "1:29: expected an entity such as User::\"alice\", found '?action'")]
    [InlineData("permit(principal, action == User::\"x\", resource);",
        "1:29: expected an entity of type Action, found User::\"x\"")]
    [InlineData("permit(principal, action in [Action::\"a\" Action::\"b\"], resource);",
        "1:42: expected ',' or ']', found 'Action'")]
    [InlineData("permit(principal is User == User::\"a\", action, resource);", "1:26: expected ',', found '=='")]
    [InlineData("permit(principal,\r\n  action,\r\n  resource)\r\nwhen { 1 + };",
        "4:12: expected an expression, found '}'")]
    [InlineData("@a @a\npermit(principal, action, resource);", "1:5: expected each annotation once, found '@a' again")]
    public void A_mistake_outside_of_conditions_is_told_with_its_place(string text, string expected) =>
        Assert.StartsWith(expected, Given.FirstError(text), StringComparison.Ordinal);

    [Theory]
    [InlineData("", "an expression, found '}'")]
    [InlineData("a", "an expression, found 'a'")]
    [InlineData("1 2", "an operator or '}', found '2'")]
    [InlineData("1 = 2", "'==' or another operator, found '='")]
    [InlineData("1 == 2 == 3", "brackets around one of the two comparisons, found '=='")]
    [InlineData("principal in resource in action", "brackets around one of the two comparisons, found 'in'")]
    [InlineData("4 / 2", "an operator that Cedar has (there is no division), found '/'")]
    [InlineData("!!!!!true", "an operand after 4 signs, found '!'")]
    [InlineData("!-1", "an expression, found '-'")]
    [InlineData("9223372036854775808", "a number of 64 bits, found '9223372036854775808'")]
    [InlineData("-9223372036854775809", "a number of 64 bits, found '9223372036854775809'")]
    [InlineData("-(9223372036854775808)", "a number of 64 bits, found '9223372036854775808'")]
    [InlineData("principal == ?principal", "an expression (a slot stands only in the scope), found '?principal'")]
    [InlineData("context.if", "the name of an attribute or method, not a reserved word, found 'if'")]
    [InlineData("context.__cedar", "the name of an attribute or method, not a reserved word, found '__cedar'")]
    [InlineData("context has in", "the name of an attribute, not a reserved word, found 'in'")]
    [InlineData("context has \"a\".b", "an operator or '}', found '.'")]
    [InlineData("context[name]", "a string in double quotes, found 'name'")]
    [InlineData("context like principal", "a pattern in double quotes, found 'principal'")]
    [InlineData("principal is \"User\"", "the name of an entity type, found '\"User\"'")]
    [InlineData("size(context)", "one of the functions decimal, ip, datetime, duration, found 'size'")]
    [InlineData("isIpv4(context.ip)", "one of the functions decimal, ip, datetime, duration, found 'isIpv4'")]
    [InlineData("context.size()", "a method that Cedar has, found 'size'")]
    [InlineData("\"1.0\".decimal()", "a method that Cedar has, found 'decimal'")]
    [InlineData("[].contains()", "1 argument(s) of 'contains', found 0")]
    [InlineData("[].isEmpty(1)", "0 argument(s) of 'isEmpty', found 1")]
    [InlineData("principal(1)", "an operator (only functions and methods can be called), found '('")]
    [InlineData("{a: 1, \"a\": 2}", "each attribute once, found \"a\" again")]
    [InlineData("{if: 1}", "the name of an attribute or '}', not a reserved word, found 'if'")]
    [InlineData("1 + if true then 1 else 2", "an expression, found 'if'")]
    [InlineData("User::{id: 1}", "a name or a string after '::', found '{'")]
    [InlineData("\"abc", "an expression, found a string without its closing quote")]
    [InlineData("1 \u202e", @"an operator or '}', found '\u{202e}'")]
    [InlineData("\"\\q\"", @"one of the escapes \n \r \t \\ \0 \' \"" \x41 \u{1f600}, found '\q'")]
    public void A_mistake_in_a_condition_tells_what_was_expected(string body, string expected) =>
        Assert.Contains(
            "expected " + expected, Given.FirstError($"{Scope} when {{ {body} }};"), StringComparison.Ordinal);

    [Fact]
    public void Several_mistakes_are_reported_at_once_with_file_and_line()
    {
        var errors = PolicySet.Parse($"permit();\n{Scope};\n  forbid(principal);", fileName: "prod.cedar").Errors;
        Assert.Equal(
            ["prod.cedar:1:8: expected 'principal', found ')' [cedar.syntax]",
             "prod.cedar:3:19: expected ',', found ')' [cedar.syntax]"],
            errors.Select(error => error.ToString()));
    }

    [Fact]
    public void Mistakes_are_reported_up_to_a_limit()
    {
        var text = string.Concat(Enumerable.Repeat("x;", 1000));
        Assert.Equal(CedarLimits.ErrorsMax, PolicySet.Parse(text).Errors.Count);
    }

    [Theory]
    [InlineData(@"\n\r\t\\\0\'\""", "\n\r\t\\\0'\"")]
    [InlineData(@"\x41\x7f", "A\u007f")]
    [InlineData(@"\u{41}\u{1F600}\u{0_0_41}", "A\U0001F600A")]
    [InlineData("\u00e4\U0001F600\n", "\u00e4\U0001F600\n")]
    public void Escapes_are_resolved_as_in_Rust(string raw, string expected)
    {
        var policies = Given.Policies($"@a(\"{raw}\") {Scope};");
        Assert.Equal(expected, policies.Policies[0].Annotations["a"]);
    }

    [Theory]
    [InlineData(@"\x80")]
    [InlineData(@"\x4")]
    [InlineData(@"\u41")]
    [InlineData(@"\u{}")]
    [InlineData(@"\u{_41}")]
    [InlineData(@"\u{0000041}")]
    [InlineData(@"\u{d800}")]
    [InlineData(@"\u{110000}")]
    [InlineData(@"\*")]
    [InlineData("\\\n")]
    [InlineData("a\rb")]
    public void Other_escapes_are_refused(string raw) =>
        Assert.False(PolicySet.Parse($"@a(\"{raw}\") {Scope};").Succeeded);

    [Fact]
    public void A_bad_escape_is_reported_where_it_stands() =>
        Assert.StartsWith("2:6: ", Given.FirstError($"@a(\n\"abcd\\q\") {Scope};"), StringComparison.Ordinal);

    [Fact]
    public void An_unpaired_surrogate_is_no_text() =>
        Assert.Contains("unpaired surrogate", Given.FirstError("// \ud800"), StringComparison.Ordinal);

    [Theory]
    [InlineData("permit(principal, action, resource,) when { [1, 2,] == [1,] && {a: 1,} == {} };")]
    [InlineData("permit(principal, action in [Action::\"a\", NS::Action::\"b\",], resource);")]
    [InlineData("permit(principal, action in [], resource);")]
    [InlineData("permit(principal == (User::\"a\"), action == ((Action::\"b\")), resource);")]
    [InlineData("// nothing but a comment")]
    [InlineData("")]
    [InlineData("permit // why\n(\u00a0principal,action,resource)when{true}unless{false}when{true};")]
    [InlineData("permit(principal, action, resource) when { principal has when.permit.context };")]
    [InlineData("permit(principal is A::B::C in A::G::\"x\", action, resource is D);")]
    [InlineData("permit(principal, action, resource) when { if::\"x\" == 1 || true };", false)]
    [InlineData("permit(principal, action, resource) when { principal::resource::\"x\" == principal };")]
    public void Unusual_forms_are_read_as_the_grammar_says(string text, bool accepted = true) =>
        Assert.Equal(accepted, PolicySet.Parse(text).Succeeded);

    [Theory]
    [InlineData("(", ")")]
    [InlineData("[", "]")]
    [InlineData("{a: ", "}")]
    [InlineData("ip(", ")")]
    [InlineData("if true then 1 else ", "")]
    public void Nesting_has_a_limit(string open, string close)
    {
        Assert.True(PolicySet.Parse(Nested(CedarLimits.DepthMax - 1)).Succeeded);
        Assert.Equal("cedar.limit.depth", PolicySet.Parse(Nested(CedarLimits.DepthMax)).Errors[0].Code);
        Assert.Equal("cedar.limit.depth", PolicySet.Parse(Nested(10_000)).Errors[0].Code);

        string Nested(int depth) => $"{Scope} when {{ {Repeat(open, depth)}1{Repeat(close, depth)} }};";
    }

    [Theory]
    [InlineData("context", ".a")]
    [InlineData("1", " + 1")]
    [InlineData("1", " * 1")]
    public void A_chain_has_the_same_limit(string first, string link)
    {
        Assert.True(PolicySet.Parse(Chain(CedarLimits.DepthMax - 1)).Succeeded);
        Assert.Equal("cedar.limit.depth", PolicySet.Parse(Chain(CedarLimits.DepthMax)).Errors[0].Code);

        string Chain(int links) => $"{Scope} when {{ {first}{Repeat(link, links)} }};";
    }

    [Fact]
    public void A_conjunction_may_be_long() =>
        Assert.Equal("true", Given.Evaluate("true" + Repeat(" && (false || true)", 20_000)));

    [Fact]
    public void The_text_has_a_limit_in_bytes()
    {
        var comment = "//" + new string('\u20ac', CedarLimits.SourceBytesMax / 3);
        Assert.True(PolicySet.Parse(comment[..^1]).Succeeded);
        Assert.Equal("cedar.limit.source", PolicySet.Parse(comment).Errors[0].Code);
    }

    [Fact]
    public void A_set_has_a_limit_of_policies()
    {
        const string Shortest = "permit(principal,action,resource);";
        var full = Repeat(Shortest, CedarLimits.PoliciesMax);
        Assert.True(PolicySet.Parse(full).Succeeded);
        Assert.Equal("cedar.limit.policies", PolicySet.Parse(full + Shortest).Errors[0].Code);
    }

    static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
}
