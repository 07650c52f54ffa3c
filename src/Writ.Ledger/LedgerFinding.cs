namespace Writ.Ledger;

/// <summary>
/// One thing that is wrong with a published ledger: a stable code, the file, and the first entry concerned, when it is
/// known. Several findings may describe one act of tampering.
/// </summary>
public sealed record LedgerFinding(string Code, string Path, long? EntryIndex, string Why)
{
    /// <summary>The checkpoint is not signed by the ledger's key, or is another ledger's.</summary>
    public const string Signature = "ledger.signature";

    /// <summary>The entries do not hash to the signed root, and no tile tells which of them was changed.</summary>
    public const string RootMismatch = "ledger.root-mismatch";

    /// <summary>An entry is not the one that the signed root covers.</summary>
    public const string EntryCorrupt = "ledger.entry-corrupt";

    /// <summary>A tile does not hold the hashes of the entries.</summary>
    public const string TileCorrupt = "ledger.tile-corrupt";

    /// <summary>A tile that the signed size requires is absent.</summary>
    public const string TileMissing = "ledger.tile-missing";

    /// <summary>Entries that the signed size promises are absent.</summary>
    public const string Truncated = "ledger.truncated";

    /// <summary>There is no checkpoint, or it cannot be read.</summary>
    public const string Malformed = "ledger.malformed";
}
