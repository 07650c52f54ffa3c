using System.Collections.Immutable;
using System.Text;

namespace Writ.Cedar;

/// <summary>
/// Recursive descent over Cedar 4.5's grammar. A method that returns nothing has recorded an error; the policy is then
/// given up and reading goes on behind its semicolon, so that one text reports several mistakes.
/// </summary>
sealed partial class Parser
{
    readonly SourceText _source;
    readonly CedarExperiments _experiments;
    readonly Token[] _tokens;
    readonly List<ParseError> _errors = [];
    int _at;
    int _depth;

    public Parser(SourceText source, CedarExperiments experiments = CedarExperiments.None)
    {
        _source = source;
        _experiments = experiments;
        _tokens = CheckText() ? Lexer.Tokenize(source.Text) : [new Token(TokenKind.End, 0, 0)];
    }

    public IReadOnlyList<ParseError> Errors => _errors;

    Token Current => _tokens[_at];

    Token Next => _tokens[Math.Min(_at + 1, _tokens.Length - 1)];

    /// <summary>All policies and templates of the text, or nothing when there is any error.</summary>
    public ImmutableArray<PolicySyntax>? ParsePolicies()
    {
        var policies = ImmutableArray.CreateBuilder<PolicySyntax>();
        while (_errors.Count < CedarLimits.ErrorsMax && Current.Kind != TokenKind.End)
        {
            if (policies.Count == CedarLimits.PoliciesMax)
            {
                var limit = Invariant($"at most {CedarLimits.PoliciesMax} policies");
                Report("cedar.limit.policies", Current.Start, limit, "more");
                break;
            }
            if (ParsePolicy() is { } policy)
                policies.Add(policy);
            else
                SkipPolicy();
        }
        return _errors.Count == 0 ? policies.DrainToImmutable() : null;
    }

    public ParseResult<EntityUid> ParseSingleUid()
    {
        var uid = _errors.Count == 0 ? ParseUid() : null;
        if (uid is not null && Current.Kind == TokenKind.End)
            return new ParseResult<EntityUid>(uid);
        if (uid is not null)
            Fail("the end of the text");
        return new ParseResult<EntityUid>(_errors);
    }

    bool CheckText()
    {
        var badAt = SourceText.IndexOfUnpairedSurrogate(_source.Text);
        if (badAt >= 0)
        {
            Report("cedar.syntax", badAt, "well-formed Unicode", "an unpaired surrogate");
            return false;
        }
        var bytes = Encoding.UTF8.GetByteCount(_source.Text);
        if (bytes <= CedarLimits.SourceBytesMax)
            return true;
        var limit = Invariant($"at most {CedarLimits.SourceBytesMax} bytes");
        Report("cedar.limit.source", 0, limit, Invariant($"{bytes}"));
        return false;
    }

    void SkipPolicy()
    {
        _depth = 0;
        while (Current.Kind is not (TokenKind.End or TokenKind.Semicolon))
            _at++;
        if (Current.Kind == TokenKind.Semicolon)
            _at++;
    }

    PolicySyntax? ParsePolicy()
    {
        var start = Current.Start;
        if (ParseAnnotations() is not { } annotations)
            return null;
        Effect effect;
        if (AcceptWord("permit"))
            effect = Effect.Permit;
        else if (AcceptWord("forbid"))
            effect = Effect.Forbid;
        else
            return Fail<PolicySyntax>("'permit' or 'forbid'");
        if (!Expect(TokenKind.LeftParenthesis, "'('")
            || ParseEntityScope("principal") is not { } principal || !Expect(TokenKind.Comma, "','")
            || ParseActionScope() is not { } action || !Expect(TokenKind.Comma, "','")
            || ParseEntityScope("resource") is not { } resource)
            return null;
        Accept(TokenKind.Comma);
        if (!Expect(TokenKind.RightParenthesis, "')'") || ParseConditions() is not { } conditions)
            return null;
        var end = Current.End;
        if (!Expect(TokenKind.Semicolon, "'when', 'unless' or ';'"))
            return null;
        return new PolicySyntax(
            effect, annotations, principal, action, resource, conditions, _experiments, _source, start, end);
    }

