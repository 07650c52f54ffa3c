namespace Writ.Cedar.Tests;

public sealed class EvaluationTests
{
    [Theory]
    [InlineData("1 + 2 * 3 - 4", "3")]
    [InlineData("-9223372036854775808", "-9223372036854775808")]
    [InlineData("--9223372036854775808", "error: Overflow")]
    [InlineData("-(-9223372036854775808)", "error: Overflow")]
    [InlineData("9223372036854775807 + 1", "error: Overflow")]
    [InlineData("-9223372036854775807 - 2", "error: Overflow")]
    [InlineData("4611686018427387904 * 2", "error: Overflow")]
    [InlineData("-4611686018427387904 * 2", "-9223372036854775808")]
    [InlineData("-1 * -9223372036854775808", "error: Overflow")]
    [InlineData("9223372036854775807 + 1 - 1", "error: Overflow")]
    [InlineData("1 + \"1\"", "error: Type")]
    [InlineData("--1", "1")]
    [InlineData("- -1", "1")]
    public void Arithmetic_is_exact_or_an_error(string expression, string expected) =>
        Assert.Equal(expected, Given.Evaluate(expression));

    [Theory]
    [InlineData("false && 1", "false")]
    [InlineData("true || 1", "true")]
    [InlineData("true && 1", "error: Type")]
    [InlineData("false || 1", "error: Type")]
    [InlineData("1 && false", "error: Type")]
    [InlineData("!1", "error: Type")]
    [InlineData("!!true", "true")]
    [InlineData("if 1 then 2 else 3", "error: Type")]
    [InlineData("if false then context.nothing else 3", "3")]
    [InlineData("1 == \"1\"", "false")]
    [InlineData("1 != \"1\"", "true")]
    [InlineData("[1, [2], {a: 3}] == [{a: 3}, 1, [2, 2], 1]", "true")]
    [InlineData("{a: 1, b: 2} == {b: 2, a: 1}", "true")]
    [InlineData("{a: 1} == {a: 1, b: 2}", "false")]
    [InlineData("1 < 2 && 2 <= 2 && 3 > 2 && 2 >= 2", "true")]
    [InlineData("\"a\" < \"b\"", "error: Type")]
    [InlineData("1 < duration(\"1s\")", "error: Type")]
    [InlineData("datetime(\"2024-01-01\") < duration(\"1s\")", "error: Type")]
    [InlineData("decimal(\"1.0\") < decimal(\"2.0\")", "error: Type")]
    public void Operands_are_typed_and_evaluated_only_when_needed(string expression, string expected) =>
        Assert.Equal(expected, Given.Evaluate(expression));

    [Theory]
    [InlineData("principal.level", "3")]
    [InlineData("principal[\"name\"]", "\"Alice\"")]
    [InlineData("principal.home.city", "\"Graz\"")]
    [InlineData("principal.nothing", "error: MissingAttribute")]
    [InlineData("context.nothing", "error: MissingAttribute")]
    [InlineData("User::\"bob\".name", "error: MissingEntity")]
    [InlineData("principal.level.x", "error: Type")]
    [InlineData("principal has name", "true")]
    [InlineData("principal has home.city", "true")]
    [InlineData("principal has home.street", "false")]
    [InlineData("principal has home.city.x", "error: Type")]
    [InlineData("principal has nothing.at.all", "false")]
    [InlineData("principal has \"home.city\"", "false")]
    [InlineData("User::\"bob\" has name", "false")]
    [InlineData("1 has name", "error: Type")]
    [InlineData("principal.team has name", "false")]
    [InlineData("principal.hasTag(\"shift\")", "true")]
    [InlineData("principal.getTag(\"shift\")", "\"night\"")]
    [InlineData("principal.getTag(\"x\")", "error: MissingTag")]
    [InlineData("User::\"bob\".hasTag(\"shift\")", "false")]
    [InlineData("User::\"bob\".getTag(\"shift\")", "error: MissingEntity")]
    [InlineData("principal.hasTag(1)", "error: Type")]
    public void Attributes_and_tags_are_read_or_missed(string expression, string expected) =>
        Assert.Equal(expected, Given.Evaluate(expression));

