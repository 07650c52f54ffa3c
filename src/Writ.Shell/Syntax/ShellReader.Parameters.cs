namespace Writ.Shell.Syntax;

sealed partial class ShellReader
{
    // `start` is the dollar sign's position.
    WordPart? ReadBraced(int start, int inside, bool isQuoted, QuotedText text)
    {
        var end = SkipBrace(inside, areSinglesQuotes: true);
        if (Fault is not null || !Enter())
            return null;
        var (outerEnd, mark) = (_end, _parts.Count);
        (_pos, _end) = (inside, end - 1);
        WordPart? part = CountReread(end - inside) ? ReadParameter(start, ref end, isQuoted, text) : null;
        var fault = TakeFault(end, outerEnd);
        _end = outerEnd;
        if ((part is null || fault is not null) && Fault is null)
        {
            _parts.RemoveRange(mark, _parts.Count - mark);
            part = ReadUnknown(start, inside, end, outerEnd);
        }
        _pos = Fault is null ? end : _end;
        Leave();
        return part;
    }

    UnknownExpansionPart ReadUnknown(int start, int inside, int end, int outerEnd)
    {
        var mark = _parts.Count;
        _pos = inside;
        ReadQuoted(end - 1, QuotedText.BraceWord);
        if (TakeFault(end, outerEnd) is not null)
            _parts.RemoveRange(mark, _parts.Count - mark);
        var parts = TakeQuotedParts(mark);
        return new UnknownExpansionPart(Between(start, end), _text[start..end], parts);
    }

    // At what follows `${`, with the closing brace as the end. Null when bash would call it a bad substitution.
    ParameterPart? ReadParameter(int start, ref int end, bool isQuoted, QuotedText text)
    {
        var isLength = Current == '#' && IsParameterNext();
        var isIndirect = Current == '!' && IsParameterNext();
        if (isLength || isIndirect)
            Advance();
        if (ReadParameterName() is not { } name)
            return null;
        Word? subscript = null;
        if (Current == '[' && IsNameStart(name[0]))
        {
            var inside = PositionAfter(_pos);
            var close = SkipGroup(inside, '[', ']', Enclosed.Subscript);
            if (Fault is not null)
                return null;
            _pos = inside;
            subscript = ReadQuotedWord(close - 1, QuotedText.Arithmetic);
            _pos = close;
        }
        if (isLength)
            return Current != '\0' ? null : new ParameterPart(
                Between(start, end), name, isBraced: true, false, subscript, ParameterOperator.Length, "#");
        if (isIndirect && subscript is null && Current is '*' or '@' && _pos == _end - 1)
            return new ParameterPart(
                Between(start, end), name, isBraced: true, false, null, ParameterOperator.Names, Current.ToString());
        return ReadParameterOperation(start, ref end, name, isIndirect, subscript, isQuoted ? text : null);
    }

    bool IsParameterNext()
    {
        var next = PositionAfter(_pos);
        var c = CharAt(next);
        return IsNameCharacter(c) || (IsSpecialParameter(c) && next == _end - 1);
    }

    static bool IsSpecialParameter(char c) => c is '@' or '*' or '#' or '?' or '-' or '$' or '!';

    string? ReadParameterName()
    {
        var c = Current;
        if (IsSpecialParameter(c))
        {
            Advance();
            return c.ToString();
        }
        if (IsNameStart(c))
            return ReadName();
        var start = _pos;
        while (Current is >= '0' and <= '9')
            _pos = PositionAfter(_pos);
        return _pos > start ? WithoutContinuations(start, _pos) : null;
    }