    ImmutableArray<(string Name, string? Value)>? ParseAnnotations()
    {
        var annotations = ImmutableArray.CreateBuilder<(string Name, string? Value)>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (Accept(TokenKind.At))
        {
            // Any word may name an annotation, reserved ones too.
            if (Current.Kind != TokenKind.Identifier)
                return Refuse("cedar.syntax", "the name of an annotation", Describe(Current));
            var name = TextOf(Current).ToString();
            if (!seen.Add(name))
                return Refuse("cedar.duplicate-annotation", "each annotation once", $"'@{name}' again");
            _at++;
            string? value = null;
            if (Accept(TokenKind.LeftParenthesis))
            {
                if (ParseString() is not { } text || !Expect(TokenKind.RightParenthesis, "')'"))
                    return null;
                value = text;
            }
            annotations.Add((name, value));
        }
        return annotations.DrainToImmutable();

        ImmutableArray<(string, string?)>? Refuse(string code, string expected, string found)
        {
            Report(code, Current.Start, expected, found);
            return null;
        }
    }

    EntityScope? ParseEntityScope(string variable)
    {
        var position = PositionOf(Current);
        if (!AcceptWord(variable))
            return Fail<EntityScope>($"'{variable}'");
        if (Accept(TokenKind.EqualEqual))
            return ParseScopeEntity(variable, ScopeOperator.Equal, null, position);
        if (AcceptWord("in"))
            return ParseScopeEntity(variable, ScopeOperator.In, null, position);
        if (!AcceptWord("is"))
            return new EntityScope(ScopeOperator.Any, null, null, IsSlot: false, position);
        if (ParseEntityType() is not { } type)
            return null;
        return AcceptWord("in")
            ? ParseScopeEntity(variable, ScopeOperator.IsIn, type, position)
            : new EntityScope(ScopeOperator.Is, type, null, IsSlot: false, position);
    }

    EntityScope? ParseScopeEntity(string variable, ScopeOperator op, string? type, SourcePosition position)
    {
        var brackets = 0;
        while (brackets < CedarLimits.DepthMax && Accept(TokenKind.LeftParenthesis))
            brackets++;
        EntityUid? uid = null;
        var isSlot = Current.Kind == TokenKind.Slot && TextOf(Current)[1..].SequenceEqual(variable);
        if (isSlot)
            _at++;
        else if (Current.Kind != TokenKind.Identifier)
            return Fail<EntityScope>($"an entity such as User::\"alice\", or ?{variable}");
        else if ((uid = ParseUid()) is null)
            return null;
        return CloseBrackets(brackets) ? new EntityScope(op, type, uid, isSlot, position) : null;
    }

    ActionScope? ParseActionScope()
    {
        var position = PositionOf(Current);
        if (!AcceptWord("action"))
            return Fail<ActionScope>("'action'");
        if (Accept(TokenKind.EqualEqual))
            return ParseAction() is { } only ? new ActionScope(ScopeOperator.Equal, [only], position) : null;
        if (!AcceptWord("in"))
            return new ActionScope(ScopeOperator.Any, [], position);
        if (!Accept(TokenKind.LeftBracket))
            return ParseAction() is { } group ? new ActionScope(ScopeOperator.In, [group], position) : null;
        var actions = ImmutableArray.CreateBuilder<EntityUid>();
        while (!Accept(TokenKind.RightBracket))
        {
            if (ParseAction() is not { } action)
                return null;
            actions.Add(action);
            if (!Accept(TokenKind.Comma) && Current.Kind != TokenKind.RightBracket)
                return Fail<ActionScope>("',' or ']'");
        }
        return new ActionScope(ScopeOperator.In, actions.DrainToImmutable(), position);
    }

    EntityUid? ParseAction()
    {
        var brackets = 0;
        while (brackets < CedarLimits.DepthMax && Accept(TokenKind.LeftParenthesis))
            brackets++;
        var start = Current;
        if (ParseUid() is not { } uid)
            return null;
        if (Names.IsActionType(uid.Type))
            return CloseBrackets(brackets) ? uid : null;
        Report("cedar.syntax", start.Start, "an entity of type Action", uid.ToString());
        return null;
    }

    bool CloseBrackets(int brackets)
    {
        for (; brackets > 0; brackets--)
            if (!Expect(TokenKind.RightParenthesis, "')'"))
                return false;
        return true;
    }

    ImmutableArray<Condition>? ParseConditions()
    {
        var conditions = ImmutableArray.CreateBuilder<Condition>();
        while (AtWord("when") || AtWord("unless"))
        {
            var position = PositionOf(Current);
            var isUnless = AtWord("unless");
            _at++;
            if (!Expect(TokenKind.LeftBrace, "'{'") || ParseExpression() is not { } body
                || !Expect(TokenKind.RightBrace, "an operator or '}'"))
                return null;
            conditions.Add(new Condition(isUnless, body, position));
        }
        return conditions.DrainToImmutable();
    }

