using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>The expression half: from <c>if</c> and <c>||</c> down to literals, as the grammar nests.</summary>
sealed partial class Parser
{
    const int SignsMax = 4;

    Expression? ParseExpression()
    {
        if (_depth == CedarLimits.DepthMax)
            return FailDepth(Current.Start);
        _depth++;
        var start = Current.Start;
        var expression = AtWord("if") ? ParseIf() : ParseOr();
        _depth--;
        return expression?.Height > CedarLimits.DepthMax ? FailDepth(start) : expression;
    }

    Expression? FailDepth(int offset)
    {
        var limit = Invariant($"nesting of at most {CedarLimits.DepthMax}");
        Report("cedar.limit.depth", offset, limit, "deeper nesting");
        return null;
    }

    Expression.If? ParseIf()
    {
        var position = PositionOf(Current);
        _at++;
        if (ParseExpression() is not { } condition || !ExpectWord("then")
            || ParseExpression() is not { } then || !ExpectWord("else")
            || ParseExpression() is not { } otherwise)
            return null;
        return new Expression.If(condition, then, otherwise, position);
    }

    bool ExpectWord(string word)
    {
        if (AcceptWord(word))
            return true;
        Fail($"an operator or '{word}'");
        return false;
    }

    Expression? ParseOr()
    {
        var position = PositionOf(Current);
        if (ParseAnd() is not { } first)
            return null;
        if (Current.Kind != TokenKind.OrOr)
            return first;
        var operands = ImmutableArray.CreateBuilder<Expression>();
        operands.Add(first);
        while (Accept(TokenKind.OrOr))
        {
            if (ParseAnd() is not { } next)
                return null;
            operands.Add(next);
        }
        return new Expression.Or(operands.DrainToImmutable(), position);
    }

    Expression? ParseAnd()
    {
        var position = PositionOf(Current);
        if (ParseRelation() is not { } first)
            return null;
        if (Current.Kind != TokenKind.AndAnd)
            return first;
        var operands = ImmutableArray.CreateBuilder<Expression>();
        operands.Add(first);
        while (Accept(TokenKind.AndAnd))
        {
            if (ParseRelation() is not { } next)
                return null;
            operands.Add(next);
        }
        return new Expression.And(operands.DrainToImmutable(), position);
    }

    Expression? ParseRelation()
    {
        if (ParseSum() is not { } left)
            return null;
        var position = PositionOf(Current);
        Expression? relation;
        if (Comparison() is { } comparison)
        {
            _at++;
            relation = ParseSum() is { } right ? new Expression.Binary(comparison, left, right, position) : null;
        }
        else if (AcceptWord("has"))
        {
            relation = ParseHas(left, position);
        }
        else if (AcceptWord("like"))
        {
            relation = ParseLike(left, position);
        }
        else if (AcceptWord("is"))
        {
            relation = ParseIs(left, position);
        }
        else
        {
            return Current.Kind == TokenKind.Equal ? Fail<Expression>("'==' or another operator") : left;
        }
        // Comparisons do not chain: a == b == c has two readings and Cedar takes neither.
        if (relation is not null && (Comparison() is not null || AtWord("has") || AtWord("like") || AtWord("is")))
            return Fail<Expression>("brackets around one of the two comparisons");
        return relation;
    }

    BinaryOperator? Comparison() => Current.Kind switch
    {
        TokenKind.EqualEqual => BinaryOperator.Equal,
        TokenKind.NotEqual => BinaryOperator.NotEqual,
        TokenKind.Less => BinaryOperator.Less,
        TokenKind.LessEqual => BinaryOperator.LessEqual,
        TokenKind.Greater => BinaryOperator.Greater,
        TokenKind.GreaterEqual => BinaryOperator.GreaterEqual,
        TokenKind.Identifier when AtWord("in") => BinaryOperator.In,
        _ => null,
    };

    Expression.Has? ParseHas(Expression left, SourcePosition position)
    {
        if (Current.Kind == TokenKind.String)
            return ParseString() is { } only ? new Expression.Has(left, [only], position) : null;
        var path = ImmutableArray.CreateBuilder<string>();
        do
        {
            if (ParsePlainWord("the name of an attribute") is not { } name)
                return null;
            path.Add(name);
        }
        while (Accept(TokenKind.Dot));
        return new Expression.Has(left, path.DrainToImmutable(), position);
    }

