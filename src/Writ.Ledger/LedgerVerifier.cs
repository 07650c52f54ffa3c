namespace Writ.Ledger;

/// <summary>
/// Verifies a published ledger (C2SP tlog-tiles) with nothing but its files and the ledger's public key. Everything is
/// recomputed from the entries; tiles are never trusted, only compared, and used to name the entry that was changed.
/// Memory is one bundle and 32 bytes for each 256 entries.
/// </summary>
public static class LedgerVerifier
{
    public const int FindingsMax = 1000;
    public const long SizeMax = 1L << 36;

    /// <param name="read">Answers the bytes of a file below the ledger's folder or URL, null when absent.</param>
    public static LedgerAudit Verify(Func<string, byte[]?> read, NoteVerifierKey key, NoteVerify verify)
    {
        ArgumentNullException.ThrowIfNull(read);
        if (read(Tiles.CheckpointPath) is not { } file)
            return Unreadable(read, LedgerFinding.Malformed, "There is no checkpoint.");
        if (!Checkpoint.TryOpen(file, key, verify, out var checkpoint, out var fault))
        {
            var isSignature = fault.Code is "note.bad-signature" or "note.no-known-key" or "checkpoint.origin";
            return Unreadable(read, isSignature ? LedgerFinding.Signature : LedgerFinding.Malformed, fault.Why);
        }
        if (checkpoint.Size > SizeMax)
            return Unreadable(read, LedgerFinding.Malformed, $"The ledger has more than {SizeMax} entries.");
        return new LedgerPass(checkpoint, read).Run();
    }

    static LedgerAudit Unreadable(Func<string, byte[]?> read, string code, string why) =>
        new(null, read, [], []) { Findings = [new LedgerFinding(code, Tiles.CheckpointPath, null, why)] };
}
