using Writ.Runs;
using Writ.Server.Holding;
using Writ.Server.Sequencer;
using Writ.Server.Storage;

namespace Writ.Server.Egress;

/// <summary>Opens a way out for the runs whose workflow has one.</summary>
sealed class EgressFactory(
    RealmActor realm, BlobStore blobs, IdSource ids, INameResolver names, IHoldingDesk holding,
    EgressLimits limits,
    TimeProvider time)
{
    /// <summary>Null for a run that reaches nothing.</summary>
    public RunEgress? For(RunId run, RunBounds bounds, Actor actor)
    {
        var state = realm.State;
        if (state.OpenSession(bounds.Request.Session) is not { } session
            || state.Registry.Workflows.GetValueOrDefault(session.Terms.Workflow) is not { HasEgress: true })
            return null;
        var recorder = new EgressRecorder(realm, blobs, ids, time, actor, run, bounds.Request.Id);
        var desk = new RunEgressDesk(realm, run, bounds, holding, recorder, limits, time);
        return new RunEgress(new EgressProxy(desk, names, limits, time), recorder);
    }
}

/// <summary>The way out of one run, with the account of what went through it.</summary>
sealed class RunEgress(EgressProxy proxy, EgressRecorder recorder) : IAsyncDisposable
{
    public EgressProxy Door => proxy;

    /// <summary>The run is over: nothing is open any more, and all of it is durable.</summary>
    public async Task Finish()
    {
        await proxy.Finish();
        await recorder.Finish();
    }

    public async ValueTask DisposeAsync()
    {
        await proxy.DisposeAsync();
        await recorder.DisposeAsync();
    }
}
