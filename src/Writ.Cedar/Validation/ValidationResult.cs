using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>What validation found, policy by policy in the order of the set, each from top to bottom.</summary>
public sealed class ValidationResult
{
    internal ValidationResult(ImmutableArray<ValidationFinding> errors, ImmutableArray<ValidationFinding> warnings)
    {
        Errors = errors;
        Warnings = warnings;
    }

    /// <summary>Empty exactly when the policies are valid.</summary>
    public ImmutableArray<ValidationFinding> Errors { get; }

    public ImmutableArray<ValidationFinding> Warnings { get; }

    public bool IsValid => Errors.IsEmpty;
}
