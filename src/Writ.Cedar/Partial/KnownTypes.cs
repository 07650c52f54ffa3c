namespace Writ.Cedar;

/// <summary>What can be said of values by their types alone. A missing type says nothing.</summary>
static class KnownTypes
{
    public static bool IsEntity(CedarType? type) =>
        type is CedarType.Entity || ReferenceEquals(type, CedarType.AnyEntity);

    public static bool IsSet(CedarType? type) => type is CedarType.Set || ReferenceEquals(type, CedarType.AnySet);

    public static bool IsEntityOrEntities(CedarType? type) =>
        IsEntity(type)
        || (type is CedarType.Set set && (IsEntity(set.Element) || ReferenceEquals(set.Element, CedarType.Never)));

    /// <summary>Whether <c>&lt;</c> and its like compare the two without an error.</summary>
    public static bool AreOrdered(CedarType? left, CedarType? right) =>
        left is not null && left.Equals(right)
        && (ReferenceEquals(left, CedarType.Long) || left is CedarType.Extension { IsOrdered: true });

    /// <summary>Whether no value is of both types.</summary>
    public static bool AreApart(CedarType? left, CedarType? right)
    {
        if (left is null || right is null)
            return false;
        if (left is CedarType.Entity first && right is CedarType.Entity second)
            return !first.Names.Any(second.Has);
        return KindOf(left) is { } leftKind && KindOf(right) is { } rightKind && leftKind != rightKind;
    }

    /// <summary>The type of a call, and that of all its arguments when with them it cannot fail.</summary>
    public static (CedarType Result, CedarType? Arguments) Signature(ExtensionFunction function) => function switch
    {
        ExtensionFunction.Decimal => (CedarType.Decimal, null),
        ExtensionFunction.Ip => (CedarType.Ip, null),
        ExtensionFunction.Datetime => (CedarType.Datetime, null),
        ExtensionFunction.Duration => (CedarType.Duration, null),
        <= ExtensionFunction.GreaterThanOrEqual => (CedarType.AnyBool, CedarType.Decimal),
        <= ExtensionFunction.IsInRange => (CedarType.AnyBool, CedarType.Ip),
        ExtensionFunction.Offset => (CedarType.Datetime, null),
        ExtensionFunction.DurationSince => (CedarType.Duration, null),
        ExtensionFunction.ToDate => (CedarType.Datetime, null),
        ExtensionFunction.ToTime => (CedarType.Duration, CedarType.Datetime),
        _ => (CedarType.Long, CedarType.Duration),
    };

    static string? KindOf(CedarType type) => type switch
    {
        CedarType.Bool => "bool",
        CedarType.Extension extension => extension.Name,
        CedarType.Record => "record",
        _ when IsEntity(type) => "entity",
        _ when IsSet(type) => "set",
        _ when ReferenceEquals(type, CedarType.Long) => "long",
        _ when ReferenceEquals(type, CedarType.String) => "string",
        _ => null,
    };
}
