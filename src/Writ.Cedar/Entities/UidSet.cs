namespace Writ.Cedar;

/// <summary>An immutable set of entity names: compared one by one while small, hashed when not.</summary>
sealed class UidSet
{
    const int IndexedFrom = 9;

    readonly EntityUid[] _items;
    readonly HashSet<EntityUid>? _index;

    /// <summary>Takes the set over; it is not changed afterwards.</summary>
    public UidSet(HashSet<EntityUid> items)
    {
        _items = [.. items];
        _index = items.Count < IndexedFrom ? null : items;
    }

    public static UidSet Empty { get; } = new([]);

    public int Count => _items.Length;

    public ReadOnlySpan<EntityUid> Items => _items;

    public bool Contains(EntityUid uid)
    {
        if (_index is not null)
            return _index.Contains(uid);
        foreach (var item in _items)
            if (item.Equals(uid))
                return true;
        return false;
    }
}
