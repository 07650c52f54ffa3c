using Writ.Realms;

namespace Writ.Server.Sequencer;

/// <summary>What came of one move. It exists only after the entry that says so is durable.</summary>
/// <param name="Index">The entry's place in the ledger; <see cref="NotRecorded"/> when the move was not even taken
/// up.</param>
/// <param name="After">The realm as this move left it; for a repeat, as it is now.</param>
/// <param name="Replayed">The same idempotency key was seen before: this is the earlier answer, and nothing was
/// written.</param>
public sealed record MoveAnswer(long Index, Decided Decided, DateTimeOffset At, RealmState After, bool Replayed)
{
    public const long NotRecorded = -1;

    /// <summary>The move as the ledger has it. For a repeat this is the first one, with the ids that were given
    /// then.</summary>
    public required Move Move { get; init; }
}
