using System.Collections.Concurrent;

namespace Writ.Server.Leasing;

/// <summary>
/// What this process still knows of the accounts that it made: what a service calls them, or the token that takes
/// itself back. A daemon that was restarted has forgotten it, and finds its way by what the service lists, or by time.
/// </summary>
sealed class BackendMemory
{
    /// <summary>More than a realm can have leases.</summary>
    const int CountMax = 50_000;

    readonly ConcurrentDictionary<string, string> _known = new(StringComparer.Ordinal);

    public void Keep(string account, string what)
    {
        if (_known.Count >= CountMax)
            throw new BackendFaultException("lease.backend-fault", "More accounts are made than can be kept in mind.");
        _known[account] = what;
    }

    public string? Of(string account) => _known.GetValueOrDefault(account);

    public void Forget(string account) => _known.TryRemove(account, out _);
}
