namespace Writ.Cedar;

/// <summary>
/// A policy's scope, checked before its condition. It cannot fail. The action comes first because it sorts out most
/// policies, then the comparisons that need no store.
/// </summary>
sealed class CompiledScope
{
    readonly ScopeOperator _action;
    readonly EntityUid[] _actions;
    readonly EntityScope _principal;
    readonly EntityScope _resource;

    public CompiledScope(EntityScope principal, ActionScope action, EntityScope resource)
    {
        (_principal, _resource) = (principal, resource);
        _action = action.Operator;
        _actions = [.. action.Uids];
    }

    public bool Matches(Frame frame)
    {
        var request = frame.Request;
        return MatchesAction(frame, request.Action)
            && MayMatch(_principal, request.Principal) && MayMatch(_resource, request.Resource)
            && Matches(_principal, frame, request.Principal) && Matches(_resource, frame, request.Resource);
    }

    bool MatchesAction(Frame frame, EntityUid action)
    {
        if (_action == ScopeOperator.Any)
            return true;
        if (_action == ScopeOperator.Equal)
            return action.Equals(_actions[0]);
        foreach (var group in _actions)
            if (frame.IsIn(action, group))
                return true;
        return false;
    }

    // Everything about the scope that can be said without the hierarchy.
    static bool MayMatch(EntityScope scope, EntityUid uid) => scope.Operator switch
    {
        ScopeOperator.Equal => uid.Equals(scope.Uid),
        ScopeOperator.Is or ScopeOperator.IsIn => uid.Type == scope.EntityType,
        _ => true,
    };

    static bool Matches(EntityScope scope, Frame frame, EntityUid uid) =>
        scope.Operator is not (ScopeOperator.In or ScopeOperator.IsIn) || frame.IsIn(uid, scope.Uid!);
}
