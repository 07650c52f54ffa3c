namespace Writ.Cedar.Tests.Differential;

/// <summary>
/// Random expressions of a wanted kind in one environment (the assumed types of principal and resource, and the
/// action's context); one in thirty is of another kind than it should be, so that errors are compared too.
/// </summary>
sealed class ExpressionGenerator
{
    static readonly string[] Patterns =
    [
        "*", "a*", "*\\**", "", "*b", "\\u{e9}", "a*b*", "**", "*\\*b", "\\u{2a}", "*\\\"*", "\\\\*", "*\u00e9", "re*d",
        "\\u{1F600}*",
    ];
    static readonly string[] Comparisons = ["lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"];

    readonly World _world;
    readonly List<(string Path, Kind Kind)> _paths = [];

    public ExpressionGenerator(World world, string principal, string resource, ActionRule action)
    {
        _world = world;
        Walk("principal", new Kind.EntityOf(principal), 3);
        Walk("resource", new Kind.EntityOf(resource), 3);
        Walk("context", action.Context, 3);
        _paths.Add(("action", new Kind.EntityOf(world.Action)));
    }

    public string Of(Kind kind, int depth)
    {
        if (_world.Chance(30))
            kind = _world.Pick(Kind.Plains);
        if (depth > 0 && _world.Chance(9))
            return $"(if {Of(Kind.Bool, depth - 1)} then {Of(kind, depth - 1)} else {Of(kind, depth - 1)})";
        if (kind != Kind.Bool && (depth == 0 || _world.Chance(2)) || _world.Chance(5))
            return Known(kind);
        // A constructor of a text that is not written out.
        if (Constructor(kind) is { } function && _world.Chance(12))
            return $"{function}({Of(Kind.Text, depth - 1)})";
        return kind switch
        {
            _ when kind == Kind.Bool => depth == 0 ? Known(kind) : Condition(depth - 1),
            _ when kind == Kind.Long => Number(depth - 1),
            _ when kind == Kind.Datetime => Moment(depth - 1),
            _ when kind == Kind.Duration => Held(Kind.Datetime, depth - 1)
                + (_world.Chance(2) ? ".toTime()" : $".durationSince({Of(Kind.Datetime, depth - 1)})"),
            Kind.SetOf set => $"[{_world.Values.Separated(_world.Random.Next(4), _ => Of(set.Element, depth - 1))}]",
            Kind.RecordOf record => "{" + string.Join(
                ", ", record.Fields.Select(f => $"{f.Quoted}: {Of(f.Kind, depth - 1)}")) + "}",
            Kind.EntityOf => Tag(kind) ?? Known(kind),
            _ => Known(kind),
        };
    }

    // As the receiver of an access; what is no path goes into brackets.
    string Held(Kind kind, int depth) => $"({Of(kind, depth)})";

    string Known(Kind kind)
    {
        var fitting = _paths.Where(path => path.Kind == kind).ToList();
        if (fitting.Count > 0 && !_world.Chance(3))
            return _world.Pick(fitting).Path;
        var literal = _world.Values.Literal(kind);
        return literal.StartsWith('-') && _world.Chance(2) ? $"({literal})" : literal;
    }

    static string? Constructor(Kind kind) => kind == Kind.Ip ? "ip"
        : kind == Kind.Decimal || kind == Kind.Datetime || kind == Kind.Duration ? kind.ToString()
        : null;

    string? Tag(Kind kind)
    {
        var tagged = _paths.Where(p => p.Kind is Kind.EntityOf { Type: var t } && t != _world.Action
            && _world.TypeOf(t).Tags == kind).ToList();
        if (tagged.Count == 0)
            return null;
        var (path, key) = (_world.Pick(tagged).Path, TagKey());
        // Guarding it is what real policies do.
        return kind == Kind.Bool && _world.Chance(2)
            ? $"({path}.hasTag({key}) && {path}.getTag({key}))"
            : $"{path}.getTag({key})";
    }

    string TagKey() => _world.Chance(4) ? Known(Kind.Text) : _world.Values.Literal(Kind.Text);

    string Number(int depth) => _world.Random.Next(6) switch
    {
        < 3 => $"({Of(Kind.Long, depth)} {_world.Pick(["+", "-", "*"])} {Of(Kind.Long, depth)})",
        3 => $"-{Held(Kind.Long, depth)}",
        4 => Tag(Kind.Long) ?? Known(Kind.Long),
        _ => Held(Kind.Duration, depth)
            + _world.Pick([".toMilliseconds()", ".toSeconds()", ".toMinutes()", ".toHours()", ".toDays()"]),
    };

    string Moment(int depth) => _world.Chance(3)
        ? $"{Held(Kind.Datetime, depth)}.toDate()"
        : $"{Held(Kind.Datetime, depth)}.offset({Of(Kind.Duration, depth)})";

