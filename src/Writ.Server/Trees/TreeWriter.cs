using System.Collections.Immutable;
using Writ.Linux;
using Writ.Server.Running;
using Writ.Trees;

namespace Writ.Server.Trees;

/// <summary>
/// Writes a run's changes into its work tree and takes them out again, as the user the run was of. No link is followed,
/// each entry is there in its old or its new form and never in between, and whatever interrupts it can be finished or
/// taken back from the journal.
/// </summary>
/// <param name="tree">The work tree.</param>
/// <param name="runFolder">The run's own folder among the held changes.</param>
/// <param name="passed">Called with the name of every point that has been passed, for tests that end it there.</param>
/// <param name="turns">How many commits of the run are in the tree.</param>
/// <param name="tally">Told how far it is; null where nobody wants to know.</param>
/// <param name="atOnceMin">
/// From so many files on their file system is made durable as a whole, which writes what others have written too.
/// </param>
sealed partial class TreeWriter(
    string tree, string runFolder, Action<string>? passed = null, int turns = 0, TreeTally? tally = null,
    int atOnceMin = 32) : IDisposable
{
    readonly TreeFolder _tree = TreeFolder.Open(tree);
    readonly TreeTally _tally = tally ?? new TreeTally();
    readonly RunIdentity _identity = Runner.IdentityIn(tree);
    int _turns = turns;

    // The one that is written, or all that are taken back.
    ImmutableArray<TreeJournal> _journals = [];
    ImmutableArray<int> _counts = [];

    TreeJournal Journal => _journals[0];

    /// <summary>Writes these changes into the tree; all of them, or none.</summary>
    public TreeResult Commit(ImmutableArray<TreeChange> changes)
    {
        var steps = TreePlan.Order(changes);
        if (steps.IsEmpty)
            return new TreeResult("tree.nothing-chosen", 0, []);
        _journals = [new TreeJournal(runFolder, _turns)];
        return Cleared(Guarded(() =>
        {
            Journal.Begin();
            Passed("begun");
            _tally.Begin("looking at the work tree", steps);
            if (ProblemBefore(steps) is { } problem)
                return problem;
            _tally.Begin("keeping what is replaced", steps);
            KeepOld(steps);
            Journal.Prepare(steps);
            Passed("prepared");
            return Finish(steps);
        }));
    }

    /// <summary>What a commit that was under way when the process ended has come to, after this has ended it.</summary>
    public TreeResult Resume() => Guarded(() =>
    {
        _journals = [new TreeJournal(runFolder, _turns)];
        if (!Journal.IsPrepared)
        {
            Journal.Remove();
            return new TreeResult("tree.interrupted", 0, []);
        }
        var steps = Journal.Steps();
        if (Journal.IsDone)
            return new TreeResult(null, Count(steps), []);
        Sweep(steps);
        return Finish(steps);
    });

    /// <summary>Takes out of the tree what commits have written into it; all of it, or nothing.</summary>
    public TreeResult Undo() => Guarded(() =>
    {
        if (!TryTurns(out var steps))
            return new TreeResult("tree.no-journal", 0, []);
        _tally.Begin("looking at the work tree", steps);
        ImmutableArray<string> changed =
            [.. TreePlan.ChangedSince(steps, Found), .. Strangers(TreePlan.Back(steps))];
        if (!changed.IsEmpty)
            return TreeResult.Of("tree.undo-conflict", 0, changed);
        Journal.MarkUndoing();
        Passed("undoing");
        return FinishUndoing(steps);
    });

    /// <summary>What an undoing that was under way when the process ended has come to.</summary>
    public TreeResult ResumeUndoing() => Guarded(() =>
    {
        if (!TryTurns(out var steps) || !Journal.IsUndoing)
            return new TreeResult("tree.interrupted", 0, []);
        Sweep(steps);
        return FinishUndoing(steps);
    });

    public void Dispose() => _tree.Dispose();

    // Every commit as one, the first before the others, as if they had been made at once.
    bool TryTurns(out ImmutableArray<TreeStep> steps)
    {
        _journals = [.. Enumerable.Range(0, Math.Max(1, _turns)).Select(turn => new TreeJournal(runFolder, turn))];
        steps = [];
        if (!_journals.All(j => j.IsDone))
            return false;
        var parts = _journals.Select(j => j.Steps()).ToList();
        _counts = [.. parts.Select(p => p.Length)];
        steps = [.. parts.SelectMany(p => p)];
        return true;
    }

    Descriptor? TryOld(int index)
    {
        var turn = 0;
        for (; turn < _journals.Length - 1 && index >= _counts[turn]; turn++)
            index -= _counts[turn];
        return _journals[turn].TryOld(index);
    }

    TreeResult Finish(ImmutableArray<TreeStep> steps)
    {
        if (TryMake(steps, forward: true) is { } stopped)
        {
            Sweep(steps);
            var left = MakeAllThatStand(TreePlan.Back(steps), forward: false);
            SyncFolders(steps);
            Journal.Remove();
            return TreeResult.Of(
                left.IsEmpty ? stopped.Code : "tree.half-done", left.Length, [.. left, .. stopped.Paths]);
        }
        SyncFolders(steps);
        Passed("synced");
        Journal.MarkDone();
        _turns++;
        Passed("done");
        return new TreeResult(null, Count(steps), []);
    }

    TreeResult FinishUndoing(ImmutableArray<TreeStep> steps)
    {
        if (TryMake(TreePlan.Back(steps), forward: false) is { } stopped)
        {
            Sweep(steps);
            var left = MakeAllThatStand(steps, forward: true);
            SyncFolders(steps);
            Journal.UnmarkUndoing();
            return TreeResult.Of(
                left.IsEmpty ? "tree.undo-conflict" : "tree.half-done", left.Length, [.. left, .. stopped.Paths]);
        }
        SyncFolders(steps);
        Passed("undone");
        return new TreeResult(null, Count(steps), []);
    }

    // Null when every step is made. The content of many files is written beside their places, made durable at once, and
    // only then put there, so that no place ever has a file whose content a power cut can take.
    TreeResult? TryMake(ImmutableArray<TreeStep> steps, bool forward)
    {
        _tally.Begin("writing", steps);
        var atOnce = steps.Count(s => s.To is { Kind: EntryKind.File }) >= atOnceMin && _tree.CanSyncAll;
        var staged = new List<Staged>();
        _stagedBytes = 0;
        for (var i = 0; i < steps.Length; i++)
        {
            _tally.Pass();
            try
            {
                // A folder gets its last mode, which may forbid it, when everything in it has its place.
                if ((IsModeOfFolder(steps[i]) || IsFull(staged)) && Place(staged) is { } stopped)
                    return stopped;
                switch (TreePlan.Stand(steps, i, Found(steps[i].Path)))
                {
                    case StepState.Foreign:
                        return new TreeResult("tree.conflict", 0, [steps[i].Path]);
                    case StepState.Ahead:
                        var index = forward ? i : steps.Length - 1 - i;
                        if (atOnce && steps[i].To is { Kind: EntryKind.File })
                            staged.Add(Stage(steps[i], index, forward));
                        else
                        {
                            Make(steps[i], index, forward);
                            Passed($"made {index}");
                        }
                        break;
                    default:
                        break;
                }
            }
            catch (Exception fault) when (IsOfTheWorld(fault))
            {
                return new TreeResult(CodeOf(fault), 0, [steps[i].Path]);
            }
        }
        return Place(staged);
    }

    // The paths that could not be made to be as they were.
    ImmutableArray<string> MakeAllThatStand(ImmutableArray<TreeStep> steps, bool forward)
    {
        var left = ImmutableArray.CreateBuilder<string>();
        for (var i = 0; i < steps.Length; i++)
        {
            try
            {
                var state = TreePlan.Stand(steps, i, Found(steps[i].Path));
                if (state == StepState.Ahead)
                    Make(steps[i], forward ? i : steps.Length - 1 - i, forward);
            }
            catch (Exception fault) when (IsOfTheWorld(fault))
            {
                left.Add(steps[i].Path);
            }
        }
        return left.ToImmutable();
    }

    TreeResult? ProblemBefore(ImmutableArray<TreeStep> steps)
    {
        ImmutableArray<string> conflicts = [.. TreePlan.Conflicts(steps, Found), .. Strangers(steps)];
        if (!conflicts.IsEmpty)
            return TreeResult.Of("tree.conflict", 0, conflicts);
        ImmutableArray<string> foreign =
            [.. steps.Where(s => s.From is not null && !IsOurs(s.Path)).Select(s => s.Path)];
        return foreign.IsEmpty ? null : TreeResult.Of("tree.foreign-owner", 0, foreign);
    }

    // What stands in folders that are to go and is not to go with them.
    IEnumerable<string> Strangers(ImmutableArray<TreeStep> steps)
    {
        var going = steps.Where(s => s.To is null).Select(s => s.Path).ToHashSet(StringComparer.Ordinal);
        foreach (var folder in steps.Where(s => s is { To: null, From.Kind: EntryKind.Directory }).Select(s => s.Path))
            foreach (var name in NamesIn(folder))
                if (!going.Contains($"{folder}/{name}"))
                    yield return $"{folder}/{name}";
    }

    List<string> NamesIn(string path)
    {
        using var identity = As();
        using var folder = _tree.TryEnter(path);
        return folder is null ? [] : [.. folder.Names()];
    }

    bool IsOurs(string path)
    {
        var (above, name) = TreeEntries.Split(path);
        using var identity = As();
        using var folder = _tree.TryEnter(above);
        return folder?.TryFacts(name) is not { } facts || facts.OwnerUid == _identity.Uid;
    }

    TreeEntry? Found(string path)
    {
        _tally.Look();
        using var identity = As();
        return TreeEntries.ReadAt(_tree, path);
    }

    void KeepOld(ImmutableArray<TreeStep> steps)
    {
        using var kept = Journal.Open();
        var atOnce = steps.Count(s => s.From is { Kind: EntryKind.File }) >= atOnceMin && kept.CanSyncAll;
        for (var i = 0; i < steps.Length; i++)
        {
            if (steps[i].From is not { Kind: EntryKind.File } from)
                continue;
            var (above, name) = TreeEntries.Split(steps[i].Path);
            using var source = OpenInTree(above, name) ?? throw new TreeLostException("tree.conflict");
            using var target = TreeJournal.CreateOld(kept, i);
            Copy(source, target, from, "tree.conflict");
            if (!atOnce)
                target.Sync();
        }
        if (atOnce)
            kept.SyncAll();
    }

    Descriptor? OpenInTree(string above, string name)
    {
        using var identity = As();
        using var folder = _tree.TryEnter(above);
        return folder?.TryRead(name);
    }

    void Make(TreeStep step, int index, bool forward)
    {
        var (above, name) = TreeEntries.Split(step.Path);
        using var source = step.To is { Kind: EntryKind.File } ? Content(step.Path, index, forward) : null;
        using var identity = As();
        using var folder = _tree.TryEnter(above) ?? throw new TreeLostException("tree.conflict");
        switch (step)
        {
            case { To: null, From.Kind: EntryKind.Directory }:
                folder.RemoveFolder(name);
                break;
            case { To: null }:
                folder.Remove(name);
                break;
            case { To: { Kind: EntryKind.Directory } to, From: null }:
                folder.MakeFolder(name, to.Mode);
                break;
            case { To: { Kind: EntryKind.Directory } to }:
                folder.SetFolderMode(name, to.Mode);
                break;
            default:
                Replace(folder, name, step, index, source);
                break;
        }
    }

    void SyncFolders(ImmutableArray<TreeStep> steps)
    {
        var folders = steps.Select(s => TreeEntries.Split(s.Path).Above).ToHashSet(StringComparer.Ordinal);
        if (folders.Count >= atOnceMin && _tree.CanSyncAll)
        {
            _tree.SyncAll();
            return;
        }
        foreach (var above in folders)
        {
            using var identity = As();
            using var folder = _tree.TryEnter(above);
            folder?.Sync();
        }
    }

    // A result that ended before anything was prepared leaves nothing behind.
    TreeResult Cleared(TreeResult result)
    {
        if (!Journal.IsPrepared)
            Journal.Remove();
        return result;
    }

    static TreeResult Guarded(Func<TreeResult> work)
    {
        try
        {
            return work();
        }
        catch (Exception fault) when (IsOfTheWorld(fault))
        {
            return TreeResult.Of(CodeOf(fault), 0, []);
        }
    }

    static bool IsModeOfFolder(TreeStep step) =>
        step is { From.Kind: EntryKind.Directory, To.Kind: EntryKind.Directory };

    static bool IsOfTheWorld(Exception fault) => fault is LinuxFaultException or IOException
        or UnauthorizedAccessException or TreeUnreadableException or TreeLostException;

    static string CodeOf(Exception fault) => fault is TreeLostException lost ? lost.Code : "tree.failed";

    static int Count(ImmutableArray<TreeStep> steps) =>
        steps.Select(s => s.Path).Distinct(StringComparer.Ordinal).Count();

    FileIdentity As() => _identity.Changes ? FileIdentity.Of(_identity.Uid, _identity.Gid) : default;

    void Passed(string point) => passed?.Invoke(point);
}

/// <summary>What was to be written or kept is not what was seen.</summary>
sealed class TreeLostException(string code) : Exception(code)
{
    public string Code { get; } = code;
}
