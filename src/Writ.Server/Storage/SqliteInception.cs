using System.Globalization;

namespace Writ.Server.Storage;

/// <summary>
/// Settings every connection to a ledger database has, and how a new database comes to hold its first head.
/// </summary>
static class SqliteInception
{
    // A page of 4 KB holds few entries and sends longer ones to overflow pages; larger ones cost a single append more.
    const int PageBytes = 8_192;

    /// <summary>
    /// Write-ahead log and a sync per commit, checked rather than believed: SQLite answers with the old mode when it
    /// cannot change it.
    /// </summary>
    internal static void Configure(SqliteLink link)
    {
        var journal = link.Scalar("PRAGMA journal_mode = WAL");
        link.Execute("PRAGMA synchronous = FULL; PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF;");
        var synchronous = link.Number("PRAGMA synchronous");
        if (journal != "wal" || synchronous != 2)
        {
            throw new LedgerFaultException(
                StorageCodes.Io, $"The file system allows only journal '{journal}', synchronous {synchronous}.");
        }
    }

    /// <summary>Fills an empty file; on return that file alone (no log beside it) holds everything, synced.</summary>
    internal static void Write(string path, LedgerHead inception)
    {
        using (var link = SqliteLink.Open(path, create: true))
        {
            var application = SqliteSchema.ApplicationId.ToString(CultureInfo.InvariantCulture);
            link.Execute($"PRAGMA page_size = {PageBytes}; PRAGMA application_id = {application};");
            Configure(link);
            SqliteSchema.Migrate(link, from: 0);
        }
        using var writer = SqliteWriter.Open(path, new SqliteLedgerSettings());
        writer.WriteInception(inception);
    }
}
