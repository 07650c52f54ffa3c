using System.Collections.Immutable;
using Writ.Leases;
using Writ.Realms;
using Writ.Server.Sequencer;
using Writ.Wire;

namespace Writ.Server.Leasing;

/// <summary>
/// Compares what backends have with what the ledger knows, both ways: an account of ours that no living lease explains
/// is removed, and a lease whose account is gone is over. Each is a finding.
/// </summary>
sealed class LeaseSweeper(
    RealmActor realm, LeaseDesk desk, ICredentialBackends backends, TimeProvider time, ILogger<LeaseSweeper> log)
    : IDisposable
{
    const int FindingsMax = 20;

    readonly SemaphoreSlim _one = new(1);

    public void Dispose() => _one.Dispose();

    public async Task<LeaseSweep> Sweep(CancellationToken cancel)
    {
        await _one.WaitAsync(cancel);
        try
        {
            var sum = new LeaseSweep(0, 0, 0, 0, []);
            foreach (var profile in Places(realm.State))
                sum = await Sweep(profile, sum, cancel);
            return sum;
        }
        finally
        {
            _one.Release();
        }
    }

    // One look at each place, through the account of any profile there.
    static IEnumerable<CredentialProfile> Places(RealmState state) =>
        state.Registry.Document.Targets.SelectMany(t => t.Credentials ?? [])
            .Concat(state.Leases.Live.Values.Select(l => l.Lease.Profile))
            .DistinctBy(Place);

    static string Place(CredentialProfile profile) => $"{profile.Admin} {profile.Backend}";

    async Task<LeaseSweep> Sweep(CredentialProfile profile, LeaseSweep sum, CancellationToken cancel)
    {
        try
        {
            // What is issued before the look has to be in it; what is intended in the ledger before an account is made
            // is there after it.
            var before = realm.State;
            var backend = backends.For(profile);
            if (!backend.CanEnumerate)
                return sum;
            var found = await BackendCalls.Within(
                time, c => backend.Enumerate(LeaseNames.PrefixOf(before.Origin), c), cancel);
            var after = realm.State;
            var (orphans, gone) = Compare(before, after, profile, found);
            foreach (var account in orphans)
                sum = await Remove(profile, backend, account, sum, cancel);
            foreach (var lease in gone)
                if (await desk.Submit(new LeaseMove.Revoke(lease.Id, lease.Request, "lease.account-gone")) is null)
                {
                    sum = sum with { Gone = sum.Gone + 1 };
                    await Raise(sum, new Finding("lease.account-gone", null,
                        $"Account {lease.Account} of profile {profile.Id} was gone before its time."));
                }
            return sum with { Backends = sum.Backends + 1, Accounts = sum.Accounts + found.Length };
        }
        catch (BackendFaultException fault)
        {
            LeaseLog.NotSwept(log, profile.Id, fault.Code, fault.Message);
            return sum with { Failed = sum.Failed.Add(new LeaseSweepFailure(profile.Id, fault.Code)) };
        }
    }

    /// <summary>Accounts that nothing explains, and leases without their account.</summary>
    internal static (ImmutableArray<string> Orphans, ImmutableArray<Lease> Gone) Compare(
        RealmState before, RealmState after, CredentialProfile profile, ImmutableArray<string> found) =>
    (
        [
            .. found.Where(a => LeaseNames.LeaseOf(after.Origin, a) is { } lease
                && !IsExplained(before, after, lease)),
        ],
        // A full answer may be a part of one.
        found.Length >= ICredentialBackend.EnumeratedMax ? [] : Gone(before, after, profile, found));

    // What ended while the backend was looked through may have been seen there.
    static bool IsExplained(RealmState before, RealmState after, LeaseId lease) =>
        before.Leases.Live.ContainsKey(lease) || after.Leases.Live.ContainsKey(lease)
        || (after.Leases.Ended.TryGetValue(lease, out var ended) && ended.At >= before.Now);

    async Task<LeaseSweep> Remove(
        CredentialProfile profile, ICredentialBackend backend, string account, LeaseSweep sum, CancellationToken cancel)
    {
        await BackendCalls.Within(time, c => backend.Revoke(account, c), cancel);
        LeaseLog.OrphanRemoved(log, account, profile.Id);
        sum = sum with { Orphans = sum.Orphans + 1 };
        await Raise(sum, new Finding("lease.orphan", null,
            $"Account {account} at {profile.Backend} was of this realm and of no lease that lives; it is removed."));
        return sum;
    }

    // So many are said one by one; of more the diagnostics tell.
    async Task Raise(LeaseSweep sum, Finding finding)
    {
        if (sum.Orphans + sum.Gone <= FindingsMax)
            await desk.Submit(new RealmMove.RaiseFinding(finding));
    }

    static ImmutableArray<Lease> Gone(
        RealmState before, RealmState after, CredentialProfile profile, ImmutableArray<string> found)
    {
        var there = found.ToHashSet(StringComparer.Ordinal);
        return
        [
            .. before.Leases.Live.Values.OfType<LeaseState.Issued>().Select(l => l.Lease)
                .Where(l => Place(l.Profile) == Place(profile) && !there.Contains(l.Account)
                    && after.Leases.Live.GetValueOrDefault(l.Id) is LeaseState.Issued),
        ];
    }
}
