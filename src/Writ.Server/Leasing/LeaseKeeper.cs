using System.Collections.Concurrent;
using System.Security.Cryptography;
using Writ.Changes;
using Writ.Leases;
using Writ.Realms;
using Writ.Runs;
using Writ.Server.Sequencer;
using Writ.Sessions;

namespace Writ.Server.Leasing;

/// <summary>
/// Takes back what is over and has the rest live on. It tries for ever, ever more slowly and never in step; what is
/// owed when it starts it spreads over so many attempts a second, and it has no more than a few under way at once, so
/// that neither a restart nor a backend that was down is met by a storm. Nothing waits for it: a daemon is up before
/// its first attempt.
/// </summary>
sealed class LeaseKeeper(
    RealmActor realm, LeaseDesk desk, ICredentialBackends backends, LeaseSweeper sweeper, TimeProvider time,
    ILogger<LeaseKeeper> log)
    : BackgroundService
{
    public const int AttemptsAtOnce = 8;
    public const int AttemptsASecond = 50;

    /// <summary>After so many attempts the ledger says that it does not work, and the target's owner is told.</summary>
    public const int AttemptsUntilTold = 3;

    static readonly TimeSpan _lookEvery = TimeSpan.FromSeconds(1);
    static readonly TimeSpan _firstAgain = TimeSpan.FromSeconds(1);
    static readonly TimeSpan _againMost = TimeSpan.FromMinutes(5);
    static readonly TimeSpan _sweepEvery = TimeSpan.FromMinutes(5);

    readonly SemaphoreSlim _wake = new(0, 1);
    readonly SemaphoreSlim _free = new(AttemptsAtOnce);
    readonly ConcurrentDictionary<LeaseId, Trying> _trying = new();
    readonly ConcurrentDictionary<LeaseId, bool> _renewing = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Off the thread that starts the daemon.
        await Task.Yield();
        using var subscription = realm.Subscribe(c => Notice(c.Entry.Data.Events ?? []));
        var sweepAt = time.GetUtcNow() + Around(_sweepEvery / 5);
        LiveFolder.RemoveLeftovers();
        Spread(realm.State);
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                var state = realm.State;
                desk.CloseDoors(state);
                Begin(state, stoppingToken);
                if (time.GetUtcNow() >= sweepAt)
                {
                    sweepAt = time.GetUtcNow() + Around(_sweepEvery);
                    await sweeper.Sweep(stoppingToken);
                }
                await WaitAWhile(stoppingToken);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or RealmUnavailableException)
        {
            // The regular end, or the realm's. What is still owed is in the ledger.
        }
    }

    void Notice(IEnumerable<Event> events)
    {
        foreach (var happened in events)
            if (happened is LeaseEvent or RunEvent.Ended or SessionEvent.Ended or ChangeEvent.Applied)
            {
                if (_wake.CurrentCount == 0)
                    Wake();
                return;
            }
    }

    void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // Somebody else woke it.
        }
    }

    async Task WaitAWhile(CancellationToken cancel)
    {
        using var late = new CancellationTokenSource(_lookEvery, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancel);
        try
        {
            await _wake.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // Time to look again.
        }
    }

    // What a daemon finds owed when it starts is owed since before: no hurry, and not all at once.
    void Spread(RealmState state)
    {
        var owed = state.Leases.Live.Values.Where(IsOwed).Select(l => l.Lease.Id).ToList();
        var (now, window) = (time.GetUtcNow(), TimeSpan.FromSeconds((double)owed.Count / AttemptsASecond));
        foreach (var id in owed)
            _trying[id] = new Trying(0, now + (window * Fraction()), IsUnderWay: false);
    }

    void Begin(RealmState state, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var left = AttemptsASecond;
        foreach (var id in _trying.Keys)
            if (!state.Leases.Live.ContainsKey(id))
                _trying.TryRemove(id, out _);
        foreach (var lease in state.Leases.Live.Values)
        {
            if (lease is LeaseState.Issued issued && WantsRenewal(issued, now)
                && _renewing.TryAdd(lease.Lease.Id, true))
                _ = Renew(issued, cancel);
            if (!IsOwed(lease) || desk.IsBeingMade(lease.Lease.Id))
                continue;
            var trying = _trying.GetOrAdd(lease.Lease.Id, static (_, at) => new Trying(0, at, false), now);
            if (trying.IsUnderWay || trying.At > now || left == 0 || !_free.Wait(0, CancellationToken.None))
                continue;
            left--;
            _trying[lease.Lease.Id] = trying with { IsUnderWay = true };
            _ = Try(lease, trying.Count + 1, cancel);
        }
    }

    async Task Try(LeaseState state, int count, CancellationToken cancel)
    {
        var lease = state.Lease;
        try
        {
            var backend = backends.For(lease.Profile);
            var cut = await BackendCalls.Within(time, c => backend.Revoke(lease.Account, c), cancel);
            var since = state is LeaseState.Failed failed ? failed.Since : ((LeaseState.Revoking)state).Since;
            var took = (int)Math.Clamp((time.GetUtcNow() - since).TotalMilliseconds, 0, int.MaxValue);
            await desk.Submit(new LeaseMove.Confirm(lease.Id, lease.Request, took, cut));
            _trying.TryRemove(lease.Id, out _);
        }
        catch (BackendFaultException fault)
        {
            await Again(state, count, fault);
        }
        catch (Exception e) when (e is OperationCanceledException or RealmUnavailableException)
        {
            // The daemon ends; its next start goes on from the ledger.
        }
        catch (Exception fault)
        {
            // A backend's own mistake is a failed attempt like any other.
            LeaseLog.BackendBroke(log, fault, lease.Profile.Id);
            await Again(state, count, new BackendFaultException("lease.backend-fault", "The backend broke.", fault));
        }
        finally
        {
            _free.Release();
            Wake();
        }
    }

    async Task Again(LeaseState state, int count, BackendFaultException fault)
    {
        var lease = state.Lease;
        var wait = Around(TimeSpan.FromTicks(Math.Min(
            _againMost.Ticks, _firstAgain.Ticks << Math.Min(count - 1, 20))));
        LeaseLog.NotRevoked(log, lease.Id.Value, lease.Profile.Id, count, fault.Code, fault.Message, wait);
        try
        {
            if (count >= AttemptsUntilTold
                && realm.State.Leases.Live.GetValueOrDefault(lease.Id) is LeaseState.Revoking)
            {
                await desk.Submit(new LeaseMove.Fail(lease.Id, lease.Request, fault.Code));
                var owner = realm.State.Registry.Targets.GetValueOrDefault(lease.Target)?.Owner.Value;
                await desk.Submit(new RealmMove.RaiseFinding(new Finding(
                    "lease.revocation-failed", null, $"Credential {lease.Account} of profile {lease.Profile.Id} at "
                    + $"target {lease.Target} could not be taken back ({fault.Code}). "
                    + $"{(string.IsNullOrEmpty(owner) ? "Nobody owns the target." : $"{owner} owns the target.")}")));
            }
        }
        catch (RealmUnavailableException)
        {
            return;
        }
        _trying[lease.Id] = new Trying(count, time.GetUtcNow() + wait, IsUnderWay: false);
    }

    static bool WantsRenewal(LeaseState.Issued issued, DateTimeOffset now) =>
        issued.ExpiresAt < issued.Lease.Until
        && issued.ExpiresAt - now < TimeSpan.FromSeconds(issued.Lease.Profile.Ttl / 3.0);

    // The ledger first: an account never lives longer than it says, but for the time that clocks may differ.
    async Task Renew(LeaseState.Issued issued, CancellationToken cancel)
    {
        var lease = issued.Lease;
        try
        {
            var wanted = time.GetUtcNow().AddSeconds(lease.Profile.Ttl - 1);
            var until = wanted < lease.Until ? wanted : lease.Until;
            if (until <= issued.ExpiresAt
                || await desk.Submit(new LeaseMove.Renew(lease.Id, lease.Request, until)) is not null)
                return;
            var backend = backends.For(lease.Profile);
            var anew = await BackendCalls.Within(
                time, c => backend.Renew(lease.Account, until + LeaseDesk.ClockSkew, c), cancel);
            if (anew is not null)
                desk.Replace(lease, anew);
        }
        catch (BackendFaultException fault)
        {
            // It ends earlier than the ledger says, which harms nobody but its run.
            LeaseLog.NotRenewed(log, lease.Id.Value, fault.Code, fault.Message);
        }
        catch (Exception e) when (e is OperationCanceledException or RealmUnavailableException)
        {
            // The daemon ends.
        }
        finally
        {
            _renewing.TryRemove(lease.Id, out _);
        }
    }

    static bool IsOwed(LeaseState state) => state is LeaseState.Revoking or LeaseState.Failed;

    /// <summary>Half as long up to one and a half times as long.</summary>
    static TimeSpan Around(TimeSpan time) => time * (0.5 + Fraction());

    static double Fraction() => RandomNumberGenerator.GetInt32(1 << 20) / (double)(1 << 20);

    readonly record struct Trying(int Count, DateTimeOffset At, bool IsUnderWay);
}
