using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>What of a schema the scope of a policy selects, as far as types can tell.</summary>
sealed class ScopeSelection(CedarSchema schema, PolicySyntax policy, ValidationBudget budget)
{
    // A group that the schema does not declare selects nothing, and with it the whole list.
    readonly bool _isActionKnown = policy.Action.Uids.All(group => schema.TryGetAction(group, out _));

    public bool Selects(ActionDeclaration action)
    {
        budget.Spend(1 + policy.Action.Uids.Length);
        return policy.Action.Operator switch
        {
            ScopeOperator.Any => true,
            ScopeOperator.Equal => policy.Action.Uids[0].Equals(action.Uid),
            _ => _isActionKnown && policy.Action.Uids.Any(group => schema.IsActionIn(action.Uid, group)),
        };
    }

    public bool SelectsPrincipal(string type) => Selects(policy.Principal, type);

    public bool SelectsResource(string type) => Selects(policy.Resource, type);

    /// <summary>
    /// Whether checking the types of the scope finds nothing: an empty list, or one of actions of several namespaces,
    /// is itself an error in strict mode, under whatever kind of request.
    /// </summary>
    public bool IsSound => policy.Action.Operator == ScopeOperator.Any
        || (_isActionKnown && policy.Action.Uids.DistinctBy(group => group.Type).Take(2).Count() == 1);

    /// <summary>
    /// Whether checking types under this kind of request would end in the scope, when that is sound: what it asks for
    /// is declared, and is something else.
    /// </summary>
    public bool Excludes(ActionDeclaration action) => !Selects(action);

    public bool ExcludesPrincipal(string type) => IsKnown(policy.Principal) && !SelectsPrincipal(type);

    public bool ExcludesResource(string type) => IsKnown(policy.Resource) && !SelectsResource(type);

    /// <summary>The parts of the scope where <c>in</c> instead of <c>==</c> would select something.</summary>
    public ImmutableArray<string> WouldFitWithIn(IReadOnlyCollection<ActionDeclaration> selected)
    {
        var parts = ImmutableArray.CreateBuilder<string>();
        if (WouldFitWithIn(policy.Principal, selected.SelectMany(action => action.PrincipalTypes)))
            parts.Add("principal");
        if (WouldFitWithIn(policy.Resource, selected.SelectMany(action => action.ResourceTypes)))
            parts.Add("resource");
        return parts.DrainToImmutable();
    }

    bool Selects(EntityScope scope, string type)
    {
        budget.Spend(1);
        var isInside = scope.Uid is null || scope.Operator is ScopeOperator.Any or ScopeOperator.Equal
            || schema.IsTypeIn(type, scope.Uid.Type);
        return scope.Operator switch
        {
            ScopeOperator.Any => true,
            ScopeOperator.Equal => scope.Uid is null || scope.Uid.Type == type,
            ScopeOperator.In => isInside,
            _ => scope.EntityType == type && isInside,
        };
    }

    bool IsKnown(EntityScope scope) =>
        scope.Uid is null || (!Names.IsActionType(scope.Uid.Type) && schema.TryGetEntityType(scope.Uid.Type, out _));

    bool WouldFitWithIn(EntityScope scope, IEnumerable<string> types)
    {
        if (scope is not { Operator: ScopeOperator.Equal, Uid: { } uid })
            return false;
        var would = false;
        foreach (var type in types)
        {
            budget.Spend(1);
            if (type == uid.Type || budget.IsSpent)
                return false;
            would |= schema.IsTypeIn(type, uid.Type);
        }
        return would;
    }
}
