using System.Buffers;
using System.Collections.Frozen;

namespace Writ.Shell.Knowledge;

/// <summary>
/// Lines that a client of a database obeys itself: <c>\dt</c> and <c>\!</c> of psql, <c>.schema</c> and <c>.shell</c>
/// of sqlite3, <c>source</c> and <c>system</c> of mysql. What they hand to a shell is found as a line of shell.
/// </summary>
static class SqlClient
{
    static readonly SearchValues<char> _ends = SearchValues.Create(" \t(|'\"");

    static readonly FrozenSet<string> _quietPostgres = (
        "a C t T f F H h ? q x errverbose conninfo echo qecho warn encoding timing pset unset bind p print r reset "
        + "s1 html crosstabview").Split(' ').ToFrozenSet(StringComparer.Ordinal);

    static readonly FrozenSet<string> _quietSqlite = (
        "tables schema fullschema indexes indices databases headers header mode quit exit help width separator "
        + "nullvalue bail echo timer stats show eqp explain print prompt changes dbinfo dump sha3sum timeout limit "
        + "lint version vfsinfo vfslist vfsname binary auth scanstats progress recover selftest")
        .Split(' ').ToFrozenSet(StringComparer.Ordinal);

    static readonly FrozenSet<string> _quietMySql = (
        "? help h clear c ego G go g exit quit q print p status s warnings W nowarning w rehash # nopager n notee t "
        + "prompt R charset C costs resetconnection x use u").Split(' ').ToFrozenSet(StringComparer.Ordinal);

    public static void Judge(string line, string program, SqlDialect dialect, InnerFindings found)
    {
        switch (dialect)
        {
            case SqlDialect.Postgres:
                Postgres(line, program, found);
                break;
            case SqlDialect.Sqlite:
                Sqlite(line, program, found);
                break;
            case SqlDialect.MySql:
                MySql(line, program, found);
                break;
            default:
                Refuse(line, found);
                break;
        }
    }

    static void Postgres(string line, string program, InnerFindings found)
    {
        var (name, rest) = Split(line[1..]);
        // What stands in backquotes is run by a shell, wherever it is; what follows `\\` is another command.
        if (line.Contains('`', StringComparison.Ordinal) && name != "!" || rest.Contains('\\', StringComparison.Ordinal)
            && name is not ("!" or "copy"))
        {
            Refuse(line, found);
            return;
        }
        switch (name)
        {
            case "!":
                Shell(rest, program, line, found);
                break;
            case "copy":
                Copy(rest, program, line, found);
                break;
            case "o" or "out" or "g" or "gx" or "w" or "write" or "s":
                Output(rest, program, line, isFile: rest.Length > 0 && !rest.StartsWith('('), found);
                break;
            case "i" or "ir" or "include" or "include_relative":
                Script(rest, line, found);
                break;
            case "c" or "connect":
                found.Add("service.read", line);
                if (rest.Split(' ', StringSplitOptions.RemoveEmptyEntries) is { Length: > 2 } || rest.Contains(
                    "host", StringComparison.OrdinalIgnoreCase) || rest.Contains("//", StringComparison.Ordinal))
                    found.Add(KnownVerbs.NetConnect, rest);
                break;
            case "lo_import":
                found.Touch(WordRole.Reads, Word(rest));
                found.Add("service.write", line);
                break;
            case "lo_export":
                found.Touch(WordRole.Writes, rest.Split(' ')[^1].Trim('\''));
                break;
            case "lo_unlink":
                found.Add("infra.delete", line);
                break;
            case "password":
                found.Add("privilege.raise", line);
                break;
            case "set" when rest.Length == 0 || char.IsAsciiLetterUpper(rest[0]):
                found.Add("service.read", line);
                break;
            case ['d', ..] or ['l', ..] or "z" or "sf" or "sf+" or "sv" or "sv+":
                found.Add("service.read", line);
                break;
            default:
                if (_quietPostgres.Contains(name))
                    found.Add("service.read", line);
                else
                    Refuse(line, found);
                break;
        }
    }

