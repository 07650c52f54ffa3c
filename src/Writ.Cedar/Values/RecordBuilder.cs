namespace Writ.Cedar;

/// <summary>Collects the attributes of one <see cref="CedarRecord"/>. Not safe for use by several threads.</summary>
public sealed class RecordBuilder(int capacity = 8)
{
    readonly List<string> _names = new(capacity);
    readonly List<Value> _values = new(capacity);
    HashSet<string>? _seen;

    public RecordBuilder Add(string name, string value) => Add(name, new CedarString(value));

    public RecordBuilder Add(string name, long value) => Add(name, new CedarLong(value));

    public RecordBuilder Add(string name, bool value) => Add(name, CedarBool.Of(value));

    /// <summary>Adds an attribute; a name that is already there is a bug of the caller and throws.</summary>
    public RecordBuilder Add(string name, Value value) =>
        TryAdd(name, value) ? this : throw new ArgumentException($"attribute '{name}' is added twice", nameof(name));

    /// <summary>Adds an attribute unless the name is already there.</summary>
    public bool TryAdd(string name, Value value)
    {
        if (_seen is null && _names.Count >= CedarRecord.IndexedFrom)
            _seen = new HashSet<string>(_names, StringComparer.Ordinal);
        if (_seen is null ? _names.Contains(name) : !_seen.Add(name))
            return false;
        _names.Add(name);
        _values.Add(value);
        return true;
    }

    public CedarRecord Build() => _names.Count == 0 ? CedarRecord.Empty : new CedarRecord([.. _names], [.. _values]);
}
