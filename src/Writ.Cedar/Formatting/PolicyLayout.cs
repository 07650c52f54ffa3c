namespace Writ.Cedar;

/// <summary>
/// Turns the tokens of a text that the parser has accepted into documents, one for each policy. It keeps what the
/// syntax tree forgets: brackets, the two ways to write an attribute, comments. Its recursion is bounded by the
/// parser's limit of depth, and the shapes follow the reference formatter.
/// </summary>
sealed partial class PolicyLayout(IReadOnlyList<CommentedToken> tokens, int indent)
{
    int _at;

    public bool IsAtEnd => _at == tokens.Count;

    CommentedToken Current => tokens[_at];

    TokenKind Kind => IsAtEnd ? TokenKind.End : Current.Kind;

    public Document Policy()
    {
        var annotations = new List<Document>();
        while (Kind == TokenKind.At)
            annotations.Add(Annotation());
        var effectComments = TakeLeading();
        var head = Document.Of(Leading(effectComments), Document.Of(Take(), Document.Line, Take()).Grouped());
        var scope = Scope();
        var hasConditions = tokens[_at + 1].Kind != TokenKind.Semicolon;
        var closing = Take(hasConditions ? Document.HardLine : Document.Nil);
        var conditions = new List<Document>();
        while (Kind != TokenKind.Semicolon)
            conditions.Add(Condition());
        return Document.Of(
            Document.Of(annotations.ToArray()), head, scope, closing,
            Document.Join(Document.HardLine, conditions), Take());
    }

    Document Annotation()
    {
        var name = Document.Of(Take(), Take());
        return Kind == TokenKind.LeftParenthesis
            ? Document.Of(name, Take(), Take(), Take(Document.HardLine))
            : Document.Of(name, Document.HardLine);
    }

    // Three bare variables stay on the line; as soon as one is constrained each gets its own.
    Document Scope()
    {
        var isBare = tokens[_at + 1].Kind == TokenKind.Comma && tokens[_at + 3].Kind == TokenKind.Comma
            && tokens[_at + 5].Kind == TokenKind.RightParenthesis;
        var separator = isBare ? Document.Space : Document.HardLine;
        var variables = Document.Of(
            ScopeVariable(), Take(separator), ScopeVariable(), Take(separator), ScopeVariable());
        return isBare
            ? variables.Nested(indent).Grouped()
            : Document.Of(Document.Of(Document.HardLine, variables).Nested(indent), Document.HardLine);
    }

    Document ScopeVariable()
    {
        var comments = TakeLeading();
        var variable = Take();
        var type = Document.Nil;
        if (AtWord("is"))
        {
            var word = Document.Of(Document.Line, Take()).Grouped();
            type = Document.Of(word, Document.Line, Sum()).Nested(indent).Grouped();
        }
        if (Kind is TokenKind.Comma or TokenKind.RightParenthesis)
            return Document.Of(Leading(comments), variable, type);
        var test = Document.Of(variable, type, Document.Line, Take()).Grouped();
        var entity = Document.Of(Document.Line, Expression()).Nested(indent);
        return Document.Of(Leading(comments), Document.Of(test, entity).Grouped());
    }

    Document Condition()
    {
        var comments = TakeLeading();
        var word = Take(Document.Line);
        var openComments = TakeLeading();
        var open = Document.Text(Current.Text);
        var openTrailing = Trailing(Current.Trailing, Document.Line);
        _at++;
        var bodyComments = TakeLeading();
        var inner = Document.Of(openTrailing, Leading(bodyComments), Expression().Grouped());
        var body = Document.Of(inner.Nested(indent), Document.Line, Take()).Grouped();
        return Document.Of(
            Leading(comments), Document.Of(word, Leading(openComments), open, body).Grouped());
    }

    /// <summary>The current token with its comments, and what follows it when no comment does.</summary>
    Document Take(Document? next = null)
    {
        var token = Current;
        _at++;
        var text = token.Kind == TokenKind.Number ? Digits.WithoutLeadingZeros(token.Text) : token.Text;
        return Document.Of(
            Leading(token.Leading), Document.Text(text), Trailing(token.Trailing, next ?? Document.Nil));
    }

    List<string> TakeLeading()
    {
        List<string> comments = [.. Current.Leading];
        Current.Leading.Clear();
        return comments;
    }

    static Document Leading(List<string> comments) => comments.Count == 0
        ? Document.Nil
        : Document.Of(
            Document.HardLine, Document.Join(Document.HardLine, comments.Select(Document.Text)), Document.HardLine);

    static Document Trailing(string comment, Document next) => comment.Length == 0
        ? next
        : Document.Of(Document.Space, Document.Text(comment), Document.HardLine);

    bool AtWord(string word) => Kind == TokenKind.Identifier && Current.Text == word;
}
