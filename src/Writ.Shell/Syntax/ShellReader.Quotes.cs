using System.Buffers;

namespace Writ.Shell.Syntax;

sealed partial class ShellReader
{
    static readonly SearchValues<char> _expandedAgain = SearchValues.Create("$`\\\"'}");

    // At a quote character.
    WordPart? ReadQuote(char quote, bool isDoubleQuoted)
    {
        var start = _pos;
        switch (quote)
        {
            case '\'':
                var end = SkipSingle(start + 1);
                if (Fault is not null)
                    return null;
                _pos = end;
                return new SingleQuotedPart(SpanFrom(start), _text[(start + 1)..(end - 1)]);
            case '"':
                return ReadDoubleQuoted(start, start + 1, isTranslated: false);
            default:
                return ReadBackquoted(start, isDoubleQuoted);
        }
    }

    DoubleQuotedPart? ReadDoubleQuoted(int start, int inside, bool isTranslated)
    {
        var end = SkipDouble(inside);
        if (Fault is not null)
            return null;
        _pos = inside;
        var mark = _parts.Count;
        ReadQuoted(end - 1, QuotedText.Double);
        var parts = TakeQuotedParts(mark);
        if (Fault is not null)
            return null;
        _pos = end;
        return new DoubleQuotedPart(SpanFrom(start), isTranslated, parts);
    }

    // Inside of `"${...}"` and of arithmetic bash replaces the escapes when it reads the line, and then expands what
    // came out: text that would be expanded so is not taken for known.
    WordPart? ReadAnsiQuoted(int start, int inside, bool isQuoted)
    {
        var end = SkipAnsi(inside);
        if (Fault is not null)
            return null;
        _pos = end;
        var raw = _text[inside..(end - 1)];
        var text = AnsiQuoting.Decode(raw, out var isExact);
        if (isQuoted && text.AsSpan().IndexOfAny(_expandedAgain) >= 0)
            return new UnknownExpansionPart(SpanFrom(start), _text[start..end], []);
        return new AnsiQuotedPart(SpanFrom(start), raw, text, isExact);
    }

    Word ReadQuotedWord(int end, QuotedText text)
    {
        var start = _pos;
        var mark = _parts.Count;
        ReadLoosely(start, end, 0, () => ReadQuoted(end, text));
        CountNode();
        return new Word(Between(start, end), TakeQuotedParts(mark));
    }

    // Reads text that is expanded as if double-quoted, up to a known end, and adds its parts.
    void ReadQuoted(int end, QuotedText text)
    {
        if (Fault is not null || !Enter())
            return;
        var outerEnd = _end;
        _end = end;
        if (CountReread(end - _pos))
            ReadQuotedParts(text);
        _end = outerEnd;
        if (Fault is not null)
            _pos = _end;
        Leave();
    }

    void ReadQuotedParts(QuotedText text)
    {
        var run = _pos;
        while (_pos < _end)
        {
            var c = _text[_pos];
            WordPart? part = null;
            var start = _pos;
            switch (c)
            {
                case '\\' when _pos + 1 < _end && IsEscapable(_text[_pos + 1], text):
                    AddLiteral(run);
                    _pos += 2;
                    if (_text[_pos - 1] != '\n')
                        Add(new EscapedPart(SpanFrom(start), _text[(_pos - 1).._pos]));
                    run = _pos;
                    continue;
                case '$' or '`':
                case '"' when text is QuotedText.Arithmetic or QuotedText.BraceWord:
                    AddLiteral(run);
                    part = c == '$' ? ReadDollar(isQuoted: true, text) : ReadQuote(c, isDoubleQuoted: true);
                    break;
            }
            if (Fault is not null)
                return;
            Add(part);
            if (part is null)
            {
                run = c is '$' ? start : run;
                _pos = start + 1;
            }
            else
                run = _pos;
        }
        AddLiteral(run);
    }

    static bool IsEscapable(char c, QuotedText text) => c switch
    {
        '$' or '`' or '\\' or '\n' => true,
        '"' => text is not QuotedText.Document,
        '}' => text is QuotedText.BraceWord,
        _ => false,
    };
}
