namespace Writ.Server.Sequencer;

/// <summary>
/// A move that goes together with another: decided right after it, and made durable with it, but only when the one
/// before came out so that this one is wanted.
/// </summary>
/// <param name="Key">The idempotency key; the control plane's own, and new.</param>
/// <param name="If">Asked of what came of the move before, on the thread that decides: it answers at once, always the
/// same, and may be asked again.</param>
public sealed record FollowingMove(Move Move, Actor Actor, string Key, Func<Decided, bool> If);
