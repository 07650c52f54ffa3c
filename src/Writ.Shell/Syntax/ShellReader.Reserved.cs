namespace Writ.Shell.Syntax;

sealed partial class ShellReader
{
    const int ReservedCharsMax = 8;

    // Bash recognises these words only unquoted and where a command may begin; callers stand at such a place.
    ReservedWord PeekReserved()
    {
        SkipBlanks();
        var c = Current;
        if (c is not (>= 'a' and <= 'z' or '!' or '{' or '}' or '[' or ']'))
            return ReservedWord.None;
        Span<char> word = stackalloc char[ReservedCharsMax];
        var length = 0;
        var position = _pos;
        while (c is >= 'a' and <= 'z' or '!' or '{' or '}' or '[' or ']')
        {
            if (length == ReservedCharsMax)
                return ReservedWord.None;
            word[length++] = c;
            position = PositionAfter(position);
            c = CharAt(position);
        }
        if (!EndsWord(c) || (c == '(' && _extendedGlob && word[length - 1] == '!'))
            return ReservedWord.None;
        return IsProcessSubstitution(c, position) ? ReservedWord.None : Reserved(word[..length]);
    }

    bool IsProcessSubstitution(char c, int position) =>
        c is '<' or '>' && CharAt(PositionAfter(position)) == '(';

    static bool EndsWord(char c) =>
        c is '\0' or ' ' or '\t' or '\n' or ';' or '&' or '|' or '(' or ')' or '<' or '>';

    public static bool IsReserved(string word) => Reserved(word) != ReservedWord.None;

    static ReservedWord Reserved(ReadOnlySpan<char> word) => word switch
    {
        "!" => ReservedWord.Bang,
        "{" => ReservedWord.OpenBrace,
        "}" => ReservedWord.CloseBrace,
        "[[" => ReservedWord.OpenCondition,
        "]]" => ReservedWord.CloseCondition,
        "case" => ReservedWord.Case,
        "coproc" => ReservedWord.Coproc,
        "do" => ReservedWord.Do,
        "done" => ReservedWord.Done,
        "elif" => ReservedWord.Elif,
        "else" => ReservedWord.Else,
        "esac" => ReservedWord.Esac,
        "fi" => ReservedWord.Fi,
        "for" => ReservedWord.For,
        "function" => ReservedWord.Function,
        "if" => ReservedWord.If,
        "in" => ReservedWord.In,
        "select" => ReservedWord.Select,
        "then" => ReservedWord.Then,
        "time" => ReservedWord.Time,
        "until" => ReservedWord.Until,
        "while" => ReservedWord.While,
        _ => ReservedWord.None,
    };

    static int Length(ReservedWord word) => word switch
    {
        ReservedWord.Bang or ReservedWord.OpenBrace or ReservedWord.CloseBrace => 1,
        ReservedWord.OpenCondition or ReservedWord.CloseCondition or ReservedWord.Do or ReservedWord.Fi
            or ReservedWord.If or ReservedWord.In => 2,
        ReservedWord.For => 3,
        ReservedWord.Case or ReservedWord.Done or ReservedWord.Elif or ReservedWord.Else or ReservedWord.Esac
            or ReservedWord.Then or ReservedWord.Time => 4,
        ReservedWord.Until or ReservedWord.While => 5,
        ReservedWord.Coproc or ReservedWord.Select => 6,
        ReservedWord.Function => 8,
        _ => 0,
    };

    bool TryRead(ReservedWord word)
    {
        if (PeekReserved() != word)
            return false;
        Advance(Length(word));
        return true;
    }

    void Require(ReservedWord word, string text)
    {
        if (Fault is null && !TryRead(word))
            Unexpected($"`{text}`");
    }
}
