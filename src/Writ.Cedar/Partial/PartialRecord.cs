using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// What is known of a context or of an entity's attributes: some attributes with their values, some only by name, some
/// perhaps not there at all. Immutable.
/// </summary>
public sealed class PartialRecord
{
    readonly ImmutableDictionary<string, Field> _fields;

    PartialRecord(ImmutableDictionary<string, Field> fields, bool isOpen) => (_fields, IsOpen) = (fields, isOpen);

    /// <summary>Nothing is known, not even which attributes there are.</summary>
    public static PartialRecord Unknown { get; } = new(
        ImmutableDictionary.Create<string, Field>(StringComparer.Ordinal), isOpen: true);

    /// <summary>Whether there may be attributes that are not named here.</summary>
    public bool IsOpen { get; }

    /// <summary>Exactly this record. Mark what is not known yet with the other methods.</summary>
    public static PartialRecord Known(CedarRecord record) => new(
        record.Fields.ToImmutableDictionary(
            field => field.Key, field => new Field(field.Value, null, MayBeAbsent: false), StringComparer.Ordinal),
        isOpen: false);

    /// <summary>
    /// This record, with a value at the end of this path that is there and is not known yet. What stands before the
    /// last name is a record; where nothing is known of it, it is one of which only this is known.
    /// </summary>
    public PartialRecord WithUnknown(params ReadOnlySpan<string> path) =>
        With(path, new Field(null, null, MayBeAbsent: false));

    /// <summary>As <see cref="WithUnknown"/>, but the attribute itself may be absent.</summary>
    public PartialRecord WithUncertain(params ReadOnlySpan<string> path) =>
        With(path, new Field(null, null, MayBeAbsent: true));

    /// <summary>This record, with a known value for one attribute.</summary>
    public PartialRecord With(string name, Value value) =>
        new(_fields.SetItem(name, new Field(value, null, MayBeAbsent: false)), IsOpen);

    /// <summary>The record, when nothing of it is unknown.</summary>
    public CedarRecord? ToKnown()
    {
        if (IsOpen || _fields.Values.Any(field => field.Value is null))
            return null;
        var record = new RecordBuilder(_fields.Count);
        foreach (var (name, field) in _fields)
            record.Add(name, field.Value!);
        return record.Build();
    }

    internal Field Find(string name) =>
        _fields.TryGetValue(name, out var field) ? field : new Field(null, null, MayBeAbsent: true, IsAbsent: !IsOpen);

    PartialRecord With(ReadOnlySpan<string> path, Field field)
    {
        if (path.IsEmpty)
            throw new ArgumentException("a path has at least one name", nameof(path));
        if (path.Length > 1)
        {
            var inner = _fields.TryGetValue(path[0], out var known) ? known : default;
            var part = inner.Part ?? (inner.Value is CedarRecord record ? Known(record) : Unknown);
            field = new Field(null, part.With(path[1..], field), MayBeAbsent: false);
        }
        return new PartialRecord(_fields.SetItem(path[0], field), IsOpen);
    }

    /// <summary>One attribute: its value, or the record of which a part is known, or neither: unknown.</summary>
    internal readonly record struct Field(
        Value? Value, PartialRecord? Part, bool MayBeAbsent, bool IsAbsent = false);
}
