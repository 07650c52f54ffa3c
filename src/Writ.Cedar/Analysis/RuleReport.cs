using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// The use of every rule of a set. That a rule is not in use means that it alone can go; two rules that say the same
/// cover each other, and then only one of them can.
/// </summary>
public sealed record RuleReport(ImmutableArray<RuleFinding> Rules)
{
    public static RuleReport Of(PolicySet policies, AnalysisWorld world)
    {
        if (policies.Policies.Length <= AnalysisLimits.RulesMax)
            return new([.. policies.Policies.Select(policy => Of(policies, policy, world))]);
        var tooMany = new Finding.Bounded(FormattableString.Invariant($"more than {AnalysisLimits.RulesMax} rules"));
        return new([.. policies.Policies.Select(policy => new RuleFinding(policy, RuleUse.Undecided, null, tooMany))]);
    }

    /// <summary>The use of one rule, for large sets of which only some are of interest.</summary>
    public static RuleFinding Of(PolicySet policies, Policy rule, AnalysisWorld world)
    {
        var matters = PolicyAnalysis.Matters(policies, rule.Id, world);
        if (matters is Finding.Yes)
            return new RuleFinding(rule, RuleUse.InUse, null, matters);
        var applies = PolicyAnalysis.Applies(policies, rule.Id, world);
        if (applies is Finding.No)
            return new RuleFinding(rule, RuleUse.Dead, null, applies);
        if (matters is Finding.Bounded)
            return new RuleFinding(rule, RuleUse.Undecided, null, matters);
        if (rule.Effect == Effect.Permit
            && PolicyAnalysis.IsUnopposed(policies, rule.Id, world) is Finding.No overridden)
            return new RuleFinding(rule, RuleUse.Overridden, null, overridden);
        foreach (var other in policies.Policies)
        {
            if (other.Id == rule.Id || other.Effect != rule.Effect)
                continue;
            if (PolicyAnalysis.GoesBeyond(policies, rule.Id, other.Id, world) is Finding.No covered)
                return new RuleFinding(rule, RuleUse.Covered, other, covered);
        }
        return new RuleFinding(rule, RuleUse.Redundant, null, matters);
    }
}