    // `\copy t from program 'cmd'`, `\copy (select ...) to 'file'`: as COPY, but by the client.
    static void Copy(string rest, string program, string line, InnerFindings found)
    {
        if (SqlText.Parts(rest, SqlDialect.Postgres) is not [{ IsClients: false } part])
        {
            Refuse(line, found);
            return;
        }
        var tokens = part.Tokens;
        var at = tokens.Length - 1;
        while (at >= 0 && !(tokens[at].Text is "FROM" or "TO" && tokens[at].Kind == SqlTokenKind.Word
            && at + 1 < tokens.Length && (tokens[at + 1].Kind == SqlTokenKind.Literal
                || tokens[at + 1].Text is "PROGRAM" or "STDIN" or "STDOUT" or "PSTDIN" or "PSTDOUT")))
            at--;
        if (at < 0)
        {
            Refuse(line, found);
            return;
        }
        var goesOut = tokens[at].Text == "TO";
        found.Add(goesOut ? "service.read" : "service.write", line);
        if (tokens[at + 1].Kind == SqlTokenKind.Literal)
            found.Touch(goesOut ? WordRole.Writes : WordRole.Reads, tokens[at + 1].Text);
        else if (tokens[at + 1].Text == "PROGRAM")
            Shell(at + 2 < tokens.Length && tokens[at + 2].Kind == SqlTokenKind.Literal ? tokens[at + 2].Text : "",
                program + " \\copy", line, found);
        if (part.Words.Any(w => w is "DELETE" or "UPDATE" or "INSERT"))
            found.Add("infra.delete", line);
    }

    static void Sqlite(string line, string program, InnerFindings found)
    {
        var (name, rest) = Split(line[1..]);
        switch (name)
        {
            case "shell" or "system":
                Shell(rest, $"{program} .{name}", line, found);
                break;
            case "output" or "once" or "log" or "trace" or "backup" or "save" or "clone" or "open" or "restore":
                Output(
                    rest is "stdout" or "off" or "-" ? "" : rest, $"{program} .{name}", line, rest.Length > 0, found);
                break;
            case "read":
                if (rest.StartsWith('|'))
                    Shell(rest[1..], $"{program} .read", line, found);
                Script(rest, line, found);
                break;
            case "import":
                found.Add("service.write", line);
                if (rest.IndexOf('|', StringComparison.Ordinal) is >= 0 and var bar)
                    Shell(Word(rest[(bar > 0 && rest[bar - 1] is '"' or '\'' ? bar - 1 : bar)..])[1..],
                        $"{program} .import", line, found);
                else
                    found.Touch(WordRole.Reads, Word(rest));
                break;
            case "load":
                found.AddOnTarget(KnownVerbs.CodeRun, line);
                found.Doubt(line, "what this library does is not looked into");
                break;
            default:
                // Names may be shortened, as long as they stay unique.
                if (_quietSqlite.Contains(name))
                    found.Add("service.read", line);
                else
                    Refuse(line, found);
                break;
        }
    }

    static void MySql(string line, string program, InnerFindings found)
    {
        var text = line.TrimEnd(';').TrimStart('\\');
        // Behind a backslash stands one letter; what follows it directly is its argument.
        var (name, rest) = line[0] == '\\' && text.Length > 0 ? (text[..1], text[1..].Trim()) : Split(text);
        if (line[0] != '\\')
            name = name.ToLowerInvariant();
        switch (name)
        {
            case "!" or "system":
                Shell(rest, $"{program} system", line, found);
                break;
            case "P" or "pager" when rest.Trim().Length > 0:
                Shell(rest, $"{program} pager", line, found);
                break;
            case "." or "source":
                Script(rest, line, found);
                break;
            case "T" or "tee":
                Output(rest, program, line, rest.Length > 0, found);
                break;
            default:
                if (_quietMySql.Contains(name))
                    found.Add("service.read", line);
                else
                    Refuse(line, found);
                break;
        }
    }

    static void Output(string rest, string program, string line, bool isFile, InnerFindings found)
    {
        found.Add("service.read", line);
        if (rest.StartsWith('|'))
            Shell(rest[1..], program, line, found);
        else if (isFile && rest.Length > 0)
            found.Touch(WordRole.Writes, Word(rest));
    }

    static void Script(string rest, string line, InnerFindings found)
    {
        found.Add(KnownVerbs.CodeRun, Word(rest));
        found.Doubt(line, "what is in this file is not known");
    }

    static void Shell(string command, string via, string line, InnerFindings found)
    {
        found.Add(KnownVerbs.CodeRun, line);
        if (command.Trim().Length == 0)
            found.Doubt(line, "it opens a shell");
        else
            found.Lines.Add(new InnerLine(via, command.Trim()));
    }

    static void Refuse(string line, InnerFindings found) => found.Refuse(line, "the client obeys this itself");

    static (string Name, string Words) Split(string text)
    {
        var end = text.AsSpan().IndexOfAny(_ends);
        if (text.StartsWith('!'))
            end = 1;
        return end < 0 ? (text, "") : (text[..end], text[end..].Trim());
    }

    // The first word, without its quotes.
    static string Word(string text)
    {
        var trimmed = text.Trim();
        if (trimmed is ['\'' or '"', ..] && trimmed.IndexOf(trimmed[0], 1) is > 0 and var close)
            return trimmed[1..close];
        return trimmed.Split(' ')[0];
    }
}