    [Theory]
    [InlineData("principal in principal", "true")]
    [InlineData("principal in Team::\"sre\"", "true")]
    [InlineData("principal in Team::\"all\"", "true")]
    [InlineData("principal in Team::\"dev\"", "false")]
    [InlineData("principal in []", "false")]
    [InlineData("principal in [Team::\"dev\", Team::\"all\"]", "true")]
    [InlineData("principal in [Team::\"sre\", 1]", "error: Type")]
    [InlineData("principal in 1", "error: Type")]
    [InlineData("1 in principal", "error: Type")]
    [InlineData("User::\"bob\" in User::\"bob\"", "true")]
    [InlineData("principal is User", "true")]
    [InlineData("principal is NS::User", "false")]
    [InlineData("1 is User", "error: Type")]
    [InlineData("principal is User in Team::\"all\"", "true")]
    [InlineData("principal is Team in 1", "false")]
    [InlineData("principal is User in 1", "error: Type")]
    public void Membership_follows_the_hierarchy(string expression, string expected) =>
        Assert.Equal(expected, Given.Evaluate(expression));

    [Theory]
    [InlineData("[].isEmpty()", "true")]
    [InlineData("[1].isEmpty()", "false")]
    [InlineData("{}.isEmpty()", "error: Type")]
    [InlineData("[1, 2].contains(2)", "true")]
    [InlineData("[1, 2].contains(\"2\")", "false")]
    [InlineData("1.contains(2)", "error: Type")]
    [InlineData("[1, 2].containsAll([2, 1, 1])", "true")]
    [InlineData("[1, 2].containsAll([])", "true")]
    [InlineData("[1, 2].containsAll([3])", "false")]
    [InlineData("[1, 2].containsAny([3, 2])", "true")]
    [InlineData("[1, 2].containsAny([])", "false")]
    [InlineData("[1, 2].containsAny(2)", "error: Type")]
    [InlineData("[1,2,3,4,5,6,7,8,9,10,10].contains(10)", "true")]
    [InlineData("[1,2,3,4,5,6,7,8,9,10,10] == [10,9,8,7,6,5,4,3,2,1]", "true")]
    [InlineData("[1, context.count]", "[1, 7]")]
    [InlineData("{a: context.count, \"b c\": [true]}", "{\"a\": 7, \"b c\": [true]}")]
    [InlineData("[context.nothing]", "error: MissingAttribute")]
    [InlineData("{a: context.nothing}", "error: MissingAttribute")]
    public void Sets_and_records_have_their_methods(string expression, string expected) =>
        Assert.Equal(expected, Given.Evaluate(expression));

    [Theory]
    [InlineData("abc", "abc", true)]
    [InlineData("abc", "ab", false)]
    [InlineData("abc", "*", true)]
    [InlineData("", "*", true)]
    [InlineData("", "", true)]
    [InlineData("abc", "a*c", true)]
    [InlineData("ac", "a*c", true)]
    [InlineData("aba", "ab*ba", false)]
    [InlineData("abcabc", "a*b*c", true)]
    [InlineData("abab", "*ab*ab", true)]
    [InlineData("ab", "*ab*ab", false)]
    [InlineData("a*c", @"a\*c", true)]
    [InlineData("abc", @"a\*c", false)]
    [InlineData(@"a\\b", @"a\\*", true)]
    [InlineData("*", @"\*", true)]
    [InlineData("**", @"\**\*", true)]
    [InlineData("*", @"\**\*", false)]
    [InlineData("\U0001F600x\U0001F601", "\U0001F600*\U0001F601", true)]
    [InlineData("\U0001F600", "*\U0001F601", false)]
    [InlineData("e\u0301", "\u00e9", false)]
    [InlineData("abc", @"a\u{2a}", true)]
    [InlineData("a\\n", @"a*\n", true)]
    public void Like_matches_scalars_with_wildcards(string text, string pattern, bool expected) =>
        Assert.Equal(expected ? "true" : "false", Given.Evaluate($"\"{text}\" like \"{pattern}\""));

