using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// What would have to be true for a request to be allowed, as far as it is not known: one of the permits must apply and
/// every forbid must not. Conditions are Cedar expressions about what is unknown. Made of a <see
/// cref="PartialAnswer"/>.
/// </summary>
public sealed class Requirements
{
    Requirements(
        Decision? decision, ImmutableArray<RuleRequirement> anyOf, ImmutableArray<RuleRequirement> allOf) =>
        (Decision, AnyOf, AllOf) = (decision, anyOf, allOf);

    /// <summary>The decision, when it no longer depends on anything; then nothing is required.</summary>
    public Decision? Decision { get; }

    /// <summary>
    /// Permits of which one must apply, each with the conditions under which it does. Empty when one already does.
    /// </summary>
    public ImmutableArray<RuleRequirement> AnyOf { get; }

    /// <summary>Forbids that may apply, each with the conditions under which it does not.</summary>
    public ImmutableArray<RuleRequirement> AllOf { get; }

    public static Requirements Of(PartialAnswer answer)
    {
        if (answer.Decision is { } decision)
            return new Requirements(decision, [], []);
        ImmutableArray<RuleRequirement> anyOf = answer.SatisfiedPermits.IsEmpty
            ? [.. answer.OpenPermits.Select(policy => RuleRequirement.ToApply(policy))]
            : [];
        return new Requirements(
            null, anyOf, [.. answer.OpenForbids.Select(policy => RuleRequirement.NotToApply(policy))]);
    }
}
