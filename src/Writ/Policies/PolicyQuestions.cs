using Writ.Cedar;

namespace Writ.Policies;

/// <summary>One answer to a reviewer's question about a bundle.</summary>
/// <param name="Outcome"><c>yes</c> with an example, <c>no</c>, or <c>bounded</c>: nothing was found, and there may be
/// something.</param>
/// <param name="Detail">The example, or why the search is not complete; empty for <c>no</c>.</param>
public sealed record PolicyAnswer(string Question, string Outcome, string Detail);

/// <summary>
/// What a reviewer asks of a bundle before any request is made. A rule that fails to be evaluated blocks in Writ, and
/// that is what is assumed here; every example was decided by the evaluator.
/// </summary>
public static class PolicyQuestions
{
    const string NobodyAgreed =
        "context.approvals.count == 0 && context.approvals.teams.isEmpty() && context.approvals.people.isEmpty()";

    const string OnProduction = "context.session.production && !(resource in TargetGroup::\"worktree\")";

    /// <summary>Whether a bundle allows, with or without approval, anything that the one before did not.</summary>
    public static PolicyAnswer AllowsMore(PolicyBundle before, PolicyBundle after) => Answer(
        "Does it allow anything new?",
        PolicyAnalysis.AllowsMore(before.Policies, after.Policies, WorldOf(after)));

    /// <summary>Whether an effect can ever be automatic: allowed although nobody has approved anything.</summary>
    /// <param name="verb">An effect's verb, such as <c>infra.write</c>; the schema has to know it.</param>
    /// <param name="production">Only on production's targets, which the work tree is not; else anywhere.</param>
    public static PolicyAnswer CanBeAutomatic(PolicyBundle bundle, string verb, bool production)
    {
        var assumptions = ImmutableArray.Create($"action == {new EntityUid("Action", verb)}", NobodyAgreed);
        if (production)
            assumptions = assumptions.Add(OnProduction);
        return Answer(
            $"Can {verb} be automatic{(production ? " in production" : "")}?",
            PolicyAnalysis.AllowsAnything(bundle.Policies, WorldOf(bundle) with { Assumptions = assumptions }));
    }

    /// <summary>The rules that could go without any verdict changing, or of which that could not be decided.</summary>
    public static ImmutableArray<PolicyAnswer> RulesWithoutUse(PolicyBundle bundle) =>
    [
        .. RuleReport.Of(bundle.Policies, WorldOf(bundle)).Rules.Where(r => r.Use != RuleUse.InUse).Select(r =>
            new PolicyAnswer(
                $"Does rule {r.Rule.Id} ever count?", r.Use == RuleUse.Undecided ? "bounded" : "no",
                r.Finding is Finding.Bounded bounded ? bounded.Why : r.ToString())),
    ];

    static AnalysisWorld WorldOf(PolicyBundle bundle) => AnalysisWorld.Anything with
    {
        Schema = PolicyValidation.SchemaOf(bundle.Source),
        FailingForbidDenies = true,
    };

    static PolicyAnswer Answer(string question, Finding finding) => finding switch
    {
        Finding.Yes yes => new PolicyAnswer(question, "yes", yes.Witness.ToString()),
        Finding.No => new PolicyAnswer(question, "no", ""),
        Finding.Bounded bounded => new PolicyAnswer(question, "bounded", bounded.Why),
        _ => throw new InvariantBrokenException("A question has three answers."),
    };
}
