namespace Writ.Cedar;

enum TokenKind
{
    /// <summary>A character, or a quote without its end, that no token begins with.</summary>
    Invalid,
    End,
    Identifier,
    Number,
    String,
    Slot,
    At,
    Dot,
    Comma,
    Semicolon,
    Colon,
    ColonColon,
    LeftParenthesis,
    RightParenthesis,
    LeftBrace,
    RightBrace,
    LeftBracket,
    RightBracket,
    EqualEqual,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    OrOr,
    AndAnd,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Bang,
    Equal,

    /// <summary>Alone, as a schema writes it behind an optional attribute.</summary>
    Question,
}

/// <summary>One lexeme: its kind and where it stands in the text.</summary>
readonly record struct Token(TokenKind Kind, int Start, int Length)
{
    public int End => Start + Length;
}
