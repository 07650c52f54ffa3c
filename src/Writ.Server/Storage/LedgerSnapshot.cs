namespace Writ.Server.Storage;

/// <summary>
/// A folded state and the ledger position it was folded from. It is a cache: losing it costs a replay, believing a
/// wrong one is prevented by comparing <see cref="Root"/> with the ledger's own root at <see cref="Size"/>.
/// </summary>
public sealed record LedgerSnapshot(long Size, byte[] Root, byte[] Content);
