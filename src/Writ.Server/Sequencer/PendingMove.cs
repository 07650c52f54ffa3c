using Writ.Realms;
using Writ.Wire;

namespace Writ.Server.Sequencer;

/// <summary>
/// One move on its way through the realm, and the caller's answer at its end. The deciding thread fills in what came
/// of it, the committing thread answers; it belongs to one of them at a time.
/// </summary>
sealed class PendingMove(Move move, Actor actor, string key)
    : TaskCompletionSource<MoveAnswer>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    RealmState? _after;

    public Move Move { get; } = move;

    public Actor Actor { get; } = actor;

    public string Key { get; } = key;

    /// <summary>The move that is decided right after this one and made durable with it; null for none.</summary>
    public PendingMove? Then { get; init; }

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
