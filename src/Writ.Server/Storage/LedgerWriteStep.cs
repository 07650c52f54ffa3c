namespace Writ.Server.Storage;

/// <summary>The steps of one append, in their order.</summary>
public enum LedgerWriteStep
{
    Begin,
    MoveHead,
    Insert,
    Commit,
}

/// <summary>
/// Stands between the store and SQLite while an append runs, so that the fault table can make any step fail. Each
/// answer is a SQLite result code; 0 lets things take their course. Absent in production.
/// </summary>
public interface ILedgerWriteFaults
{
    /// <summary>Anything but 0: the step does not run and this is its result.</summary>
    int Before(LedgerWriteStep step);

    /// <summary>Anything but 0: the step did run, but this is reported.</summary>
    int After(LedgerWriteStep step);
}
