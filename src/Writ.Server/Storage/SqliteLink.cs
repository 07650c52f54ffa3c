using System.Globalization;
using System.Text;
using SQLitePCL;

namespace Writ.Server.Storage;

/// <summary>
/// One connection to the ledger database and its prepared statements. Not thread-safe: its owner serialises. Raw
/// calls rather than ADO.NET, because a command object and a boxed parameter per entry are most of the cost there.
/// </summary>
sealed class SqliteLink : IDisposable
{
    const int BusyMilliseconds = 2_000;
    readonly sqlite3 _database;
    readonly List<sqlite3_stmt> _statements = [];

    SqliteLink(sqlite3 database) => _database = database;

    internal static SqliteLink Open(string path, bool create)
    {
        SqliteLibrary.Load();
        var flags = raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX | (create ? raw.SQLITE_OPEN_CREATE : 0);
        var result = raw.sqlite3_open_v2(path, out var database, flags, null);
        var link = new SqliteLink(database);
        if (result == raw.SQLITE_OK)
            result = raw.sqlite3_extended_result_codes(database, 1);
        if (result == raw.SQLITE_OK)
            result = raw.sqlite3_busy_timeout(database, BusyMilliseconds);
        if (result == raw.SQLITE_OK)
            return link;
        using (link)
            throw link.Fault(result, "Opening the ledger database");
    }

    /// <summary>False outside of a transaction's automatic commit, that is while a transaction is open.</summary>
    internal bool InTransaction => raw.sqlite3_get_autocommit(_database) == 0;

    internal int Changes => raw.sqlite3_changes(_database);

    internal sqlite3_stmt Prepare(ReadOnlySpan<byte> sql)
    {
        Check(raw.sqlite3_prepare_v2(_database, sql, out var statement), "Preparing a statement");
        _statements.Add(statement);
        return statement;
    }

    /// <summary>Runs a statement that answers no rows and makes it ready for the next time.</summary>
    internal static int Run(sqlite3_stmt statement)
    {
        var result = raw.sqlite3_step(statement);
        // The reset repeats the step's error; the step's own answer is the one that counts.
        _ = raw.sqlite3_reset(statement);
        return result == raw.SQLITE_DONE ? raw.SQLITE_OK : result;
    }

    /// <summary>For set-up: statements without parameters, any number, each prepared, run and forgotten.</summary>
    internal void Execute(string sql)
    {
        ReadOnlySpan<byte> rest = Encoding.UTF8.GetBytes(sql);
        while (!rest.IsEmpty)
        {
            Check(raw.sqlite3_prepare_v2(_database, rest, out var statement, out rest), "Preparing");
            if (statement is null || statement.IsInvalid)
                return;
            using (statement)
            {
                int result;
                do
                    result = raw.sqlite3_step(statement);
                while (result == raw.SQLITE_ROW);
                if (result != raw.SQLITE_DONE)
                    throw Fault(result, "Setting up the ledger database");
            }
        }
    }

    /// <summary>The first column of the first row, as text; empty when there is no row.</summary>
    internal string Scalar(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_database, Encoding.UTF8.GetBytes(sql), out var statement), "Preparing");
        using (statement)
        {
            var result = raw.sqlite3_step(statement);
            return result switch
            {
                raw.SQLITE_ROW => raw.sqlite3_column_text(statement, 0).utf8_to_string() ?? "",
                raw.SQLITE_DONE => "",
                _ => throw Fault(result, "Asking the ledger database"),
            };
        }
    }

    internal long Number(string sql) => long.Parse(Scalar(sql), CultureInfo.InvariantCulture);

    internal void Check(int result, string doing)
    {
        if (result != raw.SQLITE_OK)
            throw Fault(result, doing);
    }

    internal LedgerFaultException Fault(int result, string doing, bool outcomeUnknown = false) =>
        SqliteFaults.From(result, doing, raw.sqlite3_errmsg(_database).utf8_to_string(), outcomeUnknown);

    public void Dispose()
    {
        foreach (var statement in _statements)
            statement.Dispose();
        _database.Dispose();
    }
}
