using System.Collections.Immutable;

namespace Writ.Shell.Syntax;

sealed partial class ShellReader
{
    // One complete command of the top level: it ends where its line ends.
    CommandList ReadLine()
    {
        var start = _pos;
        var items = ImmutableArray.CreateBuilder<ListItem>(1);
        while (Fault is null)
        {
            var terminator = ReadItem(items);
            SkipBlanks();
            if (terminator == ListTerminator.None && _pos < _end && Fault is null)
                Unexpected("the end of the command");
            if (terminator is ListTerminator.None or ListTerminator.NewLine || _pos >= _end)
                break;
            if (Current == '\n')
            {
                ReadNewLine();
                break;
            }
        }
        return Finished(start, items);
    }

    // The inside of a compound command or substitution: it ends before the word or bracket that closes it.
    CommandList ReadList()
    {
        var start = _pos;
        var items = ImmutableArray.CreateBuilder<ListItem>(1);
        SkipNewLines();
        while (Fault is null && !IsAtListEnd())
        {
            if (ReadItem(items) == ListTerminator.None)
                break;
            SkipNewLines();
        }
        CountNode();
        return Finished(start, items);
    }

    // What ends the last item means nothing more, unless it sends it to the background.
    CommandList Finished(int start, ImmutableArray<ListItem>.Builder items)
    {
        if (items.Count > 0 && items[^1].Terminator is ListTerminator.Semicolon or ListTerminator.NewLine)
            items[^1] = new ListItem(items[^1].Span, items[^1].Links, ListTerminator.None);
        return new CommandList(SpanFrom(start), Frozen(items));
    }

    CommandList ReadFilledList()
    {
        var list = ReadList();
        if (Fault is null && list.Items.IsEmpty)
            Unexpected("a command");
        return list;
    }

    bool IsAtListEnd()
    {
        var c = Current;
        if (c is '\0' or ')')
            return true;
        if (c == ';' && Next is ';' or '&')
            return true;
        return PeekReserved() is ReservedWord.CloseBrace or ReservedWord.Then or ReservedWord.Else
            or ReservedWord.Elif or ReservedWord.Fi or ReservedWord.Do or ReservedWord.Done or ReservedWord.Esac;
    }

    ListTerminator ReadItem(ImmutableArray<ListItem>.Builder items)
    {
        var start = _pos;
        var links = ReadChain();
        SkipBlanks();
        var terminator = ListTerminator.None;
        switch (Current)
        {
            case '\n':
                terminator = ListTerminator.NewLine;
                ReadNewLine();
                break;
            case ';' when Next is not (';' or '&'):
                terminator = ListTerminator.Semicolon;
                Advance();
                break;
            case '&':
                terminator = ListTerminator.Background;
                Advance();
                break;
        }
        CountNode();
        items.Add(new ListItem(SpanFrom(start), links, terminator));
        return terminator;
    }

    ImmutableArray<ChainLink> ReadChain()
    {
        var first = new ChainLink(ChainCondition.Always, ReadPipeline());
        SkipBlanks();
        if (PeekChain() == ChainCondition.Always)
            return One(first);
        var links = ImmutableArray.CreateBuilder<ChainLink>();
        links.Add(first);
        while (Fault is null)
        {
            var condition = PeekChain();
            if (condition == ChainCondition.Always)
                break;
            Advance(2);
            SkipNewLines();
            links.Add(new ChainLink(condition, ReadPipeline()));
            SkipBlanks();
        }
        return links.ToImmutable();
    }

    ChainCondition PeekChain() => Current switch
    {
        '&' when Next == '&' => ChainCondition.Success,
        '|' when Next == '|' => ChainCondition.Failure,
        _ => ChainCondition.Always,
    };

    Pipeline ReadPipeline()
    {
        SkipBlanks();
        var start = _pos;
        var isNegated = false;
        var timing = PipelineTiming.None;
        var hasPrefix = false;
        while (Fault is null)
        {
            var word = PeekReserved();
            if (word == ReservedWord.Bang)
            {
                isNegated = !isNegated;
                Advance();
            }
            else if (word == ReservedWord.Time)
            {
                Advance(4);
                timing = ReadTimingOptions(timing);
            }
            else
                break;
            hasPrefix = true;
            SkipBlanks();
        }
        CountNode();
        if (hasPrefix && (Current is '\0' or '\n' || (Current == ';' && Next is not (';' or '&'))))
            return new Pipeline(SpanFrom(start), isNegated, timing, []);
        var stages = ReadStages();
        return new Pipeline(SpanFrom(start), isNegated, timing, stages);
    }

    PipelineTiming ReadTimingOptions(PipelineTiming timing)
    {
        SkipBlanks();
        var found = timing == PipelineTiming.Posix ? timing : PipelineTiming.Shell;
        if (TryReadBareWord("-p"))
            found = PipelineTiming.Posix;
        TryReadBareWord("--");
        return found;
    }

    bool TryReadBareWord(string word)
    {
        SkipBlanks();
        if (!_text.AsSpan(_pos, _end - _pos).StartsWith(word, StringComparison.Ordinal)
            || !EndsWord(CharAt(_pos + word.Length)))
            return false;
        _pos += word.Length;
        SkipBlanks();
        return true;
    }

    ImmutableArray<PipelineStage> ReadStages()
    {
        var first = ReadStage();
        if (!IsAtPipe())
            return One(first);
        var stages = ImmutableArray.CreateBuilder<PipelineStage>();
        stages.Add(first);
        while (Fault is null && IsAtPipe())
        {
            Advance(stages[^1].PipesErrors ? 2 : 1);
            SkipNewLines();
            stages.Add(ReadStage());
        }
        return stages.ToImmutable();
    }

    bool IsAtPipe() => Current == '|' && Next != '|';

    PipelineStage ReadStage()
    {
        if (!Enter())
            return new PipelineStage(Nothing(), false);
        var command = ReadCommand();
        Leave();
        SkipBlanks();
        return new PipelineStage(command, Current == '|' && Next == '&');
    }

    // Bash reads a line with the options that the lines before it have set.
    void FollowOptions(CommandList line)
    {
        if (!_mentionsExtendedGlob)
            return;
        // Turned on anywhere, it may be on: then a pattern is a pattern, and what it becomes is not known.
        foreach (var command in SyntaxWalk.All(line).OfType<SimpleCommand>())
            _extendedGlob |= command.Words.Length > 2 && command.Words[0].ConstantValue == "shopt"
                && command.Words[1].ConstantValue is not "-u" && command.Words.Any(w => w.ConstantValue == "extglob");
        foreach (var item in line.Items)
            foreach (var link in item.Links)
                foreach (var stage in link.Pipeline.Stages)
                    if (stage.Command is SimpleCommand { Words.Length: > 2 } command
                        && command.Words[0].ConstantValue == "shopt"
                        && command.Words[1].ConstantValue == "-u"
                        && command.Words.Any(w => w.ConstantValue == "extglob"))
                        _extendedGlob = false;
    }
}
