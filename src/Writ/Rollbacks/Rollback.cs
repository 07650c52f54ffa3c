namespace Writ.Rollbacks;

/// <summary>Which run a request takes back.</summary>
/// <param name="Request">The request that the run carried out.</param>
public sealed record Undoing(RunId Run, RequestId Request);

/// <summary>The last attempt to take a run back.</summary>
/// <param name="CommandDigest">Of the workflow's rollback as it was when this was asked.</param>
public sealed record RollbackTry(RequestId Request, string CommandDigest);

/// <summary>A run whose workflow says how it is taken back.</summary>
/// <param name="EndedAt">Null while it goes on.</param>
/// <param name="Undone">A rollback of it has ended well.</param>
public sealed record UndoableRun(
    RunId Run, RequestId Request, SessionId Session, WorkflowId Workflow, DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt = null, RollbackTry? Tried = null, bool Undone = false);

/// <summary>A run of a workflow's rollback that ended well: proof that this command did so once.</summary>
/// <param name="CommandDigest">See <see cref="RollbackRules.Digest"/>; another command is not tested by it.</param>
public sealed record RollbackTest(WorkflowId Workflow, string CommandDigest, RunId Run, DateTimeOffset At);

/// <summary>What a realm knows of rollbacks. The default knows nothing.</summary>
public sealed record RollbackBook(
    ImmutableDictionary<RunId, UndoableRun> Runs, ImmutableDictionary<WorkflowId, RollbackTest> Tests)
{
    /// <summary>Runs that can be taken back by name; of older ones the ledger tells.</summary>
    public const int RunsMax = 1_024;

    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(30);

    public static RollbackBook Empty { get; } = new(
        ImmutableDictionary<RunId, UndoableRun>.Empty, ImmutableDictionary<WorkflowId, RollbackTest>.Empty);

    internal RollbackBook With(UndoableRun run) => this with { Runs = Runs.SetItem(run.Run, run) };

    /// <summary>Adds a run; the oldest goes where there are too many, and what is too old goes in any case.</summary>
    internal RollbackBook Begin(UndoableRun run)
    {
        var runs = Runs.RemoveRange(Runs.Values.Where(r => r.StartedAt < run.StartedAt - KeptFor).Select(r => r.Run));
        if (runs.Count >= RunsMax)
            runs = runs.Remove(runs.Values.OrderBy(r => r.StartedAt)
                .ThenBy(r => r.Run.Value, StringComparer.Ordinal).First().Run);
        return this with { Runs = runs.SetItem(run.Run, run) };
    }
}
