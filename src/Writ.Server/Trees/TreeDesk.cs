using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using Writ.Linux;
using Writ.Runs;
using Writ.Server.Mediation;
using Writ.Server.Running;
using Writ.Server.Sequencer;
using Writ.Trees;
using Writ.Wire;

namespace Writ.Server.Trees;

/// <summary>
/// What happens to the changes of runs after their end: recorded, written into the work tree or taken out again, and
/// removed when the realm forgets them. One tree is written at a time.
/// </summary>
sealed class TreeDesk : IDisposable
{
    static readonly Actor.Host _host = new("trees");
    const int ResultsMax = 1_024;

    static readonly TimeSpan _retryAfter = TimeSpan.FromMilliseconds(50);

    readonly RealmActor _realm;
    readonly HeldStore _store;
    readonly IdSource _ids;
    readonly TimeProvider _time;
    readonly LayerLimits _limits;
    readonly IDisposable _subscription;
    readonly SemaphoreSlim _writing = new(1);

    // How far what is being written is, and what the last order of each run came to: a repeated one is answered so.
    readonly ConcurrentDictionary<RunId, TreeTally> _tallies = new();
    readonly ConcurrentDictionary<RunId, TreeResult> _results = new();

    public TreeDesk(RealmActor realm, HeldStore store, IdSource ids, LayerLimits limits, TimeProvider time)
    {
        (_realm, _store, _ids, _limits, _time) = (realm, store, ids, limits, time);
        _subscription = realm.Subscribe(committed =>
        {
            foreach (var happened in committed.Entry.Data.Events ?? [])
                if (happened is TreeEvent.Forgotten forgotten)
                    _ = Task.Run(() => Drop(forgotten.Run));
        });
    }

    /// <summary>Ends the run when it changes more than is held back; until it is disposed.</summary>
    public LayerWatch Watch(RunId run, IMediatedRun live) => new(_store.FolderOf(run), _limits, live, _time);

    /// <summary>How far the writing of a run's changes is; null when nothing of it is being written.</summary>
    public TreeProgress? ProgressOf(RunId run) => _tallies.GetValueOrDefault(run)?.Now;

    /// <summary>Puts on record what a run has changed, before its end is.</summary>
    public async Task<RecordedChanges> Record(RunId run, RequestId request, string tree, bool succeeded)
    {
        if (!_store.Has(run))
            return default;
        var summary = await Task.Run(() => _store.Look(run, tree, _ids.NewSalt()));
        if (summary is null)
        {
            Drop(run);
            return default;
        }
        var answer = await Insist(new TreeMove.Record(run, request, tree, summary, succeeded));
        if (answer.Decided is Decided.Refused { Refusal: var refusal })
        {
            Drop(run);
            return new($"writ: its changes are dropped: {refusal.Why} [{refusal.Code}]", Commits: false);
        }
        var commits = ((Decided.Accepted)answer.Decided).Events
            is [TreeEvent.Recorded { Held.State: HeldState.Committing }];
        return new(
            summary.Problem is { } problem
                ? $"writ: its changes can only be discarded: {problem}; see: writ changes {run}"
                : string.Create(CultureInfo.InvariantCulture,
                    $"writ: {summary.Count} changes are held back; see: writ changes {run}"),
            commits);
    }

    /// <summary>Commits by policy, after the run's end is on record.</summary>
    /// <returns>A sentence for who ran it.</returns>
    public async Task<string> CommitByPolicy(RunId run)
    {
        var result = await Commit(run);
        return result.Code is { } code
            ? $"writ: its changes are held back, because they could not be committed [{code}]; see: writ changes {run}"
            : string.Create(CultureInfo.InvariantCulture,
                $"writ: {result.Count} changes are committed; undo them with: writ undo {run}");
    }

    /// <summary>Writes what was ordered to be committed, and puts on record how that went.</summary>
    public Task<TreeResult> Commit(RunId run) => Settle(
        run, HeldState.Committing, (writer, held) => Chosen(held, out var changes, out var left)
            ?? writer.Commit(changes) with { Left = left });

