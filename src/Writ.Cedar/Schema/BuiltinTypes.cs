namespace Writ.Cedar;

/// <summary>
/// The types that every schema has under <c>__cedar</c>, and under their plain names unless it has others.
/// </summary>
static class BuiltinTypes
{
    static readonly Dictionary<string, CedarType> Types = new(StringComparer.Ordinal)
    {
        ["Bool"] = CedarType.AnyBool,
        ["Long"] = CedarType.Long,
        ["String"] = CedarType.String,
        ["decimal"] = CedarType.Decimal,
        ["ipaddr"] = CedarType.Ip,
        ["datetime"] = CedarType.Datetime,
        ["duration"] = CedarType.Duration,
    };

    public static CedarType Find(string name) => Types[name];

    public static IEnumerable<string> Names => Types.Keys;

    public static bool IsBuiltin(string name) => Types.ContainsKey(name);

    /// <summary>The function that makes a value of an extension type from a text.</summary>
    public static ExtensionFunction ConstructorOf(CedarType.Extension type) => type.Name switch
    {
        "decimal" => ExtensionFunction.Decimal,
        "ipaddr" => ExtensionFunction.Ip,
        "datetime" => ExtensionFunction.Datetime,
        "duration" => ExtensionFunction.Duration,
        _ => throw new ArgumentException($"no extension type is called '{type.Name}'", nameof(type)),
    };

    public static bool IsExtension(string name) => Types.TryGetValue(name, out var type) && type is CedarType.Extension;
}