    ParameterPart? ReadParameterOperation(
        int start, ref int end, string name, bool isIndirect, Word? subscript, QuotedText? quoted)
    {
        var kind = ReadParameterOperator(out var text);
        Word? first = null;
        Word? second = null;
        switch (kind)
        {
            case null:
                return null;
            case ParameterOperator.None or ParameterOperator.Transform:
                break;
            case ParameterOperator.Default or ParameterOperator.Assign or ParameterOperator.Require
                or ParameterOperator.Alternate:
                if (quoted is not null && !TryEndWhereRunning(ref end))
                    return null;
                first = quoted is null
                    ? ReadEnclosedWord(_end, WordForm.Enclosed)
                    : ReadQuotedWord(_end, QuotedText.BraceWord);
                break;
            case ParameterOperator.Substring:
                (first, second) = ReadSubstring();
                break;
            case ParameterOperator.Replace:
                (first, second) = ReadReplacement();
                break;
            default:
                first = ReadEnclosedWord(_end, WordForm.EnclosedPattern);
                break;
        }
        return new ParameterPart(
            Between(start, end), name, isBraced: true, isIndirect, subscript, kind.Value, text, first, second);
    }

    // Between double quotes a single quote in the word is text, but bash looked for the end as if it were not.
    bool TryEndWhereRunning(ref int end)
    {
        if (_text.AsSpan(_pos, _end - _pos).IndexOf('\'') < 0)
            return true;
        var position = _pos;
        _end = end;
        var close = SkipBrace(position, areSinglesQuotes: false);
        if (Fault is not null)
            return false;
        (_pos, _end, end) = (position, close - 1, close);
        return true;
    }

    (Word, Word?) ReadSubstring()
    {
        var close = _end;
        var colon = FindOutsideQuotes(_pos, close, ':');
        var offset = ReadQuotedWord(colon, QuotedText.Arithmetic);
        if (colon >= close || Fault is not null)
            return (offset, null);
        _pos = colon + 1;
        return (offset, ReadQuotedWord(close, QuotedText.Arithmetic));
    }

    (Word, Word?) ReadReplacement()
    {
        var close = _end;
        var slash = FindOutsideQuotes(_pos, close, '/');
        var pattern = ReadEnclosedWord(slash, WordForm.EnclosedPattern);
        if (slash >= close || Fault is not null)
            return (pattern, null);
        _pos = slash + 1;
        return (pattern, ReadEnclosedWord(close, WordForm.Enclosed));
    }

    // Null when there is no such operator.
    ParameterOperator? ReadParameterOperator(out string text)
    {
        text = "";
        if (_pos >= _end || Current == '\0')
            return ParameterOperator.None;
        var c = Current;
        var next = Next;
        if (c == ':')
        {
            if (WordOperator(next) is { } colon)
            {
                text = $":{next}";
                Advance(2);
                return colon;
            }
            text = ":";
            Advance();
            return ParameterOperator.Substring;
        }
        if (c == '@')
            return ReadTransform(next, out text);
        ParameterOperator? found = WordOperator(c) ?? c switch
        {
            '#' => ParameterOperator.RemovePrefix,
            '%' => ParameterOperator.RemoveSuffix,
            '/' => ParameterOperator.Replace,
            '^' => ParameterOperator.UpperCase,
            ',' => ParameterOperator.LowerCase,
            '~' => ParameterOperator.ToggleCase,
            _ => null,
        };
        if (found is null)
            return null;
        var isDoubled = WordOperator(c) is null
            && (next == c || (found == ParameterOperator.Replace && next is '#' or '%')) && next != '\0';
        text = isDoubled ? $"{c}{next}" : c.ToString();
        Advance(text.Length);
        return found;
    }

    ParameterOperator? ReadTransform(char letter, out string text)
    {
        text = $"@{letter}";
        Advance(2);
        return letter is 'U' or 'u' or 'L' or 'Q' or 'E' or 'P' or 'A' or 'K' or 'a' or 'k' && Current == '\0'
            ? ParameterOperator.Transform
            : null;
    }

    static ParameterOperator? WordOperator(char c) => c switch
    {
        '-' => ParameterOperator.Default,
        '=' => ParameterOperator.Assign,
        '?' => ParameterOperator.Require,
        '+' => ParameterOperator.Alternate,
        _ => null,
    };
}
