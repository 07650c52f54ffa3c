using Writ.Ledger;

namespace Writ.Server.Storage;

/// <summary>The bounds of one ledger store.</summary>
public static class LedgerLimits
{
    /// <summary>tlog-tiles prefixes an entry with its length as a uint16.</summary>
    public const int EntryBytesMax = EntryBundle.EntryBytesMax;

    public const int EntriesPerAppendMax = 4_096;

    public const int EntriesPerReadMax = 4_096;

    /// <summary>One full entry bundle of the largest entries.</summary>
    public const int ReadBytesMax = 256 * EntryBytesMax;

    public const int SnapshotBytesMax = 1 << 30;
}
