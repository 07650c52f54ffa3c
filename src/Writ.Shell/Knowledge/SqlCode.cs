using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Writ.Shell.Knowledge;

/// <summary>
/// Statements of SQL, classed by their words and no engine: read (<c>service.read</c>), write (<c>service.write</c>),
/// schema (<c>infra.write</c>), privilege (<c>privilege.raise</c>), destroy (<c>infra.delete</c>), and what reaches out
/// of the database. What is in none of the classes is not understood.
/// </summary>
sealed class SqlCode
{
    static readonly FrozenSet<string> _reads = Words(
        "SELECT SHOW DESCRIBE DESC EXPLAIN VALUES TABLE WITH USE BEGIN START COMMIT ROLLBACK ABORT END SAVEPOINT "
        + "RELEASE ANALYZE DECLARE FETCH MOVE CLOSE HELP CHECKSUM CHECK LISTEN UNLISTEN DISCARD DEALLOCATE");

    static readonly FrozenSet<string> _writes = Words(
        "INSERT UPDATE MERGE UPSERT REPLACE LOCK UNLOCK REFRESH NOTIFY VACUUM REINDEX CLUSTER OPTIMIZE REPAIR "
        + "CHECKPOINT FLUSH HANDLER");

    static readonly FrozenSet<string> _schema = Words("CREATE ALTER RENAME COMMENT ATTACH DETACH IMPORT SECURITY");

    // What is made of one of these runs later, by itself.
    static readonly FrozenSet<string> _planted = Words("FUNCTION PROCEDURE TRIGGER RULE EVENT AGGREGATE OPERATOR CAST");

    static readonly FrozenSet<string> _reachingKinds = Words("SERVER SUBSCRIPTION PUBLICATION MAPPING FOREIGN");

    // Settings that change what quotes mean: what follows them cannot be told apart.
    static readonly FrozenSet<string> _quoting = Words("STANDARD_CONFORMING_STRINGS BACKSLASH_QUOTE SQL_MODE");

    static readonly FrozenSet<string> _readPragmas = Words(
        "TABLE_INFO TABLE_XINFO TABLE_LIST INDEX_LIST INDEX_INFO INDEX_XINFO FOREIGN_KEY_LIST FOREIGN_KEY_CHECK "
        + "DATABASE_LIST COMPILE_OPTIONS INTEGRITY_CHECK QUICK_CHECK COLLATION_LIST FUNCTION_LIST MODULE_LIST "
        + "PRAGMA_LIST STATS");

    readonly SqlDialect _dialect;
    readonly InnerFindings _found;

    SqlCode(SqlDialect dialect, InnerFindings found)
    {
        _dialect = dialect;
        _found = found;
    }

    /// <param name="program">The client, which tells the dialect.</param>
    /// <param name="isInput">True for what the client reads, and so puts its own variables into.</param>
    public static void Judge(string text, string program, bool isInput, InnerFindings found)
    {
        var dialect = DialectOf(program);
        if (SqlText.Parts(text, dialect) is not { } parts)
        {
            found.Refuse(text, "this SQL cannot be told apart into statements");
            return;
        }
        var code = new SqlCode(dialect, found);
        foreach (var part in parts)
            if (part.IsClients)
                SqlClient.Judge(part.Text, program, dialect, found);
            else
                code.Judge(part, isInput);
    }

    static SqlDialect DialectOf(string program) => program switch
    {
        "psql" => SqlDialect.Postgres,
        "mysql" or "mariadb" => SqlDialect.MySql,
        "sqlite3" or "sqlite" => SqlDialect.Sqlite,
        _ => SqlDialect.Unknown,
    };

    void Judge(SqlPart statement, bool isInput)
    {
        var words = statement.Words.ToArray();
        var text = statement.Text;
        if (words.Length == 0)
        {
            _found.Refuse(text, "this is no statement");
            return;
        }
        if (words.Any(_quoting.Contains))
            _found.Doubt(text, "this changes what quotes mean");
        if (isInput && _dialect == SqlDialect.Postgres && HasVariable(statement.Tokens))
            _found.Doubt(text, "psql puts a variable into this");
        Class(statement, words);
        Functions(statement);
        Reach(statement, words);
    }

