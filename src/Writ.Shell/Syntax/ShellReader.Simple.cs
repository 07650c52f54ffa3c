using System.Buffers;
using System.Collections.Immutable;

namespace Writ.Shell.Syntax;

sealed partial class ShellReader
{
    static readonly SearchValues<char> _wordEnds = SearchValues.Create(" \t\n;&|<>()");

    // `first` is a word already read, when what it begins could have been something else.
    Command ReadSimple(int start, Word? first)
    {
        ImmutableArray<Assignment>.Builder? assignments = null;
        ImmutableArray<Redirection>.Builder? redirections = null;
        var words = ImmutableArray.CreateBuilder<Word>(4);
        var form = WordForm.Command;
        if (first is not null)
        {
            words.Add(first);
            form = FormAfter(first);
        }
        while (Fault is null)
        {
            SkipBlanks();
            if (Current == '(' && words.Count == 1 && assignments is null && redirections is null)
                return ReadNamedFunction(start, words[0]);
            if (TryReadRedirection(out var redirection))
            {
                redirections ??= ImmutableArray.CreateBuilder<Redirection>();
                redirections.Add(redirection);
                form = form == WordForm.Declaration ? WordForm.Plain : form;
            }
            else if (!IsAtWord())
                break;
            else if (words.Count == 0
                && TryReadAssignment(isFirst: assignments is null || redirections is null, out var assignment))
            {
                assignments ??= ImmutableArray.CreateBuilder<Assignment>();
                assignments.Add(assignment);
            }
            else
            {
                words.Add(ReadWord(form));
                if (words.Count == 1)
                    form = FormAfter(words[0]);
            }
        }
        if (Fault is null && words.Count == 0 && assignments is null && redirections is null)
            Unexpected("a command");
        return new SimpleCommand(
            SpanFrom(start), assignments?.ToImmutable() ?? [], words.ToImmutable(), redirections?.ToImmutable() ?? []);
    }

    // Words after these take compound assignments, as bash decides when it reads, by the unquoted name alone.
    static WordForm FormAfter(Word first) =>
        first.Parts is [LiteralPart literal]
        && literal.Text is "declare" or "typeset" or "local" or "export" or "readonly" or "alias" or "eval" or "let"
            ? WordForm.Declaration
            : WordForm.Plain;

    FunctionDefinition ReadNamedFunction(int start, Word name)
    {
        Advance();
        RequireCharacter(')');
        return ReadFunctionBody(start, name);
    }

    bool IsAtWord()
    {
        var c = Current;
        return !EndsWord(c) || (c is '<' or '>' && Next == '(');
    }

    bool IsAssignmentAhead()
    {
        var position = _pos;
        if (!IsNameStart(CharAt(position)))
            return false;
        while (IsNameCharacter(CharAt(position)))
            position = PositionAfter(position);
        return CharAt(position) is '=' or '['
            || (CharAt(position) == '+' && CharAt(PositionAfter(position)) == '=');
    }

    // After an assignment and a redirection bash still takes assignments, but reads no brackets and arrays as one.
    bool TryReadAssignment(bool isFirst, out Assignment assignment)
    {
        assignment = null!;
        if (!IsAssignmentAhead())
            return false;
        var start = _pos;
        var name = ReadName();
        Word? subscript = null;
        if (Current == '[')
        {
            var inside = PositionAfter(_pos);
            var end = SkipGroup(inside, '[', ']', Enclosed.Subscript);
            if (Fault is not null)
                return false;
            var isPlain = _text.AsSpan(inside, end - inside).IndexOfAny(_wordEnds) < 0;
            if (!isFirst && !isPlain)
            {
                _pos = start;
                return false;
            }
            if (!IsAssigning(end))
            {
                // A word after all; what stands in the brackets belongs to it, blanks and operators too.
                _pos = start;
                _literalUntil = end;
                return false;
            }
            _pos = inside;
            subscript = ReadQuotedWord(end - 1, QuotedText.Arithmetic);
            _pos = end;
        }
        var isAppending = TryReadCharacter('+');
        Advance();
        CountNode();
        var value = ReadAssignedValue(isFirst);
        assignment = new Assignment(SpanFrom(start), name, subscript, isAppending, value);
        return true;
    }

    bool IsAssigning(int position) => CharAt(position) == '='
        || (CharAt(position) == '+' && CharAt(PositionAfter(position)) == '=');

    Word ReadAssignedValue(bool mayBeArray)
    {
        var start = _pos;
        var mark = _parts.Count;
        if (mayBeArray && Current == '(')
            _parts.Add(ReadArray());
        ReadUnquoted(WordForm.Value);
        return FinishWord(start, mark, WordForm.Value);
    }

    // `(` a list of words, with or without subscripts, over any number of lines `)`.
    ArrayPart ReadArray()
    {
        var start = _pos;
        if (!Enter())
            return new ArrayPart(default, []);
        Advance();
        var elements = ImmutableArray.CreateBuilder<ArrayElement>();
        SkipNewLinesOnly();
        while (Fault is null && Current != ')')
        {
            if (!IsAtWord())
                Unexpected("a word or `)`");
            elements.Add(ReadElement());
            SkipNewLinesOnly();
        }
        Advance();
        Leave();
        CountNode();
        return new ArrayPart(SpanFrom(start), elements.ToImmutable());
    }

    // Inside of an array no here-document begins, and none that waits outside is read.
    void SkipNewLinesOnly()
    {
        SkipBlanks();
        while (Current == '\n')
        {
            ReadNewLine();
            SkipBlanks();
        }
    }

    ArrayElement ReadElement()
    {
        var start = _pos;
        CountNode();
        if (Current == '[')
        {
            var inside = PositionAfter(_pos);
            var end = SkipGroup(inside, '[', ']', Enclosed.Subscript);
            if (Fault is null && IsAssigning(end))
            {
                _pos = inside;
                var subscript = ReadQuotedWord(end - 1, QuotedText.Arithmetic);
                _pos = end;
                var isAppending = TryReadCharacter('+');
                Advance();
                var from = _pos;
                var mark = _parts.Count;
                ReadUnquoted(WordForm.Value);
                var value = FinishWord(from, mark, WordForm.Value);
                return new ArrayElement(SpanFrom(start), subscript, isAppending, value);
            }
            _literalUntil = end;
        }
        var word = ReadWord(WordForm.Plain);
        return new ArrayElement(SpanFrom(start), null, false, word);
    }
}
