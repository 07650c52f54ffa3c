using SQLitePCL;

namespace Writ.Server.Storage;

/// <summary>What a SQLite result code means to the ledger.</summary>
static class SqliteFaults
{
    internal const int PrimaryCode = 0xFF;

    internal static LedgerFaultException From(int code, string doing, string detail, bool outcomeUnknown = false) =>
        new(CodeOf(code), $"{doing}: {detail} (SQLite {code}).", outcomeUnknown);

    static string CodeOf(int code) => (code & PrimaryCode) switch
    {
        raw.SQLITE_FULL => StorageCodes.Full,
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => StorageCodes.Locked,
        raw.SQLITE_NOTADB => StorageCodes.NotALedger,
        // A constraint can only fail where rows already stand that the head does not know of.
        raw.SQLITE_CORRUPT or raw.SQLITE_CONSTRAINT or raw.SQLITE_MISMATCH => StorageCodes.Corrupt,
        _ => StorageCodes.Io,
    };
}
