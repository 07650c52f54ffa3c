namespace Writ.Cedar;

/// <summary>
/// Checks what a policy names against what the schema declares, whatever kind of request it is for: entity types,
/// actions, members of enumerations, and whether any action applies to what the scope selects.
/// </summary>
sealed class ReferenceChecker(CedarSchema schema, UnappliedActionRule rule, FindingCollector findings)
{
    /// <summary>Checks the names in every term; the terms of a policy include its scope.</summary>
    public void CheckNames(IReadOnlyList<PolicyTerm> terms)
    {
        foreach (var term in terms)
        {
            if (term is PolicyTerm.Literal { Value: EntityUid uid })
                CheckEntity(uid, term.Position);
            else if (term is PolicyTerm.Is test)
                CheckEntityType(test.EntityType, term.Position);
        }
    }

    /// <summary>Checks the entities that a link puts into a template.</summary>
    public void CheckLink(PolicySyntax link, PolicySyntax template)
    {
        if (template.Principal.IsSlot)
            CheckEntityType(link.Principal.Uid!.Type, link.Position);
        if (template.Resource.IsSlot)
            CheckEntityType(link.Resource.Uid!.Type, link.Position);
    }

    public void CheckApplication(PolicySyntax policy)
    {
        var actions = schema.Actions.Where(action => Selects(policy.Action, action.Uid)).ToList();
        foreach (var action in actions)
            if (action.PrincipalTypes.Any(type => Selects(policy.Principal, type))
                && action.ResourceTypes.Any(type => Selects(policy.Resource, type)))
                return;
        var fixes = new List<string>();
        if (WouldFit(policy.Principal, actions.SelectMany(action => action.PrincipalTypes)))
            fixes.Add("principal");
        if (WouldFit(policy.Resource, actions.SelectMany(action => action.ResourceTypes)))
            fixes.Add("resource");
        const string Message = "no action of the schema applies to what the scope selects";
        var hint = fixes.Count == 0 ? null : $"write 'in' instead of '==' for the {string.Join(" and the ", fixes)}";
        if (rule == UnappliedActionRule.Error)
            findings.Error(ValidationCodes.UnappliedAction, policy.Position, Message, hint);
        else
            findings.Warn(ValidationCodes.UnappliedAction, policy.Position, Message, hint);
    }

    void CheckEntity(EntityUid uid, SourcePosition position)
    {
        if (Names.IsActionType(uid.Type))
        {
            if (!schema.TryGetAction(uid, out _))
                ReportUnknownAction(uid, position);
            return;
        }
        CheckEntityType(uid.Type, position);
        if (!schema.TryGetEntityType(uid.Type, out var declaration) || !declaration.IsEnum
            || declaration.EnumIds.Contains(uid.Id))
            return;
        findings.Error(
            ValidationCodes.UnknownEnumEntity,
            position,
            $"the enumeration '{uid.Type}' has no {new CedarString(uid.Id)}",
            Suggestion.For(uid.Id, declaration.EnumIds));
    }

    void CheckEntityType(string name, SourcePosition position)
    {
        if (Names.IsActionType(name) || schema.TryGetEntityType(name, out _))
            return;
        var hint = Suggestion.For(name, schema.EntityTypes.Select(type => type.Name));
        findings.Error(
            ValidationCodes.UnknownEntityType, position, $"the schema declares no entity type '{name}'", hint);
    }

    void ReportUnknownAction(EntityUid uid, SourcePosition position)
    {
        var hint = Suggestion.For(uid.ToString(), schema.Actions.Select(action => action.Uid.ToString()));
        findings.Error(ValidationCodes.UnknownAction, position, $"the schema declares no action {uid}", hint);
    }

    // A group that the schema does not declare selects nothing, and with it the whole list.
    bool Selects(ActionScope scope, EntityUid action) => scope.Operator switch
    {
        ScopeOperator.Any => true,
        ScopeOperator.Equal => scope.Uids[0].Equals(action),
        _ => scope.Uids.All(group => schema.TryGetAction(group, out _))
            && scope.Uids.Any(group => schema.IsActionIn(action, group)),
    };

    bool Selects(EntityScope scope, string type) => scope.Operator switch
    {
        ScopeOperator.Any => true,
        ScopeOperator.Equal => scope.Uid is null || scope.Uid.Type == type,
        ScopeOperator.In => scope.Uid is null || schema.IsTypeIn(type, scope.Uid.Type),
        ScopeOperator.Is => scope.EntityType == type,
        _ => scope.EntityType == type && (scope.Uid is null || schema.IsTypeIn(type, scope.Uid.Type)),
    };

    bool WouldFit(EntityScope scope, IEnumerable<string> types) =>
        scope is { Operator: ScopeOperator.Equal, Uid: { } uid }
        && !types.Contains(uid.Type)
        && types.Any(type => schema.IsTypeIn(type, uid.Type));
}
