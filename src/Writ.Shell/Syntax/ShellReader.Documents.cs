using System.Collections.Immutable;
using System.Text;

namespace Writ.Shell.Syntax;

sealed partial class ShellReader
{
    // Called after a new line that ends a command line with here-documents in it.
    void ReadDocuments()
    {
        for (var i = _pendingFrom; i < _pendingDocuments.Count && Fault is null; i++)
            ReadDocument(_pendingDocuments[i]);
        _pendingDocuments.RemoveRange(_pendingFrom, _pendingDocuments.Count - _pendingFrom);
    }

    // A substitution that ends before its here-documents begin: bash warns, and takes the lines after this one.
    void ReadLateDocuments()
    {
        if (_pendingDocuments.Count == _pendingFrom || Fault is not null)
            return;
        var outer = _pos;
        if (_lateNewLine < 0)
        {
            var found = _text.AsSpan(_pos, _end - _pos).IndexOf('\n');
            if (found < 0)
            {
                DropDocuments();
                return;
            }
            (_lateNewLine, _lateEnd) = (_pos + found, _pos + found + 1);
        }
        _pos = _lateEnd;
        ReadDocuments();
        (_pos, _lateEnd) = (Fault is null ? outer : _end, _pos);
    }

    // The text ends before the here-documents begin.
    void DropDocuments()
    {
        for (var i = _pendingFrom; i < _pendingDocuments.Count; i++)
        {
            var (delimiter, isQuoted) = Delimiter(_pendingDocuments[i].Target);
            _pendingDocuments[i].Document = new HereDocument(SpanFrom(_pos), delimiter, isQuoted, null, []);
        }
        _pendingDocuments.RemoveRange(_pendingFrom, _pendingDocuments.Count - _pendingFrom);
    }

    void ReadDocument(Redirection redirection)
    {
        var (delimiter, isQuoted) = Delimiter(redirection.Target);
        var takesTabs = redirection.Operator == RedirectionOperator.HereDocumentTabless;
        var start = _pos;
        StringBuilder? changed = null;
        List<int>? map = null;
        var bodyEnd = _end;
        while (_pos < _end)
        {
            var lineStart = _pos;
            var lineEnd = LineEnd(lineStart, joins: !isQuoted, out var isJoined);
            var textStart = lineStart;
            while (takesTabs && CharAt(textStart) == '\t')
                textStart++;
            if (IsDelimiter(textStart, lineEnd, delimiter, joins: !isQuoted, out var after))
            {
                bodyEnd = lineStart;
                _pos = after;
                break;
            }
            if (changed is null && (isJoined || textStart > lineStart || lineEnd == _end))
            {
                changed = new StringBuilder().Append(_text, start, lineStart - start);
                map = [.. Enumerable.Range(start, lineStart - start)];
            }
            if (changed is not null)
                CopyLine(changed, map!, textStart, Math.Min(lineEnd + 1, _end), isJoined);
            _pos = Math.Min(lineEnd + 1, _end);
            if (lineEnd == _end)
            {
                // Bash ends the last line, and lets a last backslash stand for itself.
                for (var i = EndsInBackslash(textStart, isQuoted) ? 0 : 1; i < 2; i++)
                {
                    changed!.Append("\\\n"[i]);
                    map!.Add(_end);
                }
            }
        }
        if (!CountReread(bodyEnd - start))
            return;
        var text = changed?.ToString() ?? _text[start..bodyEnd];
        var parts = isQuoted ? Literally(start, bodyEnd, text)
            : changed is null ? ReadDocumentParts(start, bodyEnd)
            : ReadChangedParts(text, map!, bodyEnd);
        redirection.Document = new HereDocument(Between(start, bodyEnd), delimiter, isQuoted, text, parts);
    }

    bool EndsInBackslash(int lineStart, bool isQuoted)
    {
        var slashes = 0;
        while (_end - slashes - 1 >= lineStart && _text[_end - slashes - 1] == '\\')
            slashes++;
        return !isQuoted && slashes % 2 == 1;
    }

