namespace Writ.Cedar;

/// <summary>Where the ids of policies come from.</summary>
public enum PolicyIdSource
{
    /// <summary><c>policy0</c>, <c>policy1</c>, ... in the order of the text, templates included.</summary>
    Position,

    /// <summary>The annotation <c>@id</c>, which every policy and template must then have, each another.</summary>
    IdAnnotation,
}
