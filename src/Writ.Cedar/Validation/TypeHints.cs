namespace Writ.Cedar;

/// <summary>What to try instead, for mistakes that people make often.</summary>
static class TypeHints
{
    const string UseLike = "a string is matched with 'like'";
    const string UseHas = "an attribute is tested with 'has'";
    const string UseIn = "membership in the hierarchy is tested with 'in'";
    const string UseContains = "a set is searched with 'contains', 'containsAll' or 'containsAny'";
    const string NoSetOperations = "Cedar has no union, intersection or difference of sets";

    public static string? ForIsEmpty(CedarType found) => IsString(found) ? "compare a string with \"\"" : null;

    public static string? ForInSubject(CedarType found) => UseContains;

    public static string? ForInContainer(CedarType found) =>
        found is CedarType.Set ? UseContains : IsString(found) ? UseLike : null;

    public static string? ForContains(CedarType found) => found switch
    {
        CedarType.Entity => UseIn,
        CedarType.Record => UseHas,
        _ => IsString(found) ? UseLike : null,
    };

    public static string? ForContainsArgument(CedarType found) => "a single element is searched with 'contains'";

    public static string? ForHas(CedarType found) =>
        found is CedarType.Set ? UseContains : IsString(found) ? UseLike : null;

    public static string? ForLike(CedarType found) =>
        found is CedarType.Entity ? "an entity type is tested with 'is'" : null;

    public static string? ForIs(CedarType found) => "only the types of entities can be tested";

    public static Func<CedarType, string?> ForArithmetic(BinaryOperator op) => found =>
        found is CedarType.Set ? NoSetOperations
        : op == BinaryOperator.Add && IsString(found) ? "Cedar cannot join strings" : null;

    public static string ForConstructor(ExtensionFunction constructor) => constructor switch
    {
        ExtensionFunction.Decimal => "a decimal is written like \"12.3456\", with one to four digits after the point",
        ExtensionFunction.Ip => "an address or network is written like \"10.0.0.0/8\" or \"2001:db8::1\"",
        ExtensionFunction.Datetime => "a time is written like \"2025-01-31\" or \"2025-01-31T23:59:59.999Z\"",
        _ => "a duration is written like \"1d2h3m4s5ms\", largest unit first",
    };

    public static string For(TypeMismatch mismatch) => mismatch switch
    {
        TypeMismatch.AttributeNames => "records of one type have the same attributes",
        TypeMismatch.AttributeRequired => "an attribute is optional in both records or in none",
        TypeMismatch.EntityTypes => "entities of two entity types differ in type, whatever their attributes",
        TypeMismatch.EntityAndRecord => "an entity is never a record, whatever its attributes",
        _ => "in strict mode types must be the same",
    };

    static bool IsString(CedarType type) => ReferenceEquals(type, CedarType.String);
}
