using System.Collections.Immutable;

namespace Writ.Shell.Knowledge;

/// <summary>Whose rules a text of SQL follows. With member 0 whatever they disagree about is not understood.</summary>
enum SqlDialect
{
    Unknown,
    Postgres,
    MySql,
    Sqlite,
}

enum SqlTokenKind
{
    /// <summary>A bare word, in upper case.</summary>
    Word,

    /// <summary>A quoted name.</summary>
    Name,

    /// <summary>A text, without its quotes and escapes.</summary>
    Literal,

    /// <summary>A single character of any other kind.</summary>
    Symbol,
}

readonly record struct SqlToken(SqlTokenKind Kind, string Text)
{
    public bool Is(char symbol) => Kind == SqlTokenKind.Symbol && Text[0] == symbol;
}

/// <summary>One statement, or one line that the client obeys itself.</summary>
/// <param name="Text">As it stands there.</param>
/// <param name="Tokens">Empty for a line of the client.</param>
/// <param name="IsClients">True for <c>\dt</c>, <c>.schema</c>, <c>source FILE</c>.</param>
readonly record struct SqlPart(string Text, ImmutableArray<SqlToken> Tokens, bool IsClients)
{
    public IEnumerable<string> Words => Tokens.Where(t => t.Kind == SqlTokenKind.Word).Select(t => t.Text);
}

/// <summary>
/// Tells a text of SQL apart as its client does: statements by semicolons outside of quotes and comments, and the lines
/// that the client takes for itself. Where dialects read a quote or a comment differently, the dialect decides; where
/// it is not known, nothing is told apart.
/// </summary>
sealed class SqlText
{
    /// <summary>Statements of one text that are looked at.</summary>
    public const int PartsMax = 500;

    static readonly ImmutableHashSet<string> _clientWords =
    [
        .. ("? CLEAR CONNECT DELIMITER EDIT EGO EXIT GO HELP NOPAGER NOTEE PAGER PRINT PROMPT QUIT REHASH SOURCE "
            + "STATUS SYSTEM TEE CHARSET WARNINGS NOWARNING RESETCONNECTION QUERY_ATTRIBUTES COSTS")
            .Split(' '),
    ];

    readonly string _text;
    readonly SqlDialect _dialect;
    readonly List<SqlPart> _parts = [];
    readonly List<SqlToken> _tokens = [];
    int _at;
    int _from;

    SqlText(string text, SqlDialect dialect)
    {
        _text = text;
        _dialect = dialect;
    }

    /// <summary>Null when it cannot be told apart for sure, or is too long.</summary>
    public static List<SqlPart>? Parts(string text, SqlDialect dialect)
    {
        var reader = new SqlText(text, dialect);
        return reader.TryRead() ? reader._parts : null;
    }

    char Here => _at < _text.Length ? _text[_at] : '\0';

    char Next => _at + 1 < _text.Length ? _text[_at + 1] : '\0';

    bool IsAtLineStart => _text.AsSpan(0, _at).TrimEnd(" \t") is [] or [.., '\n'];

    bool TryRead()
    {
        while (_at < _text.Length)
        {
            if (_parts.Count > PartsMax)
                return false;
            if (Here == ';' || (_dialect == SqlDialect.Postgres && Here == '\\' && Next == ';'))
            {
                EndStatement();
                _at += Here == ';' ? 1 : 2;
                _from = _at;
            }
            else if (IsClients())
                TakeClients();
            else if (!TryTakeToken())
                return false;
        }
        EndStatement();
        return _parts.Count <= PartsMax;
    }

    void EndStatement()
    {
        var text = _text[_from.._at].Trim();
        if (_tokens.Count > 0)
            _parts.Add(new SqlPart(text, [.. _tokens], IsClients: false));
        _tokens.Clear();
    }

    bool IsClients()
    {
        if (Here == '\\')
            return true;
        if (_tokens.Count > 0 || !IsAtLineStart)
            return false;
        return _dialect switch
        {
            SqlDialect.Sqlite => Here == '.',
            SqlDialect.MySql => _clientWords.Contains(WordHere()),
            SqlDialect.Postgres => false,
            _ => Here is '.' or '!' or '@',
        };
    }

    string WordHere()
    {
        var end = _at;
        while (end < _text.Length && (char.IsAsciiLetterOrDigit(_text[end]) || _text[end] is '_' or '?'))
            end++;
        return _text[_at..end].ToUpperInvariant();
    }

    // To the end of its line. What stands before it on the same line is a statement that it sends off (`\g`).
    void TakeClients()
    {
        EndStatement();
        var end = _text.IndexOf('\n', _at);
        end = end < 0 ? _text.Length : end;
        _parts.Add(new SqlPart(_text[_at..end].Trim(), [], IsClients: true));
        _at = _from = end;
    }