    string Condition(int depth)
    {
        var kind = AnyKind();
        switch (_world.Random.Next(16))
        {
            case 0 or 1:
                return Join(" && ", depth);
            case 2:
                return Join(" || ", depth);
            case 3:
                return $"{_world.Pick(["!", "!!"])}{Held(Kind.Bool, depth)}";
            case 4:
                return $"{Of(kind, depth)} {_world.Pick(["==", "!="])} {Of(kind, depth)}".Insert(0, "(") + ")";
            case 5:
                var ordered = _world.Pick([Kind.Long, Kind.Datetime, Kind.Duration]);
                return $"({Of(ordered, depth)} {_world.Pick(["<", "<=", ">", ">="])} {Of(ordered, depth)})";
            case 6 or 7:
                return Membership(depth);
            case 8 or 9:
                return Presence();
            case 10:
                return $"({Of(Kind.Text, depth)} like \"{_world.Pick(Patterns)}\")";
            case 11 or 12:
                return Sets(kind, depth);
            case 13:
                return $"{Held(Kind.Decimal, depth)}.{_world.Pick(Comparisons)}({Of(Kind.Decimal, depth)})";
            case 14:
                return Held(Kind.Ip, depth) + (_world.Chance(2)
                    ? $".isInRange({Of(Kind.Ip, depth)})"
                    : _world.Pick([".isIpv4()", ".isIpv6()", ".isLoopback()", ".isMulticast()"]));
            default:
                return Tag(Kind.Bool) ?? Known(Kind.Bool);
        }
    }

    string Join(string op, int depth) =>
        "(" + string.Join(op, Enumerable.Range(0, _world.Random.Next(2, 4)).Select(_ => Of(Kind.Bool, depth))) + ")";

    string Membership(int depth)
    {
        var left = AnyEntity(depth);
        return _world.Random.Next(7) switch
        {
            5 => $"({left} in {Of(new Kind.SetOf(new Kind.EntityOf(_world.Pick(_world.Types).Name)), depth)})",
            6 => $"({left} is {_world.Pick(_world.Types).Name} in [{AnyEntity(depth)}, {AnyEntity(depth)}])",
            0 => $"({left} is {_world.Pick(_world.Types).Name})",
            1 => $"({left} is {_world.Pick(_world.Types).Name} in {AnyEntity(depth)})",
            2 => $"({left} in [{AnyEntity(depth)}, {AnyEntity(depth)}])",
            _ => $"({left} in {AnyEntity(depth)})",
        };
    }

    string AnyEntity(int depth) =>
        Of(new Kind.EntityOf(_world.Chance(8) ? _world.Action : _world.Pick(_world.Types).Name), depth);

    string Presence()
    {
        var owners = _paths.Where(p => p.Kind is Kind.EntityOf or Kind.RecordOf).ToList();
        var (path, kind) = _world.Pick(owners);
        if (kind is Kind.EntityOf && _world.Chance(2))
            return $"{path}.hasTag({TagKey()})";
        var fields = FieldsOf(kind);
        if (fields.Count == 0 || _world.Chance(6))
            return $"({path} has nothing)";
        var field = _world.Pick(fields);
        if (Names.IsPlain(field.Name) && Deeper(field.Kind) is { Length: > 0 } deeper)
            return $"({path} has {field.Name}{deeper})";
        // Guarding an access is what real policies do.
        var access = $"{path}{Access(field.Name)}";
        return _world.Chance(2)
            ? $"({path} has {field.Quoted} && {access} == {Of(field.Kind, 0)})"
            : $"({path} has {field.Quoted})";
    }

    // As deep as there is something, and at times deeper.
    string Deeper(Kind kind)
    {
        var fields = FieldsOf(kind).Where(f => Names.IsPlain(f.Name)).ToList();
        if (fields.Count == 0 || _world.Chance(3))
            return _world.Chance(9) ? ".nothing" : "";
        var field = _world.Pick(fields);
        return $".{field.Name}{Deeper(field.Kind)}";
    }

    string Sets(Kind kind, int depth)
    {
        var set = new Kind.SetOf(kind);
        return _world.Random.Next(4) switch
        {
            0 => $"{Held(set, depth)}.isEmpty()",
            1 => $"{Held(set, depth)}.contains({Of(kind, depth)})",
            2 => $"{Held(set, depth)}.containsAll({Of(set, depth)})",
            _ => $"{Held(set, depth)}.containsAny({Of(set, depth)})",
        };
    }

    Kind AnyKind() => _world.Random.Next(4) switch
    {
        0 => new Kind.EntityOf(_world.Pick(_world.Types).Name),
        1 => _world.Pick(_paths).Kind,
        _ => _world.Pick(Kind.Plains),
    };

    void Walk(string path, Kind kind, int depth)
    {
        _paths.Add((path, kind));
        if (depth == 0)
            return;
        foreach (var field in FieldsOf(kind))
            Walk(path + Access(field.Name), field.Kind, depth - 1);
    }

    IReadOnlyList<Field> FieldsOf(Kind kind) => kind switch
    {
        Kind.RecordOf record => record.Fields,
        Kind.EntityOf { Type: var type } when type != _world.Action => _world.TypeOf(type).Fields,
        _ => [],
    };

    static string Access(string name) => Names.IsPlain(name) ? "." + name : $"[{World.Quoted(name)}]";
}