    Expression? ParseLike(Expression left, SourcePosition position)
    {
        if (Current.Kind != TokenKind.String)
            return Fail<Expression>("a pattern in double quotes");
        var token = Current;
        if (Escapes.UnescapePattern(Inside(token), out var badAt) is not { } pattern)
        {
            FailEscape(token, badAt);
            return null;
        }
        _at++;
        return new Expression.Like(left, pattern, position);
    }

    Expression.Is? ParseIs(Expression left, SourcePosition position)
    {
        if (ParseEntityType() is not { } type)
            return null;
        if (!AcceptWord("in"))
            return new Expression.Is(left, type, null, position);
        return ParseSum() is { } container ? new Expression.Is(left, type, container, position) : null;
    }

    Expression? ParseSum()
    {
        var sum = ParseProduct();
        while (sum is not null && Current.Kind is TokenKind.Plus or TokenKind.Minus)
        {
            var position = PositionOf(Current);
            var op = Current.Kind == TokenKind.Plus ? BinaryOperator.Add : BinaryOperator.Subtract;
            _at++;
            sum = ParseProduct() is { } right ? new Expression.Binary(op, sum!, right, position) : null;
        }
        return sum;
    }

    Expression? ParseProduct()
    {
        var product = ParseSigned();
        while (product is not null && Current.Kind == TokenKind.Star)
        {
            var position = PositionOf(Current);
            _at++;
            product = ParseSigned() is { } right
                ? new Expression.Binary(BinaryOperator.Multiply, product, right, position)
                : null;
        }
        if (product is not null && Current.Kind is TokenKind.Slash or TokenKind.Percent)
            return Fail<Expression>("an operator that Cedar has (there is no division)");
        return product;
    }

    // One kind of sign, up to four of it; a minus directly before a number belongs to the number.
    Expression? ParseSigned()
    {
        var sign = Current.Kind;
        if (sign is not (TokenKind.Bang or TokenKind.Minus))
            return ParseMember();
        var positions = new List<SourcePosition>();
        while (Current.Kind == sign)
        {
            if (positions.Count == SignsMax)
                return Fail<Expression>(Invariant($"an operand after {SignsMax} signs"));
            positions.Add(PositionOf(Current));
            _at++;
        }
        Expression? operand;
        var isNumber = Current.Kind == TokenKind.Number
            && Next.Kind is not (TokenKind.Dot or TokenKind.LeftBracket or TokenKind.LeftParenthesis);
        if (sign == TokenKind.Minus && isNumber)
        {
            operand = ParseNumber(positions[^1], negative: true);
            positions.RemoveAt(positions.Count - 1);
        }
        else
        {
            operand = ParseMember();
        }
        var op = sign == TokenKind.Bang ? UnaryOperator.Not : UnaryOperator.Negate;
        for (var i = positions.Count - 1; i >= 0 && operand is not null; i--)
            operand = new Expression.Unary(op, operand, positions[i]);
        return operand;
    }

    Expression? ParseNumber(SourcePosition position, bool negative)
    {
        if (!Digits.TryRead(TextOf(Current), out var magnitude) || !Digits.TrySign(magnitude, negative, out var number))
            return Fail<Expression>("a number of 64 bits");
        _at++;
        return new Expression.Literal(new CedarLong(number), position);
    }

    Expression? ParseMember()
    {
        var expression = ParsePrimary();
        while (expression is not null)
        {
            var position = PositionOf(Current);
            if (Accept(TokenKind.Dot))
                expression = ParseAccess(expression, position);
            else if (Accept(TokenKind.LeftBracket))
                expression = ParseString() is { } name && Expect(TokenKind.RightBracket, "']'")
                    ? new Expression.Get(expression, name, position)
                    : null;
            else if (Current.Kind == TokenKind.LeftParenthesis)
                return Fail<Expression>("an operator (only functions and methods can be called)");
            else
                return expression;
        }
        return null;
    }

    Expression? ParseAccess(Expression receiver, SourcePosition position)
    {
        var token = Current;
        if (ParsePlainWord("the name of an attribute or method") is not { } name)
            return null;
        if (!Accept(TokenKind.LeftParenthesis))
            return new Expression.Get(receiver, name, position);
        if (ParseList(TokenKind.RightParenthesis, "')'") is not { } arguments)
            return null;
        return ToMethod(receiver, name, arguments, token);
    }

