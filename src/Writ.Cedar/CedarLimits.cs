namespace Writ.Cedar;

/// <summary>
/// The limits of this engine. Cedar itself has none; here every input, loop and recursion has one, and going over it is
/// an error, never a shorter answer.
/// </summary>
public static class CedarLimits
{
    /// <summary>UTF-8 bytes of one policy text.</summary>
    public const int SourceBytesMax = 1 << 20;

    /// <summary>Nesting of one expression: brackets, branches, and links of one chain of accesses or sums.</summary>
    public const int DepthMax = 200;

    /// <summary>Policies and templates in one set, links included.</summary>
    public const int PoliciesMax = 20_000;

    /// <summary>Errors reported for one text; parsing stops there.</summary>
    public const int ErrorsMax = 20;

    /// <summary>UTF-8 bytes of one JSON document of entities or of a context.</summary>
    public const int JsonBytesMax = 64 << 20;

    /// <summary>Nesting of one JSON document.</summary>
    public const int JsonDepthMax = 64;

    /// <summary>
    /// Nesting of one JSON document of policies. Each <c>&amp;&amp;</c> of a chain costs two levels there and none in
    /// Cedar, so this is more than <see cref="DepthMax"/>, which holds as well.
    /// </summary>
    public const int PolicyJsonDepthMax = 8_192;

    /// <summary>Entities in one store, all layers together.</summary>
    public const int EntitiesMax = 1_000_000;

    /// <summary>Ancestors of one entity.</summary>
    public const int AncestorsMax = 1_000;

    /// <summary>Ancestors of all entities of one layer together, which is what the hierarchy costs in memory.</summary>
    public const int AncestorsTotalMax = 10_000_000;

    /// <summary>Principals times actions times resources of one listing of powers.</summary>
    public const long PowersMax = 1_000_000;

    /// <summary>Entity types in one schema.</summary>
    public const int EntityTypesMax = 10_000;

    /// <summary>Actions in one schema.</summary>
    public const int ActionsMax = 10_000;

    /// <summary>Principal type, action and resource type together, in one schema.</summary>
    public const long RequestEnvironmentsMax = 1_000_000;

    /// <summary>UTF-8 bytes of one schema in its JSON format, read or written; it is wordier than the text.</summary>
    public const int SchemaJsonBytesMax = 16 << 20;

    /// <summary>Nesting of one schema in its JSON format.</summary>
    public const int SchemaJsonDepthMax = 256;

    /// <summary>Types in all declarations of one schema, common types replaced.</summary>
    public const int SchemaSizeMax = 2_000_000;

    /// <summary>Nesting of one type in a schema, common types replaced.</summary>
    public const int TypeDepthMax = 64;

    /// <summary>Types in one type of a schema, common types replaced.</summary>
    public const int TypeSizeMax = 100_000;

    /// <summary>Steps of one validation, all policies and kinds of request together: a few seconds.</summary>
    public const long ValidationStepsMax = 200_000_000;

    /// <summary>Different attributes and tags that one policy may test or read.</summary>
    public const int CapabilitiesMax = 10_000;

    /// <summary>Findings of one validation.</summary>
    public const int FindingsMax = 10_000;
}
