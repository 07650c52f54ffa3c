using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// What is certain about a decision before everything is known, and the policies that what is left depends on. It
/// speaks of all full requests and stores that agree with what was known.
/// </summary>
public sealed class PartialAnswer
{
    readonly ImmutableArray<Policy> _residual;
    PolicySet? _set;

    internal PartialAnswer(
        ImmutableArray<Policy> permits,
        ImmutableArray<Policy> forbids,
        ImmutableArray<PolicyError> errors,
        ImmutableArray<Policy> open,
        ImmutableArray<Policy> residual)
    {
        SatisfiedPermits = permits;
        SatisfiedForbids = forbids;
        Errors = errors;
        OpenPermits = [.. open.Where(policy => policy.Effect == Effect.Permit)];
        OpenForbids = [.. open.Where(policy => policy.Effect == Effect.Forbid)];
        _residual = residual;
    }

    /// <summary>The decision of every full evaluation; nothing while they may differ.</summary>
    public Decision? Decision
    {
        get
        {
            if (!SatisfiedForbids.IsEmpty || (SatisfiedPermits.IsEmpty && OpenPermits.IsEmpty))
                return Cedar.Decision.Deny;
            return !SatisfiedPermits.IsEmpty && OpenForbids.IsEmpty ? Cedar.Decision.Allow : null;
        }
    }

    /// <summary>The policies of the set that are satisfied whatever the rest is.</summary>
    public ImmutableArray<Policy> SatisfiedPermits { get; }

    /// <inheritdoc cref="SatisfiedPermits"/>
    public ImmutableArray<Policy> SatisfiedForbids { get; }

    /// <summary>
    /// The policies that fail whatever the rest is. A full evaluation may see another of their errors.
    /// </summary>
    public ImmutableArray<PolicyError> Errors { get; }

    /// <summary>
    /// The permits that may be satisfied, each with only the conditions that are left: its
    /// <see cref="Policy.Text"/> is readable Cedar. Id and annotations are those of the policy it comes from.
    /// </summary>
    public ImmutableArray<Policy> OpenPermits { get; }

    /// <inheritdoc cref="OpenPermits"/>
    public ImmutableArray<Policy> OpenForbids { get; }

    /// <summary>
    /// A set that decides every full request as the first set does: with the same reasons, and with errors of the same
    /// policies. It is smaller, so it is what to keep when many requests of one session are decided.
    /// </summary>
    public PolicySet Residual => _set ??= PolicySet.Of(_residual);
}
