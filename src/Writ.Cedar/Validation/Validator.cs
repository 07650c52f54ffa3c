using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// Cedar's policy validator: whether policies and templates fit a schema, so that a valid policy does not fail on
/// requests and entities that conform to the schema (but for arithmetic that overflows, entities that do not exist, and
/// results outside of an extension type's range). Pure.
/// </summary>
public static class Validator
{
    public static ValidationResult Validate(
        PolicySet policies, CedarSchema schema, ValidationOptions? options = null)
    {
        var run = new Run(schema, options ?? ValidationOptions.Default);
        foreach (var template in policies.Templates)
            run.Check(template.Id, template.Syntax);
        foreach (var policy in policies.Policies)
        {
            if (policy.TemplateId is null)
                run.Check(policy.Id, policy.Syntax);
            else if (policies.TryGetTemplate(policy.TemplateId, out var template))
                run.CheckLink(policy.Id, policy.Syntax, template.Syntax);
        }
        return run.Finish();
    }

    /// <summary>One validation: the schema, the options, and what was found so far.</summary>
    sealed class Run(CedarSchema schema, ValidationOptions options)
    {
        readonly FindingCollector _findings = new();
        readonly ValidationBudget _budget = new(CedarLimits.ValidationStepsMax);
        readonly ImmutableArray<ValidationFinding>.Builder _errors = ImmutableArray.CreateBuilder<ValidationFinding>();
        readonly ImmutableArray<ValidationFinding>.Builder _warnings = ImmutableArray.CreateBuilder<ValidationFinding>();

        public void Check(string id, PolicySyntax policy)
        {
            _findings.Begin(id, policy.Source.FileName);
            if (!IsOverLimit(policy))
                CheckAll(policy);
            Keep();
        }

        void CheckAll(PolicySyntax policy)
        {
            var builder = new PolicyTermBuilder();
            var root = builder.Build(policy);
            var references = new ReferenceChecker(schema, options.UnappliedAction, _findings);
            references.CheckNames(builder.Terms);
            references.CheckApplication(policy);
            if (builder.CapabilityCount > CedarLimits.CapabilitiesMax)
                ReportLimit(policy, FormattableString.Invariant(
                    $"more than {CedarLimits.CapabilitiesMax} different attributes and tags"));
            else
                CheckTypes(policy, root, builder.NumbersEnd);
            TextChecker.Check(builder.Terms, _findings);
        }

        public void CheckLink(string id, PolicySyntax link, PolicySyntax template)
        {
            _findings.Begin(id, link.Source.FileName);
            var references = new ReferenceChecker(schema, options.UnappliedAction, _findings);
            references.CheckLink(link, template);
            references.CheckApplication(link);
            Keep();
        }

        public ValidationResult Finish() => new(_errors.DrainToImmutable(), _warnings.DrainToImmutable());

        void CheckTypes(PolicySyntax policy, PolicyTerm.All root, int numbersEnd)
        {
            var checker = new TypeChecker(schema, options.Mode, policy, numbersEnd, _budget, _findings);
            var levels = options.LevelMax is { } max ? new LevelChecker(max, numbersEnd, _findings, _budget) : null;
            var canApply = false;
            foreach (var environment in schema.RequestEnvironments)
            {
                foreach (var principalSlot in SlotTypes(policy.Principal, environment.PrincipalType))
                {
                    foreach (var resourceSlot in SlotTypes(policy.Resource, environment.ResourceType))
                    {
                        var answer = checker.Check(root, environment, principalSlot, resourceSlot);
                        canApply |= !answer.IsFalse;
                        if (answer.IsSound || answer.IsFalse)
                            levels?.Check(root, checker.Types, environment.Action.Uid);
                        if (!IsOverLimit(policy))
                            continue;
                        return;
                    }
                }
            }
            if (!canApply)
                _findings.Warn(
                    ValidationCodes.Impossible,
                    policy.Position,
                    "the policy applies to no request that the schema allows");
        }

        /// <summary>The entity types of what a link may put into a slot, such that the policy can apply.</summary>
        IEnumerable<string?> SlotTypes(EntityScope scope, string variable)
        {
            if (!scope.IsSlot)
                return [null];
            return scope.Operator == ScopeOperator.Equal
                ? [variable]
                : schema.AncestorsOf(variable).Append(variable).Distinct(StringComparer.Ordinal);
        }

        bool IsOverLimit(PolicySyntax policy)
        {
            if (_budget.IsSpent)
                ReportLimit(policy, "more steps of checking than are allowed; the rest is not checked");
            return _budget.IsSpent;
        }

        void ReportLimit(PolicySyntax policy, string message) =>
            _findings.Error(ValidationCodes.Limit, policy.Position, message, "divide the policies or the schema");

        void Keep()
        {
            var (errors, warnings) = _findings.Take();
            _errors.AddRange(errors);
            _warnings.AddRange(warnings);
        }
    }
}
