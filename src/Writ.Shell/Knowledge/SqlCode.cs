using System.Buffers;
using System.Collections.Immutable;

namespace Writ.Shell.Knowledge;

/// <summary>
/// Statements of SQL, classed by their words and no engine: read, write, schema, privilege, destroy. What is in none
/// of the classes, and what a client obeys by itself (<c>\!</c>, <c>.shell</c>), is not understood.
/// </summary>
static class SqlCode
{
    /// <summary>Statements of one text that are looked at.</summary>
    public const int StatementsMax = 500;

    static readonly SearchValues<char> _described = SearchValues.Create("dtivsmfnuxgpEeSRAObcCFlTyLo+");
    static readonly SearchValues<char> _reachingOut = SearchValues.Create("|`!\n");

    static readonly ImmutableHashSet<string> _reads = Words(
        "SELECT SHOW DESCRIBE DESC EXPLAIN VALUES TABLE WITH USE BEGIN START COMMIT ROLLBACK END SAVEPOINT "
            + "RELEASE ANALYZE");

    static readonly ImmutableHashSet<string> _writes = Words("INSERT UPDATE MERGE UPSERT REPLACE LOCK REFRESH NOTIFY");

    static readonly ImmutableHashSet<string> _schema = Words(
        "CREATE ALTER RENAME COMMENT REINDEX VACUUM CLUSTER OPTIMIZE ATTACH DETACH");

    // Functions that reach out of the database, or run or write something from within a read.
    static readonly ImmutableHashSet<string> _reaching = Words(
        "PG_READ_FILE PG_READ_BINARY_FILE PG_LS_DIR PG_SLEEP LO_IMPORT LO_EXPORT PG_TERMINATE_BACKEND "
            + "PG_CANCEL_BACKEND "
        + "PG_RELOAD_CONF DBLINK DBLINK_EXEC LOAD_FILE OUTFILE DUMPFILE LOAD_EXTENSION READFILE WRITEFILE EDIT "
        + "SYS_EXEC SYS_EVAL XP_CMDSHELL SETVAL NEXTVAL SET_CONFIG SLEEP BENCHMARK PG_WRITE_FILE PG_FILE_WRITE "
        + "QUERY_TO_XML PG_LOGICAL_EMIT_MESSAGE FTS3_TOKENIZER");

    public static void Judge(string text, List<ProgramEffect> effects, List<UnknownPart> unknown)
    {
        if (Statements(text) is not { } statements)
        {
            Refuse(text, "this SQL cannot be told apart into statements", effects, unknown);
            return;
        }
        foreach (var statement in statements)
            Judge(statement, effects, unknown);
    }

    static void Judge(Statement statement, List<ProgramEffect> effects, List<UnknownPart> unknown)
    {
        var words = statement.Words;
        if (statement.IsClients && IsOnlyShown(statement.Text))
        {
            Add("service.read");
            return;
        }
        if (words.Length == 0 || statement.IsClients)
        {
            Refuse(statement.Text, "the client obeys this itself", effects, unknown);
            return;
        }
        var (first, second) = (words[0], words.Length > 1 ? words[1] : "");
        if (words.Any(_reaching.Contains))
            Refuse(statement.Text, "a function that reaches out of the database, or changes it", effects, unknown);
        // A change may stand inside of a read: in WITH, behind EXPLAIN ANALYZE, as SELECT ... INTO.
        if (words.Contains("DELETE") || words.Contains("TRUNCATE") || first is "DROP"
            || (first is "ALTER" && words.Contains("DROP"))
            || (first is "UPDATE" && !words.Contains("WHERE")))
            Destroy();
        else if (first is "GRANT" or "REVOKE" or "REASSIGN" || (first is "CREATE" or "ALTER" or "SET"
            && second is "USER" or "ROLE" or "GROUP" or "PASSWORD" or "SESSION"))
            Add("privilege.raise");
        else if (_reads.Contains(first)
            && !words.Any(w => _writes.Contains(w) && w is not ("REPLACE" or "REFRESH" or "LOCK"))
            && !words.Contains("INTO"))
            Add("service.read");
        else if (first is "PRAGMA" && !statement.Text.Contains('='))
            Add("service.read");
        else if (_writes.Contains(first) || _reads.Contains(first))
            Add("service.write");
        else if (_schema.Contains(first))
            Add("service.write");
        else
            Refuse(statement.Text, "this statement is not in the knowledge base", effects, unknown);
        if (first is "COPY" or "LOAD" or "CALL" or "DO" or "EXECUTE" or "PREPARE")
            effects.Add(ProgramEffect.Of(KnownVerbs.CodeRun, statement.Text));

        void Add(string verb) => effects.Add(ProgramEffect.Of(verb, statement.Text));

        void Destroy()
        {
            Add("infra.delete");
            Add("service.write");
        }
    }

