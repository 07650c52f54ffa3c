using System.Collections;
using System.Text;

namespace Writ.Cedar;

/// <summary>
/// Finds a text that matches the wanted patterns and texts and none of the unwanted ones. All that are wanted behind
/// each other is tried first; else a shortest text is sought, one character after the other, following at once all
/// places in all patterns where a text may stand.
/// </summary>
sealed class TextSearch
{
    readonly List<(Pattern Pattern, bool IsWanted)> _patterns = [];
    readonly char[] _alphabet;

    public TextSearch(IEnumerable<PlaceQuestion> questions)
    {
        foreach (var question in questions)
        {
            if (question.Test is PlaceTest.Like like)
                _patterns.Add((like.Pattern, question.Wanted == Truth.True));
            else if (question.Test is PlaceTest.EqualTo { Constant: CedarString text })
                _patterns.Add((new Pattern([text.Value]), question.Wanted == Truth.True));
        }
        var used = _patterns.SelectMany(pattern => pattern.Pattern.Parts).SelectMany(part => part).ToHashSet();
        // One character that no pattern has stands for all others.
        var other = Enumerable.Range('a', 26).Concat(Enumerable.Range(0x100, used.Count + 1))
            .Select(code => (char)code).First(c => !used.Contains(c));
        _alphabet = [.. used.Order(), other];
    }

    public bool GaveUp { get; private set; }

    /// <summary>Characters that were followed, in all patterns.</summary>
    public long Steps { get; private set; }

    public string? Find() => InARow() ?? Shortest();

    // What begins with a wildcard goes behind what does not, and what does not end with one goes last.
    string? InARow()
    {
        var text = string.Concat(_patterns.Where(one => one.IsWanted).Select(one => one.Pattern.Parts)
            .OrderBy(parts => parts[0].Length == 0).ThenBy(parts => parts[^1].Length > 0).SelectMany(parts => parts));
        Steps += (long)text.Length * _patterns.Count;
        return _patterns.TrueForAll(one => one.Pattern.Matches(text) == one.IsWanted)
            && SourceText.IndexOfUnpairedSurrogate(text) < 0 ? text : null;
    }

    string? Shortest()
    {
        var start = _patterns.Select(
            one => Closed(one.Pattern, new BitArray(Length(one.Pattern) + 1) { [0] = true })).ToArray();
        var known = new Dictionary<string, (string? Before, char By)> { [Key(start)] = (null, default) };
        var open = new Queue<BitArray[]>([start]);
        while (open.TryDequeue(out var state))
        {
            if (IsFound(state) && Spell(known, Key(state)) is var text && SourceText.IndexOfUnpairedSurrogate(text) < 0)
                return text;
            foreach (var c in _alphabet)
            {
                Steps += _patterns.Count;
                var next = state.Select((places, i) => Step(_patterns[i].Pattern, places, c)).ToArray();
                if (next.Where((places, i) => IsHopeless(_patterns[i].Pattern, _patterns[i].IsWanted, places)).Any())
                    continue;
                if (!known.TryAdd(Key(next), (Key(state), c)))
                    continue;
                if (known.Count > AnalysisLimits.PatternStatesMax)
                {
                    GaveUp = true;
                    return null;
                }
                open.Enqueue(next);
            }
        }
        // Half characters were put together from the alphabet, so that nothing found is not quite nothing there.
        GaveUp |= _alphabet.Any(char.IsSurrogate);
        return null;
    }

    // A wanted pattern that stands nowhere never matches again; one that is not wanted and ends in a wildcard, and
    // matches, always will.
    static bool IsHopeless(Pattern pattern, bool isWanted, BitArray places) =>
        isWanted ? !places.HasAnySet() : places[^1] && pattern.Parts is [.., _, ""];

    bool IsFound(BitArray[] state)
    {
        for (var i = 0; i < state.Length; i++)
            if (state[i][^1] != _patterns[i].IsWanted)
                return false;
        return true;
    }

    static string Spell(Dictionary<string, (string? Before, char By)> known, string key)
    {
        var text = new StringBuilder();
        for (var at = known[key]; at.Before is not null; at = known[at.Before])
            text.Insert(0, at.By);
        return text.ToString();
    }

    static string Key(BitArray[] state)
    {
        var key = new StringBuilder();
        foreach (var places in state)
        {
            var words = new int[(places.Length + 31) / 32];
            places.CopyTo(words, 0);
            foreach (var word in words)
                key.Append((char)(word & 0xffff)).Append((char)(word >> 16 & 0xffff));
        }
        return key.ToString();
    }

    // A pattern is its characters with a wildcard as one of them.
    static int Length(Pattern pattern) => pattern.Parts.Sum(part => part.Length) + pattern.Parts.Length - 1;

    /// <summary>The character at a place of a pattern; nothing for a wildcard.</summary>
    static char? At(Pattern pattern, int place)
    {
        foreach (var part in pattern.Parts)
        {
            if (place < part.Length)
                return part[place];
            if (place == part.Length)
                return null;
            place -= part.Length + 1;
        }
        return null;
    }

    static BitArray Step(Pattern pattern, BitArray places, char c)
    {
        var next = new BitArray(places.Length);
        for (var i = 0; i < places.Length - 1; i++)
        {
            if (!places[i])
                continue;
            var expected = At(pattern, i);
            if (expected is null)
                next[i] = true;
            else if (expected == c)
                next[i + 1] = true;
        }
        return Closed(pattern, next);
    }

    // A wildcard may also stand for nothing.
    static BitArray Closed(Pattern pattern, BitArray places)
    {
        for (var i = 0; i < places.Length - 1; i++)
            if (places[i] && At(pattern, i) is null)
                places[i + 1] = true;
        return places;
    }
}