    void Class(SqlPart statement, string[] words)
    {
        var text = statement.Text;
        var (first, second) = (words[0], words.Length > 1 ? words[1] : "");
        // A change may stand inside of a read: in WITH, behind EXPLAIN ANALYZE, as SELECT ... INTO.
        if (words.Contains("DELETE") || first is "DROP"
            || (words.Contains("TRUNCATE") && !IsCall(statement, "TRUNCATE"))
            || (first is "ALTER" && words.Contains("DROP")) || first is "PURGE" or "RESET" && second is "MASTER"
            || (first is "UPDATE" && !words.Contains("WHERE")))
        {
            _found.Add("infra.delete", text);
            _found.Add("service.write", text);
        }
        else if (IsPrivilege(first, second, words))
            _found.Add("privilege.raise", text);
        else if (first is "PRAGMA")
            _found.Add(IsReadPragma(statement, second) ? "service.read" : "service.write", text);
        else if (first is "SET" or "RESET")
            _found.Add(IsServerSetting(second, words) ? "infra.write" : "service.read", text);
        else if (first is "COPY")
            _found.Add(CopiesOut(words) ? "service.read" : "service.write", text);
        else if (first is "KILL")
            _found.AddOnTarget(KnownVerbs.ProcessSignal, text);
        else if (_reads.Contains(first) && !words.Any(IsWrite) && !words.Contains("INTO"))
            _found.Add("service.read", text);
        else if (_writes.Contains(first) || _reads.Contains(first) || first is "LOAD")
            _found.Add("service.write", text);
        else if (_schema.Contains(first))
            _found.Add("infra.write", text);
        else if (first is "DO" or "CALL" or "EXECUTE" or "PREPARE")
            RunsCode(text, "what this runs in the database is not looked into");
        else
            _found.Refuse(text, "this statement is not in the knowledge base");
        if (first is "PREPARE" or "DO" && statement.Tokens.Any(t => t.Kind == SqlTokenKind.Literal && Destroys(t.Text)))
            _found.Add("infra.delete", text);
    }

    static bool IsWrite(string word) =>
        _writes.Contains(word) && word is not ("REPLACE" or "REFRESH" or "LOCK" or "CLUSTER" or "HANDLER" or "FLUSH");

    static bool Destroys(string code) =>
        code.Contains("DROP ", StringComparison.OrdinalIgnoreCase)
        || code.Contains("DELETE ", StringComparison.OrdinalIgnoreCase)
        || code.Contains("TRUNCATE ", StringComparison.OrdinalIgnoreCase);

    static bool IsPrivilege(string first, string second, string[] words) =>
        first is "GRANT" or "REVOKE" or "REASSIGN"
        || (first is "CREATE" or "ALTER" or "SET" or "RENAME"
            && second is "USER" or "ROLE" or "GROUP" or "PASSWORD" or "DEFAULT" && words is not [_, "DEFAULT", _])
        || (first is "SET" && words.Contains("AUTHORIZATION"))
        || (first is "SET" && second is "SESSION" or "LOCAL" && words.Length > 2 && words[2] is "ROLE")
        || (first is "ALTER" && words.Contains("OWNER"));

    static bool IsServerSetting(string second, string[] words) =>
        second is "GLOBAL" or "PERSIST" or "PERSIST_ONLY" || words.Contains("SESSION_REPLICATION_ROLE")
        || words.Contains("WRITABLE_SCHEMA");

    static bool IsReadPragma(SqlPart statement, string name) =>
        _readPragmas.Contains(name) || !statement.Tokens.Any(t => t.Is('=') || t.Is('('));

    static bool CopiesOut(string[] words) => words.Contains("TO") && !words.Contains("FROM")
        || Array.IndexOf(words, "TO") > Array.IndexOf(words, "SELECT") && words.Contains("SELECT");

    void RunsCode(string text, string why)
    {
        _found.AddOnTarget(KnownVerbs.CodeRun, text);
        _found.Doubt(text, why);
    }

    // Beside their class: files, programs and other servers that statements reach.
    void Reach(SqlPart statement, string[] words)
    {
        var text = statement.Text;
        var first = words[0];
        if (first is "COPY" && words.Contains("PROGRAM"))
            RunsCode(text, "the server runs this program");
        else if (first is "COPY" && !words.Contains("STDIN") && !words.Contains("STDOUT"))
            File(text, isRead: !CopiesOut(words));
        if (words.Contains("OUTFILE") || words.Contains("DUMPFILE") || (first is "VACUUM" && words.Contains("INTO")))
            File(text, isRead: false);
        if (first is "LOAD" && words.Contains("INFILE"))
            File(text, isRead: true);
        else if (first is "LOAD")
            RunsCode(text, "the server loads this library");
        if (first is "CREATE" && words.Any(_planted.Contains))
        {
            _found.AddOnTarget(KnownVerbs.CodePlant, text);
            if (words.Contains("SONAME")
                || (words.Contains("LANGUAGE") && !words.Contains("SQL") && !words.Contains("PLPGSQL")))
                RunsCode(text, "this is code outside of the database's own language");
        }
        if (first is "CREATE" && words.Contains("EXTENSION") || first is "INSTALL")
            RunsCode(text, "the server loads this extension");
        if (first is "CREATE" or "ALTER" or "IMPORT" && words.Any(_reachingKinds.Contains))
            _found.Add(KnownVerbs.NetConnect, text);
        if (words is ["ALTER", "SYSTEM", ..] && words.Any(w => w.EndsWith("_COMMAND", StringComparison.Ordinal)
            || w.EndsWith("_LIBRARIES", StringComparison.Ordinal)))
            RunsCode(text, "the server runs what this setting names");
        if (first is "ATTACH"
            && statement.Tokens.FirstOrDefault(t => t.Kind == SqlTokenKind.Literal) is { Text: { } file })
            _found.Touch(WordRole.Writes, file);
    }

