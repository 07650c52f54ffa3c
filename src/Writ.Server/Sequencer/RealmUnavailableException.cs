namespace Writ.Server.Sequencer;

/// <summary>
/// The realm could not take or keep a move: <c>realm.busy</c>, <c>realm.stopped</c>, or the code of the storage fault
/// (<c>storage.full</c>, ...). Except after <c>realm.stopped</c>, the move is known not to be in the ledger.
/// </summary>
public sealed class RealmUnavailableException(string code, string message, Exception? cause = null)
    : Exception(message, cause)
{
    public const string Busy = "realm.busy";
    public const string Stopped = "realm.stopped";

    public string Code { get; } = code;
}
