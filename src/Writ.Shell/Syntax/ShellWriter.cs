using System.Collections.Immutable;
using System.Text;

namespace Writ.Shell.Syntax;

/// <summary>Writes commands; the other part writes words.</summary>
sealed partial class ShellWriter(StringBuilder text)
{
    // Here-documents of the line being written: their bodies come after its end.
    List<Redirection> _documents = [];

    public string Finish()
    {
        if (_documents.Count > 0)
            NewLine();
        return text.ToString();
    }

    public void WriteScript(Script script)
    {
        for (var i = 0; i < script.Lines.Length; i++)
        {
            WriteList(script.Lines[i]);
            if (i + 1 < script.Lines.Length)
                NewLine();
        }
    }

    public void WriteList(CommandList list)
    {
        for (var i = 0; i < list.Items.Length; i++)
        {
            var item = list.Items[i];
            WriteChain(item.Links);
            switch (item.Terminator)
            {
                case ListTerminator.NewLine:
                    NewLine();
                    continue;
                case ListTerminator.Semicolon:
                    text.Append(';');
                    break;
                case ListTerminator.Background:
                    text.Append(" &");
                    break;
            }
            if (i + 1 < list.Items.Length)
                text.Append(' ');
        }
        if (EndsInNothing(list))
            text.Append(';');
    }

    // `!` and `time` without a command want an end of their own.
    static bool EndsInNothing(CommandList list) =>
        list.Items is [.., { Terminator: ListTerminator.None } last] && last.Links[^1].Pipeline.Stages.IsEmpty;

    void NewLine()
    {
        text.Append('\n');
        foreach (var redirection in _documents)
        {
            var document = redirection.Document!;
            text.Append(document.Text);
            // No line is such a delimiter: the body went on to the end of everything, and does again.
            if (!document.Delimiter.Contains('\n', StringComparison.Ordinal))
                text.Append(document.Delimiter).Append('\n');
        }
        _documents.Clear();
    }

    void WriteChain(ImmutableArray<ChainLink> links)
    {
        foreach (var link in links)
        {
            if (link.Condition != ChainCondition.Always)
                text.Append(link.Condition == ChainCondition.Success ? " && " : " || ");
            WritePipeline(link.Pipeline);
        }
    }

    void WritePipeline(Pipeline pipeline)
    {
        var isTimed = pipeline.Timing != PipelineTiming.None;
        if (isTimed)
            text.Append(pipeline.Timing == PipelineTiming.Posix ? "time -p" : "time");
        if (pipeline.IsNegated)
            text.Append(isTimed ? " !" : "!");
        if (pipeline.Stages.IsEmpty)
            return;
        if (isTimed && !pipeline.IsNegated)
            text.Append(StartsWithDash(pipeline.Stages[0].Command) ? " -- " : " ");
        else if (pipeline.IsNegated)
            text.Append(' ');
        for (var i = 0; i < pipeline.Stages.Length; i++)
        {
            WriteCommand(pipeline.Stages[i].Command);
            if (i + 1 < pipeline.Stages.Length)
                text.Append(pipeline.Stages[i].PipesErrors ? " |& " : " | ");
        }
    }

    static bool StartsWithDash(Command command) =>
        command is SimpleCommand { Assignments.IsEmpty: true, Words: [{ Parts: [LiteralPart first, ..] }, ..] }
        && first.Text.StartsWith('-');

    public void WriteCommand(Command command)
    {
        switch (command)
        {
            case SimpleCommand simple:
                WriteSimple(simple);
                return;
            case SubshellCommand subshell:
                text.Append("( ");
                WriteList(subshell.Body);
                text.Append(" )");
                break;
            case GroupCommand group:
                text.Append("{ ");
                WriteClosed(group.Body, "}");
                break;
            case IfCommand branch:
                WriteIf(branch, "if ");
                text.Append("fi");
                break;
            case WhileCommand loop:
                text.Append(loop.IsUntil ? "until " : "while ");
                WriteClosed(loop.Condition, "do ");
                WriteClosed(loop.Body, "done");
                break;
            case ForCommand loop:
                WriteFor(loop);
                break;
            case ArithmeticForCommand loop:
                text.Append("for ((");
                WriteWord(loop.Start);
                text.Append(';');
                WriteWord(loop.Test);
                text.Append(';');
                WriteWord(loop.Step);
                text.Append(")); do ");
                WriteClosed(loop.Body, "done");
                break;
            case CaseCommand choice:
                WriteCase(choice);
                break;
            case ArithmeticCommand arithmetic:
                text.Append("((");
                WriteWord(arithmetic.Expression);
                text.Append("))");
                break;
            case ConditionalCommand conditional:
                text.Append("[[ ");
                WriteCondition(conditional.Condition);
                text.Append(" ]]");
                break;
            case FunctionDefinition function:
                text.Append("function ");
                WriteWord(function.Name);
                text.Append(" () ");
                WriteCommand(function.Body);
                return;
            case CoprocessCommand coprocess:
                text.Append("coproc ");
                if (coprocess.Name is not null)
                    WriteWord(coprocess.Name);
                if (coprocess.Name is not null)
                    text.Append(' ');
                WriteCommand(coprocess.Body);
                return;
        }
        foreach (var redirection in command.Redirections)
        {
            text.Append(' ');
            WriteRedirection(redirection);
        }
    }

