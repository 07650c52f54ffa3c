namespace Writ.Cedar;

/// <summary>
/// What the checker says of one term: its type, as far as there is one; whether it and all its parts are free of
/// errors; and what is proven when it is true. A type is there also next to an error, so that checking can go on.
/// </summary>
readonly record struct TypeAnswer(CedarType? Type, bool IsSound, Capabilities Proven = default)
{
    public static TypeAnswer Failed(CedarType? type = null) => new(type, IsSound: false);

    public bool IsTrue => ReferenceEquals(Type, CedarType.True);

    public bool IsFalse => ReferenceEquals(Type, CedarType.False);

    /// <summary>This answer for a term one part of which has this answer: an error there is an error here.</summary>
    public TypeAnswer After(TypeAnswer part) => part.IsSound ? this : Failed(Type);
}
