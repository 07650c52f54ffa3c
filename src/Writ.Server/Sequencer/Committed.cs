using Writ.Realms;
using Writ.Wire;

namespace Writ.Server.Sequencer;

/// <summary>One entry that is durable now, and the realm as it left it.</summary>
public sealed record Committed(long Index, Entry Entry, RealmState After);
