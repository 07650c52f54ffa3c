namespace Writ.Shell.Syntax;

sealed partial class ShellReader
{
    ConditionalCommand ReadConditional(int start)
    {
        Advance(2);
        var condition = ReadAlternatives();
        SkipNewLines();
        if (Fault is null && !IsConditionEnd())
            FailCondition("`]]`");
        Advance(2);
        return new ConditionalCommand(SpanFrom(start), condition);
    }

    void FailCondition(string expected)
    {
        if (_pos >= _end)
            Fail(SyntaxCodes.Unfinished, _end, expected);
        else
            Fail(SyntaxCodes.Condition, _pos, expected);
    }

    bool IsConditionEnd() => Current == ']' && Next == ']' && EndsWord(CharAt(PositionAfter(PositionAfter(_pos))));

    static UnaryCondition NoCondition() => new UnaryCondition(default, "-n", new Word(default, []));

    Condition ReadAlternatives()
    {
        var start = _pos;
        var left = ReadConjunction();
        if (Fault is not null || !(Current == '|' && Next == '|') || !Enter())
            return left;
        Advance(2);
        var right = ReadAlternatives();
        Leave();
        return new JoinedCondition(SpanFrom(start), isAnd: false, left, right);
    }

    Condition ReadConjunction()
    {
        var start = _pos;
        var left = ReadTerm();
        if (Fault is not null || !(Current == '&' && Next == '&') || !Enter())
            return left;
        Advance(2);
        var right = ReadConjunction();
        Leave();
        return new JoinedCondition(SpanFrom(start), isAnd: true, left, right);
    }

    // Afterwards the reader stands at the next thing that is no blank; new lines are skipped where bash does.
    Condition ReadTerm()
    {
        SkipNewLines();
        CountNode();
        var start = _pos;
        if (Fault is not null || !Enter())
            return NoCondition();
        var term = Current switch
        {
            '(' => ReadGroupCondition(start),
            '!' when EndsWord(Next) && !(_extendedGlob && Next == '(') => ReadNegation(start),
            _ => ReadTest(start),
        };
        Leave();
        return term;
    }

    GroupCondition ReadGroupCondition(int start)
    {
        Advance();
        var inner = ReadAlternatives();
        SkipBlanks();
        if (Fault is null && Current != ')')
            FailCondition("`)`");
        Advance();
        var group = new GroupCondition(SpanFrom(start), inner);
        SkipNewLines();
        return group;
    }

    NotCondition ReadNegation(int start)
    {
        Advance();
        var inner = ReadTerm();
        return new NotCondition(SpanFrom(start), inner);
    }

    Condition ReadTest(int start)
    {
        if (!IsAtWord() || IsConditionEnd() || DescriptorEnd(out _) > 0)
        {
            FailCondition("a word");
            return NoCondition();
        }
        var left = ReadWord(WordForm.Operand);
        SkipBlanks();
        if (left.Parts is [LiteralPart { Text: { Length: 2 } unary }] && unary[0] == '-'
            && "abcdefghknoprstuvwxzGLNORS".Contains(unary[1], StringComparison.Ordinal))
            return ReadUnary(start, unary);
        if (IsConditionEnd() || Current == ')' || (Current is '&' or '|' && Next == Current))
            return new UnaryCondition(SpanFrom(start), "-n", left);
        var @operator = ReadConditionOperator();
        if (@operator is null)
        {
            FailCondition("an operator");
            return NoCondition();
        }
        SkipBlanks();
        var form = @operator switch
        {
            "=~" => WordForm.Regex,
            "=" or "==" or "!=" => WordForm.ConditionPattern,
            _ => WordForm.Operand,
        };
        if (!IsAtOperand(form))
        {
            FailCondition("a word");
            return NoCondition();
        }
        var right = ReadWord(form);
        var test = new BinaryCondition(SpanFrom(start), @operator, left, right);
        SkipNewLines();
        return test;
    }

    // A regular expression may begin with what is an operator elsewhere.
    bool IsAtOperand(WordForm form)
    {
        if (IsConditionEnd())
            return false;
        return (form == WordForm.Regex && Current is '(' or '|') || (IsAtWord() && DescriptorEnd(out _) == 0);
    }

    UnaryCondition ReadUnary(int start, string @operator)
    {
        if (!IsAtWord() || IsConditionEnd())
            FailCondition("a word");
        var operand = ReadWord(WordForm.Operand);
        var test = new UnaryCondition(SpanFrom(start), @operator, operand);
        SkipNewLines();
        return test;
    }

    string? ReadConditionOperator()
    {
        if (Current is '<' or '>' && Next != '(')
        {
            var angle = Current == '<' ? "<" : ">";
            Advance();
            return Current is '<' or '>' or '&' or '|' ? null : angle;
        }
        if (!IsAtWord())
            return null;
        var word = ReadWord(WordForm.Operand);
        return word.Parts is [LiteralPart literal] && literal.Text is "=" or "==" or "!=" or "=~" or "-eq" or "-ne"
            or "-lt" or "-le" or "-gt" or "-ge" or "-nt" or "-ot" or "-ef"
            ? literal.Text
            : null;
    }

    // `for ((start; test; step))`
    ArithmeticForCommand ReadArithmeticFor(int start)
    {
        var inside = PositionAfter(PositionAfter(_pos));
        var end = SkipGroup(inside, '(', ')', Enclosed.Arithmetic);
        if (Fault is null && CharAt(end) != ')')
            Fail(SyntaxCodes.ArithmeticFor, end, "`))`");
        var close = end - 1;
        var first = Fault is null ? FindOutsideQuotes(inside, close, ';') : close;
        var second = first < close ? FindOutsideQuotes(first + 1, close, ';') : close;
        if (Fault is null && (second >= close || FindOutsideQuotes(second + 1, close, ';') < close))
            Fail(SyntaxCodes.ArithmeticFor, inside, "three expressions separated by `;`");
        if (Fault is not null || !CountReread(end - inside))
        {
            var nothing = new Word(default, []);
            return new ArithmeticForCommand(default, nothing, nothing, nothing, new CommandList(default, []));
        }
        _pos = inside;
        var initial = ReadQuotedWord(first, QuotedText.Arithmetic);
        _pos = first + 1;
        var test = ReadQuotedWord(second, QuotedText.Arithmetic);
        _pos = second + 1;
        var step = ReadQuotedWord(close, QuotedText.Arithmetic);
        _pos = end + 1;
        SkipBlanks();
        if (Current == ';')
            Advance();
        SkipNewLines();
        var body = ReadLoopBody(mayBeBraced: true);
        return new ArithmeticForCommand(SpanFrom(start), initial, test, step, body);
    }
}
