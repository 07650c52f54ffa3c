using System.Threading.Channels;

namespace Writ.Server.Sequencer;

/// <summary>
/// Tells observers what was committed, in order, on a thread of its own. Observers are quick by contract; when they
/// lag by 1,024 batches the realm waits for them, because an index that silently misses entries is worse.
/// </summary>
sealed class Announcer : IAsyncDisposable
{
    const int BatchesMax = 1_024;

    readonly Channel<Committed[]> _batches = Channel.CreateBounded<Committed[]>(
        new BoundedChannelOptions(BatchesMax) { SingleReader = true, SingleWriter = true });
    readonly Lock _gate = new();
    readonly ILogger _log;
    readonly Task _telling;
    Action<Committed>[] _observers = [];

    public Announcer(ILogger log)
    {
        _log = log;
        _telling = Tell();
    }

    /// <summary>False while nobody listens, so that nothing is built for nobody.</summary>
    public bool HasObservers => Volatile.Read(ref _observers).Length > 0;

    public IDisposable Subscribe(Action<Committed> observer)
    {
        lock (_gate)
            _observers = [.. _observers, observer];
        return new Subscription(this, observer);
    }

    public void Announce(Committed[] batch)
    {
        if (!_batches.Writer.TryWrite(batch))
            _batches.Writer.WriteAsync(batch).AsTask().GetAwaiter().GetResult();
    }

    async Task Tell()
    {
        await foreach (var batch in _batches.Reader.ReadAllAsync())
            foreach (var committed in batch)
                foreach (var observer in Volatile.Read(ref _observers))
                    Tell(observer, committed);
    }

    void Tell(Action<Committed> observer, Committed committed)
    {
        try
        {
            observer(committed);
        }
        catch (Exception e)
        {
            // One observer's bug is not another's, and never the ledger's.
            SequencerLog.ObserverFailed(_log, e, committed.Index);
        }
    }

    void Remove(Action<Committed> observer)
    {
        lock (_gate)
        {
            var left = new List<Action<Committed>>(_observers);
            left.Remove(observer);
            _observers = [.. left];
        }
    }

    public async ValueTask DisposeAsync()
    {
        _batches.Writer.TryComplete();
        await _telling;
    }

    sealed class Subscription(Announcer announcer, Action<Committed> observer) : IDisposable
    {
        Announcer? _announcer = announcer;

        public void Dispose() => Interlocked.Exchange(ref _announcer, null)?.Remove(observer);
    }
}
