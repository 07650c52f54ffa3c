namespace Writ.Cedar;

/// <summary>
/// "Did you mean": the known name that is fewest changes away from an unknown one, if that is few. A validation makes a
/// limited number of them; after that, findings come without.
/// </summary>
sealed class Suggestions
{
    const int SuggestionsMax = 200;
    const int CandidatesMax = 1_000;
    const int LengthMax = 60;

    readonly Dictionary<(string Unknown, object Among), string?> _made = [];

    /// <param name="among">What has the known names, and only these.</param>
    public string? For(string unknown, object among, IEnumerable<string> known)
    {
        if (_made.TryGetValue((unknown, among), out var hint) || _made.Count == SuggestionsMax)
            return hint;
        hint = Nearest(unknown, known) is { } name ? $"did you mean '{name}'?" : null;
        _made.Add((unknown, among), hint);
        return hint;
    }

    /// <summary>What was found, with the hint behind it when there is one.</summary>
    public static string Found(string found, string? hint) => hint is null ? found : $"{found}; {hint}";

    static string? Nearest(string unknown, IEnumerable<string> known)
    {
        if (unknown.Length is 0 or > LengthMax)
            return null;
        var (best, fewest) = ((string?)null, Math.Max(1, unknown.Length / 3) + 1);
        foreach (var name in known.Take(CandidatesMax))
        {
            if (name.Length > LengthMax || Math.Abs(name.Length - unknown.Length) >= fewest)
                continue;
            var changes = Changes(unknown, name);
            if (changes >= fewest)
                continue;
            (best, fewest) = (name, changes);
        }
        return best;
    }

    /// <summary>Characters to insert, delete or replace, case not counted, to make one of the other.</summary>
    static int Changes(string from, string to)
    {
        Span<int> row = stackalloc int[LengthMax + 1];
        for (var j = 0; j <= to.Length; j++)
            row[j] = j;
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var isSame = char.ToUpperInvariant(from[i - 1]) == char.ToUpperInvariant(to[j - 1]);
                var replaced = diagonal + (isSame ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[to.Length];
    }
}