    [Fact]
    public void Like_wants_a_text() => Assert.Equal("error: Type", Given.Evaluate("1 like \"*\""));

    [Fact]
    public void Like_does_not_explode_on_many_wildcards()
    {
        var pattern = string.Concat(Enumerable.Repeat("*a", 1000)) + "*b";
        Assert.Equal("false", Given.Evaluate($"\"{new string('a', 100_000)}\" like \"{pattern}\""));
    }

    [Theory]
    [InlineData("decimal(\"1.5\").lessThan(decimal(\"1.50\"))", "false")]
    [InlineData("decimal(\"1.5\").lessThanOrEqual(decimal(\"1.50\"))", "true")]
    [InlineData("decimal(\"-0.1\").greaterThan(decimal(\"-0.2\"))", "true")]
    [InlineData("decimal(\"0.1\").greaterThanOrEqual(decimal(\"0.2\"))", "false")]
    [InlineData("decimal(\"1\")", "error: Extension")]
    [InlineData("false && decimal(\"1\") == 1", "false")]
    [InlineData("decimal(1)", "error: Type")]
    [InlineData("decimal()", "error: Arity")]
    [InlineData("decimal(\"1.0\", \"2.0\")", "error: Arity")]
    [InlineData("decimal(\"1.0\").lessThan()", "error: Arity")]
    [InlineData("decimal(\"1.0\").lessThan(1)", "error: Type")]
    [InlineData("\"1.0\".lessThan(decimal(\"1.0\"))", "error: Type")]
    [InlineData("ip(context.program)", "error: Extension")]
    [InlineData("ip(\"127.0.0.1\").isLoopback() && ip(\"::1\").isLoopback()", "true")]
    [InlineData("ip(\"127.0.0.1/7\").isLoopback()", "false")]
    [InlineData("ip(\"224.0.0.1\").isMulticast() && ip(\"ff02::1\").isMulticast()", "true")]
    [InlineData("ip(\"1.2.3.4\").isIpv4() && !ip(\"1.2.3.4\").isIpv6() && ip(\"::\").isIpv6()", "true")]
    [InlineData("ip(\"10.1.2.3\").isInRange(ip(\"10.0.0.0/8\"))", "true")]
    [InlineData("ip(\"10.0.0.0/7\").isInRange(ip(\"10.0.0.0/8\"))", "false")]
    [InlineData("ip(\"1.2.3.4\").isInRange(ip(\"::/0\"))", "false")]
    [InlineData("ip(\"::1\").isInRange(ip(\"::/0\"))", "true")]
    [InlineData("ip(\"1.2.3.4\").isInRange(\"0.0.0.0/0\")", "error: Type")]
    [InlineData("datetime(\"2024-01-01\").offset(duration(\"1d\")) == datetime(\"2024-01-02\")", "true")]
    [InlineData("datetime(\"2024-01-02\").durationSince(datetime(\"2024-01-01\")) == duration(\"24h\")", "true")]
    [InlineData("datetime(\"1969-12-31T23:00:00Z\").toDate() == datetime(\"1969-12-31\")", "true")]
    [InlineData("datetime(\"1969-12-31T23:00:00Z\").toTime() == duration(\"23h\")", "true")]
    [InlineData("datetime(\"1970-01-01\").offset(duration(\"-9223372036854775808ms\")).toDate()", "error: Extension")]
    [InlineData("datetime(\"1970-01-02\").offset(duration(\"9223372036854775807ms\"))", "error: Extension")]
    [InlineData(
        "datetime(\"1970-01-01\").durationSince("
            + "datetime(\"1970-01-01\").offset(duration(\"-9223372036854775808ms\")))",
        "error: Extension")]
    [InlineData("datetime(\"2024-01-01\").offset(1)", "error: Type")]
    [InlineData("datetime(\"2024-01-01\") < datetime(\"2024-01-01T00:00:00.001Z\")", "true")]
    [InlineData("duration(\"-1s\") < duration(\"0s\")", "true")]
    [InlineData("duration(\"1d2h3m4s5ms\").toMilliseconds()", "93784005")]
    [InlineData("duration(\"-1s\").toSeconds()", "-1")]
    [InlineData("duration(\"-1999ms\").toSeconds()", "-1")]
    [InlineData("duration(\"119s\").toMinutes()", "1")]
    [InlineData("duration(\"119m\").toHours()", "1")]
    [InlineData("duration(\"47h\").toDays()", "1")]
    public void Extension_types_have_their_functions(string expression, string expected) =>
        Assert.Equal(expected, Given.Evaluate(expression));

