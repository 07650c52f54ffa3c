using Writ.Realms;
using Writ.Server.Storage;
using Writ.Wire;

namespace Writ.Server.Sequencer;

/// <summary>
/// The one thread on which the realm's moves are decided, in the order they came, against a working copy of the state
/// that runs ahead of what is durable by at most two batches. A batch that fails takes the copy back with it.
/// </summary>
sealed class DecidingLoop(
    Desk desk, AnswerMemory answers, CommittingLoop committing, ILedgerStore store, TimeProvider time, ILogger log)
{
    /// <summary>Moves that go together may make it a few more.</summary>
    public const int BatchMax = 1_000;

    /// <summary>A clock set back by less is waited out by standing still; by more, moves are refused.</summary>
    static readonly TimeSpan _clockSlack = TimeSpan.FromSeconds(2);

    readonly Dictionary<string, PendingMove> _inFlight = new(StringComparer.Ordinal);
    readonly List<PendingMove> _taken = new(BatchMax);
    RealmState _working = committing.State;
    List<PendingMove> _decided = [];
    List<PendingMove> _flying = [];

    public void Run()
    {
        while (true)
        {
            _taken.Clear();
            switch (desk.Await(_taken, BatchMax - _decided.Count, _decided.Count > 0))
            {
                case Wake.Stopped:
                    return;
                case Wake.Finished:
                    desk.Finish();
                    return;
                case Wake.Setback:
                    StartAgain(desk.TakeSetback());
                    break;
                case Wake.Idle:
                    Hand();
                    break;
                default:
                    foreach (var pending in _taken)
                        Admit(pending);
                    break;
            }
        }
    }

    /// <summary>Tells whoever waits here that the realm has stopped; the loop has ended.</summary>
    public void Abandon()
    {
        foreach (var pending in _inFlight.Values.Concat(_taken.SelectMany(t => t.Chain)))
            pending.Fail(RealmUnavailableException.Stopped, RealmActor.StoppedMessage);
    }

    void Admit(PendingMove pending)
    {
        Take(pending);
        for (var next = pending.Then; next is not null; next = next.Then)
            if (next.IsWanted)
                Take(next);
            else
                next.TrySetCanceled();
        if (_decided.Count > 0 && desk.IsIdle)
            Hand();
    }

    void Take(PendingMove pending)
    {
        if (_inFlight.TryGetValue(pending.Key, out var first))
            Follow(first, pending);
        else if (answers.TryGet(pending.Key, out var index))
            Recall(index, pending);
        else
        {
            _inFlight.Add(pending.Key, pending);
            Decide(pending);
        }
    }

    void Decide(PendingMove pending)
    {
        var clock = Milliseconds(time.GetUtcNow());
        var behind = _working.Now - clock;
        if (behind >= _clockSlack)
            pending.Instead ??= SequencerFinding.ClockWentBack(pending.Move, clock);
        // Entries never go back in time, whatever the clock does.
        var now = behind > TimeSpan.Zero ? _working.Now : clock;
        try
        {
            DecideAt(pending, now);
        }
        catch (Exception e) when (pending.Instead is null)
        {
            // The core is pure, so nothing has happened but this: a failure anywhere in deciding is blocked.
            SequencerLog.DecidingFailed(log, e, pending.Move.GetType().Name);
            pending.Instead = SequencerFinding.DecidingFailed(pending.Move);
            DecideAt(pending, now);
        }
        _decided.Add(pending);
    }

    void DecideAt(PendingMove pending, DateTimeOffset now)
    {
        var (move, actor) = (pending.RecordedMove, pending.RecordedActor);
        var decided = RealmDecider.Decide(_working, move, actor, now);
        var after = RealmDecider.Evolve(
            _working, move, actor, decided is Decided.Accepted accepted ? accepted.Events : [], now);
        pending.Decide(decided, now, after);
        _working = after;
    }

    void Hand()
    {
        if (!desk.TryHand(_decided))
            return;
        // The batch before is durable, and the memory of answers knows its keys.
        Forget(_flying);
        (_flying, _decided) = (_decided, []);
    }

    /// <summary>Back to what is durable: what was decided on the lost state is decided again, in the same
    /// order.</summary>
    void StartAgain(IReadOnlyList<PendingMove> again)
    {
        Forget(_flying);
        _working = committing.State;
        var redo = new List<PendingMove>(again);
        redo.AddRange(_decided);
        _flying = [];
        _decided = [];
        foreach (var pending in redo)
        {
            if (!pending.IsWanted)
            {
                // What it followed on has come out otherwise this time.
                _inFlight.Remove(pending.Key);
                pending.TrySetCanceled();
                continue;
            }
            _inFlight[pending.Key] = pending;
            Decide(pending);
        }
    }

    void Forget(List<PendingMove> batch)
    {
        foreach (var pending in batch)
            _inFlight.Remove(pending.Key);
    }

    /// <summary>A repeat of what is not durable yet waits for the first.</summary>
    static void Follow(PendingMove first, PendingMove repeat) => _ = first.Task.ContinueWith(
        answered =>
        {
            if (answered.IsCompletedSuccessfully)
                repeat.SetResult(Repeated(answered.Result, first.Actor, repeat));
            else
                repeat.SetException(answered.Exception!.InnerExceptions);
        },
        CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

    /// <summary>A repeat of what is durable is answered from the ledger, off this thread: it is rare and reads a
    /// file.</summary>
    void Recall(long index, PendingMove repeat) => _ = Task.Run(() =>
    {
        try
        {
            var entry = Entry.FromBytes(store.Read(index, 1)[0].Span);
            repeat.SetResult(Repeated(PendingMove.Recall(index, entry, committing.State), entry.Data.Actor, repeat));
        }
        catch (Exception e)
        {
            // Whatever it was, somebody waits for it.
            repeat.Fail(e is LedgerFaultException fault ? fault.Code : SequencerFinding.Internal, e.Message, e);
        }
    });

    static MoveAnswer Repeated(MoveAnswer answer, Actor actor, PendingMove repeat)
    {
        // A finding stands for a move of any kind and anybody; it tells nothing but its refusal.
        var same = SequencerFinding.Read(answer.Move, actor) is not null
            || answer.Move.GetType() == repeat.Move.GetType() && IsSame(actor, repeat.Actor);
        return same
            ? answer with { Replayed = true }
            : new MoveAnswer(MoveAnswer.NotRecorded, Decided.No(SequencerFinding.KeyReused,
                "This idempotency key belongs to something else; every move needs its own."),
                answer.At, answer.After, Replayed: false)
            { Move = repeat.Move };
    }

    // A process that tries again may be another process, and a person may have logged in again.
    static bool IsSame(Actor first, Actor second) => (first, second) switch
    {
        (Actor.Agent a, Actor.Agent b) => a.Uid == b.Uid && a.Within == b.Within,
        (Actor.Person a, Actor.Person b) => a.Id == b.Id,
        (Actor.Remote a, Actor.Remote b) => a.Id == b.Id,
        _ => first.GetType() == second.GetType(),
    };

    static DateTimeOffset Milliseconds(DateTimeOffset at) =>
        new(at.UtcTicks - at.UtcTicks % TimeSpan.TicksPerMillisecond, TimeSpan.Zero);
}
