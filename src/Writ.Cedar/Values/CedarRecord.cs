using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Writ.Cedar;

/// <summary>
/// A Cedar Record: attribute names, each once, with their values. Also the shape of an entity's attributes, of its tags
/// and of a request's context. Made by <see cref="RecordBuilder"/> or <see cref="ParseJson(string, string?)"/>.
/// </summary>
public sealed class CedarRecord : Value
{
    internal const int IndexedFrom = 9;

    readonly string[] _names;
    readonly Value[] _values;
    // Where each name stands; small records are searched instead.
    readonly Dictionary<string, int>? _index;

    /// <summary>The arrays become the record's own; the names are distinct (checked by the builder).</summary>
    internal CedarRecord(string[] names, Value[] values)
    {
        _names = names;
        _values = values;
        _index = IndexOf(names);
    }

    /// <summary>The values become the record's own.</summary>
    internal CedarRecord(RecordShape shape, Value[] values)
    {
        _names = shape.Names;
        _values = values;
        _index = shape.Index;
    }

    internal static Dictionary<string, int>? IndexOf(string[] names)
    {
        if (names.Length < IndexedFrom)
            return null;
        var index = new Dictionary<string, int>(names.Length, StringComparer.Ordinal);
        for (var i = 0; i < names.Length; i++)
            index.Add(names[i], i);
        return index;
    }

    public static CedarRecord Empty { get; } = new([], []);

    public int Count => _names.Length;

    public IReadOnlyList<string> Names => _names.AsReadOnly();

    /// <summary>In the order they were added.</summary>
    public IEnumerable<KeyValuePair<string, Value>> Fields => _names.Zip(_values, KeyValuePair.Create);

    public override string TypeName => "record";

    /// <summary>
    /// Reads a JSON object with the escapes of Cedar's JSON format (<c>__entity</c>, <c>__extn</c>), for example a
    /// request's context. Integers are exact; any other number is an error.
    /// </summary>
    public static ParseResult<CedarRecord> ParseJson(string json, string? fileName = null) =>
        JsonReading.ReadRecord(json, fileName);

    /// <inheritdoc cref="ParseJson(string, string?)"/>
    public static ParseResult<CedarRecord> ParseJson(ReadOnlyMemory<byte> utf8Json, string? fileName = null) =>
        JsonReading.ReadRecord(utf8Json, fileName);

    /// <summary>
    /// Reads the context of a request for an action, with the action's context type in the schema to say what is an
    /// entity and what a value of an extension type, so that the escapes may be left out. What does not conform is
    /// refused.
    /// </summary>
    public static ParseResult<CedarRecord> ParseJson(
        string json, CedarSchema schema, EntityUid action, string? fileName = null) =>
        schema.TryGetAction(action, out var declared)
            ? JsonReading.ReadRecord(json, fileName, schema, declared.Context)
            : Undeclared(action, fileName);

    /// <inheritdoc cref="ParseJson(string, CedarSchema, EntityUid, string?)"/>
    public static ParseResult<CedarRecord> ParseJson(
        ReadOnlyMemory<byte> utf8Json, CedarSchema schema, EntityUid action, string? fileName = null) =>
        schema.TryGetAction(action, out var declared)
            ? JsonReading.ReadRecord(utf8Json, fileName, schema, declared.Context)
            : Undeclared(action, fileName);

    public bool TryGet(string name, [NotNullWhen(true)] out Value? value)
    {
        var place = PlaceOf(name);
        value = place < 0 ? null : _values[place];
        return value is not null;
    }

    /// <summary>
    /// As <see cref="TryGet(string, out Value?)"/>, looking first where the name was the last time: records that are
    /// asked for the same name mostly have the same shape. Any value of the place is right, also one that another
    /// thread just wrote.
    /// </summary>
    internal bool TryGet(string name, ref int place, [NotNullWhen(true)] out Value? value)
    {
        var likely = place;
        if (unchecked((uint)likely) >= (uint)_names.Length || _names[likely] != name)
        {
            likely = PlaceOf(name);
            place = likely;
        }
        value = likely < 0 ? null : _values[likely];
        return value is not null;
    }

    int PlaceOf(string name)
    {
        if (_index is not null)
            return _index.TryGetValue(name, out var place) ? place : -1;
        var names = _names;
        for (var i = 0; i < names.Length; i++)
            if (names[i] == name)
                return i;
        return -1;
    }

    public override bool Equals(Value? other)
    {
        if (ReferenceEquals(this, other))
            return true;
        if (other is not CedarRecord record || record.Count != Count)
            return false;
        for (var i = 0; i < _names.Length; i++)
            if (!record.TryGet(_names[i], out var value) || !value.Equals(_values[i]))
                return false;
        return true;
    }

    public override int GetHashCode()
    {
        var sum = Count;
        for (var i = 0; i < _names.Length; i++)
            sum = unchecked(sum + HashCode.Combine(_names[i], _values[i]));
        return sum;
    }

    internal override void Write(StringBuilder text)
    {
        text.Append('{');
        for (var i = 0; i < _names.Length; i++)
        {
            if (i > 0)
                text.Append(", ");
            Escapes.Quote(text, _names[i]);
            text.Append(": ");
            _values[i].Write(text);
        }
        text.Append('}');
    }

    static ParseResult<CedarRecord> Undeclared(EntityUid action, string? fileName) => new([new ParseError(
        "cedar.request.action", default, "an action that the schema declares", $"{action}", fileName)]);
}
