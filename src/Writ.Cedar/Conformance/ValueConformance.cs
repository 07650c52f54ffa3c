namespace Writ.Cedar;

/// <summary>Where a value leaves its type: the way to the place, what the schema has there and what is there.</summary>
sealed record Mismatch(string Code, string Expected, string Found)
{
    /// <summary>From the value to the place, such as <c>.home.city</c>; empty for the value itself.</summary>
    public string Path { get; init; } = "";

    public Mismatch Under(string step) => this with { Path = step + Path };

    public ParseError At(string place) => new(Code, default, Expected, $"{Found} at {place}{Path}");
}

/// <summary>
/// Whether values have the types that a schema gives them. Records are closed, and entities in values are looked at
/// too: an enumeration has only its ids, and an action is declared or does not exist.
/// </summary>
static class ValueConformance
{
    public static Mismatch? Find(CedarSchema schema, Value value, CedarType type) => (type, value) switch
    {
        (CedarType.Bool { Only: null }, CedarBool) => null,
        (CedarType.Extension extension, _) when IsOf(extension, value) => null,
        (CedarType.Entity entity, EntityUid uid) when entity.Has(uid.Type) => Find(schema, uid),
        (CedarType.Set set, CedarSet elements) => Find(schema, elements, set.Element),
        (CedarType.Record record, CedarRecord fields) => Find(schema, fields, record),
        (_, CedarLong) when ReferenceEquals(type, CedarType.Long) => null,
        (_, CedarString) when ReferenceEquals(type, CedarType.String) => null,
        (_, EntityUid uid) => new Mismatch("cedar.value.type", Escapes.Cut($"{type}"), Escapes.Cut($"{uid}")),
        _ => new Mismatch("cedar.value.type", Escapes.Cut($"{type}"), $"a value of type {value.TypeName}"),
    };

    /// <summary>An entity that is named anywhere: it need not exist, but it must be able to.</summary>
    public static Mismatch? Find(CedarSchema schema, EntityUid uid)
    {
        var isEnum = schema.TryGetEntityType(uid.Type, out var declared) && declared.IsEnum;
        if (isEnum && !declared!.EnumIds.Contains(uid.Id))
            return Impossible("cedar.entity.enum", $"an id that the enumeration {uid.Type} has");
        return Names.IsActionType(uid.Type) && !schema.TryGetAction(uid, out _)
            ? Impossible("cedar.entity.action", "an action that the schema declares")
            : null;

        Mismatch Impossible(string code, string expected) => new(code, expected, Escapes.Cut($"{uid}"));
    }

    static Mismatch? Find(CedarSchema schema, CedarSet elements, CedarType type)
    {
        foreach (var element in elements.Elements)
            if (Find(schema, element, type) is { } mismatch)
                return mismatch.Under("[]");
        return null;
    }

    static Mismatch? Find(CedarSchema schema, CedarRecord fields, CedarType.Record type)
    {
        foreach (var attribute in type.Attributes)
            if (attribute.IsRequired && !fields.TryGet(attribute.Name, out _))
                return Missing(attribute);
        foreach (var (name, value) in fields.Fields)
        {
            if (type.Find(name) is not { } attribute)
                return Unexpected(name);
            if (Find(schema, value, attribute.Type) is { } mismatch)
                return mismatch.Under(Step(name));
        }
        return null;
    }

    public static Mismatch Missing(CedarAttribute attribute) =>
        new("cedar.value.missing", $"the attribute {Shown(attribute.Name)}, which is required", "none");

    public static Mismatch Unexpected(string name) =>
        new("cedar.value.unexpected", "only attributes that the schema has", Shown(name));

    public static string Step(string name) => Names.IsDeclarable(name) ? "." + Escapes.Cut(name) : $"[{Shown(name)}]";

    static string Shown(string text) => new CedarString(Escapes.Cut(text)).ToString();

    static bool IsOf(CedarType.Extension type, Value value) => value switch
    {
        CedarDecimal => ReferenceEquals(type, CedarType.Decimal),
        CedarIp => ReferenceEquals(type, CedarType.Ip),
        CedarDatetime => ReferenceEquals(type, CedarType.Datetime),
        CedarDuration => ReferenceEquals(type, CedarType.Duration),
        _ => false,
    };
}