    /// <summary>Takes out again what was ordered to be undone, and puts on record how that went.</summary>
    public Task<TreeResult> Undo(RunId run) => Settle(run, HeldState.Undoing, (writer, _) => writer.Undo());

    /// <summary>
    /// Ends what was under way when the last process ended, and removes what nobody knows any more. Before anything new
    /// starts.
    /// </summary>
    public async Task Recover()
    {
        foreach (var held in _realm.State.Held.Values.OrderBy(h => h.Run.Value, StringComparer.Ordinal))
            if (held.State == HeldState.Committing)
                await Settle(held.Run, HeldState.Committing, (writer, under) =>
                    writer.Resume() with { Left = Chosen(under, out _, out var left) is null ? left : null });
            else if (held.State == HeldState.Undoing)
                await Settle(held.Run, HeldState.Undoing, (writer, _) => writer.ResumeUndoing());
        _store.Sweep(_realm.State.Held.ContainsKey);
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

    async Task<TreeResult> Settle(RunId run, HeldState under, Func<TreeWriter, HeldChanges, TreeResult> write)
    {
        var tally = _tallies.GetOrAdd(run, _ => new TreeTally());
        await _writing.WaitAsync();
        try
        {
            var held = _realm.State.Held.GetValueOrDefault(run);
            // The same order put twice is carried out once, and answered alike.
            if (held is null || held.State != under)
                return _results.GetValueOrDefault(run)
                    ?? new TreeResult(held is null ? null : "tree.not-under-way", 0, []);
            var result = await Task.Run(() => Write(held, write, tally));
            var after = await Insist(new TreeMove.Settle(run, result));
            Remember(run, result);
            // What was undone while a rest is held needs no way back any more.
            if (under == HeldState.Undoing && after.After.Held.GetValueOrDefault(run) is { State: HeldState.Held })
                _store.ForgetJournals(run, held.Turns);
            return result;
        }
        finally
        {
            _tallies.TryRemove(run, out _);
            _writing.Release();
        }
    }

    void Remember(RunId run, TreeResult result)
    {
        if (_results.Count >= ResultsMax)
            _results.Clear();
        _results[run] = result;
    }

    TreeResult Write(HeldChanges held, Func<TreeWriter, HeldChanges, TreeResult> write, TreeTally tally)
    {
        if (SandboxLayout.ProblemWithTree(held.WorkTree) is not null)
            return new TreeResult("tree.no-tree", 0, []);
        try
        {
            using var writer = new TreeWriter(
                held.WorkTree, _store.FolderOf(held.Run), turns: held.Turns, tally: tally);
            return write(writer, held);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or LinuxFaultException)
        {
            return new TreeResult("tree.failed", 0, []);
        }
    }

    // The realm has decided by what it keeps of the list; here is the whole of it.
    TreeResult? Chosen(HeldChanges held, out ImmutableArray<TreeChange> changes, out int? left)
    {
        (changes, left) = ([], null);
        if (_store.ListOf(held.Summary) is not { } list)
            return new TreeResult("tree.lost", 0, []);
        var rest = TreeSelection.Without([.. list.Changes.Select(c => c.Change)], held.Parts);
        changes = TreeSelection.Of(rest, held.Paths);
        // What is never committed is no reason to hold anything.
        left = rest.Count(c => c.Kind != ChangeKind.Refused) - changes.Count(c => c.Kind != ChangeKind.Refused);
        var refused = changes.Where(c => c.Kind == ChangeKind.Refused).Select(c => c.Path).ToList();
        if (refused.Count > 0)
            return TreeResult.Of("tree.refused-entries", 0, refused);
        var later = changes.Where(c => c.ExecutesLater).Select(c => c.Path).ToList();
        return later.Count > 0 && !held.ExecutesLater ? TreeResult.Of("tree.executes-later", 0, later) : null;
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

/// <summary>What became of a run's changes when it ended.</summary>
/// <param name="Sentence">For who ran it; null when it changed nothing.</param>
/// <param name="Commits">Policy has them committed now.</param>
readonly record struct RecordedChanges(string? Sentence, bool Commits);
