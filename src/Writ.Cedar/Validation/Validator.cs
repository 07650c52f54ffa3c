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
            // The types of a link are its template's, with which they were checked.
            if (policy.TemplateId is not null && policies.TryGetTemplate(policy.TemplateId, out var template))
                run.CheckLink(policy.Id, policy.Syntax, template.Syntax);
            else
                run.Check(policy.Id, policy.Syntax);
        }
        return run.Finish();
    }

    /// <summary>One validation: the schema, the options, and what was found so far.</summary>
    sealed class Run
    {
        readonly CedarSchema _schema;
        readonly ValidationOptions _options;
        readonly FindingCollector _findings;
        readonly Suggestions _suggestions = new();
        readonly ValidationBudget _budget;
        readonly ReferenceChecker _references;
        readonly List<ValidationFinding> _errors = [];
        readonly List<ValidationFinding> _warnings = [];

        public Run(CedarSchema schema, ValidationOptions options)
        {
            _schema = schema;
            _options = options;
            _budget = new ValidationBudget(options.StepsMax);
            _findings = new FindingCollector(_budget);
            _references = new ReferenceChecker(schema, options.UnappliedAction, _findings, _suggestions, _budget);
        }

        public void Check(string id, PolicySyntax policy)
        {
            _findings.Begin(id, policy.Source);
            if (!MustStop(policy))
                CheckAll(policy);
            Keep();
        }

        public void CheckLink(string id, PolicySyntax link, PolicySyntax template)
        {
            _findings.Begin(id, link.Source);
            if (!MustStop(link))
            {
                _references.CheckLink(link, template);
                _references.CheckApplication(link);
                MustStop(link);
            }
            Keep();
        }

        public ValidationResult Finish() => new([.. _errors], [.. _warnings]);

        void CheckAll(PolicySyntax policy)
        {
            var builder = new PolicyTermBuilder();
            var root = builder.Build(policy);
            _references.CheckNames(builder.Terms);
            _references.CheckApplication(policy);
            TextChecker.Check(builder.Terms, _findings);
            if (builder.CapabilityCount > CedarLimits.CapabilitiesMax)
                ReportLimit(policy, FormattableString.Invariant(
                    $"more than {CedarLimits.CapabilitiesMax} different attributes and tags"));
            else
                CheckTypes(policy, root, builder.NumbersEnd);
        }

        void CheckTypes(PolicySyntax policy, PolicyTerm.All root, int numbersEnd)
        {
            var types = _options.LevelMax is null ? null : new CedarType?[numbersEnd];
            var levels = types is null ? null : new LevelChecker(_options.LevelMax!.Value, types, _findings, _budget);
            var checker = new TypeChecker(
                _schema, _options.Mode, policy.Experiments, _budget, _findings, _suggestions, types);
            var canApply = false;
            // A level counts in the scope too, so that nothing of it may be passed over.
            foreach (var environment in Environments(policy, isWhole: levels is not null))
            {
                foreach (var (principalSlot, resourceSlot) in SlotTypes(policy, environment))
                {
                    var answer = checker.Check(root, environment, principalSlot, resourceSlot);
                    canApply |= !answer.IsFalse;
                    if (answer.IsSound || answer.IsFalse)
                        levels?.Check(root, environment.Action.Uid);
                    if (IsOver)
                        break;
                }
                if (IsOver)
                    break;
            }
            if (!MustStop(policy) && !canApply)
                _findings.Warn(
                    ValidationCodes.Impossible,
                    policy.Position,
                    "the policy applies to no request that the schema allows",
                    "a condition is false for every kind of request, such as a test for what the schema does not have");
        }

        /// <summary>The kinds of request, without those that the scope excludes when that is asked for.</summary>
        IEnumerable<RequestEnvironment> Environments(PolicySyntax policy, bool isWhole)
        {
            var selection = new ScopeSelection(_schema, policy, _budget);
            if (isWhole || !selection.IsSound)
                return _schema.RequestEnvironments;
            return
                from action in _schema.Actions
                where !selection.Excludes(action)
                from principal in action.PrincipalTypes
                where !selection.ExcludesPrincipal(principal)
                from resource in action.ResourceTypes
                where !selection.ExcludesResource(resource)
                select new RequestEnvironment(principal, action, resource);
        }

        IEnumerable<(string? Principal, string? Resource)> SlotTypes(
            PolicySyntax policy, RequestEnvironment environment) =>
            from principal in SlotTypes(policy.Principal, environment.PrincipalType)
            from resource in SlotTypes(policy.Resource, environment.ResourceType)
            select (principal, resource);

        /// <summary>The entity types of what a link may put into a slot, such that the policy can apply.</summary>
        IEnumerable<string?> SlotTypes(EntityScope scope, string variable)
        {
            if (!scope.IsSlot)
                return [null];
            return scope.Operator == ScopeOperator.Equal
                ? [variable]
                : _schema.AncestorsOf(variable).Append(variable).Distinct(StringComparer.Ordinal);
        }

        bool IsOver => _budget.IsSpent || _findings.IsFull;

        /// <summary>Whether nothing more is checked; that steps ran out is then an error of the policy.</summary>
        bool MustStop(PolicySyntax policy)
        {
            if (_budget.IsSpent)
                ReportLimit(policy, "more steps of checking than are allowed; the rest is not checked");
            return IsOver;
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
