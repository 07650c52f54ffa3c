namespace Writ.Server.Leasing;

/// <summary>Diagnostics of credentials. Event ids 2100 to 2149 are theirs, never reused; none says a secret.</summary>
static partial class LeaseLog
{
    [LoggerMessage(2100, LogLevel.Warning, "Lease {lease} of profile {profile} was not issued: {code}: {why}")]
    public static partial void NotIssued(ILogger log, string lease, string profile, string code, string why);

    [LoggerMessage(2101, LogLevel.Warning,
        "Lease {lease} of profile {profile} is not revoked yet, attempt {count}: {code}: {why} Again in {wait}")]
    public static partial void NotRevoked(
        ILogger log, string lease, string profile, int count, string code, string why, TimeSpan wait);

    [LoggerMessage(2102, LogLevel.Warning, "Lease {lease} was not renewed: {code}: {why}")]
    public static partial void NotRenewed(ILogger log, string lease, string code, string why);

    [LoggerMessage(2103, LogLevel.Warning, "The backend of profile {profile} was not looked through: {code}: {why}")]
    public static partial void NotSwept(ILogger log, string profile, string code, string why);

    [LoggerMessage(2104, LogLevel.Warning, "Account {account} at the backend of {profile} belonged to nothing")]
    public static partial void OrphanRemoved(ILogger log, string account, string profile);

    [LoggerMessage(2105, LogLevel.Error, "The backend of profile {profile} broke")]
    public static partial void BackendBroke(ILogger log, Exception fault, string profile);

}
