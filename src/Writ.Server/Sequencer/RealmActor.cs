using Writ.Ledger;
using Writ.Realms;
using Writ.Server.Storage;

namespace Writ.Server.Sequencer;

/// <summary>
/// The single writer of a realm. Moves go in through a bounded queue and are decided one after the other; their
/// entries become durable in batches that form by themselves while the batch before is being written; then the callers
/// are answered and the new state is there to read.
/// </summary>
/// <remarks>
/// Two threads: one decides (<see cref="DecidingLoop"/>), one writes (<see cref="CommittingLoop"/>). An append that is
/// known to have failed is told to its callers, and the realm goes on from what is durable. An append whose outcome is
/// unknown stops the realm for good: only a restart through the load path can tell.
/// </remarks>
public sealed class RealmActor : IAsyncDisposable
{
    internal const string StoppedMessage =
        "The control plane has stopped; whether this was recorded is known after its restart.";

    const string BusyMessage = "The control plane has as much to do as it can take; try again in a moment.";

    readonly Desk _desk;
    readonly Announcer _announcer;
    readonly DecidingLoop _deciding;
    readonly CommittingLoop _committing;
    readonly SnapshotWorker _snapshots;
    readonly ILogger _log;
    readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource<Exception> _fault = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly Action<LedgerHead>? _publish;
    readonly ILedgerStore _store;
    int _running = 2;
    int _disposed;

    internal RealmActor(
        LoadedRealm loaded, ILedgerStore store, KeyRing keys, TimeProvider time, RealmActorSettings settings,
        ILogger log, Action<LedgerHead>? publish)
    {
        _log = log;
        _store = store;
        _publish = publish;
        _desk = new Desk(settings.WaitingMax);
        _announcer = new Announcer(log);
        _snapshots = new SnapshotWorker(store, keys, loaded, settings.SnapshotEvery, time, log);
        _committing = new CommittingLoop(_desk, loaded, store, keys, _announcer, log, Committed);
        _deciding = new DecidingLoop(_desk, loaded.Answers, _committing, store, time, log);
        Start("writ-decide", _deciding.Run);
        Start("writ-commit", _committing.Run);
    }

    /// <summary>The last durable state; immutable, read from any thread.</summary>
    public RealmState State => _committing.State;

    /// <summary>Completes with the reason when the realm has stopped by a fault; never otherwise.</summary>
    public Task<Exception> Fault => _fault.Task;

    /// <summary>
    /// Answers after durability. Giving up waiting does not take the move back. A key that was seen among the last
    /// 65,536 entries, with the same kind of move by the same user or person, gets the first answer again.
    /// </summary>
    /// <exception cref="RealmUnavailableException">The queue is full, the store cannot keep it, or the realm has
    /// stopped.</exception>
    public Task<MoveAnswer> Submit(Move move, Actor actor, string idempotencyKey, CancellationToken cancel)
    {
        var pending = new PendingMove(move, actor, idempotencyKey);
        Take(pending);
        return cancel.CanBeCanceled ? pending.Task.WaitAsync(cancel) : pending.Task;
    }

    /// <summary>
    /// A move and those that follow on it, decided one right after the other and made durable together; each is
    /// answered, and recorded, as if it had come alone. One that is not wanted after what came of the one before is
    /// neither decided nor recorded, and its answer is cancelled; so is what follows on it, and what follows on a
    /// repeat.
    /// </summary>
    /// <returns>The answers in the order of the moves, the first first.</returns>
    /// <exception cref="RealmUnavailableException">As of <see cref="Submit"/>; then none is taken.</exception>
    public Task<MoveAnswer>[] SubmitTogether(
        Move move, Actor actor, string idempotencyKey, params ReadOnlySpan<FollowingMove> following)
    {
        foreach (var next in following)
            Invariant.Must(AnswerMemory.IsKey(next.Key), "These keys are our own.");
        var pending = PendingMove.Of(move, actor, idempotencyKey, following);
        Take(pending);
        return [.. pending.Chain.Select(p => p.Task)];
    }

    void Take(PendingMove pending)
    {
        if (AnswerMemory.IsKey(pending.Key))
        {
            Enqueue(pending);
            return;
        }
        pending.TrySetResult(new MoveAnswer(
            MoveAnswer.NotRecorded, Decided.No(SequencerFinding.BadKey, "An idempotency key is 1 to "
                + $"{AnswerMemory.KeyLengthMax} visible ASCII characters."), State.Now, State, Replayed: false)
        { Move = pending.Move });
        foreach (var next in pending.Chain.Skip(1))
            next.TrySetCanceled();
    }

    void Enqueue(PendingMove pending)
    {
        var admission = _desk.Enqueue(pending);
        if (admission == Admission.Full)
            throw new RealmUnavailableException(RealmUnavailableException.Busy, BusyMessage);
        if (admission != Admission.Taken)
            throw new RealmUnavailableException(RealmUnavailableException.Stopped, StoppedMessage);
    }

    /// <summary>The observer is called for every entry from now on, in order, off the path of the answers; it must be
    /// quick.</summary>
    public IDisposable Subscribe(Action<Committed> observer) => _announcer.Subscribe(observer);

    /// <summary>Takes no more moves, finishes those that wait, and keeps a snapshot for the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _desk.Close();
        await _ended.Task;
        await _announcer.DisposeAsync();
        if (!Fault.IsCompleted)
            _snapshots.SaveLast(State, _committing.Frontier);
        _snapshots.Dispose();
        _desk.Dispose();
    }

    void Start(string name, Action run) => new Thread(() => Guarded(run)) { IsBackground = true, Name = name }.Start();

    void Guarded(Action run)
    {
        try
        {
            run();
        }
        catch (Exception e)
        {
            // The outcome of an append is unknown, or there is a bug: nothing may be decided any more.
            Stop(e);
        }
        if (Interlocked.Decrement(ref _running) > 0)
            return;
        if (_fault.Task.IsCompleted)
            _deciding.Abandon();
        _ended.TrySetResult();
    }

    void Stop(Exception fault)
    {
        if (_fault.TrySetResult(fault))
            SequencerLog.Stopped(_log, fault, _store.Head.Size);
        foreach (var pending in _desk.Stop())
            pending.Fail(RealmUnavailableException.Stopped, StoppedMessage, fault);
    }

    void Committed(CommittingLoop committing)
    {
        _snapshots.Offer(committing.State, committing.Frontier);
        _publish?.Invoke(_store.Head);
    }
}
