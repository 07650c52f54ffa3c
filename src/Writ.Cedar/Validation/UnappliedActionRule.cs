namespace Writ.Cedar;

/// <summary>
/// What it is when no action of the schema applies to what a policy's scope selects, so that the policy can never
/// apply. Cedar's tools have changed their mind about it between two releases of the same language.
/// </summary>
public enum UnappliedActionRule
{
    /// <summary>An error, as in the releases of Cedar up to 4.10.</summary>
    Error,

    /// <summary>A warning, as in the releases of Cedar from 4.13.</summary>
    Warning,
}
