namespace Writ.Cedar;

/// <summary>What an operator takes: its words for a message, and the test.</summary>
sealed class WantedType(string text, Func<CedarType, bool> fits)
{
    public static WantedType Bool { get; } = new("Bool", type => type is CedarType.Bool);

    public static WantedType Long { get; } = new("Long", type => ReferenceEquals(type, CedarType.Long));

    public static WantedType String { get; } = new("String", type => ReferenceEquals(type, CedarType.String));

    public static WantedType Set { get; } = new("a set", type => type is CedarType.Set);

    public static WantedType Entity { get; } = new("an entity", type => type is CedarType.Entity);

    public static WantedType EntityOrRecord { get; } =
        new("an entity or a record", type => type is CedarType.Entity or CedarType.Record);

    public static WantedType EntityOrEntities { get; } = new(
        "an entity or a set of entities",
        type => type is CedarType.Entity or CedarType.Set { Element: CedarType.Entity }
            || (type is CedarType.Set set && IsNever(set.Element)));

    public string Text => text;

    /// <summary>The type itself, where no other fits.</summary>
    public CedarType? Only { get; private init; }

    public static WantedType Exactly(CedarType wanted) => new(wanted.ToString(), wanted.Equals) { Only = wanted };

    public bool Takes(CedarType type) => IsNever(type) || fits(type);

    static bool IsNever(CedarType type) => ReferenceEquals(type, CedarType.Never);
}
