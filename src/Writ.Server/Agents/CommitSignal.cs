using Writ.Server.Sequencer;

namespace Writ.Server.Agents;

/// <summary>Wakes whoever waits for the realm to change.</summary>
sealed class CommitSignal : IDisposable
{
    readonly IDisposable _subscription;
    TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public CommitSignal(RealmActor realm) => _subscription = realm.Subscribe(_ =>
        Interlocked.Exchange(ref _next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))
            .SetResult());

    /// <summary>Taken before looking at the state, it completes at the first change after that look.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public void Dispose() => _subscription.Dispose();
}
