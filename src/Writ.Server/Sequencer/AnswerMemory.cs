namespace Writ.Server.Sequencer;

/// <summary>
/// Which entry answered which idempotency key, for the last 65,536 entries. It holds no answers: a repeat is rare, and
/// the ledger has them. Used by the deciding, the committing and the snapshot thread, hence the lock.
/// </summary>
sealed class AnswerMemory
{
    public const int KeysMax = 65_536;
    public const int KeyLengthMax = 128;

    readonly Lock _gate = new();
    readonly string[] _ring = new string[KeysMax];
    readonly Dictionary<string, long> _indexByKey = new(KeysMax, StringComparer.Ordinal);
    long _size;

    /// <summary>1 to 128 visible ASCII characters.</summary>
    public static bool IsKey(string key)
    {
        if (key.Length is 0 or > KeyLengthMax)
            return false;
        foreach (var c in key)
            if (c is <= ' ' or >= (char)127)
                return false;
        return true;
    }

    public bool TryGet(string key, out long index)
    {
        lock (_gate)
            return _indexByKey.TryGetValue(key, out index);
    }

    /// <summary>The key of the next entry; entries come in the ledger's order, without gaps.</summary>
    public void Add(long index, string key)
    {
        lock (_gate)
        {
            var slot = (int)(index % KeysMax);
            // The same key may have come again after it was forgotten; then the later entry keeps it.
            if (_ring[slot] is { } old && _indexByKey.TryGetValue(old, out var last) && last == index - KeysMax)
                _indexByKey.Remove(old);
            _ring[slot] = key;
            _indexByKey[key] = index;
            _size = index + 1;
        }
    }

    /// <summary>The keys of the last entries, oldest first.</summary>
    public string[] Keys()
    {
        lock (_gate)
        {
            var count = (int)Math.Min(_size, KeysMax);
            var keys = new List<string>(count);
            for (var index = _size - count; index < _size; index++)
                if (_ring[(int)(index % KeysMax)] is { } key)
                    keys.Add(key);
            return [.. keys];
        }
    }
}
