using System.Text.RegularExpressions;

namespace Writ.Cedar.Tests.Differential;

/// <summary>
/// Puts other tokens of the same kind into policies: names, strings, operators, variables. Most of what comes out is
/// still a policy, and wrong in ways that nobody would think of.
/// </summary>
sealed partial class TokenSwap(Scenario scenario)
{
    static readonly string[] Names =
    [
        "User", "Team", "Doc", "Usr", "level", "lvel", "owner", "tags", "nothing", "contains", "containsAny",
        "lessThan", "isIpv4", "toDate", "getTag", "hasTag", "isEmpty", "ip", "decimal", "datetime", "principal",
        "resource", "context", "action", "true", "false", "A", "App",
    ];

    static readonly string[] Strings =
    [
        "\"\"", "\"e0\"", "\"red\"", "\"rde\"", "\"act0\"", "\"act1\"", "\"read\"", "\"nobody\"", "\"10.0.0.1\"",
        "\"x\"", "\"\\u{202e}\"", "\"a\\u{430}\"", "\"\\u{430}\"", "\"\\u{200b}\"", "\"\u4e2d\u3042\"",
        "\"\u4e2d\u0e01\"", "\"1.5\"",
    ];

    static readonly string[] Operators = ["==", "!=", "<", ">=", "&&", "||", "+", "*", "in", "has", "like"];

    static readonly string[] Values =
    [
        "principal", "resource", "context", "action", "true", "false", "1", "\"a\"", "[]", "[1]", "{}", "[principal]",
        "principal.level", "resource.owner", "ip(\"::1\")", "ip(\"x\")", "decimal(\"1.0\")", "decimal(principal.name)",
        "datetime(\"2024-01-01\")", "ip(\"::1\", \"::2\")", "{a: 1}", "{a: \"x\"}", "{a: 1, b: true}", "[{a: 1}, {}]",
        "[principal, resource]", "(if principal is User then principal else resource)", "principal.getTag(\"a\")",
        "(principal.hasTag(\"a\") && principal.getTag(\"a\") == 1)", "(principal has a && resource has a)",
        "(principal == resource)", "(action in [action])", "action.a", "(action has a)", "(principal in resource)",
        "(if 1 == 1 then 1 else \"a\")", "!(principal has level)", "(principal is Doc in Doc::\"e1\")",
    ];

    readonly Random _random = new(scenario.Seed);

    public string Of(string policy)
    {
        for (var i = _random.Next(1, 4); i > 0; i--)
            policy = Once(policy);
        return policy;
    }

    string Once(string policy)
    {
        // The first line, which has the id, stays.
        var start = policy.IndexOf('\n', StringComparison.Ordinal);
        var candidates = Token().Matches(policy).Where(match => match.Index > start).ToList();
        if (candidates.Count == 0)
            return policy;
        var token = candidates[_random.Next(candidates.Count)];
        var pool = _random.Next(4) == 0 ? Values
            : token.Value[0] == '"' ? Strings
            : char.IsLetter(token.Value[0]) ? Names
            : Operators;
        var other = _random.Next(3) == 0
            ? candidates[_random.Next(candidates.Count)].Value
            : pool[_random.Next(pool.Length)];
        return string.Concat(policy.AsSpan(0, token.Index), other, policy.AsSpan(token.Index + token.Length));
    }

    [GeneratedRegex(@"""(?:[^""\\]|\\.)*""|[A-Za-z_][A-Za-z0-9_]*|[0-9]+|==|!=|<=|>=|&&|\|\||[<>+*-]")]
    private static partial Regex Token();
}
