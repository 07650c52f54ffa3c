namespace Writ.Cedar;

/// <summary>How much a policy may leave to the moment of evaluation. The default is strict.</summary>
public enum ValidationMode
{
    /// <summary>
    /// Both sides of a comparison, elements of a set and branches of a condition have the same type; sets have a first
    /// element and extension values are written out. What Cedar's tools check by default.
    /// </summary>
    Strict,

    /// <summary>Types may differ where evaluation does not fail because of it.</summary>
    Permissive,
}
