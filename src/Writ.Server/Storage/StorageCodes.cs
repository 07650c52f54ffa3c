namespace Writ.Server.Storage;

/// <summary>The stable codes a storage fault carries; they are never reused for another meaning.</summary>
public static class StorageCodes
{
    /// <summary>No room on the device, in a quota, or in the page limit.</summary>
    public const string Full = "storage.full";

    /// <summary>The device, the file system or their permissions refused.</summary>
    public const string Io = "storage.io";

    /// <summary>Another process (or another store in this one) holds the data directory or the database.</summary>
    public const string Locked = "storage.locked";

    /// <summary>The schema was written by a newer release.</summary>
    public const string TooNew = "storage.too-new";

    /// <summary>Nothing there, or something that is not a ledger of ours.</summary>
    public const string NotALedger = "storage.not-a-ledger";

    /// <summary>Creation was asked for where a ledger already stands.</summary>
    public const string Exists = "storage.exists";

    /// <summary>The head is not where the writer believed: there are two writers.</summary>
    public const string Conflict = "storage.conflict";

    /// <summary>What was read back is not what was written.</summary>
    public const string Corrupt = "storage.corrupt";

    /// <summary>Somebody else owns the data directory or could write to it.</summary>
    public const string Permissions = "storage.permissions";

    /// <summary>What is to be stored is over the limit of its kind.</summary>
    public const string TooLarge = "storage.too-large";

    /// <summary>The store met a fault whose outcome it cannot know and serves nobody any more.</summary>
    public const string Stopped = "storage.stopped";

    /// <summary>The published checkpoint covers more entries than the store holds.</summary>
    public const string BehindPublished = "ledger.behind-published";

    /// <summary>The published checkpoint and the store tell different histories.</summary>
    public const string Forked = "ledger.forked";
}
