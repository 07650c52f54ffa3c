namespace Writ.Server.Storage;

/// <summary>What may differ between two openings of the same ledger.</summary>
public sealed record SqliteLedgerSettings
{
    /// <summary>The database stops growing at so many pages of 8 KB, with <see cref="StorageCodes.Full"/>.</summary>
    public long? PagesMax { get; init; }

    /// <summary>Makes chosen write steps fail; absent in production.</summary>
    public ILedgerWriteFaults? Faults { get; init; }
}
