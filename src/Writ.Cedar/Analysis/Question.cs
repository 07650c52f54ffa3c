using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// A question about policy sets: the formula of what is looked for, and the same asked of real answers. The formula may
/// be wider than the question where a condition is not understood; the check never is.
/// </summary>
sealed record Question(
    ImmutableArray<PolicySet> Sets,
    Func<ImmutableArray<EncodedSet>, int> Formula,
    Func<ImmutableArray<Answer>, bool> Holds);

/// <summary>The policies of one set as formulas, for one kind of request.</summary>
sealed class EncodedSet
{
    readonly Dictionary<string, Encoded> _policies = new(StringComparer.Ordinal);
    readonly PolicySet _set;
    readonly Circuit _circuit;
    readonly bool _failingForbidDenies;

    public EncodedSet(
        PolicySet set, PartialAnswer known, ConditionEncoding encoding, Circuit circuit, bool failingForbidDenies)
    {
        (_set, _circuit, _failingForbidDenies) = (set, circuit, failingForbidDenies);
        var (never, always) = (new Encoded(circuit.False, circuit.True), new Encoded(circuit.True, circuit.False));
        foreach (var policy in set.Policies)
            _policies.Add(policy.Id, never);
        foreach (var policy in known.SatisfiedPermits.Concat(known.SatisfiedForbids))
            _policies[policy.Id] = always;
        foreach (var error in known.Errors)
            _policies[error.Policy.Id] = new Encoded(circuit.False, circuit.False);
        foreach (var policy in known.OpenPermits.Concat(known.OpenForbids))
            _policies[policy.Id] = Encode(policy.Syntax, encoding);
    }

    /// <summary>That this policy is satisfied.</summary>
    public int Satisfied(string policy) => _policies[policy].IsTrue;

    /// <summary>That this policy is not satisfied, and does not fail.</summary>
    public int Unsatisfied(string policy) => _policies[policy].IsFalse;

    public int And(params ReadOnlySpan<int> all) => _circuit.And(all);

    public int Same(int first, int second) => _circuit.Or(
        _circuit.And(first, second), _circuit.And(SatSolver.Not(first), SatSolver.Not(second)));

    /// <summary>That any policy of this effect is satisfied, except perhaps for one.</summary>
    public int AnySatisfied(Effect effect, string? except = null) => _circuit.Or(
    [
        .. _set.Policies.Where(policy => policy.Effect == effect && policy.Id != except)
            .Select(policy => _policies[policy.Id].IsTrue),
    ]);

    /// <summary>That no forbid stands in the way.</summary>
    public int NothingForbids => _circuit.And(
    [
        .. _set.Policies.Where(policy => policy.Effect == Effect.Forbid).Select(policy => _failingForbidDenies
            ? _policies[policy.Id].IsFalse
            : SatSolver.Not(_policies[policy.Id].IsTrue)),
    ]);

    public int Allowed => _circuit.And(AnySatisfied(Effect.Permit), NothingForbids);

    static Encoded Encode(PolicySyntax syntax, ConditionEncoding encoding)
    {
        ImmutableArray<Expression> parts =
        [
            .. ScopeConditions.Of(syntax),
            .. syntax.Conditions.Select(condition => condition.IsUnless
                ? new Expression.Unary(UnaryOperator.Not, condition.Body, condition.Position)
                : condition.Body),
        ];
        return parts.Length == 1
            ? encoding.Condition(parts[0])
            : encoding.Condition(new Expression.And(parts, syntax.Principal.Position));
    }
}
