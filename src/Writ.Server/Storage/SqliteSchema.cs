using System.Globalization;

namespace Writ.Server.Storage;

/// <summary>
/// The schema of the ledger database and how older ones become the present one.
/// <code>
/// release  schema  what
/// 0.1      1       entry (index, leaf hash, body), head (one row with its own digest), insert-only triggers
/// </code>
/// The schema number is <c>user_version</c>; <c>application_id</c> says that the file is ours. A migration is never
/// edited after its release: a mistake is mended by the next number.
/// </summary>
static class SqliteSchema
{
    /// <summary>"WRIT" in ASCII.</summary>
    internal const int ApplicationId = 0x57524954;

    // Position i leads from schema i to schema i + 1. The triggers stop an accident at the sqlite3 prompt, not an
    // attacker: who can write the file is found out by the signed checkpoints.
    static readonly string[] Migrations =
    [
        """
        CREATE TABLE entry (
            idx  INTEGER PRIMARY KEY CHECK (idx >= 0),
            leaf BLOB NOT NULL CHECK (length(leaf) = 32),
            body BLOB NOT NULL
        ) STRICT;
        CREATE TABLE head (
            id       INTEGER PRIMARY KEY CHECK (id = 1),
            size     INTEGER NOT NULL CHECK (size >= 0),
            root     BLOB NOT NULL CHECK (length(root) = 32),
            note     BLOB NOT NULL,
            frontier BLOB NOT NULL,
            digest   BLOB NOT NULL CHECK (length(digest) = 32)
        ) STRICT;
        CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry
            BEGIN SELECT RAISE(ABORT, 'an entry is never changed'); END;
        CREATE TRIGGER entry_is_never_deleted BEFORE DELETE ON entry
            BEGIN SELECT RAISE(ABORT, 'an entry is never deleted'); END;
        CREATE TRIGGER head_is_never_deleted BEFORE DELETE ON head
            BEGIN SELECT RAISE(ABORT, 'the head is never deleted'); END;
        CREATE TRIGGER head_never_goes_back BEFORE UPDATE OF size ON head WHEN NEW.size < OLD.size
            BEGIN SELECT RAISE(ABORT, 'the head never goes back'); END;
        """,
    ];

    internal static int Newest => Migrations.Length;

    /// <summary>Refuses what is not a ledger of ours or newer than this release; writes nothing.</summary>
    internal static int Recognise(SqliteLink link, string path)
    {
        if (link.Number("PRAGMA application_id") != ApplicationId)
            throw new LedgerFaultException(StorageCodes.NotALedger, $"'{path}' is not a Writ ledger.");
        var schema = link.Number("PRAGMA user_version");
        if (schema > Newest)
        {
            throw new LedgerFaultException(
                StorageCodes.TooNew,
                $"'{path}' has schema {schema}; this release knows up to {Newest}. Use the release that wrote it.");
        }
        return checked((int)schema);
    }

    /// <summary>Brings a database from a schema to the newest, one transaction per step.</summary>
    internal static void Migrate(SqliteLink link, int from)
    {
        for (var schema = from; schema < Newest; schema++)
        {
            var next = (schema + 1).ToString(CultureInfo.InvariantCulture);
            link.Execute($"BEGIN IMMEDIATE; {Migrations[schema]} PRAGMA user_version = {next}; COMMIT;");
        }
    }
}
