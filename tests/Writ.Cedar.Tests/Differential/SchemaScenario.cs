using System.Text;

namespace Writ.Cedar.Tests.Differential;

/// <summary>
/// A random schema text, all of it from the seed: several namespaces that use each other's names, names that hide
/// others, annotations, and now and then a word, bracket or letter too much.
/// </summary>
sealed class SchemaScenario
{
    static readonly Dictionary<string, string[]> Pools = new(StringComparer.Ordinal)
    {
        [""] = ["A", "B", "C", "D"],
        ["N"] = ["E", "F", "G"],
        ["M"] = ["I", "J", "K"],
        ["N::M"] = ["P", "Q"],
        ["O"] = ["R", "S"],
    };

    static readonly string[] Plain = ["A", "B", "C", "D", "T", "U", "V"];

    static readonly string[] Odd =
    [
        "Long", "String", "Bool", "ipaddr", "decimal", "Action", "Set", "Record", "Entity", "in", "is", "__cedar",
        "type", "entity", "principal", "Boolean", "datetime", "true", "_x", "Extension",
    ];

    static readonly string[] Builtins = ["Long", "String", "Bool", "ipaddr", "decimal", "datetime", "duration"];

    static readonly string[] Strays =
    [
        ";", "{", "}", ",", "::", "\"", "@", "?", "<", ">", " ", "in", "entity", "//", "\n", "[", "]", "(", ")",
        "=", "\\",
        "0", "\u00e9",
    ];

    readonly Random _random;
    readonly HashSet<string> _declared = new(StringComparer.Ordinal);
    string _space = "";

    public SchemaScenario(int seed)
    {
        _random = new Random(seed);
        var text = new StringBuilder();
        for (var spaces = _random.Next(1, 4); spaces > 0; spaces--)
        {
            _space = Chance(70) ? Pick("__cedar", "N::__cedar", "in") : Pick(["", .. Pools.Keys]);
            var declarations = string.Concat(Enumerable.Range(0, _random.Next(6)).Select(_ => Declaration() + "\n"));
            text.Append(_space.Length == 0 ? declarations : $"{Annotation()}namespace {_space} {{\n{declarations}}}\n");
        }
        Text = Declared(text.ToString());
        if (Chance(10))
            Text = Text.Insert(_random.Next(Text.Length + 1), Pick(Strays));
    }

    public string Text { get; }

    // Most schemas would name something that nobody declared; what is missing is added, as far as that helps.
    static string Declared(string text)
    {
        for (var round = 0; round < 25; round++)
        {
            if (CedarSchema.ParseText(text).Errors is not [{ Code: "cedar.schema.undeclared" } error, ..])
                break;
            var isAction = error.Expected.Contains("action", StringComparison.Ordinal);
            var name = error.Found.Trim('\'').Replace("Action::", "", StringComparison.Ordinal);
            var id = isAction ? name.IndexOf('"', StringComparison.Ordinal) : name.Length;
            var at = name[..id].LastIndexOf("::", StringComparison.Ordinal);
            var (space, own) = at > 0 ? (name[..at], name[(at + 2)..]) : ("", name);
            var opening = $"namespace {space} {{\n";
            var declaration = isAction ? $"action {own};\n" : $"entity {own};\n";
            text = space.Length == 0 ? text + declaration
                : text.Contains(opening, StringComparison.Ordinal)
                    ? text.Replace(opening, opening + declaration, StringComparison.Ordinal)
                    : text + opening + declaration + "}\n";
        }
        return text;
    }

