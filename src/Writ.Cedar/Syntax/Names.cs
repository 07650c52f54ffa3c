namespace Writ.Cedar;

/// <summary>What Cedar's grammar calls an identifier and a name.</summary>
static class Names
{
    /// <summary>The namespace of the types that every schema has; no name with it in can be declared.</summary>
    public const string Builtins = "__cedar";

    /// <summary>An entity type: identifiers joined by <c>::</c>, none of them reserved, no spaces.</summary>
    public static bool IsEntityType(ReadOnlySpan<char> text) => IsJoined(text, allowsBuiltins: false);

    /// <summary>
    /// As <see cref="IsEntityType"/>, but the reserved <c>__cedar</c> may be a part, as in a type's name.
    /// </summary>
    public static bool IsTypeName(ReadOnlySpan<char> text) => IsJoined(text, allowsBuiltins: true);

    /// <summary>A plain name that a schema's declaration may have as far as the grammar goes.</summary>
    public static bool IsDeclarable(string name) => IsIdentifier(name) && (name == Builtins || !IsReserved(name));

    static bool IsJoined(ReadOnlySpan<char> text, bool allowsBuiltins)
    {
        while (true)
        {
            var separator = text.IndexOf("::", StringComparison.Ordinal);
            var part = separator < 0 ? text : text[..separator];
            if (!IsIdentifier(part) || (IsReserved(part) && !(allowsBuiltins && part is Builtins)))
                return false;
            if (separator < 0)
                return true;
            text = text[(separator + 2)..];
        }
    }

    /// <summary>Whether the word may not name an attribute, a type or a namespace; it may name an annotation.</summary>
    public static bool IsReserved(ReadOnlySpan<char> word) =>
        word is "true" or "false" or "if" or "then" or "else" or "in" or "is" or "like" or "has" or Builtins;

    /// <summary>Whether a name has the reserved part <c>__cedar</c> in it, at any place.</summary>
    public static bool HasBuiltins(string name) =>
        name.Split("::").Contains(Builtins, StringComparer.Ordinal);

    public static string Of(Variable variable) => variable switch
    {
        Variable.Principal => "principal",
        Variable.Action => "action",
        Variable.Resource => "resource",
        _ => "context",
    };

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
