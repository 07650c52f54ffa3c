using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Writ.Shell.Syntax;

sealed partial class ShellReader
{
    static readonly bool[] _special = Special("\\'\"`$() \t\n;&|<>");

    // Up to here metacharacters are text: the brackets of a word that looked like an assignment to an element.
    int _literalUntil;

    static bool[] Special(string characters)
    {
        var table = new bool[128];
        foreach (var c in characters)
            table[c] = true;
        return table;
    }

    static bool IsNameStart(char c) => char.IsAsciiLetter(c) || c == '_';

    static bool IsNameCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    // Only at a name.
    string ReadName()
    {
        var start = _pos;
        while (IsNameCharacter(CharAt(_pos)))
            _pos = PositionAfter(_pos);
        return WithoutContinuations(start, _pos);
    }

    string WithoutContinuations(int start, int end)
    {
        var text = _text[start..end];
        return text.Contains('\\', StringComparison.Ordinal)
            ? text.Replace("\\\n", "", StringComparison.Ordinal)
            : text;
    }

    Word ReadRequiredWord(WordForm form, string expected)
    {
        if (Fault is null && !IsAtWord())
            Unexpected(expected);
        return ReadWord(form);
    }

    Word ReadWord(WordForm form)
    {
        var start = _pos;
        var mark = _parts.Count;
        ReadUnquoted(form);
        return FinishWord(start, mark, form);
    }

    Word FinishWord(int start, int mark, WordForm form)
    {
        CountNode();
        return new Word(SpanFrom(start), TakeParts(mark, form));
    }

    // Takes the parts since the mark off the list, with adjacent literals made one and what has a meaning there marked.
    ImmutableArray<WordPart> TakeParts(int mark, WordForm form)
    {
        if (_parts.Count == mark)
            return [];
        WordMeaning.Join(_parts, mark);
        if (WordMeaning.MayMean(_parts, mark) && !WordMeaning.Mark(_parts, mark, form, _budget))
            Fail(SyntaxCodes.TooLarge, _pos, "fewer braces");
        return Take(mark);
    }

    ImmutableArray<WordPart> TakeQuotedParts(int mark)
    {
        if (_parts.Count == mark)
            return [];
        WordMeaning.Join(_parts, mark);
        return Take(mark);
    }

    ImmutableArray<WordPart> Take(int mark)
    {
        var taken = ImmutableArray.Create(CollectionsMarshal.AsSpan(_parts)[mark..]);
        _parts.RemoveRange(mark, _parts.Count - mark);
        return taken;
    }

    // Reads parts until the word ends; adds them to the list of parts.
    void ReadUnquoted(WordForm form)
    {
        var isEnclosed = form is WordForm.Enclosed or WordForm.EnclosedPattern;
        var run = _pos;
        var wordStart = _pos;
        while (_pos < _end)
        {
            var c = _text[_pos];
            if (c >= 128 || !_special[c])
            {
                _pos++;
                continue;
            }
            switch (c)
            {
                case '\\':
                    AddLiteral(run);
                    ReadBackslash();
                    run = _pos;
                    continue;
                case '\'' or '"' or '`':
                    AddLiteral(run);
                    Add(ReadQuote(c, isDoubleQuoted: false));
                    run = _pos;
                    continue;
                case '$':
                    var dollar = _pos;
                    AddLiteral(run);
                    var part = ReadDollar(isQuoted: false);
                    Add(part);
                    run = part is null ? dollar : _pos;
                    _pos = Math.Max(_pos, part is null ? dollar + 1 : _pos);
                    continue;
                case '<' or '>' when CharAt(PositionAfter(_pos)) == '(':
                    AddLiteral(run);
                    Add(ReadProcessSubstitution());
                    run = _pos;
                    continue;
                case '(' when TryReadParenthesis(form, run, wordStart):
                    run = _pos;
                    continue;
                case '|' when form == WordForm.Regex:
                    _pos++;
                    continue;
            }
            if (!isEnclosed && _pos >= _literalUntil)
                break;
            _pos++;
        }
        AddLiteral(run);
    }

    void Add(WordPart? part)
    {
        if (part is null)
            return;
        CountNode();
        _parts.Add(part);
    }

    void AddLiteral(int start)
    {
        if (_pos > start)
            Add(new LiteralPart(SpanFrom(start), _text[start.._pos]));
    }

