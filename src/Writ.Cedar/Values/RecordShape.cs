namespace Writ.Cedar;

/// <summary>
/// The attribute names of records that are made again and again with other values, such as a request's context: named
/// and indexed once, so that each record costs only its values. Immutable and safe to share.
/// </summary>
public sealed class RecordShape
{
    /// <summary>A name that comes twice is a bug of the caller and throws.</summary>
    public RecordShape(params ReadOnlySpan<string> names)
    {
        Names = names.ToArray();
        if (Names.Distinct(StringComparer.Ordinal).Count() != Names.Length)
            throw new ArgumentException("an attribute is named twice", nameof(names));
        Index = CedarRecord.IndexOf(Names);
    }

    internal string[] Names { get; }

    internal Dictionary<string, int>? Index { get; }

    /// <summary>The record of these values, one for each name, in the order of the names.</summary>
    public CedarRecord Of(params ReadOnlySpan<Value> values) => values.Length == Names.Length
        ? new CedarRecord(this, values.ToArray())
        : throw new ArgumentException("a record has one value for each name", nameof(values));
}
