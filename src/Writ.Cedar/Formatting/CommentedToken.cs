namespace Writ.Cedar;

/// <summary>
/// A token with the comments around it: those on lines of their own before it, and the one behind it on its line.
/// Whoever writes a comment takes it away, so that none is written twice.
/// </summary>
sealed class CommentedToken(TokenKind kind, string text)
{
    public TokenKind Kind { get; } = kind;

    public string Text { get; } = text;

    public List<string> Leading { get; } = [];

    public string Trailing { get; set; } = "";

    public static List<CommentedToken> Read(string text, out List<string> atEnd)
    {
        var tokens = new List<CommentedToken>();
        atEnd = [];
        var end = 0;
        foreach (var token in Lexer.Tokenize(text))
        {
            var between = text.AsSpan(end, token.Start - end);
            var leading = token.Kind == TokenKind.End ? atEnd : [];
            if (tokens.Count == 0)
                Comments(between, leading);
            else
            {
                // A comment on the line of a token belongs to it; what follows belongs to the next one.
                var line = between.IndexOfAny('\n', '\r') is >= 0 and var at ? at : between.Length;
                tokens[^1].Trailing = between[..line].Trim().ToString();
                Comments(between[line..], leading);
            }
            end = token.End;
            if (token.Kind == TokenKind.End)
                break;
            tokens.Add(new CommentedToken(token.Kind, text.Substring(token.Start, token.Length)));
            tokens[^1].Leading.AddRange(leading);
        }
        DropTrailingCommas(tokens);
        return tokens;
    }

    static void Comments(ReadOnlySpan<char> text, List<string> comments)
    {
        for (var start = text.IndexOf("//"); start >= 0; start = text.IndexOf("//"))
        {
            text = text[start..];
            var end = text.IndexOfAny('\n', '\r') is >= 0 and var at ? at : text.Length;
            comments.Add(text[..end].Trim().ToString());
            text = text[end..];
        }
    }

    // A comma before a closing bracket says nothing. Its comments go to its neighbours.
    static void DropTrailingCommas(List<CommentedToken> tokens)
    {
        var kept = 0;
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            var isLast = token.Kind == TokenKind.Comma && i + 1 < tokens.Count && tokens[i + 1].Kind
                is TokenKind.RightParenthesis or TokenKind.RightBracket or TokenKind.RightBrace;
            if (!isLast)
            {
                tokens[kept++] = token;
                continue;
            }
            var before = tokens[kept - 1];
            var closing = tokens[i + 1].Leading;
            if (token.Trailing.Length > 0 && token.Leading.Count == 0 && before.Trailing.Length == 0)
                before.Trailing = token.Trailing;
            else if (token.Trailing.Length > 0)
                closing.Insert(0, token.Trailing);
            closing.InsertRange(0, token.Leading);
        }
        tokens.RemoveRange(kept, tokens.Count - kept);
    }
}
