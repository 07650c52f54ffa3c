using System.Globalization;

namespace Writ.Shell.Syntax;

sealed partial class ShellReader
{
    bool IsRedirectionAhead()
    {
        var c = Current;
        return (c is '<' or '>' && Next != '(') || (c == '&' && Next == '>') || DescriptorEnd(out _) > 0;
    }

    bool TryReadRedirection(out Redirection redirection)
    {
        redirection = null!;
        if (!IsRedirectionAhead())
            return false;
        var start = _pos;
        int? descriptor = null;
        string? variable = null;
        var end = DescriptorEnd(out var number);
        if (end > 0)
        {
            if (number >= 0)
                descriptor = number;
            else
                variable = WithoutContinuations(_pos, end)[1..^1];
            _pos = end;
        }
        CountNode();
        var kind = ReadOperator();
        SkipBlanks();
        var target = ReadTarget(kind);
        redirection = new Redirection(SpanFrom(start), kind, descriptor, variable, target);
        if (kind is RedirectionOperator.HereDocument or RedirectionOperator.HereDocumentTabless)
            _pendingDocuments.Add(redirection);
        return true;
    }

    // Where `2` or `{name}` directly before a redirection ends; 0 when there is none. Names give -1 as the number.
    int DescriptorEnd(out int number)
    {
        number = -1;
        var position = _pos;
        if (CharAt(position) is >= '0' and <= '9')
        {
            while (CharAt(position) is >= '0' and <= '9')
                position = PositionAfter(position);
            return IsRedirector(position) && int.TryParse(
                WithoutContinuations(_pos, position), NumberStyles.None, CultureInfo.InvariantCulture, out number)
                ? position
                : 0;
        }
        return CharAt(position) == '{' ? NamedDescriptorEnd(PositionAfter(position)) : 0;
    }

    // After the brace: a name, or an element of an array, the other brace, and a redirection.
    int NamedDescriptorEnd(int position)
    {
        if (!IsNameStart(CharAt(position)))
            return 0;
        while (IsNameCharacter(CharAt(position)))
            position = PositionAfter(position);
        if (CharAt(position) == '[')
        {
            var subscript = position = PositionAfter(position);
            while (!EndsWord(CharAt(position))
                && !(CharAt(position) == ']' && CharAt(PositionAfter(position)) == '}'))
                position = PositionAfter(position);
            if (position == subscript || CharAt(position) != ']')
                return 0;
            position = PositionAfter(position);
        }
        if (CharAt(position) != '}')
            return 0;
        position = PositionAfter(position);
        return IsRedirector(position) ? position : 0;
    }

    bool IsRedirector(int position) =>
        CharAt(position) is '<' or '>' && CharAt(PositionAfter(position)) != '(';

    RedirectionOperator ReadOperator()
    {
        var c = Current;
        Advance();
        if (c == '&')
        {
            Advance();
            return TryReadCharacter('>') ? RedirectionOperator.AppendBoth : RedirectionOperator.WriteBoth;
        }
        var second = Current;
        if (c == '<')
        {
            if (second is '>' or '&' or '<')
                Advance();
            if (second == '<')
                return TryReadCharacter('-') ? RedirectionOperator.HereDocumentTabless
                    : TryReadCharacter('<') ? RedirectionOperator.HereString
                    : RedirectionOperator.HereDocument;
            return second == '>' ? RedirectionOperator.ReadWrite
                : second == '&' ? RedirectionOperator.DuplicateInput
                : RedirectionOperator.Read;
        }
        if (second is '>' or '&' or '|')
            Advance();
        return second == '>' ? RedirectionOperator.Append
            : second == '&' ? RedirectionOperator.DuplicateOutput
            : second == '|' ? RedirectionOperator.WriteForced
            : RedirectionOperator.Write;
    }

    Word ReadTarget(RedirectionOperator kind)
    {
        var duplicates = kind is RedirectionOperator.DuplicateInput or RedirectionOperator.DuplicateOutput;
        if (duplicates && Current == '-')
        {
            var start = _pos;
            Advance();
            return new Word(SpanFrom(start), One<WordPart>(new LiteralPart(SpanFrom(start), "-")));
        }
        if (!duplicates && DescriptorEnd(out _) > 0)
            Unexpected("a word");
        return ReadRequiredWord(WordForm.Target, "a word");
    }
}
