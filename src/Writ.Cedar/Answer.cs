using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// A decision and everything behind it: all policies that were satisfied and all that failed, never only the first. The
/// default denies and has no reasons.
/// </summary>
public readonly struct Answer
{
    readonly ImmutableArray<Policy> _permits;
    readonly ImmutableArray<Policy> _forbids;
    readonly ImmutableArray<PolicyError> _errors;

    internal Answer(ImmutableArray<Policy> permits, ImmutableArray<Policy> forbids, ImmutableArray<PolicyError> errors)
    {
        _permits = permits;
        _forbids = forbids;
        _errors = errors;
    }

    /// <summary>Allow when a permit is satisfied and no forbid is; errors do not count.</summary>
    public Decision Decision =>
        SatisfiedForbids.IsEmpty && !SatisfiedPermits.IsEmpty ? Decision.Allow : Decision.Deny;

    /// <summary>
    /// The policies that determined the decision: for allow the satisfied permits, for deny the satisfied forbids.
    /// Empty when nothing was permitted. In the order of the set.
    /// </summary>
    public ImmutableArray<Policy> Reasons => Decision == Decision.Allow ? SatisfiedPermits : SatisfiedForbids;

    public ImmutableArray<Policy> SatisfiedPermits => _permits.IsDefault ? [] : _permits;

    public ImmutableArray<Policy> SatisfiedForbids => _forbids.IsDefault ? [] : _forbids;

    /// <summary>The policies that could not be evaluated, in the order of the set.</summary>
    public ImmutableArray<PolicyError> Errors => _errors.IsDefault ? [] : _errors;
}
