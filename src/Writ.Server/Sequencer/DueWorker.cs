using Writ.Realms;

namespace Writ.Server.Sequencer;

/// <summary>Once a second, when something is due, tells the realm that time has passed. An idle realm writes
/// nothing.</summary>
public sealed class DueWorker(RealmActor realm, IdSource ids, TimeProvider time, ILogger<DueWorker> log)
    : BackgroundService
{
    static readonly TimeSpan _period = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await Tick(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // The regular end.
        }
    }

    internal async Task Tick(CancellationToken cancel)
    {
        var state = realm.State;
        if (!state.Exists || !RealmDecider.IsAnythingDue(state, time.GetUtcNow()))
            return;
        try
        {
            await realm.Submit(new RealmMove.Tick(), new Actor.Host("due"), ids.New("tick"), cancel);
        }
        catch (RealmUnavailableException e)
        {
            // What is due stays due; the next second asks again.
            SequencerLog.TickFailed(log, e.Code);
        }
    }
}
