using System.Collections.Immutable;

namespace Writ.Shell.Syntax;

sealed partial class ShellReader
{
    static SimpleCommand Nothing() => new(default, [], [], []);

    Command ReadCommand()
    {
        SkipBlanks();
        CountNode();
        var start = _pos;
        if (TryReadCompound(out var compound))
            return compound;
        switch (PeekReserved())
        {
            case ReservedWord.Function:
                return ReadFunction(start);
            case ReservedWord.Coproc:
                return ReadCoprocess(start);
            case ReservedWord.None or ReservedWord.Time:
                return ReadSimple(start, null);
            default:
                Unexpected("a command");
                return Nothing();
        }
    }

    bool TryReadCompound(out Command command)
    {
        SkipBlanks();
        var start = _pos;
        var found = Current == '(' ? ReadParenthesis(start) : PeekReserved() switch
        {
            ReservedWord.OpenBrace => ReadGroup(start),
            ReservedWord.If => ReadIf(start),
            ReservedWord.While => ReadWhile(start, isUntil: false),
            ReservedWord.Until => ReadWhile(start, isUntil: true),
            ReservedWord.For => ReadFor(start, isSelect: false),
            ReservedWord.Select => ReadFor(start, isSelect: true),
            ReservedWord.Case => ReadCase(start),
            ReservedWord.OpenCondition => ReadConditional(start),
            _ => null,
        };
        command = found ?? Nothing();
        if (found is null)
            return false;
        found.Redirections = ReadRedirections();
        // Right after a compound command a reserved word may follow, but not after its redirections.
        if (Fault is null && !found.Redirections.IsEmpty && IsAtWord())
            Unexpected("the end of the command");
        return true;
    }

    ImmutableArray<Redirection> ReadRedirections()
    {
        ImmutableArray<Redirection>.Builder? found = null;
        SkipBlanks();
        while (Fault is null && TryReadRedirection(out var redirection))
        {
            found ??= ImmutableArray.CreateBuilder<Redirection>();
            found.Add(redirection);
            SkipBlanks();
        }
        return found?.ToImmutable() ?? [];
    }

    Command ReadParenthesis(int start)
    {
        if (Next == '(' && TryReadArithmeticCommand(start) is { } arithmetic)
            return arithmetic;
        Advance();
        var body = ReadFilledList();
        RequireCharacter(')');
        return new SubshellCommand(SpanFrom(start), body);
    }

    // Two parentheses are arithmetic exactly when two close it; otherwise a subshell in a subshell.
    ArithmeticCommand? TryReadArithmeticCommand(int start)
    {
        var inside = PositionAfter(PositionAfter(_pos));
        var end = SkipGroup(inside, '(', ')', Enclosed.Arithmetic);
        if (Fault is not null || !CountReread(end - inside))
            return new ArithmeticCommand(default, new Word(default, []));
        if (CharAt(end) != ')')
            return null;
        _pos = inside;
        var expression = ReadQuotedWord(end - 1, QuotedText.Arithmetic);
        _pos = end + 1;
        return new ArithmeticCommand(SpanFrom(start), expression);
    }

    void RequireCharacter(char c)
    {
        SkipBlanks();
        if (Fault is not null)
            return;
        if (Current == c)
            Advance();
        else
            Unexpected($"`{c}`");
    }

    GroupCommand ReadGroup(int start)
    {
        Advance();
        var body = ReadFilledList();
        Require(ReservedWord.CloseBrace, "}");
        return new GroupCommand(SpanFrom(start), body);
    }

    // Called at `if` and at `elif`; the outermost reads the `fi`.
    IfCommand ReadIf(int start, bool isElif = false)
    {
        Advance(isElif ? 4 : 2);
        var condition = ReadFilledList();
        Require(ReservedWord.Then, "then");
        var then = ReadFilledList();
        CommandList? otherwise = null;
        if (PeekReserved() == ReservedWord.Elif && Enter())
        {
            otherwise = Alone(ReadIf(_pos, isElif: true));
            Leave();
        }
        else if (TryRead(ReservedWord.Else))
            otherwise = ReadFilledList();
        if (!isElif)
            Require(ReservedWord.Fi, "fi");
        return new IfCommand(SpanFrom(start), condition, then, otherwise);
    }

    static CommandList Alone(Command command)
    {
        var pipeline = new Pipeline(command.Span, false, PipelineTiming.None, One(new PipelineStage(command, false)));
        var link = new ChainLink(ChainCondition.Always, pipeline);
        return new CommandList(command.Span, One(new ListItem(command.Span, One(link), ListTerminator.None)));
    }

    WhileCommand ReadWhile(int start, bool isUntil)
    {
        Advance(5);
        var condition = ReadFilledList();
        Require(ReservedWord.Do, "do");
        var body = ReadFilledList();
        Require(ReservedWord.Done, "done");
        return new WhileCommand(SpanFrom(start), isUntil, condition, body);
    }

    Command ReadFor(int start, bool isSelect)
    {
        Advance(isSelect ? 6 : 3);
        SkipBlanks();
        if (!isSelect && Current == '(' && Next == '(')
            return ReadArithmeticFor(start);
        var name = ReadRequiredWord(WordForm.Plain, "a name");
        SkipBlanks();
        var isSeparated = Current is '\n' or ';';
        ImmutableArray<Word>? words = null;
        if (Current == ';')
        {
            Advance();
            SkipNewLines();
        }
        else
        {
            SkipNewLines();
            if (TryRead(ReservedWord.In))
            {
                words = ReadForWords();
                isSeparated = true;
            }
        }
        var body = ReadLoopBody(mayBeBraced: isSeparated);
        return new ForCommand(SpanFrom(start), isSelect, name, words, body);
    }

