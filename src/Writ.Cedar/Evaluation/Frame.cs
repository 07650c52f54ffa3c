namespace Writ.Cedar;

/// <summary>Cedar's three outcomes of a condition. The default is the one that never permits.</summary>
enum Truth
{
    Error,
    False,
    True,
}

/// <summary>What one decision evaluates against, and the error of the policy that is being evaluated.</summary>
sealed class Frame
{
    readonly EntityStore _store;
    readonly StoredEntity? _principal;
    readonly StoredEntity? _action;
    readonly StoredEntity? _resource;

    public Frame(Request request, EntityStore store)
    {
        Request = request;
        _store = store;
        _principal = store.Lookup(request.Principal);
        _action = store.Lookup(request.Action);
        _resource = store.Lookup(request.Resource);
    }

    public Request Request { get; }

    /// <summary>Set by whoever answers <see cref="Truth.Error"/> or no value.</summary>
    public EvaluationError? Error { get; private set; }

    public StoredEntity? Find(EntityUid uid)
    {
        // Most accesses start at a variable, which is the very object of the request.
        if (ReferenceEquals(uid, Request.Principal))
            return _principal;
        if (ReferenceEquals(uid, Request.Resource))
            return _resource;
        return ReferenceEquals(uid, Request.Action) ? _action : _store.Lookup(uid);
    }

    /// <summary>Cedar's <c>in</c> for one entity: itself or one of its ancestors.</summary>
    public bool IsIn(EntityUid uid, EntityUid container) =>
        uid.Equals(container) || (Find(uid) is { } entity && entity.Ancestors.Contains(container));

    public Value? Fail(EvaluationFault fault, SourcePosition position, object? first, object? second = null)
    {
        Error = new EvaluationError(fault, position, first, second);
        return null;
    }

    public Truth FailTest(EvaluationFault fault, SourcePosition position, object? first, object? second = null)
    {
        Error = new EvaluationError(fault, position, first, second);
        return Truth.Error;
    }
}
