namespace Writ.Cedar;

/// <summary>
/// What the answer about one text says about another pattern. Both are decided at once, without a search, because the
/// only thing a pattern leaves open is whole stretches of text.
/// </summary>
static class PatternRelations
{
    /// <summary>Whether every text of the second pattern is one of the first.</summary>
    /// <remarks>
    /// It is when the first matches the second with a character in place of each wildcard that the first does not
    /// have: only a wildcard can match that character, and then it matches any text there as well.
    /// </remarks>
    public static bool Covers(Pattern pattern, Pattern other)
    {
        var strange = 'a';
        while (pattern.Parts.Any(part => part.Contains(strange)))
            strange = strange == 'z' ? '\u0100' : (char)(strange + 1);
        return pattern.Matches(string.Join(strange, other.Parts));
    }

    /// <summary>Whether a text matches both.</summary>
    /// <remarks>
    /// With a wildcard in each, all that stands between wildcards can stand behind each other, so that only the
    /// beginnings or the ends can be at odds.
    /// </remarks>
    public static bool Meet(Pattern first, Pattern second)
    {
        if (first.Parts.Length == 1)
            return second.Matches(first.Parts[0]);
        if (second.Parts.Length == 1)
            return first.Matches(second.Parts[0]);
        var (begin, other) = InOrderOfLength(first.Parts[0], second.Parts[0]);
        var (end, another) = InOrderOfLength(first.Parts[^1], second.Parts[^1]);
        return other.StartsWith(begin, StringComparison.Ordinal) && another.EndsWith(end, StringComparison.Ordinal);
    }

    /// <summary>The pattern of a question about a text; nothing when it asks something else.</summary>
    public static Pattern? Of(PlaceTest test) => test switch
    {
        PlaceTest.Like like => like.Pattern,
        PlaceTest.EqualTo { Constant: CedarString text } => new Pattern([text.Value]),
        _ => null,
    };

    static (string Shorter, string Longer) InOrderOfLength(string one, string other) =>
        one.Length <= other.Length ? (one, other) : (other, one);
}
