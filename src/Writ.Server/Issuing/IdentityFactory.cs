using System.Collections.Concurrent;
using Writ.Identity;
using Writ.Requests;
using Writ.Server.Agents;
using Writ.Server.Sequencer;
using Writ.Sessions;

namespace Writ.Server.Issuing;

/// <summary>Opens a Workload API for the runs whose workflow gives them an identity, and ends it with their session.
/// </summary>
sealed class IdentityFactory : IDisposable
{
    readonly ConcurrentDictionary<RunId, RunDoor> _doors = new();
    readonly RealmActor _realm;
    readonly WorkloadServer _server;
    readonly Issuer _issuer;
    readonly ExecutableDigests _digests;
    readonly TimeProvider _time;
    readonly IDisposable _subscription;

    public IdentityFactory(
        RealmActor realm, WorkloadServer server, Issuer issuer, ExecutableDigests digests, TimeProvider time)
    {
        (_realm, _server, _issuer, _digests, _time) = (realm, server, issuer, digests, time);
        _subscription = realm.Subscribe(committed =>
        {
            foreach (var ended in (committed.Entry.Data.Events ?? []).OfType<SessionEvent.Ended>())
                foreach (var door in _doors.Values.Where(d => d.Session == ended.Session))
                    door.End();
        });
    }

    /// <summary>Null for a run that has none.</summary>
    public RunIdentityScope? For(RunId run, Request request)
    {
        if (!IdentityDoor.IsOpen(request) || _realm.State.Registry.Document.Identity is null)
            return null;
        var door = new RunDoor(run, request.Id, request.Session, _server, _issuer, _digests, _time);
        _doors[run] = door;
        return new RunIdentityScope(door, () => _doors.TryRemove(run, out _));
    }

    public void Dispose() => _subscription.Dispose();
}

/// <summary>A run's Workload API for as long as the run goes on.</summary>
sealed class RunIdentityScope(RunDoor door, Action forget) : IAsyncDisposable
{
    public RunDoor Door => door;

    public async ValueTask DisposeAsync()
    {
        await door.DisposeAsync();
        forget();
    }
}
