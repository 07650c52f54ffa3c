using System.Text.Json.Nodes;

namespace Writ.Cedar.Tests.Differential;

/// <summary>Random values of a kind, as JSON and as Cedar literals; now and then of another kind.</summary>
sealed class ValueGenerator(World world)
{
    static readonly string[] Texts =
        ["", "a", "ab", "a*b", "*", "\u00e9", "a\"b\\", "red", "level", "\u200b", "\ud83d\ude00"];

    static readonly string[] Decimals = ["0.0", "1.5", "-1.5", "1.5000", "922337203685477.5807", "-0.0001"];

    static readonly string[] Ips =
        ["10.0.0.1", "10.0.0.0/8", "127.0.0.1", "::1", "ff00::1/16", "fe80::/10", "224.0.0.1"];

    static readonly string[] Datetimes =
        ["1970-01-01", "2024-02-29", "1969-12-31T23:59:59.999Z", "2024-10-15T11:38:02.101+1134", "9999-12-31"];

    static readonly string[] Durations = ["0ms", "1d2h3m4s5ms", "-1d", "90m", "-5ms", "9223372036854775807ms"];

    static readonly string[] Wrong = ["", "x", "1", "1.23456", "300.0.0.1", "2024-13-01", "5w", "::g"];

    static readonly long[] Longs = [0, 1, -1, 2, 3, 7, 10, -100, 1L << 53, -(1L << 53)];

    static readonly string[] BigLongs =
        ["9223372036854775807", "-9223372036854775808", "4611686018427387904", "9007199254740993", "3037000500"];

    public string Text() => world.Pick(Texts);

    /// <summary>A value that some entity or context holds; one in forty is of another kind.</summary>
    public JsonNode Json(Kind kind, int depth = 3)
    {
        if (world.Chance(40) && depth > 0)
            return Json(world.Pick(Kind.Plains), depth - 1);
        return kind switch
        {
            Kind.EntityOf entity => Escape("__entity", new JsonObject
            {
                ["type"] = entity.Type,
                ["id"] = world.IdOf(entity.Type),
            }),
            Kind.SetOf set => new JsonArray(
                [.. Enumerable.Range(0, world.Random.Next(4)).Select(_ => (JsonNode?)Json(set.Element, depth - 1))]),
            Kind.RecordOf record => Record(record.Fields, depth),
            _ when kind == Kind.Bool => world.Chance(2),
            _ when kind == Kind.Long => world.Pick(Longs),
            _ when kind == Kind.Text => Text(),
            _ => Escape("__extn", new JsonObject { ["fn"] = Function(kind), ["arg"] = world.Pick(Spellings(kind)) }),
        };
    }

    public JsonObject Record(IEnumerable<Field> fields, int depth = 3)
    {
        var record = new JsonObject();
        foreach (var field in fields)
            if (!world.Chance(field.Optional ? 2 : 30))
                record[field.Name] = Json(field.Kind, depth - 1);
        return record;
    }

    public string Literal(Kind kind) => kind switch
    {
        Kind.EntityOf entity => new EntityUid(entity.Type, world.IdOf(entity.Type)).ToString(),
        Kind.SetOf set => $"[{Separated(world.Random.Next(4), _ => Literal(set.Element))}]",
        Kind.RecordOf record => "{" + string.Join(", ", record.Fields.Where(f => !f.Optional || world.Chance(2))
            .Select(f => $"{f.Quoted}: {Literal(f.Kind)}")) + "}",
        _ when kind == Kind.Bool => world.Chance(2) ? "true" : "false",
        _ when kind == Kind.Long => world.Chance(9)
            ? world.Pick(BigLongs)
            : FormattableString.Invariant($"{world.Pick(Longs)}"),
        _ when kind == Kind.Text => new CedarString(Text()).ToString(),
        _ => $"{Function(kind)}(\"{world.Pick(world.Chance(25) ? Wrong : Spellings(kind))}\")",
    };

    public string Separated(int count, Func<int, string> item) =>
        string.Join(", ", Enumerable.Range(0, count).Select(item));

    static JsonObject Escape(string name, JsonObject inner) => new() { [name] = inner };

    static string Function(Kind kind) => kind == Kind.Ip ? "ip" : kind.ToString();

    static string[] Spellings(Kind kind) => kind.ToString() switch
    {
        "decimal" => Decimals,
        "ipaddr" => Ips,
        "datetime" => Datetimes,
        _ => Durations,
    };
}
