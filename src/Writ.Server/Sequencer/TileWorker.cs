using Writ.Server.Storage;

namespace Writ.Server.Sequencer;

/// <summary>
/// Publishes the ledger behind the answers' back. Heads that come while one is being published, or while the worker
/// rests before it, are skipped but for the newest, so publishing lags and never piles up.
/// </summary>
sealed class TileWorker : IAsyncDisposable
{
    static readonly TimeSpan _retryAfter = TimeSpan.FromSeconds(5);

    /// <summary>A publication is a dozen file operations and two syncs, as much as the append of hundreds of entries.
    /// One in this time is enough, and it comes first: the moves of a run follow each other within it, and each would
    /// wait for the disk behind the publication of the one before.</summary>
    static readonly TimeSpan _rest = TimeSpan.FromMilliseconds(50);

    readonly SemaphoreSlim _offered = new(0);
    readonly CancellationTokenSource _ending = new();
    readonly TilePublisher _publisher;
    readonly TimeProvider _time;
    readonly ILogger _log;
    readonly Task _publishing;
    LedgerHead? _newest;

    /// <summary>
    /// The first publication happens here, before anything is taken in: a store that is behind what was published, or
    /// tells another history, is a fault that nothing may be appended to.
    /// </summary>
    public TileWorker(TilePublisher publisher, LedgerHead head, TimeProvider time, ILogger log)
    {
        (_publisher, _time, _log) = (publisher, time, log);
        try
        {
            publisher.Publish(head, CancellationToken.None);
        }
        catch (LedgerFaultException e) when (!e.IsFatal)
        {
            SequencerLog.PublishingFailed(log, e, head.Size);
        }
        _publishing = Task.Factory.StartNew(
            Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
    }

    public void Offer(LedgerHead head)
    {
        if (Interlocked.Exchange(ref _newest, head) is null)
            _offered.Release();
    }

    async Task Run()
    {
        while (!_ending.IsCancellationRequested)
        {
            try
            {
                await _offered.WaitAsync(_ending.Token);
            }
            catch (OperationCanceledException)
            {
                break;
            }
            if (await Pause(_rest) && !TryPublish() && await Pause(_retryAfter))
                _offered.Release();
        }
        TryPublish();
    }

    bool TryPublish()
    {
        if (Interlocked.Exchange(ref _newest, null) is not { } head)
            return true;
        try
        {
            _publisher.Publish(head, CancellationToken.None);
            return true;
        }
        catch (Exception e)
        {
            // The edge of a background task: what is published is derived, and the next head tries again.
            SequencerLog.PublishingFailed(_log, e, head.Size);
            Interlocked.CompareExchange(ref _newest, head, null);
            return false;
        }
    }

    /// <summary>False when the worker is to end.</summary>
    async Task<bool> Pause(TimeSpan time)
    {
        try
        {
            await Task.Delay(time, _time, _ending.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _publishing;
        _ending.Dispose();
        _offered.Dispose();
    }
}
