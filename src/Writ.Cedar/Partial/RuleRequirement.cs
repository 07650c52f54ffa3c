using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// One rule and what has to be true of it: when all conditions evaluate to true, a permit applies and a forbid does
/// not. A condition that fails counts as not true.
/// </summary>
public sealed class RuleRequirement
{
    readonly ImmutableArray<Expression> _conditions;

    RuleRequirement(Policy rule, IEnumerable<Expression> conditions)
    {
        Rule = rule;
        _conditions = [.. conditions];
        Conditions = _conditions.Length == 1
            ? [PolicyPrinter.Print(_conditions[0])]
            : [.. _conditions.Select(PolicyPrinter.PrintConjunct)];
    }

    /// <summary>
    /// The rule as far as it is open; id and annotations (whom to ask, and why) are those of the policy.
    /// </summary>
    public Policy Rule { get; }

    /// <summary>Cedar expressions, such as <c>context.approvals.teams.contains("sre")</c>; where there are several,
    /// each as it may stand beside <c>&amp;&amp;</c>.</summary>
    public ImmutableArray<string> Conditions { get; }

    /// <summary>What has to be true for a rule to apply, as far as it is open.</summary>
    public static RuleRequirement ToApply(Policy policy) =>
        new(policy, Positive(policy.Syntax).SelectMany(Conjuncts));

    /// <summary>What has to be true for a rule not to apply.</summary>
    public static RuleRequirement NotToApply(Policy policy)
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
