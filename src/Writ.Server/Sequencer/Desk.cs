namespace Writ.Server.Sequencer;

/// <summary>Whether a move was taken in. Member 0 is the refusing one.</summary>
enum Admission
{
    Stopped,
    Full,
    Taken,
}

/// <summary>Why the deciding thread goes on.</summary>
enum Wake
{
    /// <summary>A fault has stopped the realm.</summary>
    Stopped,

    /// <summary>Everything is committed and nothing more will come.</summary>
    Finished,

    /// <summary>The batch that was handed over did not become durable.</summary>
    Setback,

    /// <summary>There are moves to decide.</summary>
    Moves,

    /// <summary>The committing thread has nothing to do, and there are decided moves.</summary>
    Idle,
}

/// <summary>
/// What stands between callers, the deciding thread and the committing thread: a bounded queue, and room for one batch
/// that is being made durable while the next one is decided.
/// </summary>
sealed class Desk(int waitingMax) : IDisposable
{
    readonly object _gate = new();
    readonly Queue<PendingMove> _waiting = new();
    readonly SemaphoreSlim _handed = new(0);
    List<PendingMove>? _flying;
    (bool Given, IReadOnlyList<PendingMove> Again) _setback;
    bool _closing;
    bool _stopped;

    /// <summary>True when a batch could be handed over; asked without the lock, so it may be late but never wrong
    /// twice.</summary>
    public bool IsIdle => Volatile.Read(ref _flying) is null;

    public Admission Enqueue(PendingMove move)
    {
        lock (_gate)
        {
            if (_stopped || _closing)
                return Admission.Stopped;
            if (_waiting.Count >= waitingMax)
                return Admission.Full;
            _waiting.Enqueue(move);
            Monitor.Pulse(_gate);
            return Admission.Taken;
        }
    }

    /// <summary>Sleeps until there is something for the deciding thread; moves, up to <paramref name="room"/>, go
    /// into the list.</summary>
    public Wake Await(List<PendingMove> taken, int room, bool hasDecided)
    {
        lock (_gate)
        {
            while (true)
            {
                if (_stopped)
                    return Wake.Stopped;
                if (_setback.Given)
                    return Wake.Setback;
                if (_waiting.Count > 0 && room > 0)
                {
                    for (; _waiting.Count > 0 && room > 0; room -= taken[^1].Length)
                        taken.Add(_waiting.Dequeue());
                    return Wake.Moves;
                }
                if (_flying is null && hasDecided)
                    return Wake.Idle;
                if (_flying is null && _closing)
                    return Wake.Finished;
                Monitor.Wait(_gate);
            }
        }
    }

    /// <summary>The moves of the failed batch that are to be decided again; those not among them were
    /// answered.</summary>
    public IReadOnlyList<PendingMove> TakeSetback()
    {
        lock (_gate)
        {
            var again = _setback.Again;
            _setback = default;
            return again;
        }
    }

    /// <summary>False when the batch before it has failed: then this one was decided on a state that never
    /// was.</summary>
    public bool TryHand(List<PendingMove> batch)
    {
        lock (_gate)
        {
            if (_stopped || _setback.Given)
                return false;
            Invariant.Must(_flying is null, "One batch is committed at a time.");
            Volatile.Write(ref _flying, batch);
        }
        _handed.Release();
        return true;
    }

    /// <summary>The next batch to commit; null when there will be none.</summary>
    public List<PendingMove>? AwaitBatch()
    {
        _handed.Wait();
        lock (_gate)
            return _stopped ? null : _flying;
    }

    /// <summary>The batch is durable.</summary>
    public void Done()
    {
        lock (_gate)
        {
            Volatile.Write(ref _flying, null);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>The batch is known not to be durable.</summary>
    public void SetBack(IReadOnlyList<PendingMove> again)
    {
        lock (_gate)
        {
            _setback = (Given: true, again);
            Volatile.Write(ref _flying, null);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>No more moves; those that wait are still decided and committed.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closing = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Lets the committing thread end; called by the deciding thread when it does.</summary>
    public void Finish()
    {
        Invariant.Must(IsIdle, "Nothing flies at the end.");
        _handed.Release();
    }

    /// <summary>Stops everything; the moves that wait or fly are the caller's to answer.</summary>
    public List<PendingMove> Stop()
    {
        lock (_gate)
        {
            _stopped = true;
            List<PendingMove> left = [.. _waiting.SelectMany(w => w.Chain), .. _flying ?? []];
            _waiting.Clear();
            Monitor.Pulse(_gate);
            _handed.Release();
            return left;
        }
    }

    public void Dispose() => _handed.Dispose();
}
