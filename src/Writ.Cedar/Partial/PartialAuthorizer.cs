using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// Decides requests of which something is not known yet. Sound and not complete: what it states is so, and what it
/// leaves open may still turn out to be always the same.
/// </summary>
public static class PartialAuthorizer
{
    public static PartialAnswer Decide(PolicySet policies, PartialRequest request, PartialEntities entities)
    {
        var (permits, forbids) = (ImmutableArray.CreateBuilder<Policy>(), ImmutableArray.CreateBuilder<Policy>());
        var errors = ImmutableArray.CreateBuilder<PolicyError>();
        var (open, residual) = (ImmutableArray.CreateBuilder<Policy>(), ImmutableArray.CreateBuilder<Policy>());
        var evaluations = new Dictionary<CedarExperiments, PartialEvaluation>();
        foreach (var policy in policies.Policies)
        {
            var experiments = policy.Syntax.Experiments;
            if (!evaluations.TryGetValue(experiments, out var evaluation))
                evaluations.Add(experiments, evaluation = new PartialEvaluation(request, entities, experiments));
            if (Remain(policy, evaluation) is not { } rest)
                continue;
            residual.Add(rest.Policy);
            if (rest.Error is not null)
                errors.Add(new PolicyError(policy, rest.Error));
            else if (rest.IsSatisfied)
                (policy.Effect == Effect.Permit ? permits : forbids).Add(policy);
            else
                open.Add(rest.Policy);
        }
        return new PartialAnswer(
            permits.DrainToImmutable(), forbids.DrainToImmutable(), errors.DrainToImmutable(),
            open.DrainToImmutable(), residual.DrainToImmutable());
    }

    /// <summary>What is left of one policy; nothing when it is never satisfied and never fails.</summary>
    static Remainder? Remain(Policy policy, PartialEvaluation evaluation)
    {
        var syntax = policy.Syntax;
        var principal = evaluation.MatchesPrincipal(syntax.Principal);
        var (action, actions) = evaluation.MatchesAction(syntax.Action);
        var resource = evaluation.MatchesResource(syntax.Resource);
        if (principal == false || action == false || resource == false)
            return null;
        var inScope = principal == true && action == true && resource == true;
        var left = ImmutableArray.CreateBuilder<Condition>();
        EvaluationError? error = null;
        var mayFail = false;
        foreach (var condition in syntax.Conditions)
        {
            var outcome = evaluation.Test(condition.Body);
            if (condition.IsUnless ? outcome.IsFalse : outcome.IsTrue)
                continue;
            if (!outcome.IsOpen && outcome.Error is null && !mayFail)
                return null;
            if (outcome.Error is not null && left.Count == 0 && inScope)
                error = outcome.Error;
            left.Add(condition with { Body = outcome.Rest });
            mayFail |= outcome.MayFail;
            if (!outcome.IsOpen)
                break;
        }
        var rest = syntax with
        {
            Principal = principal == true ? Any(syntax.Principal) : syntax.Principal,
            Action = action == true ? new ActionScope(ScopeOperator.Any, [], syntax.Action.Position) : actions,
            Resource = resource == true ? Any(syntax.Resource) : syntax.Resource,
            Conditions = left.DrainToImmutable(),
            // It stands in no text, so it is printed, as what comes of JSON is.
            Source = new SourceText("", syntax.Source.FileName, isJson: true),
        };
        var residual = new Policy(policy.Id, rest, policy.Annotations, policy.TemplateId);
        return new Remainder(residual, inScope && rest.Conditions.IsEmpty, error);
    }

    static EntityScope Any(EntityScope scope) =>
        new(ScopeOperator.Any, null, null, IsSlot: false, scope.Position);

    readonly record struct Remainder(Policy Policy, bool IsSatisfied, EvaluationError? Error);
}
