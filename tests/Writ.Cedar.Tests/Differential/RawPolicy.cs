namespace Writ.Cedar.Tests.Differential;

/// <summary>
/// Random policies as the grammar has them: annotations, every form of scope, conditions; some of it wrong.
/// </summary>
sealed class RawPolicy(Random random)
{
    static readonly string[] Strays =
    [
        ";", "{", "}", ",", "::", "\"", "@", "?", "<", ">", " ", "in", "is", "//", "\n", "[", "]", "(", ")", "=", "\\",
        "0", "\u00e9", "==", "when", "unless", "permit", "?principal", "?resource", "has", ".", "-", "!", "\0", "\r",
        "\ufeff", "\u2028", "&", "|", "&&", "if",
    ];

    readonly RawExpression _expressions = new(random);

    public string Next()
    {
        var scope = $"{Entity("principal")}, {Action()}, {Entity("resource")}{(Chance(12) ? "," : "")}";
        var conditions = string.Concat(Enumerable.Range(0, random.Next(3)).Select(
            _ => $" {Pick("when", "unless")} {{ {(Chance(40) ? "" : _expressions.Next(random.Next(1, 4)))} }}"));
        var annotations = string.Concat(Enumerable.Range(0, random.Next(3)).Select(_ => Annotation()));
        var text = $"{annotations}{Pick("permit", "forbid")} ({scope}){conditions};";
        return Chance(4) ? Damaged(text) : text;
    }

    string Annotation() => $"@{Pick("a", "b", "c", "if", "in", "permit", "principal", "_", "true", "x1", "__cedar")}"
        + Pick("", "(\"\")", "(\"x\\u{e9}\")", "(\"b\")", "(\"\\*\")", "()", "(a)", "(\"a\",)") + Pick(" ", "\n", "");

    string Entity(string variable) => (Chance(30) ? Pick("principal", "resource", "context") : variable)
        + (random.Next(16) switch
        {
            0 => $" == {Uid(variable)}",
            1 => $" in {Uid(variable)}",
            2 => $" is {Pick("User", "A::B", "__cedar::X", "in")} in {Uid(variable)}",
            3 => $" is {Pick("User", "A::B")}",
            4 when Chance(4) => $" in [{Uid(variable)}]",
            5 when Chance(4) => $" == {Uid(variable)} in {Uid(variable)}",
            6 when Chance(4) => $" is User == {Uid(variable)}",
            _ => "",
        });

    string Action() => "action" + (random.Next(10) switch
    {
        0 => $" == {ActionUid()}",
        1 => $" in {ActionUid()}",
        2 => $" in [{ActionUid()}, {ActionUid()}{(Chance(5) ? "," : "")}]",
        3 => " in []",
        4 => $" == [{ActionUid()}]",
        5 => " is Action",
        6 => $" in {Uid("action")}",
        _ => "",
    });

    string Uid(string variable) => random.Next(4) switch
    {
        0 => "?" + (Chance(8) ? Pick("principal", "resource", "action", "x") : variable),
        1 => Pick("User", "A::B", "C", "A :: B", "in", "__cedar::A") + "::\"x\"",
        _ => Pick("User::\"a\"", "A::B::\"\\u{e9}\"", "User::\"\"", "User::\"\\*\"", "\"a\"", "User::a"),
    };

    string ActionUid() => Pick(
        "Action::\"a\"", "A::Action::\"a\"", "Action::\"a b\"", "User::\"a\"", "A::Action::B::\"x\"", "?action");

    string Damaged(string text)
    {
        for (var i = random.Next(1, 3); i > 0 && text.Length > 1; i--)
        {
            var at = random.Next(text.Length);
            text = random.Next(3) switch
            {
                0 => text.Insert(at, Pick(Strays)),
                1 => text.Remove(at, 1),
                _ => text.Remove(at, 1).Insert(at, Pick(Strays)),
            };
        }
        return text;
    }

    bool Chance(int oneIn) => random.Next(oneIn) == 0;

    // What is right stands first and is taken more often, or hardly any text would be a policy.
    string Pick(params ReadOnlySpan<string> of) =>
        of[random.Next(random.Next(5) == 0 ? of.Length : (of.Length + 1) / 2)];
}