    [Theory]
    [InlineData("ip(\"10.1.2.3\").isInRange(ip(\"11.0.0.0/8\"), ip(\"10.0.0.0/8\"))", "true", "error: Arity")]
    [InlineData("ip(\"10.1.2.3\").isInRange(ip(\"11.0.0.0/8\"), ip(\"12.0.0.0/8\"))", "false", "error: Arity")]
    [InlineData("ip(\"10.1.2.3\").isInRange(ip(\"10.0.0.0/8\"), 1)", "error: Type", "error: Arity")]
    [InlineData("ip(\"10.1.2.3\").isInRange()", "error: Arity", "error: Arity")]
    [InlineData("ip(\"10.1.2.3\").isInRange(ip(\"10.0.0.0/8\"))", "true", "true")]
    public void Several_ranges_are_an_experiment(string expression, string experimental, string standard)
    {
        Assert.Equal(experimental, Given.Evaluate(expression, CedarExperiments.VariadicIsInRange));
        Assert.Equal(standard, Given.Evaluate(expression));
    }

    [Theory]
    [InlineData("principal.nothing", "1:53: entity User::\"alice\" has no attribute 'nothing'")]
    [InlineData("context.nothing", "1:51: the record has no attribute 'nothing'")]
    [InlineData("User::\"bob\".name", "1:55: entity User::\"bob\" does not exist")]
    [InlineData("principal.getTag(\"x\")", "1:54: entity User::\"alice\" has no tag 'x'")]
    [InlineData("1 + 9223372036854775807 == 1", "1:46: '+' leaves the range of 64-bit integers")]
    [InlineData("ip(\"x\") == 1", "1:44: 'ip' cannot be computed of \"x\"")]
    [InlineData("context.count", "1:51: expected a value of type bool, found one of type long")]
    [InlineData("ip() == 1", "1:44: 'ip' is called with 0 argument(s)")]
    public void An_error_tells_where_and_why(string expression, string expected)
    {
        var answer = Given.Decide($"permit(principal, action, resource) when {{ {expression} }};");
        Assert.Equal("policy0: " + expected, Assert.Single(answer.Errors).ToString());
    }

    // What does not depend on the request is computed once; what fails is left to fail when evaluation gets there.
    [Theory]
    [InlineData("1 + 1 == 2", true)]
    [InlineData("!([1, 2].contains(3)) && \"ab\" like \"a*\"", true)]
    [InlineData("ip(\"10.0.0.1\").isInRange(ip(\"10.0.0.0/8\")) && {a: 1}.a < 2", true)]
    [InlineData("if true then User::\"a\" is User else context.nothing", true)]
    [InlineData("false && context.nothing", true)]
    [InlineData("true || context.nothing", true)]
    [InlineData("context.approved && false", false)]
    [InlineData("9223372036854775807 + 1 > 0", false)]
    [InlineData("true && 1", false)]
    [InlineData("User::\"alice\" in Team::\"sre\"", false)]
    [InlineData("User::\"alice\" has name", false)]
    public void Constants_are_computed_when_a_policy_is_compiled(string condition, bool isConstant)
    {
        var policies = Given.Policies($"permit(principal, action, resource) when {{ {condition} }};");
        Assert.Equal(isConstant, policies.Policies[0].Condition is ConstantNode);
    }
}
