namespace Writ.Server.Findings;

/// <summary>Diagnostics of findings. Event ids 2150 to 2169 are theirs, never reused; none says a secret.</summary>
static partial class FindingLog
{
    [LoggerMessage(2150, LogLevel.Warning, "A look for findings failed")]
    public static partial void LookFailed(ILogger log, Exception fault);

    [LoggerMessage(2151, LogLevel.Warning, "A search for secrets failed")]
    public static partial void SearchFailed(ILogger log, Exception fault);
}
