using System.Numerics;
using System.Text;

namespace Writ.Cedar;

/// <summary>
/// Finds a text that matches the wanted patterns and texts and none of the unwanted ones. All that are wanted behind
/// each other is tried first; else a shortest text is sought, one character after the other, following at once all
/// places in all patterns where a text may stand. A pattern is its characters with a wildcard as one of them; the
/// places of all patterns are the bits of one number.
/// </summary>
sealed class TextSearch
{
    const int WordBits = 64;

    readonly List<(Pattern Pattern, bool IsWanted)> _patterns = [];

    // Where each pattern begins and ends. At its end a text is matched.
    readonly List<(int Start, int End)> _spans = [];

    // The character at a place; nothing for a wildcard and an end.
    readonly List<Rune?> _at = [];
    readonly Dictionary<Rune, ulong[]> _ofCharacter = [];
    readonly ulong[] _wildcards;
    readonly int _words;

    // One character that no pattern has stands for all others.
    readonly Rune _other;

    public TextSearch(IEnumerable<PlaceQuestion> questions)
    {
        foreach (var question in questions)
        {
            if (question.Test is PlaceTest.Like like)
                _patterns.Add((like.Pattern, question.Wanted == Truth.True));
            else if (question.Test is PlaceTest.EqualTo { Constant: CedarString text })
                _patterns.Add((new Pattern([text.Value]), question.Wanted == Truth.True));
        }
        foreach (var (pattern, _) in _patterns)
        {
            var start = _at.Count;
            for (var i = 0; i < pattern.Parts.Length; i++)
            {
                _at.AddRange(pattern.Parts[i].EnumerateRunes().Select(character => (Rune?)character));
                // The wildcard behind this part; behind the last one, the end.
                _at.Add(null);
            }
            _spans.Add((start, _at.Count - 1));
        }
        _words = (_at.Count + WordBits - 1) / WordBits;
        _wildcards = new ulong[_words];
        var ends = _spans.Select(span => span.End).ToHashSet();
        for (var place = 0; place < _at.Count; place++)
        {
            if (_at[place] is { } character)
                Set(_ofCharacter.TryGetValue(character, out var places)
                    ? places : _ofCharacter[character] = new ulong[_words], place);
            else if (!ends.Contains(place))
                Set(_wildcards, place);
        }
        _other = Enumerable.Range('a', 26).Concat(Enumerable.Range(0x100, _ofCharacter.Count + 1))
            .Select(code => new Rune(code)).First(character => !_ofCharacter.ContainsKey(character));
    }

    public bool GaveUp { get; private set; }

    /// <summary>Words of places that were looked at, and characters that were matched.</summary>
    public long Steps { get; private set; }

    public string? Find() => InARow() ?? Apart() ?? Shortest();

    // What begins with a wildcard goes behind what does not, and what does not end with one goes last.
    string? InARow() => Confirmed(string.Concat(_patterns.Where(one => one.IsWanted).Select(one => one.Pattern.Parts)
        .OrderBy(parts => parts[0].Length == 0).ThenBy(parts => parts[^1].Length > 0).SelectMany(parts => parts)));

    // The longest beginning, all that stands between wildcards with something else between each two, the longest end.
    string? Apart()
    {
        var wanted = _patterns.Where(one => one.IsWanted && one.Pattern.Parts.Length > 1)
            .Select(one => one.Pattern.Parts).ToList();
        if (wanted.Count == 0)
            return Confirmed(_other.ToString());
        var first = wanted.Select(parts => parts[0]).MaxBy(part => part.Length)!;
        var last = wanted.Select(parts => parts[^1]).MaxBy(part => part.Length)!;
        var inner = wanted.SelectMany(parts => parts[1..^1]).Where(part => part.Length > 0);
        return Confirmed(string.Join(_other.ToString(), inner.Prepend(first).Append(last)));
    }

    string? Confirmed(string text)
    {
        Steps += (long)text.Length * _patterns.Count;
        return _patterns.TrueForAll(one => one.Pattern.Matches(text) == one.IsWanted) ? text : null;
    }

