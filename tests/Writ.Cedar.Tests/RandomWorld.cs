using System.Globalization;

namespace Writ.Cedar.Tests;

/// <summary>
/// Policies, requests and entities made from one seed: small vocabularies, so that policies often apply, and operands
/// that are sometimes of the wrong type, so that they often fail.
/// </summary>
sealed class RandomWorld(int seed)
{
    static readonly string[] Types = ["User", "Team", "Host"];
    static readonly string[] Names = ["n", "s", "b", "set", "rec", "who", "ip", "at"];

    readonly Random _dice = new(seed);

    public int Roll(int sides) => _dice.Next(sides);

    public T Pick<T>(params ReadOnlySpan<T> items) => items[_dice.Next(items.Length)];

    public string Uid() => $"{Pick(Types)}::\"{Roll(3).ToString(CultureInfo.InvariantCulture)}\"";

    public string Action() => $"Action::\"{Roll(3).ToString(CultureInfo.InvariantCulture)}\"";

    public string Policies(int count) => string.Concat(Enumerable.Range(0, count).Select(_ => Policy()));

    public string Policy()
    {
        var conditions = string.Concat(Enumerable.Range(0, Roll(3)).Select(
            _ => $" {Pick("when", "when", "unless")} {{ {Bool(3)} }}"));
        return $"{Pick("permit", "forbid")}({Scope("principal")}, {ActionScope()}, {Scope("resource")}){conditions};\n";
    }

    public Request Request() => new(Given.Uid(Uid()), Given.Uid(Action()), Given.Uid(Uid()), Record(3));

    public EntityStore Store()
    {
        var entities = new List<Entity>();
        foreach (var type in Types)
            for (var i = 0; i < 3; i++)
                if (Roll(8) > 0)
                    entities.Add(new Entity(
                        Given.Uid($"{type}::\"{i}\""), Record(2), [.. Parents(type, i)],
                        Roll(2) == 0 ? null : new RecordBuilder().Add("s", Pick("x", "y")).Build()));
        for (var i = 0; i < 2; i++)
        {
            var groups = Enumerable.Range(i + 1, Roll(3 - i)).Select(group => $"Action::\"{group}\"");
            entities.Add(Given.Entity($"Action::\"{i}\"", [.. groups]));
        }
        return EntityStore.Create(entities).Value;
    }

