namespace Writ.Shell.Syntax;

sealed partial class ShellReader
{
    // Substitutions already read while the end of a construct around them was looked for, by their position.
    Dictionary<int, Substitution>? _substitutionsRead;

    readonly record struct Substitution(CommandList? Body, SyntaxFault? Fault, int End);

    // At a dollar sign. Null, and the reader unmoved, when it is only that.
    WordPart? ReadDollar(bool isQuoted, QuotedText text = QuotedText.Double)
    {
        var start = _pos;
        var after = PositionAfter(start);
        var c = CharAt(after);
        switch (c)
        {
            case '(':
                return ReadParenthesized(start, PositionAfter(after));
            case '{':
                return ReadBraced(start, PositionAfter(after), isQuoted, text);
            case '[':
                return ReadBracketed(start, after + 1);
            case '\'' when !isQuoted || text is QuotedText.BraceWord or QuotedText.Arithmetic:
                return ReadAnsiQuoted(start, after + 1, isQuoted);
            case '"' when !isQuoted || text is QuotedText.BraceWord or QuotedText.Arithmetic:
                return ReadDoubleQuoted(start, after + 1, isTranslated: true);
            case '@' or '*' or '#' or '?' or '-' or '$' or '!' or (>= '0' and <= '9'):
                _pos = after + 1;
                return new ParameterPart(SpanFrom(start), c.ToString());
        }
        if (!IsNameStart(c))
            return null;
        _pos = after;
        var name = ReadName();
        return new ParameterPart(SpanFrom(start), name);
    }

    ArithmeticPart? ReadBracketed(int start, int inside)
    {
        var end = SkipGroup(inside, '[', ']', Enclosed.Arithmetic);
        if (Fault is not null)
            return null;
        _pos = inside;
        var mark = _parts.Count;
        ReadLoosely(inside, end, 1, () => ReadQuoted(end - 1, QuotedText.Arithmetic));
        var parts = TakeQuotedParts(mark);
        _pos = Fault is null ? end : _end;
        return new ArithmeticPart(SpanFrom(start), isBracketed: true, parts);
    }

    WordPart? ReadParenthesized(int start, int inside)
    {
        if (CharAt(inside) != '(')
        {
            var found = TakeSubstitution(inside);
            _pos = found.End;
            return new CommandSubstitutionPart(SpanFrom(start), null, found.Body, null, null);
        }
        var end = SkipGroup(inside, '(', ')', Enclosed.Arithmetic);
        if (Fault is not null)
            return null;
        var expression = PositionAfter(inside);
        if (end - 2 >= expression && _text[end - 2] == ')' && IsBalanced(expression, end - 2))
        {
            _pos = expression;
            var mark = _parts.Count;
            ReadLoosely(expression, end, 2, () => ReadQuoted(end - 2, QuotedText.Arithmetic));
            var parts = TakeQuotedParts(mark);
            _pos = Fault is null ? end : _end;
            return new ArithmeticPart(SpanFrom(start), isBracketed: false, parts);
        }
        var late = ReadLate(inside, end - 1);
        _pos = Fault is null ? end : _end;
        return new CommandSubstitutionPart(
            SpanFrom(start), null, late.Body, late.Fault, late.Fault is null ? null : _text[inside..(end - 1)]);
    }

    // At `<(` or `>(`.
    ProcessSubstitutionPart? ReadProcessSubstitution()
    {
        var start = _pos;
        var isOutput = _text[_pos] == '>';
        var inside = PositionAfter(PositionAfter(_pos));
        if (CharAt(inside) != '(')
        {
            var found = TakeSubstitution(inside);
            _pos = found.End;
            return new ProcessSubstitutionPart(SpanFrom(start), isOutput, found.Body, null, null);
        }
        var end = SkipGroup(inside, '(', ')', Enclosed.Arithmetic);
        if (Fault is not null)
            return null;
        var late = ReadLate(inside, end - 1);
        _pos = Fault is null ? end : _end;
        return new ProcessSubstitutionPart(
            SpanFrom(start), isOutput, late.Body, late.Fault, late.Fault is null ? null : _text[inside..(end - 1)]);
    }