    // At a backslash that is not inside of quotes.
    void ReadBackslash()
    {
        var start = _pos;
        if (_pos + 1 >= _end)
        {
            var lost = IsLostBackslash();
            _pos++;
            if (!lost)
                Add(new EscapedPart(SpanFrom(start), "\\"));
            return;
        }
        var length = char.IsHighSurrogate(_text[_pos + 1]) && _pos + 2 < _end ? 3 : 2;
        _pos += length;
        if (_text[start + 1] != '\n')
            Add(new EscapedPart(SpanFrom(start), _text[(start + 1).._pos]));
    }

    // A parenthesis inside of a word: an extended glob, a regular expression's group, a compound assignment.
    bool TryReadParenthesis(WordForm form, int run, int wordStart)
    {
        var before = _pos > run ? _text[_pos - 1] : '\0';
        if (form == WordForm.Regex)
        {
            AddLiteral(run);
            ReadTextGroup();
            return true;
        }
        if ((_extendedGlob || form == WordForm.ConditionPattern) && before is '?' or '*' or '+' or '@' or '!')
        {
            _pos--;
            AddLiteral(run);
            Add(ReadExtendedGlob());
            return true;
        }
        if (_extendedGlob && IsAfterSpecialParameter(run))
        {
            ReadTextGroup();
            return true;
        }
        if (form == WordForm.Declaration && before == '=' && run == wordStart && IsAssignedName(run, _pos - 1))
        {
            AddLiteral(run);
            Add(ReadArray());
            return true;
        }
        return false;
    }

    // The reader of words does not know `$@` and its like: for it `@(` begins an extended glob here too.
    bool IsAfterSpecialParameter(int run) =>
        _pos == run && _text[_pos - 1] is '?' or '*' or '@' or '!' && _parts[^1] is ParameterPart { IsBraced: false };

    // A parenthesis and what it encloses, as text.
    void ReadTextGroup()
    {
        var inside = _pos + 1;
        var end = SkipGroup(inside, '(', ')', Enclosed.Pattern);
        if (Fault is not null)
            return;
        Add(new LiteralPart(Between(_pos, inside), "("));
        ReadLoosely(inside, end, 1, () => ReadEnclosed(inside, end - 1, WordForm.EnclosedPattern));
        if (Fault is not null)
            return;
        Add(new LiteralPart(Between(end - 1, end), ")"));
        _pos = end;
    }

    // What bash has only counted brackets in: a fault inside comes out when it runs.
    void ReadLoosely(int start, int end, int closers, Action read)
    {
        var (outerEnd, mark) = (_end, _parts.Count);
        read();
        if (TakeFault(end, outerEnd) is null)
            return;
        _parts.RemoveRange(mark, _parts.Count - mark);
        var inner = end - closers;
        if (inner > start)
            _parts.Add(new UnknownExpansionPart(Between(start, inner), _text[start..inner], []));
    }

    bool IsAssignedName(int start, int end)
    {
        if (end > start && _text[end - 1] == '+')
            end--;
        if (end == start || !IsNameStart(_text[start]))
            return false;
        for (var i = start; i < end; i++)
            if (!IsNameCharacter(_text[i]))
                return false;
        return true;
    }

    // At the operator; the parenthesis follows it.
    ExtendedGlobPart ReadExtendedGlob()
    {
        var start = _pos;
        var inside = _pos + 2;
        var end = SkipGroup(inside, '(', ')', Enclosed.Pattern);
        var mark = _parts.Count;
        if (Fault is null)
            ReadLoosely(inside, end, 1, () => ReadEnclosed(inside, end - 1, WordForm.EnclosedPattern));
        var parts = TakeParts(mark, WordForm.EnclosedPattern);
        _pos = Fault is null ? end : _end;
        return new ExtendedGlobPart(SpanFrom(start), _text[start], parts);
    }

    // Reads what stands between two known positions; afterwards the reader stands at the second.
    void ReadEnclosed(int start, int end, WordForm form)
    {
        if (Fault is not null || !Enter())
            return;
        var outerEnd = _end;
        (_pos, _end) = (start, end);
        if (CountReread(end - start))
            ReadUnquoted(form);
        _end = outerEnd;
        if (Fault is not null)
            _pos = _end;
        Leave();
    }

    Word ReadEnclosedWord(int end, WordForm form)
    {
        var start = _pos;
        var mark = _parts.Count;
        ReadEnclosed(start, end, form);
        return FinishWord(start, mark, form);
    }
}