    public string Bool(int depth) => depth == 0 ? Pick("true", "false", Path(1) + ".b", "context.b") : Roll(20) switch
    {
        0 or 1 => $"({Bool(depth - 1)} && {Bool(depth - 1)})",
        2 or 3 => $"({Bool(depth - 1)} || {Bool(depth - 1)})",
        4 => $"!({Bool(depth - 1)})",
        5 => $"(if {Bool(depth - 1)} then {Bool(depth - 1)} else {Bool(depth - 1)})",
        6 or 7 => $"({Any(depth - 1)} {Pick("==", "!=")} {Any(depth - 1)})",
        8 => $"({Long(depth - 1)} {Pick("<", "<=", ">", ">=")} {Long(depth - 1)})",
        9 => $"({Entity(depth - 1)} in {Pick(Entity(depth - 1), $"[{Entity(0)}, {Entity(0)}]")})",
        10 => $"({Entity(depth - 1)} is {Pick(Types)}{Pick("", $" in {Entity(0)}")})",
        11 or 12 => $"({Path(depth)} has {Pick(Pick(Names), "rec.n", "rec.who.s")})",
        13 => $"({Text(depth - 1)} like {Pick("\"x*\"", "\"*y\"", "\"*\"")})",
        14 => Set(depth - 1) + Pick(".contains", ".contains", ".containsAll", ".containsAny")
            + $"({Pick(Any(depth - 1), Set(depth - 1))})",
        15 => $"{Set(depth - 1)}.isEmpty()",
        16 => $"{Entity(depth - 1)}.hasTag({Text(0)})",
        17 => $"{Path(1)}.ip.isInRange(ip(\"10.0.0.0/{Pick("8", "16", "33")}\"))",
        18 => $"({Path(1)}.at {Pick("<", ">=")} datetime(\"2026-01-0{Pick("1", "2")}\"))",
        _ => Any(depth - 1),
    };

    string Any(int depth) => Roll(7) switch
    {
        0 => Bool(Math.Max(depth, 0)),
        1 or 2 => Long(depth),
        3 => Text(depth),
        4 => Entity(depth),
        5 => Set(depth),
        _ => $"{Path(1)}.{Pick(Names)}",
    };

    string Long(int depth) => Roll(5) switch
    {
        0 => Pick("0", "1", "2", "-1", "9223372036854775807"),
        1 when depth > 0 => $"({Long(depth - 1)} {Pick("+", "-", "*")} {Long(depth - 1)})",
        2 when depth > 0 => $"-({Long(depth - 1)})",
        _ => $"{Path(1)}.n",
    };

    string Text(int depth) => Roll(3) switch
    {
        0 => Pick("\"x\"", "\"y\"", "\"s\""),
        1 when depth > 0 => $"{Entity(0)}.getTag(\"s\")",
        _ => $"{Path(1)}.s",
    };

    string Entity(int depth) => Roll(4) switch
    {
        0 => Uid(),
        1 when depth > 0 => $"{Path(1)}.who",
        _ => Pick("principal", "resource", "action"),
    };

    string Set(int depth) => Roll(3) switch
    {
        0 when depth > 0 => $"[{Any(0)}, {Any(0)}]",
        1 => "[1, 2, \"x\"]",
        _ => $"{Path(1)}.set",
    };

    string Path(int depth) => Roll(6) switch
    {
        0 when depth > 0 => "context.rec",
        1 when depth > 0 => "context.who",
        2 => "principal",
        3 => "resource",
        _ => "context",
    };

    string Scope(string variable) => Roll(7) switch
    {
        0 => $"{variable} == {Uid()}",
        1 => $"{variable} in {Uid()}",
        2 => $"{variable} is {Pick(Types)}",
        3 => $"{variable} is {Pick(Types)} in {Uid()}",
        _ => variable,
    };

    string ActionScope() => Roll(5) switch
    {
        0 => $"action == {Action()}",
        1 => $"action in {Action()}",
        2 => $"action in [{Action()}, {Action()}]",
        _ => "action",
    };

    IEnumerable<EntityUid> Parents(string type, int number)
    {
        // A team may be in a later team, and anybody in a team.
        for (var i = type == "Team" ? number + 1 : 0; i < 3; i++)
            if (Roll(3) == 0)
                yield return Given.Uid($"Team::\"{i}\"");
    }

    public CedarRecord Record(int depth)
    {
        var record = new RecordBuilder();
        foreach (var name in Names)
            if (Roll(6) > 0)
                record.Add(name, Roll(12) == 0 ? Value(Pick(Names), depth) : Value(name, depth));
        return record.Build();
    }

    Value Value(string name, int depth) => name switch
    {
        "n" => new CedarLong(Pick(0L, 1L, 2L, long.MaxValue)),
        "s" => new CedarString(Pick("x", "y", "xy")),
        "b" => CedarBool.Of(Roll(2) == 0),
        "set" => CedarSet.Of(Enumerable.Range(0, Roll(3)).Select(_ => Value(Pick("n", "s", "who"), 0))),
        "who" => Given.Uid(Uid()),
        "ip" => CedarIp.TryParse(Pick("10.0.0.1", "10.1.0.0/16", "::1"), out var ip) ? ip : CedarBool.False,
        "at" => CedarDatetime.TryParse(Pick("2026-01-01", "2026-01-02"), out var at) ? at : CedarBool.False,
        _ => depth == 0 ? CedarRecord.Empty : Record(depth - 1),
    };
}
