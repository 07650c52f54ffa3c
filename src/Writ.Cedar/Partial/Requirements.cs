using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// What would have to be true for a request to be allowed, as far as it is not known: one of the permits must apply and
/// every forbid must not. Conditions are Cedar expressions about what is unknown. Made of a <see cref="PartialAnswer"/>.
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

/// <summary>
/// One rule and what has to be true of it: when all conditions evaluate to true, a permit applies and a forbid does not.
/// A condition that fails counts as not true.
/// </summary>
public sealed class RuleRequirement
{
    readonly ImmutableArray<Expression> _conditions;

    RuleRequirement(Policy rule, IEnumerable<Expression> conditions)
    {
        Rule = rule;
        _conditions = [.. conditions];
        Conditions = [.. _conditions.Select(PolicyPrinter.Print)];
    }

    /// <summary>The rule as far as it is open; id and annotations (whom to ask, and why) are those of the policy.</summary>
    public Policy Rule { get; }

    /// <summary>Cedar expressions, such as <c>context.approvals.teams.contains("sre")</c>.</summary>
    public ImmutableArray<string> Conditions { get; }

    internal static RuleRequirement ToApply(Policy policy) =>
        new(policy, Positive(policy.Syntax).SelectMany(Conjuncts));

    internal static RuleRequirement NotToApply(Policy policy)
    {
        ImmutableArray<Expression> negated = [.. Positive(policy.Syntax).Select(Negation.Of)];
        var lifted = negated.Length switch
        {
            0 => new Expression.Literal(CedarBool.False, policy.Position),
            1 => negated[0],
            _ => new Expression.Or(negated, policy.Position),
        };
        return new RuleRequirement(policy, Conjuncts(lifted));
    }

    /// <summary>Scope and conditions as expressions that are all true exactly when the policy is satisfied.</summary>
    static IEnumerable<Expression> Positive(PolicySyntax syntax)
    {
        foreach (var part in ScopeConditions.Of(syntax))
            yield return part;
        foreach (var condition in syntax.Conditions)
            yield return condition.IsUnless ? Negation.Of(condition.Body) : condition.Body;
    }

    static IEnumerable<Expression> Conjuncts(Expression expression) =>
        expression is Expression.And and ? and.Operands.SelectMany(Conjuncts) : [expression];
}
