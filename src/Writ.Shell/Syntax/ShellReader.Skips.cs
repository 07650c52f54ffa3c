namespace Writ.Shell.Syntax;

// Bash finds where a construct ends before it looks at what is inside. These do the same: each takes the position after
// the opening character and returns the one after the closing character.
sealed partial class ShellReader
{
    int SkipSingle(int position)
    {
        var close = _text.AsSpan(0, _end)[Math.Min(position, _end)..].IndexOf('\'');
        if (close >= 0)
            return position + close + 1;
        return Unclosed(position, "'");
    }

    int SkipAnsi(int position) => SkipEscaped(position, '\'');

    int SkipBackquote(int position) => SkipEscaped(position, '`');

    int SkipEscaped(int position, char close)
    {
        for (var i = position; i < _end; i++)
        {
            if (_text[i] == '\\')
                i++;
            else if (_text[i] == close)
                return i + 1;
        }
        return Unclosed(position, close.ToString());
    }

    int SkipDouble(int position)
    {
        if (!Enter())
            return _end;
        var start = position;
        var wasDollar = false;
        while (position < _end)
        {
            var c = _text[position++];
            if (c == '"')
            {
                Leave();
                return position;
            }
            if (c == '\\')
            {
                if (CharAt(position++) == '\n')
                    continue;
            }
            else if (c == '`')
                position = SkipBackquote(position);
            else if (wasDollar && c is '(' or '{' or '[')
                position = SkipExpansion(c, position);
            wasDollar = c == '$' && !wasDollar;
        }
        Leave();
        return Unclosed(start, "\"");
    }

    int SkipExpansion(char open, int position) => open switch
    {
        '(' => SkipSubstitution(position),
        '{' => SkipBrace(position, areSinglesQuotes: true),
        _ => SkipGroup(position, '[', ']', Enclosed.Arithmetic),
    };

    // `${`: the first unquoted brace closes it. Where single quotes are text, bash finds that out only later.
    int SkipBrace(int position, bool areSinglesQuotes)
    {
        if (!Enter())
            return _end;
        var start = position;
        var wasDollar = false;
        var wasAngle = false;
        while (position < _end)
        {
            var c = _text[position++];
            if (c == '}')
            {
                Leave();
                return position;
            }
            var isExpansion = (wasDollar && c is '(' or '{' or '[') || (wasAngle && c == '(');
            if (c == '\\')
            {
                if (CharAt(position++) == '\n')
                    continue;
            }
            else if (c == '\'' && (areSinglesQuotes || wasDollar))
                position = wasDollar ? SkipAnsi(position) : SkipSingle(position);
            else if (c == '"')
                position = SkipDouble(position);
            else if (c == '`')
                position = SkipBackquote(position);
            else if (isExpansion)
                position = SkipExpansion(c, position);
            wasDollar = c == '$' && !wasDollar;
            wasAngle = c is '<' or '>' && !wasAngle;
        }
        Leave();
        return Unclosed(start, "}");
    }

    // A bracket that closes when as many of its kind have closed as were opened. Which expansions are looked into
    // depends on what it encloses.
    int SkipGroup(int position, char open, char close, Enclosed enclosed)
    {
        if (!Enter())
            return _end;
        var start = position;
        var count = 1;
        var wasDollar = false;
        var wasAngle = false;
        while (position < _end)
        {
            var c = _text[position++];
            var isExpansion = enclosed switch
            {
                Enclosed.Subscript => (wasDollar && c is '(' or '{' or '[') || (wasAngle && c == '('),
                Enclosed.Arithmetic => wasDollar && c == '(',
                _ => false,
            };
            if (c == close && --count == 0)
            {
                Leave();
                return position;
            }
            if (c == '\\')
            {
                if (CharAt(position++) == '\n')
                    continue;
            }
            else if (c == '\'')
                position = wasDollar ? SkipAnsi(position) : SkipSingle(position);
            else if (c == '"')
                position = SkipDouble(position);
            else if (c == '`')
                position = SkipBackquote(position);
            else if (isExpansion)
                position = SkipExpansion(c, position);
            else if (c == open)
                count++;
            wasDollar = c == '$' && !wasDollar;
            wasAngle = c is '<' or '>' && !wasAngle;
        }
        Leave();
        return Unclosed(start, close.ToString());
    }

    // `$(` and `<(`: the inside is read as commands, unless a second parenthesis makes it look like arithmetic.
    int SkipSubstitution(int position)
    {
        while (position + 1 < _end && _text[position] == '\\' && _text[position + 1] == '\n')
            position += 2;
        if (CharAt(position) == '(')
            return SkipGroup(position, '(', ')', Enclosed.Arithmetic);
        if (_substitutionsRead is not null && _substitutionsRead.TryGetValue(position, out var known))
            return known.End;
        var found = ReadSubstitutionAt(position);
        if (Fault is not null)
            return _end;
        _substitutionsRead ??= [];
        _substitutionsRead[position] = found;
        return found.End;
    }

    int Unclosed(int position, string close)
    {
        Fail(SyntaxCodes.Unclosed, Math.Max(0, position - 1), $"a closing {close}");
        return _end;
    }

    // The first of the characters that stands outside of quotes and expansions between two positions; else the second.
    int FindOutsideQuotes(int position, int end, char delimiter)
    {
        var outerEnd = _end;
        _end = end;
        var found = FindDelimiter(position, delimiter);
        _end = outerEnd;
        if (Fault is not null)
            _pos = _end;
        return Math.Min(found, end);
    }

    int FindDelimiter(int position, char delimiter)
    {
        var wasDollar = false;
        var ternaries = 0;
        var parentheses = 0;
        while (position < _end && Fault is null)
        {
            var c = _text[position];
            if (c == delimiter && ternaries == 0 && parentheses == 0)
                return position;
            position++;
            if (c == '\\')
                position++;
            else if (c is '\'')
                position = wasDollar ? SkipAnsi(position) : SkipSingle(position);
            else if (c == '"')
                position = SkipDouble(position);
            else if (c == '`')
                position = SkipBackquote(position);
            else if (wasDollar && c is '(' or '{')
                position = SkipExpansion(c, position);
            else if (delimiter == ':')
                (ternaries, parentheses) = Nested(c, ternaries, parentheses);
            wasDollar = c == '$' && !wasDollar;
        }
        return _end;
    }

    // The colon of a conditional expression, or one in parentheses, does not separate offset and length.
    static (int Ternaries, int Parentheses) Nested(char c, int ternaries, int parentheses) => c switch
    {
        '?' => (ternaries + 1, parentheses),
        ':' when ternaries > 0 => (ternaries - 1, parentheses),
        '(' => (ternaries, parentheses + 1),
        ')' when parentheses > 0 => (ternaries, parentheses - 1),
        _ => (ternaries, parentheses),
    };
}
