namespace Writ.Server.Storage;

/// <summary>
/// The end of the ledger as one value: how many entries, the RFC 6962 root over them, the signed checkpoint note that
/// says so, and the right-hand frontier from which the next root is computed without reading entries.
/// </summary>
public sealed record LedgerHead(long Size, byte[] Root, byte[] CheckpointNote, byte[] Frontier)
{
    public const int RootBytes = 32;
    public const int CheckpointNoteBytesMax = 64 * 1024;

    /// <summary>At most 63 subtree roots and their bookkeeping.</summary>
    public const int FrontierBytesMax = 4 * 1024;

    internal void MustBeWellFormed()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Size);
        if (Root.Length != RootBytes)
            throw new ArgumentException($"A root is {RootBytes} bytes, not {Root.Length}.");
        if (CheckpointNote.Length is 0 or > CheckpointNoteBytesMax)
            throw new ArgumentException($"A checkpoint note is 1 to {CheckpointNoteBytesMax} bytes.");
        if (Frontier.Length > FrontierBytesMax)
            throw new ArgumentException($"A frontier is at most {FrontierBytesMax} bytes.");
    }
}
