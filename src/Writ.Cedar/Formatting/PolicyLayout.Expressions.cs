namespace Writ.Cedar;

/// <summary>The documents of expressions, as the grammar nests.</summary>
sealed partial class PolicyLayout
{
    Document Expression()
    {
        if (!AtWord("if"))
            return Or();
        return Document.Of(Branch(), Document.Line, Branch(), Document.Line, Branch()).Grouped();
    }

    Document Branch() => Document.Of(Take(), Document.Of(Document.Line, Expression()).Nested(indent));

    Document Or() => Chain(TokenKind.OrOr, And);

    Document And() => Chain(TokenKind.AndAnd, Relation);

    // Each operand on a line of its own, the operator at its end; whoever holds the chain decides whether it breaks.
    Document Chain(TokenKind op, Func<Document> operand)
    {
        var parts = new List<Document> { operand() };
        while (Kind == op)
        {
            parts.Add(Document.Space);
            parts.Add(Take(Document.Line));
            parts.Add(operand());
        }
        return Document.Of(parts.ToArray());
    }

    Document Relation()
    {
        var left = Sum();
        if (AtWord("has") || AtWord("like"))
            return Document.Of(left, Document.Line, Take(), Document.Line, Sum().Nested(indent)).Grouped();
        if (AtWord("is"))
            return Is(left);
        return Kind is TokenKind.EqualEqual or TokenKind.NotEqual or TokenKind.Less or TokenKind.LessEqual
            or TokenKind.Greater or TokenKind.GreaterEqual || AtWord("in")
            ? Document.Of(left, Document.Space, Take(), Document.Space, Sum())
            : left;
    }

    Document Is(Document left)
    {
        var test = Document.Of(left, Document.Space, Take(), Document.Space, Sum().Nested(indent));
        if (!AtWord("in"))
            return test.Grouped();
        return Document.Of(test, Document.Line, Take(), Document.Space, Sum().Nested(indent)).Grouped();
    }

    Document Sum() => Fold(Product, () => Kind is TokenKind.Plus or TokenKind.Minus);

    Document Product() => Fold(Signed, () => Kind == TokenKind.Star);

    Document Fold(Func<Document> operand, Func<bool> atOperator)
    {
        var parts = new List<Document> { operand() };
        while (atOperator())
        {
            parts.Add(Document.Space);
            parts.Add(Take());
            parts.Add(Document.Line);
            parts.Add(operand());
        }
        return Document.Of(parts.ToArray()).Grouped();
    }

    Document Signed()
    {
        var parts = new List<Document>();
        while (Kind is TokenKind.Bang or TokenKind.Minus)
            parts.Add(Take());
        parts.Add(Member());
        return Document.Of(parts.ToArray());
    }

    Document Member()
    {
        var item = Primary();
        var accesses = new List<Document>();
        while (Kind is TokenKind.Dot or TokenKind.LeftParenthesis or TokenKind.LeftBracket)
            accesses.Add(Access());
        return Document.Of(item, Document.Join(Document.SoftLine, accesses).Nested(indent)).Grouped();
    }

    Document Access()
    {
        if (Kind == TokenKind.Dot)
            return Document.Of(Take(), Take());
        if (Kind == TokenKind.LeftBracket)
            return Document.Of(Take(), Expression(), Take());
        var open = Take();
        if (Kind == TokenKind.RightParenthesis)
            return Document.Of(open, Take());
        var arguments = Document.Of(Document.SoftLine, List(TokenKind.RightParenthesis, Expression)).Nested(indent);
        return Document.Of(open, arguments, Document.SoftLine, Take());
    }

    Document Primary()
    {
        switch (Kind)
        {
            case TokenKind.LeftParenthesis:
                // One column, so that wrapped lines stand under the first one inside of the bracket.
                return Document.Of(Take(), Expression().Nested(1), Take()).Grouped();
            case TokenKind.LeftBracket:
                return Document.Of(Take(), List(TokenKind.RightBracket, Expression).Nested(1), Take());
            case TokenKind.LeftBrace:
                return Record();
            case TokenKind.Identifier:
                return Name();
            default:
                return Take();
        }
    }

    Document Record()
    {
        var open = Take();
        if (Kind == TokenKind.RightBrace)
            return Document.Of(open, Take());
        var fields = Document.Of(Document.Line, List(TokenKind.RightBrace, Field), Document.Line).Grouped();
        return Document.Of(open, fields.Nested(indent), Take());
    }

    Document Field() => Document.Of(Expression(), Take(), Document.Space, Expression());

    // Names, and entities, whose last part is a string.
    Document Name()
    {
        var parts = new List<Document> { Take() };
        while (Kind == TokenKind.ColonColon)
        {
            parts.Add(Take());
            parts.Add(Take());
        }
        return Document.Of(parts.ToArray());
    }

    Document List(TokenKind end, Func<Document> item)
    {
        var parts = new List<Document>();
        while (Kind != end)
        {
            parts.Add(item());
            if (Kind != TokenKind.Comma)
                continue;
            parts.Add(Take());
            parts.Add(Document.Line);
        }
        return Document.Of(parts.ToArray());
    }
}