    string Declaration() => Annotation() + _random.Next(10) switch
    {
        < 3 => $"type {NewName(NameOf)} = {TypeOf(3)};",
        3 => $"entity {NewName(NameOf)} enum [{List(() => Pick("\"x\"", "\"y\"", "\"\""))}];",
        < 7 => EntityType(),
        _ => Action(),
    };

    string EntityType()
    {
        var names = Chance(5) ? $"{NewName(NameOf)}, {NewName(NameOf)}" : NewName(NameOf);
        var parents = Chance(3) ? " in " + EntityTypes() : "";
        var shape = Chance(2) ? (Chance(3) ? " " : " = ") + Record(3) : "";
        return $"entity {names}{parents}{shape}{(Chance(5) ? " tags " + TypeOf(2) : "")};";
    }

    string Action()
    {
        var groups = Chance(3) ? Chance(2) ? " in " + Group() : $" in [{List(Group)}]" : "";
        if (Chance(2))
            return $"action {NewName(ActionName)}{groups};";
        string[] parts =
        [
            .. Chance(30) ? [] : new[] { "principal: " + EntityTypes() },
            .. Chance(30) ? [] : new[] { "resource: " + EntityTypes() },
            .. Chance(2) ? [] : new[] { "context: " + (Chance(3) ? Reference() : Record(2)) },
            .. Chance(30) ? new[] { "principal: A" } : [],
        ];
        var appliesTo = $" appliesTo {{ {string.Join(", ", parts)}{(Chance(4) ? "," : "")} }}";
        return $"action {NewName(ActionName)}{groups}{appliesTo};";
    }

    string TypeOf(int depth) => depth == 0 ? Reference() : _random.Next(8) switch
    {
        0 => $"Set<{TypeOf(depth - 1)}>",
        < 3 => Record(depth - 1),
        _ => Reference(),
    };

    string Record(int depth)
    {
        var names = Enumerable.Range(0, _random.Next(4)).Select(_ => Chance(8)
            ? Pick("\"x y\"", "\"\"", "\"in\"", "principal", "\"\\n\"", "\"\u00e9\"", "__cedar", "\"\\u{1f600}\"")
            : Pick("a", "b", "c", "d", "e"));
        var attributes = names.Distinct(StringComparer.Ordinal)
            .Select(name => $"{Annotation()}{name}{(Chance(3) ? "?" : "")}: {TypeOf(depth)}");
        return $"{{{string.Join(", ", attributes)}}}";
    }

    string Reference() => _random.Next(20) switch
    {
        < 10 => EntityReference(),
        < 15 => Pick(Builtins),
        15 => Pick("__cedar::Long", "__cedar::ipaddr", "__cedar::String", "__cedar::A", "__cedar::Bool"),
        < 19 => Pick("N::", "M::", "O::") is var space ? space + Pick(Pools[space[..^2]]) : "",
        _ => Pick("Action", "N::Action", "Boolean", "Set", "foo", "N::M::P"),
    };

    string EntityReference() => Pick(Pools.GetValueOrDefault(Chance(2) ? "" : _space, Plain));

    string EntityTypes() => Chance(3) ? EntityReference() : $"[{List(EntityReference)}{(Chance(50) ? "," : "")}]";

    string Group() => Chance(3)
        ? Pick("Action", "N::Action", "M::Action", "A") + "::" + Pick("\"a\"", "\"b\"", "\"c\"")
        : ActionName();

    string ActionName() => Chance(25)
        ? Pick("\"a b\"", "\"x\"", "in", "\"a\"", "Action", "principal")
        : Pick("a", "b", "c", "d") + (_space.Length == 0 ? "" : $"{_space.Length}{_space[0]}");

    string NameOf() => Chance(60) ? Pick(Odd) : Pick(Chance(15) ? Plain : Pools.GetValueOrDefault(_space, Plain));

    // Mostly one that is new, or nearly every schema would declare something twice.
    string NewName(Func<string> name)
    {
        for (var i = 0; i < 8; i++)
            if (name() is var candidate && (_declared.Add($"{_space}:{candidate}") || Chance(60)))
                return candidate;
        return FormattableString.Invariant($"Z{_random.Next(10_000)}");
    }

    string Annotation() => Chance(10) ? Pick("@x ", "@y(\"z\") ", "@in ", "@x @y ", Chance(8) ? "@x @x " : "") : "";

    string List(Func<string> item) =>
        string.Join(", ", Enumerable.Range(0, Chance(50) ? 0 : _random.Next(1, 4)).Select(_ => item()));

    bool Chance(int oneIn) => _random.Next(oneIn) == 0;

    string Pick(params ReadOnlySpan<string> of) => of[_random.Next(of.Length)];
}
