using System.Collections.Immutable;
using System.Globalization;
using Writ.Linux;
using Writ.Runs;
using Writ.Server.Running;
using Writ.Server.Sequencer;
using Writ.Trees;

namespace Writ.Server.Trees;

/// <summary>
/// What happens to the changes of runs after their end: recorded, written into the work tree or taken out again, and
/// removed when the realm forgets them. One tree is written at a time.
/// </summary>
sealed class TreeDesk : IDisposable
{
    static readonly Actor.Host _host = new("trees");
    static readonly TimeSpan _retryAfter = TimeSpan.FromMilliseconds(50);

    readonly RealmActor _realm;
    readonly HeldStore _store;
    readonly IdSource _ids;
    readonly TimeProvider _time;
    readonly IDisposable _subscription;
    readonly SemaphoreSlim _writing = new(1);

    public TreeDesk(RealmActor realm, HeldStore store, IdSource ids, TimeProvider time)
    {
        (_realm, _store, _ids, _time) = (realm, store, ids, time);
        _subscription = realm.Subscribe(committed =>
        {
            foreach (var happened in committed.Entry.Data.Events ?? [])
                if (happened is TreeEvent.Forgotten forgotten)
                    _ = Task.Run(() => Drop(forgotten.Run));
        });
    }

    /// <summary>Puts on record what a run has changed, before its end is.</summary>
    /// <returns>A sentence for who ran it; null when it changed nothing.</returns>
    public async Task<string?> Record(RunId run, RequestId request, string tree, bool succeeded)
    {
        if (!_store.Has(run))
            return null;
        var summary = await Task.Run(() => _store.Look(run, tree, _ids.NewSalt()));
        if (summary is null)
        {
            Drop(run);
            return null;
        }
        var answer = await Insist(new TreeMove.Record(run, request, tree, summary, succeeded));
        if (answer.Decided is Decided.Refused { Refusal: var refusal })
        {
            Drop(run);
            return $"writ: its changes are dropped: {refusal.Why} [{refusal.Code}]";
        }
        return summary.Problem is { } problem
            ? $"writ: its changes can only be discarded: {problem}; see: writ changes {run}"
            : string.Create(CultureInfo.InvariantCulture,
                $"writ: {summary.Count} changes are held back; see: writ changes {run}");
    }

    /// <summary>Removes what is kept of a run; what cannot be removed now goes at the next start.</summary>
    public void Drop(RunId run)
    {
        try
        {
            _store.Forget(run);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or LinuxFaultException)
        {
            return;
        }
    }

    public void Dispose()
    {
        _subscription.Dispose();
        _writing.Dispose();
    }

    // A full queue or disk only delays what has to be in the ledger; a stopped realm is told of.
    async Task<MoveAnswer> Insist(Move move)
    {
        var key = _ids.New("mv");
        while (true)
        {
            try
            {
                return await _realm.Submit(move, _host, key, CancellationToken.None);
            }
            catch (RealmUnavailableException e) when (e.Code != RealmUnavailableException.Stopped)
            {
                await Task.Delay(_retryAfter, _time, CancellationToken.None);
            }
        }
    }
}
