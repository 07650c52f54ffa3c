namespace Writ.Cedar;

/// <summary>
/// What is known to be there at some place of a policy, because a <c>has</c> or <c>hasTag</c> before it was true: a set
/// of the numbers that <see cref="PolicyTermBuilder"/> gave to the tests. The default is empty.
/// </summary>
readonly struct Capabilities
{
    const int BitsOfFirst = 64;

    readonly ulong _first;
    readonly ulong[]? _rest;

    Capabilities(ulong first, ulong[]? rest)
    {
        _first = first;
        _rest = rest;
    }

    bool IsEmpty => _first == 0 && _rest is null;

    public static Capabilities Of(int number)
    {
        if (number < BitsOfFirst)
            return new Capabilities(1UL << number, null);
        var (word, bit) = Math.DivRem(number - BitsOfFirst, BitsOfFirst);
        var rest = new ulong[word + 1];
        rest[word] = 1UL << bit;
        return new Capabilities(0, rest);
    }

    public bool Has(int number)
    {
        if (number < BitsOfFirst)
            return (_first >> number & 1) != 0;
        var (word, bit) = Math.DivRem(number - BitsOfFirst, BitsOfFirst);
        return _rest is not null && word < _rest.Length && (_rest[word] >> bit & 1) != 0;
    }

    public Capabilities Or(Capabilities other)
    {
        if (IsEmpty)
            return other;
        if (_rest is null || other._rest is null)
            return new Capabilities(_first | other._first, _rest ?? other._rest);
        var (longer, shorter) = _rest.Length >= other._rest.Length ? (_rest, other._rest) : (other._rest, _rest);
        var rest = (ulong[])longer.Clone();
        for (var i = 0; i < shorter.Length; i++)
            rest[i] |= shorter[i];
        return new Capabilities(_first | other._first, rest);
    }

    public Capabilities And(Capabilities other)
    {
        if (_rest is null || other._rest is null)
            return new Capabilities(_first & other._first, null);
        var rest = new ulong[Math.Min(_rest.Length, other._rest.Length)];
        for (var i = 0; i < rest.Length; i++)
            rest[i] = _rest[i] & other._rest[i];
        return new Capabilities(_first & other._first, rest);
    }
}