    // On the database's machine, which for SQLite is this one.
    void File(string text, bool isRead)
    {
        if (isRead)
            _found.AddOnTarget(KnownVerbs.SecretRead, text);
        else
            _found.Add("infra.write", text);
    }

    void Functions(SqlPart statement)
    {
        var tokens = statement.Tokens;
        for (var i = 0; i + 1 < tokens.Length; i++)
        {
            if (tokens[i].Kind is not (SqlTokenKind.Word or SqlTokenKind.Name) || !tokens[i + 1].Is('('))
                continue;
            if (tokens[i].Kind == SqlTokenKind.Word && SqlFunctions.IsNoCall(tokens[i].Text))
                continue;
            var isForeign = i > 1 && tokens[i - 1].Is('.')
                && tokens[i - 2].Text.ToUpperInvariant() is not ("PG_CATALOG" or "INFORMATION_SCHEMA");
            Function(statement, i, isForeign ? SqlCall.Unknown : SqlFunctions.Of(tokens[i].Text.ToUpperInvariant()));
        }
    }

    void Function(SqlPart statement, int at, SqlCall call)
    {
        var (name, text) = (statement.Tokens[at].Text, statement.Text);
        var first = statement.Tokens[at + 2 < statement.Tokens.Length ? at + 2 : at];
        switch (call)
        {
            case SqlCall.Value:
                break;
            case SqlCall.ReadsFile when _dialect == SqlDialect.Sqlite && first.Kind == SqlTokenKind.Literal:
                _found.Touch(WordRole.Reads, first.Text);
                break;
            case SqlCall.WritesFile when _dialect == SqlDialect.Sqlite && first.Kind == SqlTokenKind.Literal:
                _found.Touch(WordRole.Writes, first.Text);
                break;
            case SqlCall.ReadsFile or SqlCall.WritesFile when _dialect == SqlDialect.Sqlite:
                _found.Refuse(text, $"which file {name} means is not known");
                break;
            case SqlCall.ReadsFile or SqlCall.WritesFile:
                File(text, isRead: call == SqlCall.ReadsFile);
                break;
            case SqlCall.Connects:
                _found.Add(KnownVerbs.NetConnect, text);
                break;
            case SqlCall.RunsCode:
                RunsCode(text, $"what {name} runs is not looked into");
                break;
            case SqlCall.Signals:
                _found.AddOnTarget(KnownVerbs.ProcessSignal, text);
                break;
            case SqlCall.Changes:
                _found.Add("service.write", text);
                break;
            case SqlCall.Waits:
                _found.Doubt(text, $"{name} waits");
                break;
            default:
                if (!IsListOfColumns(statement.Tokens, at))
                    _found.Doubt(text, $"what the function {name} does is not known");
                break;
        }
    }

    static bool IsCall(SqlPart statement, string name)
    {
        for (var i = 0; i + 1 < statement.Tokens.Length; i++)
            if (statement.Tokens[i] is { Kind: SqlTokenKind.Word } word && word.Text == name)
                return i > 0 && statement.Tokens[i + 1].Is('(');
        return false;
    }

    // `INSERT INTO t (a, b)`, `WITH t (a) AS (`, `CREATE TABLE t (`, `ON t (a)`, `AS t(a)`, a type with a size.
    static bool IsListOfColumns(ImmutableArray<SqlToken> tokens, int at)
    {
        var before = at > 0 ? tokens[at - 1] : default;
        while (before.Is('.') && at > 1)
        {
            at -= 2;
            before = at > 0 ? tokens[at - 1] : default;
        }
        if (before.Text is "INTO" or "TABLE" or "AS" or "ON" or "EXISTS" or "INDEX" or "VIEW" or "REFERENCES" or "WITH"
            or "RECURSIVE" or "CONSTRAINT" or "KEY" or "COPY" or "TYPE" or "FUNCTION" or "PROCEDURE" or "AGGREGATE"
            or "USING" or "TABLES")
            return true;
        if (tokens[0].Text is "PRAGMA" or "CREATE" or "ALTER" or "COMMENT" or "GRANT" or "REVOKE")
            return true;
        // A further table of WITH: `, u (a) AS (`.
        var depth = 0;
        for (var i = at + 1; i < tokens.Length; i++)
        {
            depth += tokens[i].Is('(') ? 1 : tokens[i].Is(')') ? -1 : 0;
            if (depth == 0 && tokens[i].Is(')'))
                return tokens[0].Text == "WITH" && i + 2 < tokens.Length && tokens[i + 1].Text == "AS"
                    && tokens[i + 2].Is('(');
        }
        return false;
    }

    // `:name`, `:'name'`; a cast is `::type`, a slice has a number.
    static bool HasVariable(ImmutableArray<SqlToken> tokens)
    {
        for (var i = 0; i + 1 < tokens.Length; i++)
            if (tokens[i].Is(':') && tokens[i + 1].Kind != SqlTokenKind.Symbol && !(i > 0 && tokens[i - 1].Is(':')))
                return true;
        return false;
    }

    static FrozenSet<string> Words(string words) => words.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
