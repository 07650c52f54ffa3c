using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// Answers questions about all requests at once, without a solver from elsewhere. Conditions that compare one value of
/// the request or of an entity with constants are decided completely; others are tried within
/// <see cref="AnalysisLimits"/>. Every example was decided by the evaluator.
/// </summary>
public static class PolicyAnalysis
{
    /// <summary>
    /// Whether there is a request that the first set denies and the second allows: does this change let anybody do
    /// anything new? The answers of a witness are those of the two sets.
    /// </summary>
    public static Finding AllowsMore(PolicySet before, PolicySet after, AnalysisWorld world) => Ask(
        new Question(
            [before, after],
            sets => sets[0].And(SatSolver.Not(sets[0].Allowed), sets[1].Allowed),
            answers => !world.Allows(answers[0]) && world.Allows(answers[1])),
        world);

    /// <summary>Whether any request of this world is allowed.</summary>
    public static Finding AllowsAnything(PolicySet policies, AnalysisWorld world) => Ask(
        new Question([policies], sets => sets[0].Allowed, answers => world.Allows(answers[0])), world);

    /// <summary>Whether this policy is satisfied by any request, whatever the others say.</summary>
    public static Finding Applies(PolicySet policies, string policy, AnalysisWorld world)
    {
        _ = Require(policies, policy);
        return Ask(
            new Question(
                [policies],
                sets => sets[0].Satisfied(policy),
                answers => IsSatisfied(answers[0], policy)),
            world);
    }

    /// <summary>
    /// Whether any decision depends on this policy: there is a request that is decided otherwise without it. A policy
    /// of which that is not so is redundant.
    /// </summary>
    public static Finding Matters(PolicySet policies, string policy, AnalysisWorld world)
    {
        var effect = Require(policies, policy).Effect;
        var without = PolicySet.Of([.. policies.Policies.Where(other => other.Id != policy)]);
        return Ask(
            new Question(
                [policies, without],
                sets => sets[0].And(
                    SatSolver.Not(sets[0].Same(sets[0].Allowed, sets[1].Allowed)),
                    // Only a request to which it applies, or on which it fails, can depend on it.
                    effect == Effect.Permit ? sets[0].Satisfied(policy) : SatSolver.Not(sets[0].Unsatisfied(policy))),
                answers => world.Allows(answers[0]) != world.Allows(answers[1])),
            world);
    }

    /// <summary>
    /// Whether a request satisfies the first policy and not the second; if not, the second covers it.
    /// </summary>
    public static Finding GoesBeyond(PolicySet policies, string policy, string other, AnalysisWorld world)
    {
        _ = (Require(policies, policy), Require(policies, other));
        return Ask(
            new Question(
                [policies],
                sets => sets[0].And(sets[0].Satisfied(policy), SatSolver.Not(sets[0].Satisfied(other))),
                answers => IsSatisfied(answers[0], policy) && !IsSatisfied(answers[0], other)),
            world);
    }

    /// <summary>Whether a request satisfies this permit and no forbid; if not, forbids always override it.</summary>
    public static Finding IsUnopposed(PolicySet policies, string permit, AnalysisWorld world)
    {
        _ = Require(policies, permit);
        return Ask(
            new Question(
                [policies],
                sets => sets[0].And(sets[0].Satisfied(permit), sets[0].NothingForbids),
                answers => IsSatisfied(answers[0], permit) && world.Allows(answers[0])),
            world);
    }

    static bool IsSatisfied(Answer answer, string policy) =>
        answer.SatisfiedPermits.Any(satisfied => satisfied.Id == policy)
        || answer.SatisfiedForbids.Any(satisfied => satisfied.Id == policy);

    static Policy Require(PolicySet policies, string id) => policies.TryGetPolicy(id, out var policy)
        ? policy
        : throw new ArgumentException($"no policy '{id}' in the set", nameof(id));

    static Finding Ask(Question question, AnalysisWorld world)
    {
        if (!Assumed(world).TryGetValue(out var assumptions))
            return new Finding.Bounded(Assumed(world).Errors[0].ToString());
        var all = new Question(
            question.Sets.Add(assumptions),
            sets => sets[0].And(
                [question.Formula(sets), .. assumptions.Policies.Select(one => sets[^1].Satisfied(one.Id))]),
            answers => answers[^1].SatisfiedPermits.Length == assumptions.Policies.Length && question.Holds(answers));
        if (!RequestKinds.Of(all.Sets, world).TryGetValue(out var kinds))
            return new Finding.Bounded(FormattableString.Invariant(
                $"more than {AnalysisLimits.EnvironmentsMax} kinds of request"));
        var work = (long)kinds.Kinds.Length * all.Sets.Sum(set => set.Policies.Length);
        if (work > AnalysisLimits.PoliciesTimesEnvironmentsMax)
            return new Finding.Bounded(FormattableString.Invariant(
                $"more than {AnalysisLimits.PoliciesTimesEnvironmentsMax} policies times kinds of request"));
        Finding.Bounded? doubt = null;
        foreach (var kind in kinds.Kinds)
        {
            var found = new KindSearch(world, kinds.Store, all, kind, kinds.EntityTypes).Find();
            if (found is Finding.Yes(var witness))
                return new Finding.Yes(witness with { Answers = [.. witness.Answers.SkipLast(1)] });
            doubt ??= found as Finding.Bounded;
        }
        return (Finding?)doubt ?? new Finding.No();
    }

    /// <summary>Each assumption as a permit of its own.</summary>
    static ParseResult<PolicySet> Assumed(AnalysisWorld world) => PolicySet.Parse(string.Concat(
        world.Assumptions.Select(assumption => $"permit (principal, action, resource) when {{ {assumption} }};\n")));
}
