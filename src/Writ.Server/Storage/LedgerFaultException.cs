namespace Writ.Server.Storage;

/// <summary>
/// The world failed under the ledger: a dotted code of <see cref="StorageCodes"/>, and whether the write may
/// nevertheless have happened.
/// </summary>
public sealed class LedgerFaultException : Exception
{
    // errno values of Linux that the runtime passes on as the HResult of an IOException.
    const int NoSpace = 28;
    const int QuotaExceeded = 122;

    public LedgerFaultException(string code, string message, bool outcomeUnknown = false, Exception? cause = null)
        : base(message, cause)
    {
        Code = code;
        OutcomeUnknown = outcomeUnknown;
    }

    public string Code { get; }

    /// <summary>True when the write may or may not be on disk: only a restart through the load path can tell.</summary>
    public bool OutcomeUnknown { get; }

    /// <summary>True when appending must stop: the outcome is unknown, or what is stored is not ours.</summary>
    public bool IsFatal => OutcomeUnknown
        || Code is StorageCodes.Conflict or StorageCodes.Corrupt or StorageCodes.Stopped
            or StorageCodes.BehindPublished or StorageCodes.Forked;

    /// <summary>A failure of the file system while <paramref name="doing"/>, with a full disk told apart.</summary>
    internal static LedgerFaultException FromIo(string doing, IOException cause) => new(
        cause.HResult is NoSpace or QuotaExceeded ? StorageCodes.Full : StorageCodes.Io,
        $"{doing}: {cause.Message}",
        cause: cause);

    internal static LedgerFaultException FromIo(string doing, UnauthorizedAccessException cause) =>
        new(StorageCodes.Io, $"{doing}: {cause.Message}", cause: cause);
}
