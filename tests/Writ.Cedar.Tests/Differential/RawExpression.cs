using System.Text;

namespace Writ.Cedar.Tests.Differential;

/// <summary>
/// Random expressions as the grammar has them, of any types and with brackets only now and then: what is compared is
/// how they are read, not what they come to.
/// </summary>
sealed class RawExpression(Random random)
{
    static readonly string[] Names =
    [
        "a", "principal", "contains", "_x", "a1", "permit", "when", "ip", "Set", "if", "in", "is", "has", "like",
        "true", "then", "else", "__cedar", "e\u0301",
    ];

    static readonly string[] Texts =
    [
        "\"\"", "\"a\"", "\"a b\"", "\"\\\"\"", "\"\\\\\"", "\"\\n\\r\\t\\0\"", "\"\\'\"", "\"'\"", "\"\\u{e9}\"",
        "\"\\u{1F600}\"", "\"*\"", "\"\u00e9\"", "\"a\nb\"", "\"\\u{110000}\"", "\"\\u{d800}\"",
        "\"\\u{}\"", "\"\\u{0000041}\"", "\"\\u41\"", "\"\\x41\"",
        "\"\\x80\"", "\"\\x4\"", "\"\\*\"", "\"\\q\"", "\"\\",
    ];

    static readonly string[] Types = ["User", "A::B", "Long", "A :: B", "in", "__cedar::X", "A::__cedar", "if::A"];

    static readonly string[] Methods =
    [
        "contains", "containsAll", "containsAny", "isEmpty", "getTag", "hasTag", "lessThan", "lessThanOrEqual",
        "greaterThan", "greaterThanOrEqual", "isIpv4", "isIpv6", "isLoopback", "isMulticast", "isInRange", "offset",
        "durationSince", "toDate", "toTime", "toMilliseconds", "toSeconds", "toMinutes", "toHours", "toDays", "foo",
        "decimal", "ip",
    ];

    static readonly string[] Functions =
        ["ip", "decimal", "datetime", "duration", "foo", "A::ip", "contains", "toDate"];

    public string Next(int depth) => depth <= 0 ? Primary(0) : random.Next(12) switch
    {
        0 => $"if {Next(depth - 1)} then {Next(depth - 1)} else {Next(depth - 1)}",
        1 => $"{Next(depth - 1)} {Pick("||", "&&")} {Next(depth - 1)}",
        2 => $"{Next(depth - 1)} {Pick("==", "!=", "<", "<=", ">", ">=", "in", "=", "<>")} {Next(depth - 1)}",
        3 => $"{Next(depth - 1)} {Pick("+", "-", "*", "/", "%")} {Next(depth - 1)}",
        4 => $"{Next(depth - 1)} has {Has()}",
        5 => $"{Next(depth - 1)} like {Pick(Texts)}",
        6 => $"{Next(depth - 1)} is {Pick(Types)}{(random.Next(2) == 0 ? $" in {Next(depth - 1)}" : "")}",
        7 => new string(random.Next(2) == 0 ? '!' : '-', random.Next(9) == 0 ? 5 : random.Next(1, 5)) + Next(depth - 1),
        _ => Member(depth),
    };

    string Member(int depth)
    {
        var text = new StringBuilder(Primary(depth - 1));
        for (var i = random.Next(3); i > 0; i--)
            text.Append(random.Next(4) switch
            {
                0 => $".{Pick(Names)}",
                1 => $"[{Pick(Texts)}]",
                2 => $".{Pick(Methods)}({List(depth - 1)})",
                _ => random.Next(8) == 0 ? $"[{Next(depth - 1)}]" : $".{Pick("a", "b")}",
            });
        return text.ToString();
    }

    string Primary(int depth) => random.Next(depth <= 0 ? 6 : 10) switch
    {
        0 => Pick("true", "false", "principal", "action", "resource", "context", "?principal", "user"),
        1 => Pick("0", "1", "01", "9007199254740991", "1_000", "1.5", "0x1"),
        2 => Pick(Texts),
        3 => $"{Pick(Types)}::{Pick(Texts)}",
        4 => Pick("principal", "context"),
        5 => "[]",
        6 => $"({Next(depth - 1)})",
        7 => $"[{List(depth - 1)}{(random.Next(5) == 0 ? "," : "")}]",
        8 => $"{{{string.Join(", ", Enumerable.Range(0, random.Next(3)).Select(_ => $"{Key()}: {Next(depth - 1)}"))}"
            + $"{(random.Next(5) == 0 ? "," : "")}}}",
        _ => $"{Pick(Functions)}({List(depth - 1)})",
    };

    string Has() => random.Next(3) switch
    {
        0 => Pick(Texts),
        1 => string.Join('.', Enumerable.Range(0, random.Next(1, 5)).Select(_ => Pick(Names))),
        _ => Pick("a", "a.b", "a.b.c.d", "\"a\".b", "a.\"b\"", "(a)"),
    };

    string Key() => random.Next(2) == 0 ? Pick(Names) : Pick(Texts);

    string List(int depth) => string.Join(", ", Enumerable.Range(0, random.Next(3)).Select(_ => Next(depth - 1)));

    // What is right stands first and is taken more often, or hardly any text would be a policy.
    string Pick(params ReadOnlySpan<string> of) =>
        of[random.Next(random.Next(5) == 0 ? of.Length : (of.Length + 1) / 2)];
}
