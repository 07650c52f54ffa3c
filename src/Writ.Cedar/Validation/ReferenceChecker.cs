using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// Checks what a policy names against what the schema declares, whatever kind of request it is for: entity types,
/// actions, members of enumerations, and whether any action applies to what the scope selects.
/// </summary>
sealed class ReferenceChecker(
    CedarSchema schema,
    UnappliedActionRule rule,
    FindingCollector findings,
    Suggestions suggestions,
    ValidationBudget budget)
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
        var selection = new ScopeSelection(schema, policy, budget);
        var actions = schema.Actions.Where(selection.Selects).ToList();
        foreach (var action in actions)
            if (action.PrincipalTypes.Any(selection.SelectsPrincipal)
                && action.ResourceTypes.Any(selection.SelectsResource))
                return;
        var fixes = selection.WouldFitWithIn(actions);
        const string Message = "no action of the schema applies to what the scope selects";
        var hint = !fixes.IsEmpty ? $"write 'in' instead of '==' for the {string.Join(" and the ", fixes)}"
            : actions is [var only] ? Appliance(only)
            : null;
        if (rule == UnappliedActionRule.Error)
            findings.Error(ValidationCodes.UnappliedAction, policy.Position, Message, hint);
        else
            findings.Warn(ValidationCodes.UnappliedAction, policy.Position, Message, hint);
    }

    static string? Appliance(ActionDeclaration action)
    {
        const int ShownMax = 4;
        return action.PrincipalTypes.Length is 0 or > ShownMax || action.ResourceTypes.Length is 0 or > ShownMax ? null
            : $"{action.Uid} is for {string.Join(", ", action.PrincipalTypes)} as principal and "
                + $"{string.Join(", ", action.ResourceTypes)} as resource";
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
            suggestions.For(uid.Id, declaration, declaration.EnumIds) ?? $"it has {Few(declaration.EnumIds)}");
    }

    static string Few(ImmutableArray<string> ids)
    {
        const int ShownMax = 8;
        var shown = string.Join(", ", ids.Take(ShownMax).Select(id => new CedarString(id)));
        return ids.Length > ShownMax ? shown + ", ..." : shown;
    }

    void CheckEntityType(string name, SourcePosition position)
    {
        if (Names.IsActionType(name) || schema.TryGetEntityType(name, out _))
            return;
        var hint = suggestions.For(name, schema.EntityTypes, schema.EntityTypes.Select(type => type.Name));
        findings.Error(
            ValidationCodes.UnknownEntityType, position, $"the schema declares no entity type '{name}'", hint);
    }

    void ReportUnknownAction(EntityUid uid, SourcePosition position)
    {
        var names = schema.Actions.Select(action => action.Uid.ToString());
        var hint = suggestions.For(uid.ToString(), schema.Actions, names);
        findings.Error(ValidationCodes.UnknownAction, position, $"the schema declares no action {uid}", hint);
    }
}
