using System.Collections.Concurrent;
using Writ.Egress;
using Writ.Leases;
using Writ.Linux;
using Writ.Realms;
using Writ.Server.Agents;
using Writ.Server.Sequencer;

namespace Writ.Server.Leasing;

/// <summary>
/// Gives a run its credentials: each is meant in the ledger before its backend is called, and counted as there only
/// when that is in the ledger too. What goes wrong in between is taken back by <see cref="LeaseKeeper"/>.
/// </summary>
sealed class LeaseDesk(
    RealmActor realm, IdSource ids, ICredentialBackends backends, RunRegistry runs, TimeProvider time,
    ILogger<LeaseDesk> log)
{
    static readonly Actor.Host _actor = new("leases");
    static readonly TimeSpan _settleMax = TimeSpan.FromSeconds(3);
    static readonly TimeSpan _retryAfter = TimeSpan.FromMilliseconds(50);

    /// <summary>An account ends by itself a little after its lease, for clocks that differ; the lease's own end comes
    /// first.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(60);

    readonly ConcurrentDictionary<LeaseId, LeaseDoor[]> _doors = new();
    readonly ConcurrentDictionary<LeaseId, LiveFolder> _renewed = new();
    readonly ConcurrentDictionary<LeaseId, bool> _beingMade = new();

    /// <summary>What a run has asked for; null where that is nothing. A refusal means that it must not start.</summary>
    public async Task<(RunCredentials? Given, Refusal? Refusal)> IssueFor(RunId run, CancellationToken cancel)
    {
        var asked = realm.State.Leases.Of(run);
        if (asked.IsEmpty)
            return default;
        var given = new RunCredentials();
        foreach (var state in asked)
        {
            var (issued, refusal) = await Issue(state.Lease, cancel);
            if (issued is null)
            {
                await given.DisposeAsync();
                return (null, refusal);
            }
            if (KeptOutside(state.Lease))
            {
                if (given.TryKeepOutside(state.Lease.Profile.Id, issued))
                    continue;
                await given.DisposeAsync();
                return (null, new Refusal("lease.no-token",
                    $"What profile {state.Lease.Profile.Id} gave out cannot be added to requests."));
            }
            LeaseDoor[] doors =
            [
                .. new[] { issued.Door, issued.Agent }.OfType<LeaseService>()
                    .Select(s => new LeaseDoor(s.SocketName, s, time)),
            ];
            var live = issued.IsRenewed ? new LiveFolder(issued.Files) : null;
            if (doors.Length > 0)
                _doors[state.Lease.Id] = doors;
            if (live is not null)
                _renewed[state.Lease.Id] = live;
            given.Add(state.Lease.Profile.Id, issued, [.. doors], live);
        }
        return (given, null);
    }

    bool KeptOutside(Lease lease) => realm.State.OpenSession(lease.Session) is { } session
        && InterceptionRules.KeepsOutside(
            realm.State.Registry.Workflows.GetValueOrDefault(session.Terms.Workflow), lease.Profile.Id);

    /// <summary>Its backend is making it at this moment: whoever asked now to take it back would hear that there is
    /// nothing, and a moment later there would be.</summary>
    public bool IsBeingMade(LeaseId lease) => _beingMade.ContainsKey(lease);

    async Task<(IssuedCredential? Issued, Refusal? Refusal)> Issue(Lease lease, CancellationToken cancel)
    {
        IssuedCredential issued;
        try
        {
            _beingMade[lease.Id] = true;
            if (await Submit(new LeaseMove.Intend(lease.Id, lease.Request)) is { } no)
                return (null, no);
            var backend = backends.For(lease.Profile);
            var until = Earlier(time.GetUtcNow().AddSeconds(lease.Profile.Ttl), lease.Until) + ClockSkew;
            issued = await BackendCalls.Within(time, c => backend.Issue(lease.Account, until, c), cancel);
        }
        catch (BackendFaultException fault)
        {
            _beingMade.TryRemove(lease.Id, out _);
            LeaseLog.NotIssued(log, lease.Id.Value, lease.Profile.Id, fault.Code, fault.Message);
            // It may be there all the same, so it is taken back like one that is.
            await Submit(new LeaseMove.Revoke(lease.Id, lease.Request, "lease.not-issued"));
            return (null, new Refusal(fault.Code, $"No credential of profile {lease.Profile.Id}: {fault.Message}"));
        }
        finally
        {
            _beingMade.TryRemove(lease.Id, out _);
        }
        return await Submit(new LeaseMove.Issue(lease.Id, lease.Request, issued.Fingerprint)) is { } over
            ? (null, over)
            : (issued, null);
    }

    /// <summary>Waits a little for the backends to confirm that what a run had is gone, so that mostly it is when
    /// whoever waits hears of the run's end.</summary>
    public async Task Settled(RunId run)
    {
        using var limit = new CancellationTokenSource(_settleMax, time);
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var subscription = realm.Subscribe(_ => Look());
        Look();
        await Task.WhenAny(gone.Task, Task.Delay(Timeout.InfiniteTimeSpan, time, limit.Token));

        void Look()
        {
            if (realm.State.Leases.Of(run).IsEmpty)
                gone.TrySetResult();
        }
    }

    /// <summary>Has the run find what replaces a credential of its own.</summary>
    /// <exception cref="BackendFaultException">It could not be given to it.</exception>
    public void Replace(Lease lease, IssuedCredential anew)
    {
        if (!_renewed.TryGetValue(lease.Id, out var live))
            return;
        // What cannot be masked must not be given.
        if (runs.SecretsOf(lease.Run) is not { } secrets || !anew.Secrets.All(secrets.TryAdd))
            throw new BackendFaultException("lease.unmaskable", "The new one cannot be masked in what the run prints.");
        try
        {
            live.Put(anew.Files);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or LinuxFaultException)
        {
            throw new BackendFaultException("lease.backend-fault", "The run's files cannot be replaced.", e);
        }
    }

    /// <summary>Cuts what goes through the doors of leases that are over, and takes away what they had in memory.
    /// </summary>
    public void CloseDoors(RealmState state)
    {
        foreach (var (lease, doors) in _doors)
            if (IsOver(lease) && _doors.TryRemove(lease, out _))
                foreach (var door in doors)
                    _ = door.Close();
        foreach (var (lease, live) in _renewed)
            if (IsOver(lease) && live.TryRemove())
                _renewed.TryRemove(lease, out _);

        bool IsOver(LeaseId lease) => state.Leases.Live.GetValueOrDefault(lease) is not LeaseState.Issued;
    }

    /// <summary>A full queue or disk only delays what has to be in the ledger; a refusal is an answer.</summary>
    /// <exception cref="RealmUnavailableException">The realm has stopped.</exception>
    public async Task<Refusal?> Submit(Move move)
    {
        var key = ids.New("mv");
        while (true)
        {
            try
            {
                var answer = await realm.Submit(move, _actor, key, CancellationToken.None);
                return answer.Decided is Decided.Refused refused ? refused.Refusal : null;
            }
            catch (RealmUnavailableException e) when (e.Code != RealmUnavailableException.Stopped)
            {
                await Task.Delay(_retryAfter, time, CancellationToken.None);
            }
        }
    }

    static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
