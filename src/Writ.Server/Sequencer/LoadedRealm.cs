using Writ.Ledger;
using Writ.Realms;

namespace Writ.Server.Sequencer;

/// <summary>A realm as the ledger tells it, ready to go on from there.</summary>
/// <param name="Replayed">How many entries were folded; the rest came from the snapshot.</param>
sealed record LoadedRealm(RealmState State, MerkleFrontier Frontier, AnswerMemory Answers, long Replayed);
