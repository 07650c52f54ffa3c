using System.Collections.Concurrent;
using System.Collections.Immutable;
using Writ.Kills;
using Writ.Runs.Recordings;
using Writ.Server.Running;
using Writ.Server.Sequencer;
using Writ.Sessions;

namespace Writ.Server.Agents;

/// <summary>
/// The runs that are under way in this process, by id. Whatever ends a session (closing, expiry, a budget, the kill
/// switch) ends its runs here at once, and takes down what stands ready for its next one. A run that is only being
/// started when that happens never gets to its first instruction, or is killed as soon as it exists.
/// </summary>
public sealed class RunRegistry : IDisposable
{
    readonly ConcurrentDictionary<RunId, LiveRun> _live = new();
    readonly TimeProvider _time;
    readonly IDisposable _subscription;

    public RunRegistry(RealmActor realm, Runner runner, TimeProvider time)
    {
        _time = time;
        _subscription = realm.Subscribe(committed => End(runner, committed.Entry.Data.Events ?? []));
    }

    void End(Runner runner, ImmutableArray<Event> events)
    {
        foreach (var ended in events.OfType<SessionEvent.Ended>())
        {
            foreach (var run in ended.Runs)
                if (_live.TryGetValue(run, out var live))
                    live.Kill(withEvidence: ended.Code == "session.killed");
            runner.Dismiss(ended.Session.Value);
        }
    }

    public int Count => _live.Count;

    /// <summary>Kills these runs and answers when none of their processes is left.</summary>
    public async Task<ImmutableArray<KillStep>> KillAsync(IEnumerable<RunId> runs)
    {
        var started = _time.GetTimestamp();
        var steps = await Task.WhenAll(runs.Distinct().Select(async id =>
        {
            // Not here: it ended before, and there is nothing left to kill.
            Evidence? evidence = null;
            if (_live.TryGetValue(id, out var live))
            {
                live.Kill(withEvidence: true);
                evidence = await live.Dead;
            }
            return new KillStep(
                id, (int)_time.GetElapsedTime(started).TotalMilliseconds, evidence?.FrozenMs, evidence?.Processes,
                evidence?.Digest);
        }));
        return [.. steps];
    }

    public void Dispose() => _subscription.Dispose();

    /// <summary>Names a run before its writ is consumed, so that no kill can miss it.</summary>
    internal LiveRun Begin(RunId id)
    {
        var live = new LiveRun();
        Invariant.Must(_live.TryAdd(id, live), $"Run {id} is new.");
        return live;
    }

    /// <summary>
    /// What a run under way must not show; null when there is no such run here. Whoever hands it a credential adds the
    /// value before, and does not hand it over when that is refused.
    /// </summary>
    internal KnownSecrets? SecretsOf(RunId id) => _live.GetValueOrDefault(id)?.Secrets;

    internal void Forget(RunId id)
    {
        if (_live.TryRemove(id, out var live))
            live.MarkDead();
    }
}

/// <summary>What is known of a run that stood still before it was ended.</summary>
/// <param name="Digest">Of the blob that says what its processes were.</param>
sealed record Evidence(int FrozenMs, int Processes, string Digest);

/// <summary>A run from before it is started until none of it is left.</summary>
sealed class LiveRun
{
    readonly Lock _gate = new();
    readonly TaskCompletionSource<Evidence?> _dead = new(TaskCreationOptions.RunContinuationsAsynchronously);
    Run? _run;
    bool _killed;
    bool _withEvidence;

    /// <summary>What is masked in everything that it prints.</summary>
    public KnownSecrets Secrets { get; } = new();

    /// <summary>Completes when none of it is left, with what is known of it if it was made to stand still.</summary>
    public Task<Evidence?> Dead => _dead.Task;

    public bool IsKilled
    {
        get
        {
            lock (_gate)
                return _killed;
        }
    }

    public void Attach(Run run)
    {
        lock (_gate)
        {
            _run = run;
            if (_killed)
                _ = run.Kill(_withEvidence);
        }
    }

    public void Kill(bool withEvidence = false)
    {
        lock (_gate)
        {
            _killed = true;
            _withEvidence |= withEvidence;
            _ = _run?.Kill(withEvidence);
        }
    }

    public void MarkDead(Evidence? evidence = null) => _dead.TrySetResult(evidence);
}
