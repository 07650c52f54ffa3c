using Writ.Realms;
using Writ.Wire;

namespace Writ.Server.Sequencer;

/// <summary>
/// One move on its way through the realm, and the caller's answer at its end. The deciding thread fills in what came
/// of it, the committing thread answers; it belongs to one of them at a time.
/// </summary>
sealed class PendingMove(
    Move move, Actor actor, string key, PendingMove? then = null, Func<Decided, bool>? wanted = null)
    : TaskCompletionSource<MoveAnswer>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    RealmState? _after;
    PendingMove? _before;

    public Move Move { get; } = move;

    public Actor Actor { get; } = actor;

    public string Key { get; } = key;

    /// <summary>The move that is decided right after this one and made durable with it; null for none.</summary>
    public PendingMove? Then { get; } = then;

    /// <summary>How many moves this and those that follow it are.</summary>
    public int Length { get; } = 1 + (then?.Length ?? 0);

    /// <summary>This one and all that follow it.</summary>
    public IEnumerable<PendingMove> Chain
    {
        get
        {
            for (var next = this; next is not null; next = next.Then)
                yield return next;
        }
    }

    /// <summary>False when what came of the move before is not what this one follows on, or nothing has.</summary>
    public bool IsWanted => _before is null || _before.Decided is { } decided && wanted!(decided);

    /// <summary>Recorded in the move's stead, once it turned out that the move itself cannot be.</summary>
    public SequencerFinding? Instead { get; set; }

    /// <summary>What the ledger says was asked.</summary>
    public Move RecordedMove => Instead?.Move ?? Move;

    /// <summary>Whom the ledger says it was asked by.</summary>
    public Actor RecordedActor => Instead is null ? Actor : SequencerFinding.Raiser;

    public RealmState After => _after ?? throw new InvariantBrokenException("This move is not decided yet.");

    Decided? Decided { get; set; }

    DateTimeOffset At { get; set; }

    public void Decide(Decided decided, DateTimeOffset at, RealmState after) => (Decided, At, _after) = (decided, at,
        after);

    /// <summary>A move with those that follow it.</summary>
    public static PendingMove Of(Move move, Actor actor, string key, ReadOnlySpan<FollowingMove> following)
    {
        PendingMove? then = null;
        for (var i = following.Length - 1; i >= 0; i--)
            then = Before(then, new PendingMove(
                following[i].Move, following[i].Actor, following[i].Key, then, following[i].If));
        return Before(then, new PendingMove(move, actor, key, then));

        static PendingMove Before(PendingMove? then, PendingMove first)
        {
            if (then is not null)
                then._before = first;
            return first;
        }
    }

    public Entry ToEntry(string origin) =>
        new(Key, origin, At, EntrySubject.Of(RecordedMove), Decided switch
        {
            Decided.Accepted accepted => new EntryBody(RecordedActor, RecordedMove, accepted.Events, Refusal: null),
            Decided.Refused refused => new EntryBody(RecordedActor, RecordedMove, Events: null, refused.Refusal),
            _ => throw new InvariantBrokenException("This move is not decided yet."),
        });

    public void Answer(long index)
    {
        var decided = Instead is null ? Decided! : Decided.No(Instead.Refusal);
        TrySetResult(new MoveAnswer(index, decided, At, After, Replayed: false) { Move = Move });
    }

    public void Fail(string code, string message, Exception? cause = null) =>
        TrySetException(new RealmUnavailableException(code, message, cause));

    /// <summary>The answer of an entry that is in the ledger already.</summary>
    public static MoveAnswer Recall(long index, Entry entry, RealmState now)
    {
        var data = entry.Data;
        var refusal = SequencerFinding.Read(data.Move, data.Actor) ?? data.Refusal;
        var decided = refusal is null ? new Decided.Accepted(data.Events ?? []) : Decided.No(refusal);
        return new MoveAnswer(index, decided, entry.Time, now, Replayed: true) { Move = data.Move };
    }
}
