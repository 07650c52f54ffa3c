namespace Writ.Cedar;

/// <summary>The kinds of value that Cedar has.</summary>
enum Sort
{
    Bool,
    Long,
    String,
    Entity,
    Set,
    Record,
    Decimal,
    Ip,
    Datetime,
    Duration,
}

/// <summary>Which kinds of value types and constants are of, and which questions may be asked of them.</summary>
static class Sorts
{
    public static readonly Sort[] All = Enum.GetValues<Sort>();

    public static Sort? Of(CedarType? type) => type switch
    {
        CedarType.Bool => Sort.Bool,
        CedarType.Record => Sort.Record,
        CedarType.Extension extension when ReferenceEquals(extension, CedarType.Decimal) => Sort.Decimal,
        CedarType.Extension extension when ReferenceEquals(extension, CedarType.Ip) => Sort.Ip,
        CedarType.Extension extension => ReferenceEquals(extension, CedarType.Datetime) ? Sort.Datetime : Sort.Duration,
        _ when KnownTypes.IsEntity(type) => Sort.Entity,
        _ when KnownTypes.IsSet(type) => Sort.Set,
        _ when ReferenceEquals(type, CedarType.Long) => Sort.Long,
        _ when ReferenceEquals(type, CedarType.String) => Sort.String,
        _ => null,
    };

    public static Sort Of(Value value) => value switch
    {
        CedarBool => Sort.Bool,
        CedarLong => Sort.Long,
        CedarString => Sort.String,
        EntityUid => Sort.Entity,
        CedarSet => Sort.Set,
        CedarRecord => Sort.Record,
        CedarDecimal => Sort.Decimal,
        CedarIp => Sort.Ip,
        CedarDatetime => Sort.Datetime,
        _ => Sort.Duration,
    };

    /// <summary>Whether the question has an answer for values of this kind; otherwise asking fails.</summary>
    public static bool Fits(PlaceTest test, Sort sort) => test switch
    {
        PlaceTest.EqualTo => true,
        PlaceTest.Ordered ordered => Of(ordered.Constant) == sort,
        PlaceTest.Like => sort == Sort.String,
        PlaceTest.Contains or PlaceTest.Within or PlaceTest.Empty => sort == Sort.Set,
        PlaceTest.Called called => sort == (called.Function < ExtensionFunction.IsIpv4 ? Sort.Decimal : Sort.Ip),
        PlaceTest.OfType or PlaceTest.In => sort == Sort.Entity,
        PlaceTest.Has has => sort == Sort.Entity || (sort == Sort.Record && !has.Step.IsTag),
        _ => false,
    };

    /// <summary>The kinds that a question makes likely.</summary>
    public static Sort Likely(PlaceTest test) => test switch
    {
        PlaceTest.EqualTo equal => Of(equal.Constant),
        PlaceTest.Has { Step.IsTag: false } => Sort.Record,
        _ => All.First(sort => Fits(test, sort)),
    };
}
