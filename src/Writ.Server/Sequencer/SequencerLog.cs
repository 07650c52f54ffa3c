namespace Writ.Server.Sequencer;

/// <summary>Diagnostics of the realm and its host. Event ids 100 to 149 are theirs and never reused.</summary>
static partial class SequencerLog
{
    [LoggerMessage(100, LogLevel.Information,
        "Realm {origin} is at entry {size}: {replayed} entries folded in {milliseconds} ms")]
    public static partial void Loaded(ILogger log, string origin, long size, long replayed, long milliseconds);

    [LoggerMessage(101, LogLevel.Warning, "The snapshot was thrown away: {doubt}")]
    public static partial void SnapshotDoubted(ILogger log, string doubt);

    [LoggerMessage(102, LogLevel.Warning, "The snapshot was not saved")]
    public static partial void SnapshotFailed(ILogger log, Exception e);

    [LoggerMessage(103, LogLevel.Error, "Deciding {move} failed; it is blocked")]
    public static partial void DecidingFailed(ILogger log, Exception e, string move);

    [LoggerMessage(104, LogLevel.Warning, "{move} does not fit an entry; it is refused")]
    public static partial void EntryTooLarge(ILogger log, string move);

    [LoggerMessage(105, LogLevel.Error, "{moves} moves were not kept: {code}")]
    public static partial void AppendFailed(ILogger log, Exception e, int moves, string code);

    [LoggerMessage(106, LogLevel.Critical, "The realm has stopped at entry {size}; restart to recover")]
    public static partial void Stopped(ILogger log, Exception e, long size);

    [LoggerMessage(107, LogLevel.Error, "An observer failed at entry {index}")]
    public static partial void ObserverFailed(ILogger log, Exception e, long index);

    [LoggerMessage(108, LogLevel.Error, "The ledger was not published up to entry {size}; trying again with the next")]
    public static partial void PublishingFailed(ILogger log, Exception e, long size);

    [LoggerMessage(109, LogLevel.Warning, "Run {run} of request {request} was under way when the last process ended")]
    public static partial void RunLost(ILogger log, string run, string request);

    [LoggerMessage(110, LogLevel.Warning, "The tick was not taken: {code}")]
    public static partial void TickFailed(ILogger log, string code);

    [LoggerMessage(120, LogLevel.Information, "Listening on {address}")]
    public static partial void Listening(ILogger log, string address);

    [LoggerMessage(121, LogLevel.Information, "Stopped at entry {size}")]
    public static partial void Ended(ILogger log, long size);

    [LoggerMessage(122, LogLevel.Information, "Removed the socket {path} that a process before left behind")]
    public static partial void StaleSocketRemoved(ILogger log, string path);

    [LoggerMessage(123, LogLevel.Warning, "A connection of an agent was not taken: {why}")]
    public static partial void NotAccepted(ILogger log, string why);
}