    /// <summary>Reads <c>A::B</c>, the words free of reserved ones; a following <c>::"id"</c> is left alone.</summary>
    string? ParseEntityType()
    {
        if (ParsePlainWord("the name of an entity type") is not { } first)
            return null;
        return ParseRestOfName(first, () => ParsePlainWord("a name or a string after '::'"));
    }

    string? ParseRestOfName(string first, Func<string?> parsePart)
    {
        if (Current.Kind != TokenKind.ColonColon || Next.Kind == TokenKind.String)
            return first;
        var name = new StringBuilder(first);
        while (Current.Kind == TokenKind.ColonColon && Next.Kind != TokenKind.String)
        {
            _at++;
            if (parsePart() is not { } part)
                return null;
            name.Append("::").Append(part);
        }
        return name.ToString();
    }

    EntityUid? ParseUid()
    {
        if (Current.Kind != TokenKind.Identifier)
            return Fail<EntityUid>("an entity such as User::\"alice\"");
        if (ParseEntityType() is not { } type || !Expect(TokenKind.ColonColon, "'::'"))
            return null;
        return ParseString() is { } id ? new EntityUid(type, id) : null;
    }

    /// <summary>An identifier that is no reserved word.</summary>
    string? ParsePlainWord(string expected)
    {
        if (Current.Kind != TokenKind.Identifier)
            return Fail<string>(expected);
        var word = TextOf(Current);
        if (Names.IsReserved(word))
            return Fail<string>($"{expected}, not a reserved word");
        _at++;
        return word.ToString();
    }

    string? ParseString()
    {
        if (Current.Kind != TokenKind.String)
            return Fail<string>("a string in double quotes");
        var token = Current;
        var text = Escapes.Unescape(Inside(token), out var badAt);
        if (text is null)
            return FailEscape(token, badAt);
        _at++;
        return text;
    }

    string? FailEscape(Token token, int badAt)
    {
        var offset = token.Start + 1 + badAt;
        var rest = _source.Text.AsSpan(offset, Math.Min(10, token.End - 1 - offset));
        Report("cedar.syntax", offset, "one of the escapes \\n \\r \\t \\\\ \\0 \\' \\\" \\x41 \\u{1f600}", Show(rest));
        return null;
    }

    ReadOnlySpan<char> TextOf(Token token) => _source.Text.AsSpan(token.Start, token.Length);

    ReadOnlySpan<char> Inside(Token token) => _source.Text.AsSpan(token.Start + 1, token.Length - 2);

    SourcePosition PositionOf(Token token) => _source.PositionAt(token.Start);

    bool AtWord(string word) => Current.Kind == TokenKind.Identifier && TextOf(Current).SequenceEqual(word);

    bool AcceptWord(string word)
    {
        if (!AtWord(word))
            return false;
        _at++;
        return true;
    }

    bool Accept(TokenKind kind)
    {
        if (Current.Kind != kind)
            return false;
        _at++;
        return true;
    }

    bool Expect(TokenKind kind, string expected)
    {
        if (Accept(kind))
            return true;
        Fail(expected);
        return false;
    }

    T? Fail<T>(string expected)
        where T : class
    {
        Fail(expected);
        return null;
    }

    void Fail(string expected) => Report("cedar.syntax", Current.Start, expected, Describe(Current));

    // Past the limit an error is not even made: each copies its line, and a text may be one long line.
    void Report(string code, int offset, string expected, string found)
    {
        if (_errors.Count < CedarLimits.ErrorsMax)
            _errors.Add(_source.ErrorAt(offset, code, expected, found));
    }

    string Describe(Token token) => token.Kind switch
    {
        TokenKind.End => "the end of the text",
        TokenKind.Invalid when TextOf(token)[0] == '"' => "a string without its closing quote",
        TokenKind.Invalid when !char.IsAscii(TextOf(token)[0]) => Show(TextOf(token)) + CodePointOf(token),
        _ => Show(TextOf(token)),
    };

    // Names are of ASCII letters, and many other characters look like one.
    string CodePointOf(Token token)
    {
        Rune.DecodeFromUtf16(TextOf(token), out var scalar, out _);
        return Invariant($" (U+{scalar.Value:X4})");
    }

    static string Show(ReadOnlySpan<char> text)
    {
        const int ShownMax = 40;
        var shown = new StringBuilder("'");
        foreach (var scalar in text[..Math.Min(text.Length, ShownMax)].EnumerateRunes())
            Escapes.AppendVisible(shown, scalar);
        return shown.Append(text.Length > ShownMax ? "...'" : "'").ToString();
    }

    static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