    bool TryTakeToken()
    {
        var c = Here;
        if (char.IsWhiteSpace(c))
        {
            _at++;
            return true;
        }
        if (c == '\'')
            return TryTakeQuoted(SqlTokenKind.Literal, HasEscapes());
        if (c == '"')
            return TryTakeQuoted(
                _dialect == SqlDialect.MySql ? SqlTokenKind.Literal : SqlTokenKind.Name,
                _dialect == SqlDialect.MySql);
        if (c == '`' && _dialect != SqlDialect.Postgres)
            return TryTakeQuoted(SqlTokenKind.Name, hasEscapes: false);
        if (c == '[' && _dialect == SqlDialect.Sqlite)
            return TryTakeUntil("]", SqlTokenKind.Name, 1);
        if (c == '$' && DollarTag() is { } tag)
            return _dialect == SqlDialect.Postgres && TryTakeUntil(tag, SqlTokenKind.Literal, tag.Length);
        if (IsComment() is var (isComment, isKnown) && (isComment || !isKnown))
            return isKnown && TrySkipComment();
        if (char.IsLetter(c) || c == '_')
            TakeWord();
        else if (char.IsAsciiDigit(c))
            while (char.IsAsciiLetterOrDigit(Here) || Here is '.' or '_')
                _at++;
        else
        {
            _tokens.Add(new SqlToken(SqlTokenKind.Symbol, c.ToString()));
            _at++;
        }
        return true;
    }

    void TakeWord()
    {
        var start = _at;
        while (_at < _text.Length && (char.IsLetterOrDigit(Here) || Here is '_' or '$'))
            _at++;
        _tokens.Add(new SqlToken(SqlTokenKind.Word, _text[start.._at].ToUpperInvariant()));
    }

    // `E'...'` of PostgreSQL is the word E and a text directly behind it.
    bool HasEscapes() => _dialect switch
    {
        SqlDialect.MySql => true,
        SqlDialect.Postgres => _at > 0 && _text[_at - 1] is 'E' or 'e'
            && _tokens is [.., { Kind: SqlTokenKind.Word, Text: "E" }],
        _ => false,
    };

    bool TryTakeQuoted(SqlTokenKind kind, bool hasEscapes)
    {
        var quote = Here;
        var text = new System.Text.StringBuilder();
        for (_at++; _at < _text.Length; _at++)
        {
            if (Here == quote)
            {
                if (Next != quote)
                {
                    _at++;
                    _tokens.Add(new SqlToken(kind, text.ToString()));
                    return true;
                }
                _at++;
            }
            else if (Here == '\\' && hasEscapes)
                _at++;
            // Whether it is an escape, only the dialect tells.
            else if (Here == '\\' && _dialect == SqlDialect.Unknown)
                return false;
            if (_at < _text.Length)
                text.Append(Here);
        }
        return false;
    }

    bool TryTakeUntil(string end, SqlTokenKind kind, int skip)
    {
        var to = _text.IndexOf(end, _at + skip, StringComparison.Ordinal);
        if (to < 0)
            return false;
        _tokens.Add(new SqlToken(kind, _text[(_at + skip)..to]));
        _at = to + end.Length;
        return true;
    }

    // `$$` or `$name$`; null for `$1` and everything else.
    string? DollarTag()
    {
        var end = _at + 1;
        while (end < _text.Length && (char.IsLetterOrDigit(_text[end]) || _text[end] == '_'))
            end++;
        return end < _text.Length && _text[end] == '$' && !char.IsAsciiDigit(_text[_at + 1])
            && !(_at > 0 && (char.IsLetterOrDigit(_text[_at - 1]) || _text[_at - 1] == '_'))
            ? _text[_at..(end + 1)]
            : null;
    }

    // MySQL runs what stands in `/*! */`, and takes `--` for a comment only before a blank.
    (bool IsComment, bool IsKnown) IsComment() => (Here, Next) switch
    {
        ('-', '-') => _dialect switch
        {
            SqlDialect.Postgres or SqlDialect.Sqlite => (true, true),
            _ => _at + 2 >= _text.Length || char.IsWhiteSpace(_text[_at + 2])
                ? (true, true)
                : (false, _dialect == SqlDialect.MySql),
        },
        ('#', _) => _dialect switch
        {
            SqlDialect.MySql => (true, true),
            SqlDialect.Sqlite => (IsAtLineStart, true),
            SqlDialect.Postgres => (false, true),
            _ => (false, false),
        },
        ('/', '*') => (true, _dialect is SqlDialect.Postgres or SqlDialect.Sqlite
            || !(_text.AsSpan(_at).StartsWith("/*!") || _text.AsSpan(_at).StartsWith("/*M!")
                || _text.AsSpan(_at).StartsWith("/*+"))),
        _ => (false, true),
    };

    bool TrySkipComment()
    {
        if (Here is not '/')
        {
            var line = _text.IndexOf('\n', _at);
            _at = line < 0 ? _text.Length : line;
            return true;
        }
        // They nest in PostgreSQL alone; where that matters and is not known, nothing is told apart.
        var depth = 1;
        for (_at += 2; depth > 0;)
        {
            if (_at + 1 >= _text.Length)
                return false;
            if (Here == '*' && Next == '/')
                (depth, _at) = (depth - 1, _at + 2);
            else if (Here == '/' && Next == '*' && _dialect is SqlDialect.Postgres or SqlDialect.Unknown)
            {
                if (_dialect == SqlDialect.Unknown)
                    return false;
                (depth, _at) = (depth + 1, _at + 2);
            }
            else
                _at++;
        }
        return true;
    }
}