    string? Shortest()
    {
        var start = new ulong[_words];
        foreach (var span in _spans)
            Set(start, span.Start);
        Close(start);
        var known = new Dictionary<ulong[], (ulong[]? Before, Rune By)>(Places.Same) { [start] = (null, default) };
        var open = new Queue<ulong[]>([start]);
        while (open.TryDequeue(out var state))
        {
            if (IsFound(state))
                return Spell(known, state);
            foreach (var character in Awaited(state))
            {
                var next = Step(state, character);
                if (IsHopeless(next) || !known.TryAdd(next, (state, character)))
                    continue;
                if (known.Count > AnalysisLimits.PatternStatesMax)
                {
                    GaveUp = true;
                    return null;
                }
                open.Enqueue(next);
            }
        }
        return null;
    }

    /// <summary>The characters that lead on from here, in their order; all others lead to the same.</summary>
    SortedSet<Rune> Awaited(ulong[] state)
    {
        var awaited = new SortedSet<Rune> { _other };
        Steps += _words;
        foreach (var place in Members(state))
            if (_at[place] is { } character)
                awaited.Add(character);
        return awaited;
    }

    ulong[] Step(ulong[] state, Rune character)
    {
        Steps += _words;
        var next = new ulong[_words];
        var carry = 0UL;
        var matching = _ofCharacter.GetValueOrDefault(character);
        for (var i = 0; i < _words; i++)
        {
            var moving = matching is null ? 0 : state[i] & matching[i];
            next[i] = state[i] & _wildcards[i] | moving << 1 | carry;
            carry = moving >> WordBits - 1;
        }
        Close(next);
        return next;
    }

    // A wildcard may also stand for nothing. And where a later wildcard has been reached, standing at an earlier place
    // of the same pattern adds nothing: whatever matches from there matches from the wildcard too.
    void Close(ulong[] places)
    {
        foreach (var (start, end) in _spans)
        {
            var last = -1;
            for (var place = start; place < end; place++)
            {
                if (!Has(places, place) || !Has(_wildcards, place))
                    continue;
                last = place;
                Set(places, place + 1);
            }
            for (var place = start; place < last; place++)
                Clear(places, place);
        }
    }

    // A wanted pattern that stands nowhere never matches again; one that is not wanted and ends in a wildcard, and
    // matches, always will.
    bool IsHopeless(ulong[] places)
    {
        for (var i = 0; i < _spans.Count; i++)
        {
            var (start, end) = _spans[i];
            if (_patterns[i].IsWanted ? !HasAny(places, start, end) : Has(places, end) && end > start
                && Has(_wildcards, end - 1))
                return true;
        }
        return false;
    }

    bool IsFound(ulong[] places)
    {
        for (var i = 0; i < _spans.Count; i++)
            if (Has(places, _spans[i].End) != _patterns[i].IsWanted)
                return false;
        return true;
    }

    static string Spell(Dictionary<ulong[], (ulong[]? Before, Rune By)> known, ulong[] state)
    {
        var text = new StringBuilder();
        for (var at = known[state]; at.Before is not null; at = known[at.Before])
            text.Insert(0, at.By.ToString());
        return text.ToString();
    }

    static IEnumerable<int> Members(ulong[] places)
    {
        for (var i = 0; i < places.Length; i++)
            for (var word = places[i]; word != 0; word &= word - 1)
                yield return i * WordBits + BitOperations.TrailingZeroCount(word);
    }

    static bool HasAny(ulong[] places, int first, int last)
    {
        for (var place = first; place <= last; place++)
            if (Has(places, place))
                return true;
        return false;
    }

    static bool Has(ulong[] places, int place) => (places[place / WordBits] >> place % WordBits & 1) != 0;

    static void Set(ulong[] places, int place) => places[place / WordBits] |= 1UL << place % WordBits;

    static void Clear(ulong[] places, int place) => places[place / WordBits] &= ~(1UL << place % WordBits);

    sealed class Places : IEqualityComparer<ulong[]>
    {
        public static readonly Places Same = new();

        public bool Equals(ulong[]? x, ulong[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(ulong[] places)
        {
            var hash = new HashCode();
            foreach (var word in places)
                hash.Add(word);
            return hash.ToHashCode();
        }
    }
}
