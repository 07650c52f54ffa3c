namespace Writ.Cedar;

/// <summary>
/// Parts of Cedar that its reference implementation has behind experimental switches. Without them a policy means here
/// what it means to the official tools; with one, only a tool with the same switch agrees.
/// </summary>
[Flags]
public enum CedarExperiments
{
    None = 0,

    /// <summary>
    /// RFC 99: <c>isInRange</c> takes several ranges. Without it, more than one is an evaluation error.
    /// </summary>
    VariadicIsInRange = 1,
}
