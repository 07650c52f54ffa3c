using Writ.Changes;
using Writ.Leases;
using Writ.Linux;
using Writ.People;
using Writ.Server.Sequencer;
using Writ.Server.Storage;

namespace Writ.Server.Findings;

/// <summary>
/// Has somebody look now and then, and soon after something that makes or mends a finding. An idle realm in order
/// writes nothing.
/// </summary>
sealed class FindingWorker(RealmActor realm, FindingDesk desk, TimeProvider time, ILogger<FindingWorker> log)
    : BackgroundService
{
    static readonly TimeSpan _first = TimeSpan.FromSeconds(30);
    static readonly TimeSpan _period = TimeSpan.FromMinutes(5);
    static readonly TimeSpan _soon = TimeSpan.FromSeconds(5);

    readonly SemaphoreSlim _wake = new(0, 1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var subscription = realm.Subscribe(c => Notice(c.Entry.Data.Events ?? []));
        try
        {
            await Task.Delay(_first, time, stoppingToken);
            while (!stoppingToken.IsCancellationRequested)
            {
                await Look(stoppingToken);
                await WaitAWhile(stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The regular end.
        }
    }

    async Task Look(CancellationToken cancel)
    {
        try
        {
            await desk.Review(cancel);
        }
        catch (Exception e) when (e is RealmUnavailableException or LedgerFaultException or IOException
            or UnauthorizedAccessException or LinuxFaultException)
        {
            FindingLog.LookFailed(log, e);
        }
    }

    void Notice(IEnumerable<Event> events)
    {
        if (_wake.CurrentCount == 0 && events.Any(e => e is ChangeEvent.Applied or PersonEvent.Offboarded
            or LeaseEvent.RevocationFailed))
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
        using var late = new CancellationTokenSource(_period, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancel);
        try
        {
            await _wake.WaitAsync(either.Token);
            // What comes together is looked at together.
            await Task.Delay(_soon, time, cancel);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // Time to look again.
        }
    }

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }
}
