using System.Collections;
using System.Text;

namespace Writ.Cedar;

/// <summary>A Cedar Set: distinct values of any types, without an order that the language could observe.</summary>
public sealed class CedarSet : Value, IReadOnlyCollection<Value>
{
    // Below this size comparing one by one is faster than hashing.
    const int IndexedFrom = 9;

    readonly Value[] _elements;
    readonly HashSet<Value>? _index;

    internal CedarSet(ReadOnlySpan<Value> elements)
    {
        if (elements.Length < IndexedFrom)
        {
            _elements = Distinct(elements);
            return;
        }
        _index = new HashSet<Value>(elements.Length);
        var distinct = new List<Value>(elements.Length);
        foreach (var element in elements)
            if (_index.Add(element))
                distinct.Add(element);
        _elements = [.. distinct];
    }

    public static CedarSet Empty { get; } = new([]);

    public int Count => _elements.Length;

    public override string TypeName => "set";

    internal ReadOnlySpan<Value> Elements => _elements;

    public static CedarSet Of(params ReadOnlySpan<Value> elements) => new(elements);

    public static CedarSet Of(IEnumerable<Value> elements) => new(elements.ToArray());

    public static CedarSet OfStrings(IEnumerable<string> elements) =>
        new(elements.Select(text => (Value)new CedarString(text)).ToArray());

    public bool Contains(Value value)
    {
        if (_index is not null)
            return _index.Contains(value);
        foreach (var element in _elements)
            if (element.Equals(value))
                return true;
        return false;
    }

    public bool ContainsAll(CedarSet other)
    {
        foreach (var element in other._elements)
            if (!Contains(element))
                return false;
        return true;
    }

    public bool ContainsAny(CedarSet other)
    {
        foreach (var element in other._elements)
            if (Contains(element))
                return true;
        return false;
    }

    public override bool Equals(Value? other) =>
        ReferenceEquals(this, other) || (other is CedarSet set && set.Count == Count && ContainsAll(set));

    public override int GetHashCode()
    {
        // Order does not count, so the elements' hashes are added.
        var sum = Count;
        foreach (var element in _elements)
            sum = unchecked(sum + element.GetHashCode());
        return sum;
    }

    public IEnumerator<Value> GetEnumerator() => ((IEnumerable<Value>)_elements).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _elements.GetEnumerator();

    internal override void Write(StringBuilder text)
    {
        text.Append('[');
        for (var i = 0; i < _elements.Length; i++)
        {
            if (i > 0)
                text.Append(", ");
            _elements[i].Write(text);
        }
        text.Append(']');
    }

    static Value[] Distinct(ReadOnlySpan<Value> elements)
    {
        var distinct = elements.ToArray();
        var count = 0;
        foreach (var element in elements)
            if (Array.IndexOf(distinct, element, 0, count) < 0)
                distinct[count++] = element;
        return count == distinct.Length ? distinct : distinct[..count];
    }
}