    Expression? ToMethod(Expression receiver, string name, ImmutableArray<Expression> arguments, Token token)
    {
        var position = PositionOf(token);
        BinaryOperator? op = name switch
        {
            "contains" => BinaryOperator.Contains,
            "containsAll" => BinaryOperator.ContainsAll,
            "containsAny" => BinaryOperator.ContainsAny,
            "hasTag" => BinaryOperator.HasTag,
            "getTag" => BinaryOperator.GetTag,
            _ => null,
        };
        if (op is not null || name == "isEmpty")
        {
            var wanted = op is null ? 0 : 1;
            if (arguments.Length != wanted)
            {
                var expected = Invariant($"{wanted} argument(s) of '{name}'");
                Report("cedar.syntax", token.Start, expected, Invariant($"{arguments.Length}"));
                return null;
            }
            return op is null
                ? new Expression.Unary(UnaryOperator.IsEmpty, receiver, position)
                : new Expression.Binary(op.Value, receiver, arguments[0], position);
        }
        if (ExtensionFunctions.Find(name) is { } function && !ExtensionFunctions.IsConstructor(function))
            return new Expression.Call(function, arguments.Insert(0, receiver), position);
        Report("cedar.syntax", token.Start, "a method that Cedar has", $"'{name}'");
        return null;
    }

    Expression? ParsePrimary()
    {
        var position = PositionOf(Current);
        switch (Current.Kind)
        {
            case TokenKind.Number:
                return ParseNumber(position, negative: false);
            case TokenKind.String:
                return ParseString() is { } text ? new Expression.Literal(new CedarString(text), position) : null;
            case TokenKind.LeftParenthesis:
                _at++;
                return ParseExpression() is { } inner && Expect(TokenKind.RightParenthesis, "an operator or ')'")
                    ? inner
                    : null;
            case TokenKind.LeftBracket:
                _at++;
                return ParseList(TokenKind.RightBracket, "']'") is { } elements
                    ? new Expression.Set(elements, position)
                    : null;
            case TokenKind.LeftBrace:
                _at++;
                return ParseRecord(position);
            case TokenKind.Identifier when Next.Kind == TokenKind.ColonColon:
                return ParseUid() is { } uid ? new Expression.Literal(uid, position) : null;
            case TokenKind.Identifier:
                return ParseWord(position);
            case TokenKind.Slot:
                return Fail<Expression>("an expression (a slot stands only in the scope)");
            default:
                return Fail<Expression>("an expression");
        }
    }

    Expression? ParseWord(SourcePosition position)
    {
        var token = Current;
        var word = TextOf(token);
        Expression? expression = word switch
        {
            "true" => new Expression.Literal(CedarBool.True, position),
            "false" => new Expression.Literal(CedarBool.False, position),
            "principal" => new Expression.Var(Variable.Principal, position),
            "action" => new Expression.Var(Variable.Action, position),
            "resource" => new Expression.Var(Variable.Resource, position),
            "context" => new Expression.Var(Variable.Context, position),
            _ => null,
        };
        if (expression is not null)
        {
            _at++;
            return expression;
        }
        if (Next.Kind != TokenKind.LeftParenthesis)
            return Fail<Expression>("an expression");
        if (ExtensionFunctions.Find(word) is not { } function || !ExtensionFunctions.IsConstructor(function))
            return Fail<Expression>("one of the functions decimal, ip, datetime, duration");
        _at += 2;
        return ParseList(TokenKind.RightParenthesis, "')'") is { } arguments
            ? new Expression.Call(function, arguments, position)
            : null;
    }

    ImmutableArray<Expression>? ParseList(TokenKind end, string endText)
    {
        var items = ImmutableArray.CreateBuilder<Expression>();
        while (!Accept(end))
        {
            if (ParseExpression() is not { } item)
                return null;
            items.Add(item);
            if (Accept(TokenKind.Comma) || Current.Kind == end)
                continue;
            Fail($"an operator, ',' or {endText}");
            return null;
        }
        return items.DrainToImmutable();
    }

    Expression? ParseRecord(SourcePosition position)
    {
        var fields = ImmutableArray.CreateBuilder<(string Name, Expression Value)>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (!Accept(TokenKind.RightBrace))
        {
            var start = Current.Start;
            var name = Current.Kind == TokenKind.String
                ? ParseString()
                : ParsePlainWord("the name of an attribute or '}'");
            if (name is null || !Expect(TokenKind.Colon, "':'") || ParseExpression() is not { } value)
                return null;
            if (!seen.Add(name))
            {
                Report("cedar.duplicate-attribute", start, "each attribute once", $"{new CedarString(name)} again");
                return null;
            }
            fields.Add((name, value));
            if (!Accept(TokenKind.Comma) && Current.Kind != TokenKind.RightBrace)
                return Fail<Expression>("an operator, ',' or '}'");
        }
        return new Expression.Record(fields.DrainToImmutable(), position);
    }
}