    ImmutableArray<Word> ReadForWords()
    {
        var words = ImmutableArray.CreateBuilder<Word>();
        SkipBlanks();
        while (Fault is null && Current is not ('\n' or ';'))
        {
            words.Add(ReadRequiredWord(WordForm.Plain, "a word or the end of the list"));
            SkipBlanks();
        }
        if (Current == ';')
            Advance();
        SkipNewLines();
        return words.ToImmutable();
    }

    CommandList ReadLoopBody(bool mayBeBraced)
    {
        if (mayBeBraced && TryRead(ReservedWord.OpenBrace))
        {
            var braced = ReadFilledList();
            Require(ReservedWord.CloseBrace, "}");
            return braced;
        }
        Require(ReservedWord.Do, "do");
        var body = ReadFilledList();
        Require(ReservedWord.Done, "done");
        return body;
    }

    CaseCommand ReadCase(int start)
    {
        Advance(4);
        SkipBlanks();
        var subject = ReadRequiredWord(WordForm.Plain, "a word");
        SkipNewLines();
        Require(ReservedWord.In, "in");
        var clauses = ImmutableArray.CreateBuilder<CaseClause>();
        var mayFollow = true;
        while (Fault is null)
        {
            SkipNewLines();
            if (TryRead(ReservedWord.Esac))
                break;
            if (!mayFollow)
                Unexpected("`;;` or `esac`");
            clauses.Add(ReadClause(out mayFollow));
        }
        return new CaseCommand(SpanFrom(start), subject, clauses.ToImmutable());
    }

    CaseClause ReadClause(out bool mayFollow)
    {
        var start = _pos;
        CountNode();
        if (Current == '(')
            Advance();
        var patterns = ImmutableArray.CreateBuilder<Word>(1);
        do
        {
            SkipBlanks();
            patterns.Add(ReadRequiredWord(WordForm.Pattern, "a pattern"));
            SkipBlanks();
        }
        while (Fault is null && TryReadCharacter('|'));
        RequireCharacter(')');
        var body = ReadList();
        var ending = ReadClauseEnding(out mayFollow);
        return new CaseClause(
            SpanFrom(start), Frozen(patterns), body.Items.IsEmpty ? null : body, ending);
    }

    CaseEnding ReadClauseEnding(out bool mayFollow)
    {
        SkipBlanks();
        mayFollow = Current == ';';
        if (!mayFollow)
            return CaseEnding.Break;
        Advance();
        if (TryReadCharacter('&'))
            return CaseEnding.FallThrough;
        if (!TryReadCharacter(';'))
            Unexpected("`;;`");
        return TryReadCharacter('&') ? CaseEnding.TestNext : CaseEnding.Break;
    }

    bool TryReadCharacter(char c)
    {
        if (Current != c)
            return false;
        Advance();
        return true;
    }

    FunctionDefinition ReadFunction(int start)
    {
        Advance(8);
        SkipBlanks();
        var name = ReadRequiredWord(WordForm.Plain, "a name");
        SkipBlanks();
        if (Current == '(' && IsEmptyParenthesis())
        {
            Advance();
            RequireCharacter(')');
        }
        return ReadFunctionBody(start, name);
    }

    bool IsEmptyParenthesis()
    {
        var position = PositionAfter(_pos);
        while (CharAt(position) is ' ' or '\t')
            position = PositionAfter(position);
        return CharAt(position) == ')';
    }

    FunctionDefinition ReadFunctionBody(int start, Word name)
    {
        SkipNewLines();
        if (!TryReadCompound(out var body))
            Unexpected("a compound command");
        return new FunctionDefinition(SpanFrom(start), name, body);
    }

    // The word after what could be a coprocess's name stands where a command may begin, and with it its brackets.
    void ReadLooseSubscript()
    {
        var position = _pos;
        if (Fault is not null || !IsNameStart(CharAt(position)))
            return;
        while (IsNameCharacter(CharAt(position)))
            position = PositionAfter(position);
        if (CharAt(position) == '[')
            _literalUntil = SkipGroup(PositionAfter(position), '[', ']', Enclosed.Subscript);
    }

    CoprocessCommand ReadCoprocess(int start)
    {
        Advance(6);
        SkipBlanks();
        if (TryReadCompound(out var body))
            return new CoprocessCommand(SpanFrom(start), null, body);
        if (PeekReserved() is not (ReservedWord.None or ReservedWord.Time))
            Unexpected("a command");
        var first = _pos;
        if (Fault is not null || !IsAtWord() || IsAssignmentAhead() || IsRedirectionAhead())
            return new CoprocessCommand(SpanFrom(start), null, ReadSimple(first, null));
        var name = ReadWord(WordForm.Command);
        if (TryReadCompound(out body))
            return new CoprocessCommand(SpanFrom(start), name, body);
        if (PeekReserved() is not (ReservedWord.None or ReservedWord.Time))
            Unexpected("an argument");
        ReadLooseSubscript();
        body = ReadSimple(first, name);
        return new CoprocessCommand(SpanFrom(start), null, body);
    }
}
