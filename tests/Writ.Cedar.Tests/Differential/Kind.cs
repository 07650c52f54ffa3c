namespace Writ.Cedar.Tests.Differential;

/// <summary>A Cedar type as the generator knows it. Two are the same when their spelling in a schema is.</summary>
abstract record Kind
{
    public static Kind Bool { get; } = new Plain("Bool");

    public static Kind Long { get; } = new Plain("Long");

    public static Kind Text { get; } = new Plain("String");

    public static Kind Decimal { get; } = new Plain("decimal");

    public static Kind Ip { get; } = new Plain("ipaddr");

    public static Kind Datetime { get; } = new Plain("datetime");

    public static Kind Duration { get; } = new Plain("duration");

    public static IReadOnlyList<Kind> Plains { get; } = [Bool, Long, Text, Decimal, Ip, Datetime, Duration];

    public sealed record Plain(string Name) : Kind
    {
        public override string ToString() => Name;
    }

    public sealed record EntityOf(string Type) : Kind
    {
        public override string ToString() => Type;
    }

    public sealed record SetOf(Kind Element) : Kind
    {
        public override string ToString() => $"Set<{Element}>";
    }

    public sealed record RecordOf(IReadOnlyList<Field> Fields) : Kind
    {
        public bool Equals(RecordOf? other) => other is not null && other.ToString() == ToString();

        public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

        public override string ToString() =>
            "{" + string.Join(", ", Fields.Select(f => $"{f.Quoted}{(f.Optional ? "?" : "")}: {f.Kind}")) + "}";
    }
}

sealed record Field(string Name, Kind Kind, bool Optional)
{
    public string Quoted => World.Quoted(Name);
}

/// <summary>An entity type: its attributes, what its tags hold, what it can be a member of; or its only ids.</summary>
sealed record EntityType(
    string Name, IReadOnlyList<Field> Fields, Kind? Tags, IReadOnlyList<string> MemberOf, IReadOnlyList<string>? Enum)
{
    public Kind.RecordOf Shape => new(Fields);
}

/// <summary>An action, and whom it takes; the group that it is in, if any.</summary>
sealed record ActionRule(
    string Id, string? Group, IReadOnlyList<string> Principals, IReadOnlyList<string> Resources,
    Kind.RecordOf Context);
