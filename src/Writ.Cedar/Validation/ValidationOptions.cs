namespace Writ.Cedar;

/// <summary>How to validate. The defaults are those of Cedar's own tools, release 4.13.</summary>
public sealed record ValidationOptions
{
    public static ValidationOptions Default { get; } = new();

    public ValidationMode Mode { get; init; } = ValidationMode.Strict;

    public UnappliedActionRule UnappliedAction { get; init; } = UnappliedActionRule.Warning;

    /// <summary>
    /// How many entities in a row a policy may look into, starting from the request (RFC 76): with 1 it may read
    /// attributes, tags and ancestors of the principal, but not of the principal's manager. Nothing means any number.
    /// </summary>
    public int? LevelMax { get; init; }

    /// <summary>
    /// Steps of checking, all policies and kinds of request together; what is left then is not checked and is an error.
    /// The default takes a few seconds and is far above what real policies need.
    /// </summary>
    public long StepsMax { get; init; } = CedarLimits.ValidationStepsMax;
}
