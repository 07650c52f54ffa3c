namespace Writ.Cedar;

/// <summary>What Cedar's grammar calls an identifier and a name.</summary>
static class Names
{
    /// <summary>An entity type: identifiers joined by <c>::</c>, none of them reserved, no spaces.</summary>
    public static bool IsEntityType(ReadOnlySpan<char> text)
    {
        while (true)
        {
            var separator = text.IndexOf("::", StringComparison.Ordinal);
            var part = separator < 0 ? text : text[..separator];
            if (!IsIdentifier(part) || IsReserved(part))
                return false;
            if (separator < 0)
                return true;
            text = text[(separator + 2)..];
        }
    }

    /// <summary>Whether the word may not name an attribute, a type or a namespace; it may name an annotation.</summary>
    public static bool IsReserved(ReadOnlySpan<char> word) =>
        word is "true" or "false" or "if" or "then" or "else" or "in" or "is" or "like" or "has" or "__cedar";

    public static bool IsIdentifierStart(char c) => char.IsAsciiLetter(c) || c == '_';

    public static bool IsIdentifierPart(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    /// <summary>Whether the last part of an entity type is <c>Action</c>, as every action's must be.</summary>
    public static bool IsActionType(string type) =>
        type == "Action" || type.EndsWith("::Action", StringComparison.Ordinal);

    /// <summary>Whether a name can stand for an attribute without quotes.</summary>
    public static bool IsPlain(string name) => IsIdentifier(name) && !IsReserved(name);

    public static bool IsIdentifier(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || !IsIdentifierStart(text[0]))
            return false;
        foreach (var c in text)
            if (!IsIdentifierPart(c))
                return false;
        return true;
    }
}
