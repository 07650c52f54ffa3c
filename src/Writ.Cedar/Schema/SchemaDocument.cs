using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// A schema as it is written, in Cedar's text or JSON format: declarations with unresolved names, and annotations. It
/// can be written in the other format, and made into the <see cref="CedarSchema"/> that validates. Immutable.
/// </summary>
public sealed class SchemaDocument
{
    readonly IReadOnlyList<NamespaceSyntax> _namespaces;

    SchemaDocument(IReadOnlyList<NamespaceSyntax> namespaces) => _namespaces = namespaces;

    /// <summary>Names that are allowed but hide another: a builtin type, or the entity type of the same name.</summary>
    public ImmutableArray<ParseError> Warnings => SchemaWarnings.Of(_namespaces);

    /// <summary>Reads the text format. Any error refuses the whole; several are reported at once.</summary>
    public static ParseResult<SchemaDocument> ParseText(string text, string? fileName = null)
    {
        var parser = new Parser(new SourceText(text, fileName));
        return parser.ParseSchema() is { } namespaces
            ? new ParseResult<SchemaDocument>(new SchemaDocument(namespaces))
            : new ParseResult<SchemaDocument>(parser.Errors);
    }

    /// <summary>Reads the JSON format. Unknown and repeated members are errors; the first error is reported.</summary>
    public static ParseResult<SchemaDocument> ParseJson(string json, string? fileName = null) =>
        Wrap(JsonReading.ReadSchema(json, fileName));

    /// <inheritdoc cref="ParseJson(string, string?)"/>
    public static ParseResult<SchemaDocument> ParseJson(ReadOnlyMemory<byte> utf8Json, string? fileName = null) =>
        Wrap(JsonReading.ReadSchema(utf8Json, fileName));

    /// <summary>
    /// One schema of several documents, which may add to each other's namespaces and use each other's names.
    /// </summary>
    public static ParseResult<CedarSchema> Resolve(params IEnumerable<SchemaDocument> documents) =>
        SchemaResolver.Resolve([.. documents.SelectMany(document => document._namespaces)]);

    /// <summary>Gives every name its meaning, and checks all that can be checked without policies.</summary>
    public ParseResult<CedarSchema> Resolve() => SchemaResolver.Resolve(_namespaces);

    /// <summary>
    /// The JSON format, names as they are written. Refused over <see cref="CedarLimits.SchemaJsonBytesMax"/>.
    /// </summary>
    public ParseResult<string> ToJson() => SchemaJsonWriter.Write(_namespaces) is { } json
        ? new ParseResult<string>(json)
        : new ParseResult<string>([new ParseError(
            "cedar.limit.source", default,
            FormattableString.Invariant($"at most {CedarLimits.SchemaJsonBytesMax} bytes of JSON"), "more")]);

    /// <summary>
    /// The text format; refused when the schema says what that format cannot say. Comments are not kept.
    /// </summary>
    public ParseResult<string> ToText() => SchemaTextWriter.Write(_namespaces);

    static ParseResult<SchemaDocument> Wrap(ParseResult<List<NamespaceSyntax>> read) =>
        read.TryGetValue(out var namespaces)
            ? new ParseResult<SchemaDocument>(new SchemaDocument(namespaces))
            : new ParseResult<SchemaDocument>(read.Errors);
}