    // Bash takes `$((` for arithmetic unless a parenthesis closes that was not opened inside.
    bool IsBalanced(int position, int end)
    {
        var count = 0;
        while (position < end)
        {
            var c = _text[position++];
            if (c == '(')
                count++;
            else if (c == ')' && --count < 0)
                return false;
            else if (c == '\\')
                position++;
            else if (c == '\'')
                position = Past(_text.IndexOf('\'', position, Math.Max(0, end - position)), end);
            else if (c == '"')
                position = PastDouble(position, end);
        }
        return count == 0;
    }

    static int Past(int found, int end) => found < 0 ? end : found + 1;

    int PastDouble(int position, int end)
    {
        while (position < end && _text[position] != '"')
            position += _text[position] == '\\' ? 2 : 1;
        return position + 1;
    }

    Substitution TakeSubstitution(int position) =>
        _substitutionsRead is not null && _substitutionsRead.TryGetValue(position, out var found)
            ? found
            : ReadSubstitutionAt(position);

    // Leaves the reader where it was, at the end of what is left after a fault.
    Substitution ReadSubstitutionAt(int position)
    {
        if (!Enter())
            return new Substitution(null, null, _end);
        var (outer, outerFrom, outerLiteral) = (_pos, _pendingFrom, _literalUntil);
        (_pos, _pendingFrom, _literalUntil) = (position, _pendingDocuments.Count, 0);
        _substitutions++;
        var body = ReadList();
        if (Fault is null && Current != ')')
            Unexpected("a command or `)`");
        else
            _pos++;
        ReadLateDocuments();
        var end = Math.Min(_pos, _end);
        _substitutions--;
        (_pos, _pendingFrom, _literalUntil) = (Fault is null ? outer : _end, outerFrom, outerLiteral);
        Leave();
        return new Substitution(body, null, end);
    }

    // What bash reads as commands only when it runs them. A fault in it is no fault of the line.
    Substitution ReadLate(int start, int end)
    {
        if (!CountReread(end - start) || !Enter())
            return new Substitution(null, null, _end);
        var (outerEnd, outerFrom, outerLiteral, mark) = (_end, _pendingFrom, _literalUntil, _parts.Count);
        (_pos, _end, _pendingFrom, _literalUntil) = (start, end, _pendingDocuments.Count, 0);
        var body = ReadBody();
        DropDocuments();
        var fault = TakeFault(end, outerEnd);
        if (fault is not null)
            _parts.RemoveRange(mark, _parts.Count - mark);
        (_pendingFrom, _literalUntil, _end) = (outerFrom, outerLiteral, outerEnd);
        Leave();
        return new Substitution(fault is null ? body : null, fault, end);
    }

    // At a backquote.
    CommandSubstitutionPart? ReadBackquoted(int start, bool isDoubleQuoted)
    {
        var end = SkipBackquote(start + 1);
        if (Fault is not null)
            return null;
        var raw = _text[(start + 1)..(end - 1)];
        var late = raw.Contains('\\', StringComparison.Ordinal)
            ? ReadUnescaped(start + 1, end - 1, isDoubleQuoted)
            : ReadLate(start + 1, end - 1);
        _pos = Fault is null ? end : _end;
        return new CommandSubstitutionPart(SpanFrom(start), raw, late.Body, late.Fault, null);
    }

    // Inside of backquotes a backslash quotes another backslash, a dollar sign and a backquote; within double quotes
    // the double quote as well.
    Substitution ReadUnescaped(int start, int end, bool isDoubleQuoted)
    {
        var text = new char[end - start];
        var map = new int[end - start + 1];
        var length = 0;
        for (var i = start; i < end; i++)
        {
            if (_text[i] == '\\' && i + 1 < end
                && (_text[i + 1] is '\\' or '$' or '`' || (isDoubleQuoted && _text[i + 1] == '"')))
                i++;
            map[length] = Mapped(i);
            text[length++] = _text[i];
        }
        map[length] = Mapped(end);
        var inner = InnerReader(new string(text, 0, length), map[..(length + 1)]);
        var body = inner?.ReadBody();
        LeaveInner(inner);
        var fault = inner?.Fault;
        return new Substitution(fault is null ? body : null, fault, end);
    }

    ShellReader? InnerReader(string text, int[] map) =>
        CountReread(text.Length) && Enter() ? new ShellReader(text, map, _budget, _extendedGlob) : null;

    void LeaveInner(ShellReader? inner)
    {
        if (inner is null)
            return;
        Leave();
        if (_budget.IsSpent && inner.Fault is { } spent)
        {
            Fault ??= spent;
            _pos = _end;
        }
    }
}
