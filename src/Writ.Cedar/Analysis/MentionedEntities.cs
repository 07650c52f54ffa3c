namespace Writ.Cedar;

/// <summary>The entities that a policy names, and for each type that it asks for, one of them.</summary>
static class MentionedEntities
{
    public static void Gather(PolicySyntax policy, HashSet<EntityUid> into)
    {
        foreach (var scope in new[] { policy.Principal, policy.Resource })
        {
            if (scope.Uid is not null)
                into.Add(scope.Uid);
            if (scope.EntityType is not null)
                into.Add(new EntityUid(scope.EntityType, ""));
        }
        into.UnionWith(policy.Action.Uids);
        foreach (var condition in policy.Conditions)
            Gather(condition.Body, into);
    }

    static void Gather(Expression expression, HashSet<EntityUid> into)
    {
        if (expression is Expression.Literal literal)
            Gather(literal.Value, into);
        if (expression is Expression.Is { EntityType: var type })
            into.Add(new EntityUid(type, ""));
        foreach (var part in ConditionEncoding.Parts(expression))
            Gather(part, into);
    }

    static void Gather(Value value, HashSet<EntityUid> into)
    {
        if (value is EntityUid uid)
            into.Add(uid);
        foreach (var element in value as CedarSet ?? CedarSet.Empty)
            Gather(element, into);
    }
}