    ImmutableArray<WordPart> Literally(int start, int end, string text) =>
        text.Length == 0 ? [] : One<WordPart>(new LiteralPart(Between(start, end), text));

    // The position of the line's end; lines that end in a backslash go on in the next unless the delimiter is quoted.
    int LineEnd(int position, bool joins, out bool isJoined)
    {
        isJoined = false;
        while (true)
        {
            var found = _text.AsSpan(position, _end - position).IndexOf('\n');
            if (found < 0)
                return _end;
            var end = position + found;
            var slashes = 0;
            while (end - slashes - 1 >= position && _text[end - slashes - 1] == '\\')
                slashes++;
            if (!joins || slashes % 2 == 0)
                return end;
            isJoined = true;
            position = end + 1;
        }
    }

    // Inside of a substitution its parenthesis may follow the delimiter.
    bool IsDelimiter(int start, int end, string delimiter, bool joins, out int after)
    {
        after = Math.Min(end + 1, _end);
        var position = start;
        foreach (var c in delimiter)
        {
            while (joins && position + 1 < end && _text[position] == '\\' && _text[position + 1] == '\n')
                position += 2;
            if (position >= end || _text[position++] != c)
                return false;
        }
        if (position == end)
            return true;
        if (_substitutions == 0 || _text.AsSpan(position, end - position).IndexOf(')') < 0)
            return false;
        after = position;
        return true;
    }

    void CopyLine(StringBuilder text, List<int> map, int start, int end, bool isJoined)
    {
        for (var i = start; i < end; i++)
        {
            if (isJoined && _text[i] == '\\' && i + 1 < end)
            {
                if (_text[i + 1] == '\n')
                {
                    i++;
                    continue;
                }
                text.Append(_text[i]);
                map.Add(i++);
            }
            text.Append(_text[i]);
            map.Add(i);
        }
    }

    // What is wrong inside of a body comes out when it is expanded, not when it is read.
    ImmutableArray<WordPart> ReadDocumentParts(int start, int end)
    {
        var (outer, outerEnd, mark, outerFrom) = (_pos, _end, _parts.Count, _pendingFrom);
        (_pos, _pendingFrom) = (start, _pendingDocuments.Count);
        ReadQuoted(end, QuotedText.Document);
        var fault = TakeFault(outer, outerEnd);
        _pendingFrom = outerFrom;
        _pos = Fault is null ? outer : _end;
        if (fault is null)
            return TakeQuotedParts(mark);
        _parts.RemoveRange(mark, _parts.Count - mark);
        return One<WordPart>(new UnknownExpansionPart(Between(start, end), _text[start..end], []));
    }

    ImmutableArray<WordPart> ReadChangedParts(string text, List<int> map, int end)
    {
        map.Add(end);
        for (var i = 0; _map is not null && i < map.Count; i++)
            map[i] = Mapped(map[i]);
        var inner = InnerReader(text, [.. map]);
        var parts = inner?.ReadDocumentParts(0, text.Length) ?? [];
        LeaveInner(inner);
        return parts;
    }

    // The delimiter is the word as written without its quotes: nothing in it is expanded.
    (string Text, bool IsQuoted) Delimiter(Word target)
    {
        if (target.Parts is [LiteralPart only])
            return (only.Text, false);
        var text = new StringBuilder();
        var isQuoted = false;
        foreach (var part in target.Parts)
        {
            isQuoted |= part is EscapedPart or SingleQuotedPart or AnsiQuotedPart or DoubleQuotedPart;
            if (part is DoubleQuotedPart quoted)
                foreach (var inner in quoted.Parts)
                    text.Append(inner.ConstantValue ?? ShellPrinter.Print(inner));
            else
                text.Append(part.ConstantValue ?? ShellPrinter.Print(part));
        }
        return (text.ToString(), isQuoted);
    }
}
