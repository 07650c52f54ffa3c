namespace Writ.Cedar;

/// <summary>
/// Cuts a policy text into tokens. It never fails: what is no token becomes an <see cref="TokenKind.Invalid"/> one, and
/// the parser reports it where it stands.
/// </summary>
ref struct Lexer(string text)
{
    readonly string _text = text;
    int _at;

    public static Token[] Tokenize(string text)
    {
        var lexer = new Lexer(text);
        var tokens = new List<Token>(text.Length / 5 + 8);
        Token token;
        do
        {
            token = lexer.Next();
            tokens.Add(token);
        }
        while (token.Kind != TokenKind.End);
        return [.. tokens];
    }

    Token Next()
    {
        SkipSpaceAndComments();
        if (_at == _text.Length)
            return new Token(TokenKind.End, _at, 0);
        var start = _at;
        var kind = Scan();
        return new Token(kind, start, _at - start);
    }

    void SkipSpaceAndComments()
    {
        while (_at < _text.Length)
        {
            if (char.IsWhiteSpace(_text[_at]))
            {
                _at++;
            }
            else if (_text[_at] == '/' && Peek(1) == '/')
            {
                var end = _text.AsSpan(_at).IndexOfAny('\n', '\r');
                _at = end < 0 ? _text.Length : _at + end;
            }
            else
            {
                return;
            }
        }
    }

    TokenKind Scan()
    {
        var c = _text[_at];
        if (Names.IsIdentifierStart(c))
        {
            SkipIdentifier();
            return TokenKind.Identifier;
        }
        if (char.IsAsciiDigit(c))
        {
            while (_at < _text.Length && char.IsAsciiDigit(_text[_at]))
                _at++;
            return TokenKind.Number;
        }
        if (c == '"')
            return ScanString();
        if (c == '?' && Names.IsIdentifierStart(Peek(1)))
        {
            _at++;
            SkipIdentifier();
            return TokenKind.Slot;
        }
        var (kind, length) = Punctuation(c, Peek(1));
        _at += kind == TokenKind.Invalid && char.IsHighSurrogate(c) && char.IsLowSurrogate(Peek(1)) ? 2 : length;
        return kind;
    }

    // A backslash takes the next character with it, except a line feed; any other character may stand for itself.
    TokenKind ScanString()
    {
        _at++;
        while (_at < _text.Length)
        {
            var c = _text[_at++];
            if (c == '"')
                return TokenKind.String;
            if (c == '\\' && (_at == _text.Length || _text[_at++] == '\n'))
                return TokenKind.Invalid;
        }
        return TokenKind.Invalid;
    }

    void SkipIdentifier()
    {
        while (_at < _text.Length && Names.IsIdentifierPart(_text[_at]))
            _at++;
    }

    readonly char Peek(int ahead) => _at + ahead < _text.Length ? _text[_at + ahead] : '\0';

    static (TokenKind Kind, int Length) Punctuation(char first, char second) => (first, second) switch
    {
        (':', ':') => (TokenKind.ColonColon, 2),
        ('=', '=') => (TokenKind.EqualEqual, 2),
        ('!', '=') => (TokenKind.NotEqual, 2),
        ('<', '=') => (TokenKind.LessEqual, 2),
        ('>', '=') => (TokenKind.GreaterEqual, 2),
        ('|', '|') => (TokenKind.OrOr, 2),
        ('&', '&') => (TokenKind.AndAnd, 2),
        ('@', _) => (TokenKind.At, 1),
        ('.', _) => (TokenKind.Dot, 1),
        (',', _) => (TokenKind.Comma, 1),
        (';', _) => (TokenKind.Semicolon, 1),
        (':', _) => (TokenKind.Colon, 1),
        ('(', _) => (TokenKind.LeftParenthesis, 1),
        (')', _) => (TokenKind.RightParenthesis, 1),
        ('{', _) => (TokenKind.LeftBrace, 1),
        ('}', _) => (TokenKind.RightBrace, 1),
        ('[', _) => (TokenKind.LeftBracket, 1),
        (']', _) => (TokenKind.RightBracket, 1),
        ('<', _) => (TokenKind.Less, 1),
        ('>', _) => (TokenKind.Greater, 1),
        ('+', _) => (TokenKind.Plus, 1),
        ('-', _) => (TokenKind.Minus, 1),
        ('*', _) => (TokenKind.Star, 1),
        ('/', _) => (TokenKind.Slash, 1),
        ('%', _) => (TokenKind.Percent, 1),
        ('!', _) => (TokenKind.Bang, 1),
        ('=', _) => (TokenKind.Equal, 1),
        ('?', _) => (TokenKind.Question, 1),
        _ => (TokenKind.Invalid, 1),
    };
}