    // What psql and sqlite3 describe of a database by themselves: `\\dt`, `.schema users`.
    static bool IsOnlyShown(string text)
    {
        var blank = text.IndexOf(' ', StringComparison.Ordinal);
        var word = blank < 0 ? text : text[..blank];
        return !text.AsSpan().ContainsAny(_reachingOut)
            && !text.AsSpan(1).Contains('\\')
            && (word is ".tables" or ".schema" or ".indexes" or ".indices" or ".databases" or ".dbinfo" or ".show"
                or ".headers" or ".mode" or ".width" or "\\conninfo" or "\\l" or "\\l+" or "\\dt" or "\\q" or "\\x"
                || (word.StartsWith("\\d", StringComparison.Ordinal) && word.Length <= 6
                    && !word.AsSpan(1).ContainsAnyExcept(_described)));
    }

    static void Refuse(string text, string why, List<ProgramEffect> effects, List<UnknownPart> unknown)
    {
        effects.Add(ProgramEffect.Of(KnownVerbs.Unknown, text));
        unknown.Add(new UnknownPart(text, why));
    }

    static ImmutableHashSet<string> Words(string words) => [.. words.Split(' ')];

    readonly record struct Statement(string Text, ImmutableArray<string> Words, bool IsClients);

    // Null when a quote or a comment does not end, or where a dialect's escapes would matter.
    static List<Statement>? Statements(string text)
    {
        var found = new List<Statement>();
        var words = ImmutableArray.CreateBuilder<string>();
        var from = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || text[i] == ';')
            {
                var statement = text[from..i].Trim();
                if (statement.Length > 0)
                    found.Add(new Statement(
                        statement, words.ToImmutable(),
                        statement[0] is '.' or '!' or '@' || statement.Contains('\\', StringComparison.Ordinal)));
                words.Clear();
                from = i + 1;
                if (found.Count > StatementsMax)
                    return null;
            }
            else if (text[i] is '\'' or '"' or '`')
            {
                i = text.IndexOf(text[i], i + 1);
                if (i < 0)
                    return null;
            }
            else if (text[i] == '$' && i + 1 < text.Length && text[i + 1] is '$' || text.AsSpan(i).StartsWith("/*!"))
            {
                return null;
            }
            else if (text.AsSpan(i).StartsWith("--") || text[i] == '#')
            {
                var end = text.IndexOf('\n', i);
                i = end < 0 ? text.Length - 1 : end;
            }
            else if (text.AsSpan(i).StartsWith("/*"))
            {
                i = text.IndexOf("*/", i, StringComparison.Ordinal) + 1;
                if (i <= 0)
                    return null;
            }
            else if (char.IsAsciiLetter(text[i]) || text[i] == '_')
            {
                var start = i;
                while (i + 1 < text.Length && (char.IsAsciiLetterOrDigit(text[i + 1]) || text[i + 1] == '_'))
                    i++;
                words.Add(text[start..(i + 1)].ToUpperInvariant());
            }
        }
        return found;
    }
}
