using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>A scope written as conditions, which mean the same and cannot fail. Slots are filled before.</summary>
static class ScopeConditions
{
    public static IEnumerable<Expression> Of(PolicySyntax syntax)
    {
        if (Of(Variable.Principal, syntax.Principal) is { } principal)
            yield return principal;
        if (Of(syntax.Action) is { } action)
            yield return action;
        if (Of(Variable.Resource, syntax.Resource) is { } resource)
            yield return resource;
    }

    static Expression? Of(Variable variable, EntityScope scope)
    {
        var position = scope.Position;
        var subject = new Expression.Var(variable, position);
        var uid = scope.Uid is null ? null : new Expression.Literal(scope.Uid, position);
        return scope.Operator switch
        {
            ScopeOperator.Equal => new Expression.Binary(BinaryOperator.Equal, subject, uid!, position),
            ScopeOperator.In => new Expression.Binary(BinaryOperator.In, subject, uid!, position),
            ScopeOperator.Is or ScopeOperator.IsIn => new Expression.Is(subject, scope.EntityType!, uid, position),
            _ => null,
        };
    }

    static Expression.Binary? Of(ActionScope scope)
    {
        if (scope.Operator == ScopeOperator.Any)
            return null;
        var subject = new Expression.Var(Variable.Action, scope.Position);
        ImmutableArray<Expression> uids = [.. scope.Uids.Select(uid => new Expression.Literal(uid, scope.Position))];
        var op = scope.Operator == ScopeOperator.Equal ? BinaryOperator.Equal : BinaryOperator.In;
        var right = uids.Length == 1 ? uids[0] : new Expression.Set(uids, scope.Position);
        return new Expression.Binary(op, subject, right, scope.Position);
    }
}
