using Writ.Egress;
using Writ.Runs;
using Writ.Runs.Recordings;
using Writ.Server.Holding;
using Writ.Server.Leasing;
using Writ.Server.Sequencer;
using Writ.Server.Storage;

namespace Writ.Server.Egress;

/// <summary>Opens a way out for the runs whose workflow has one.</summary>
sealed class EgressFactory(
    RealmActor realm, BlobStore blobs, IdSource ids, INameResolver names, IHoldingDesk holding,
    AdminFiles admins, EgressLimits limits, TimeProvider time)
{
    /// <summary>Null for a run that reaches nothing.</summary>
    /// <param name="secrets">What the run knows and its record must not tell; it may grow while it goes on.</param>
    public RunEgress? For(RunId run, RunBounds bounds, KnownSecrets secrets, Actor actor)
    {
        var state = realm.State;
        if (state.OpenSession(bounds.Request.Session) is not { } session
            || state.Registry.Workflows.GetValueOrDefault(session.Terms.Workflow) is not { HasEgress: true })
            return null;
        var recorder = new EgressRecorder(realm, blobs, ids, time, actor, run, bounds.Request.Id);
        var desk = new RunEgressDesk(realm, run, bounds, holding, recorder, secrets, limits, time);
        var seen = InterceptionRules.Of(state.Registry.Workflows[session.Terms.Workflow]);
        var proxy = new EgressProxy(desk, names, limits, time)
        {
            Authority = seen.IsEmpty ? null
                : new RunAuthority(run.Value, seen.Select(g => g.Host).Distinct(), time.GetUtcNow()),
        };
        // The secret that people were shown, or none.
        foreach (var grant in seen)
            if (grant.Credential?.File is { } file && admins.Held(file) is { } held
                && InterceptionRules.Agreed(bounds.Request.Environment, grant, out var print)
                && print == held.Fingerprint)
                proxy.Credentials.Add(held, isFile: true);
        return new RunEgress(proxy, recorder);
    }
}

/// <summary>The way out of one run, with the account of what went through it.</summary>
sealed class RunEgress : IAsyncDisposable
{
    readonly EgressProxy _proxy;
    readonly EgressRecorder _recorder;

    public RunEgress(EgressProxy proxy, EgressRecorder recorder)
    {
        (_proxy, _recorder) = (proxy, recorder);
        _ = StopOnFault();
    }

    public EgressProxy Door => _proxy;

    /// <summary>Gives a way out what it is to add, and says everything that the run must not show.</summary>
    public static IEnumerable<string> Secrets(RunEgress? way, RunCredentials? given)
    {
        foreach (var kept in given?.Outside ?? [])
            way?._proxy.Credentials.Add(kept, isFile: false);
        return (given?.Secrets ?? []).Concat(way?._proxy.Credentials.All.Select(h => h.Secret) ?? []);
    }

    /// <summary>The run is over: nothing is open any more, and all of it is durable.</summary>
    public async Task Finish()
    {
        await _proxy.Finish();
        await _recorder.Finish();
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _recorder.DisposeAsync();
    }

    // What cannot be recorded does not happen.
    async Task StopOnFault()
    {
        try
        {
            await _recorder.Writing;
        }
        catch (Exception fault)
        {
            _proxy.Fail("net.recorder-fault", $"What the run reaches cannot be recorded: {fault.Message}");
        }
    }
}
