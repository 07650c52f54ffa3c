namespace Writ.Cedar;

/// <summary>
/// The principal's and resource's part of a policy's scope, checked before its condition. It cannot fail. The
/// comparisons that need no store come first. The action's part is the <see cref="PolicyIndex"/>'s.
/// </summary>
sealed class CompiledScope(EntityScope principal, EntityScope resource)
{
    public bool MatchesEntities(Frame frame)
    {
        var request = frame.Request;
        return MayMatch(principal, request.Principal) && MayMatch(resource, request.Resource)
            && Matches(principal, frame, request.Principal) && Matches(resource, frame, request.Resource);
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