    // A list and the reserved word that closes it.
    void WriteClosed(CommandList list, string closing)
    {
        WriteList(list);
        var isEnded = list.Items[^1].Terminator == ListTerminator.Background || EndsInNothing(list);
        text.Append(isEnded ? " " : "; ").Append(closing);
    }

    void WriteIf(IfCommand branch, string word)
    {
        text.Append(word);
        WriteClosed(branch.Condition, "then ");
        WriteClosed(branch.Then, "");
        if (branch.Else is null)
            return;
        if (IsElif(branch.Else) is { } inner)
        {
            WriteIf(inner, "elif ");
            return;
        }
        text.Append("else ");
        WriteClosed(branch.Else, "");
    }

    // The parser makes such a list from an `elif` alone: an `else` holds a list that is ended.
    static IfCommand? IsElif(CommandList list) =>
        list.Items is [{ Terminator: ListTerminator.None, Links: [var link] }]
        && link.Pipeline is { IsNegated: false, Timing: PipelineTiming.None, Stages: [{ Command: IfCommand inner }] }
        && inner.Redirections.IsEmpty
            ? inner
            : null;

    void WriteFor(ForCommand loop)
    {
        text.Append(loop.IsSelect ? "select " : "for ");
        WriteWord(loop.Name);
        if (loop.Words is { } words)
        {
            text.Append(" in");
            foreach (var word in words)
            {
                text.Append(' ');
                WriteWord(word);
            }
        }
        text.Append("; do ");
        WriteClosed(loop.Body, "done");
    }

    void WriteCase(CaseCommand choice)
    {
        text.Append("case ");
        WriteWord(choice.Subject);
        text.Append(" in ");
        foreach (var clause in choice.Clauses)
        {
            text.Append('(');
            for (var i = 0; i < clause.Patterns.Length; i++)
            {
                text.Append(i == 0 ? "" : " | ");
                WriteWord(clause.Patterns[i]);
            }
            text.Append(") ");
            if (clause.Body is not null)
                WriteList(clause.Body);
            text.Append(clause.Ending switch
            {
                CaseEnding.FallThrough => " ;& ",
                CaseEnding.TestNext => " ;;& ",
                _ => " ;; ",
            });
        }
        text.Append("esac");
    }

    void WriteCondition(Condition condition)
    {
        switch (condition)
        {
            case UnaryCondition unary:
                text.Append(unary.Operator).Append(' ');
                WriteWord(unary.Operand);
                break;
            case BinaryCondition binary:
                WriteWord(binary.Left);
                text.Append(' ').Append(binary.Operator).Append(' ');
                WriteWord(binary.Right);
                break;
            case NotCondition not:
                text.Append("! ");
                WriteCondition(not.Operand);
                break;
            case GroupCondition group:
                text.Append("( ");
                WriteCondition(group.Operand);
                text.Append(" )");
                break;
            case JoinedCondition joined:
                WriteCondition(joined.Left);
                text.Append(joined.IsAnd ? " && " : " || ");
                WriteCondition(joined.Right);
                break;
        }
    }

    void WriteSimple(SimpleCommand command)
    {
        // After redirections nothing is a reserved word, and no bracket opens a subscript.
        var comesLast = command.Words is [{ Parts: [LiteralPart first, ..] } word, ..]
            && ((word.Parts.Length == 1 && ShellReader.IsReserved(first.Text))
                || (!command.Assignments.IsEmpty && first.Text.Contains('[', StringComparison.Ordinal)));
        var start = text.Length;
        foreach (var assignment in command.Assignments)
            WriteAfterBlank(start, () => WriteAssignment(assignment));
        foreach (var redirection in comesLast ? command.Redirections : [])
            WriteAfterBlank(start, () => WriteRedirection(redirection));
        foreach (var argument in command.Words)
            WriteAfterBlank(start, () => WriteWord(argument));
        foreach (var redirection in comesLast ? [] : command.Redirections)
            WriteAfterBlank(start, () => WriteRedirection(redirection));
    }

    void WriteAfterBlank(int start, Action write)
    {
        if (text.Length > start)
            text.Append(' ');
        write();
    }

    void WriteRedirection(Redirection redirection)
    {
        if (redirection.Descriptor is { } descriptor)
            text.Append(descriptor);
        else if (redirection.DescriptorVariable is { } variable)
            text.Append('{').Append(variable).Append('}');
        text.Append(Sign(redirection.Operator));
        WriteWord(redirection.Target);
        if (redirection.Document is { IsMissing: false })
            _documents.Add(redirection);
    }

    static string Sign(RedirectionOperator kind) => kind switch
    {
        RedirectionOperator.Read => "< ",
        RedirectionOperator.Write => "> ",
        RedirectionOperator.WriteForced => ">| ",
        RedirectionOperator.Append => ">> ",
        RedirectionOperator.ReadWrite => "<> ",
        RedirectionOperator.WriteBoth => "&> ",
        RedirectionOperator.AppendBoth => "&>> ",
        RedirectionOperator.DuplicateInput => "<&",
        RedirectionOperator.DuplicateOutput => ">&",
        RedirectionOperator.HereString => "<<< ",
        RedirectionOperator.HereDocument => "<<",
        _ => "<<-",
    };
}
