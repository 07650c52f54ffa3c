namespace Writ.Server.Storage;

/// <summary>
/// Where the entries of one ledger live. One writer appends; readers may read at any time. What
/// <see cref="Append"/> returned from is durable. Every failure is a <see cref="LedgerFaultException"/>.
/// </summary>
public interface ILedgerStore : IDisposable
{
    /// <summary>The end of what is durable. Never blocks; older than the truth by at most one running append.</summary>
    LedgerHead Head { get; }

    /// <summary>
    /// Stores the entries and moves the head in one durable transaction, provided the stored head is still at
    /// <paramref name="expectedSize"/>; otherwise <see cref="StorageCodes.Conflict"/>, which means a second writer.
    /// No entries and an unchanged root replace the checkpoint note alone (cosignatures, a new log key).
    /// </summary>
    void Append(long expectedSize, IReadOnlyList<ReadOnlyMemory<byte>> entries, LedgerHead head);

    /// <summary>
    /// Entries from an index on, each verified against the leaf hash stored with it. Fewer than
    /// <paramref name="count"/> at the end of the ledger or when they would exceed
    /// <see cref="LedgerLimits.ReadBytesMax"/>, but never none while there is one to give.
    /// </summary>
    IReadOnlyList<ReadOnlyMemory<byte>> Read(long from, int count);

    /// <summary>Keeps a folded state for a faster start. Not durable: it may be lost, never half believed.</summary>
    void SaveSnapshot(long size, ReadOnlySpan<byte> root, ReadOnlySpan<byte> content);

    /// <summary>The last snapshot, or null when there is none that is whole.</summary>
    LedgerSnapshot? LoadSnapshot();
}
