using System.Text;
using Writ.Shell.Syntax;

namespace Writ.Shell.Tests.Syntax;

/// <summary>Prints commands the way bash does for <c>declare -f</c> and inside of <c>$( )</c>, to be compared with what
/// bash itself prints.</summary>
sealed class BashText
{
    const int Step = 4;

    readonly StringBuilder _text = new();
    readonly List<Redirection> _deferred = [];
    readonly bool _isSubstitution;
    int _indent;
    int _functions;
    int _skipped;
    int _connections;
    bool _wasDocument;

    BashText(bool isSubstitution) => _isSubstitution = isSubstitution;

    public static string OfSubstitution(CommandList body)
    {
        var text = new BashText(isSubstitution: true);
        text.Write(BashTree.From(body, keepsNewLines: true));
        return text._text.ToString();
    }

    /// <summary>As <c>declare -f NAME</c>.</summary>
    public static string OfFunction(string name, Command body)
    {
        var text = new BashText(isSubstitution: false) { _functions = 1, _indent = Step };
        text._text.Append(name).Append(" () \n{ \n");
        var isGroup = body is GroupCommand;
        text.Write(isGroup
            ? BashTree.From(((GroupCommand)body).Body, keepsNewLines: false)
            : new BashTree.Leaf(body, false));
        text.Defer("");
        text._indent = 0;
        text._functions = 0;
        text.Line(isGroup && !body.Redirections.IsEmpty ? "} " : "}");
        if (isGroup)
            text.Redirections(body.Redirections, false);
        return text._text.ToString();
    }

    void Indent() => _text.Append(' ', _indent);

    void Line(string word)
    {
        _text.Append('\n');
        Indent();
        _text.Append(word);
    }

    void Semicolon()
    {
        if (_text.Length > 0 && _text[^1] is '&' or '\n')
            return;
        _text.Append(';');
    }

    void Write(BashTree? tree)
    {
        if (tree is null)
            return;
        if (_skipped > 0)
            _skipped--;
        else
            Indent();
        var (negated, timing) = tree switch
        {
            BashTree.Leaf l => (l.IsNegated, l.Timing),
            BashTree.Connection c => (c.IsNegated, c.Timing),
            _ => (false, PipelineTiming.None),
        };
        if (tree is BashTree.Leaf { Command: null })
        {
            var alone = timing == PipelineTiming.None ? "! " : timing == PipelineTiming.Posix ? "time -p " : "time ";
            _text.Append(_isSubstitution && alone == "time " && !BashWords.IsNewest ? "time" : alone);
            return;
        }
        _text.Append(timing == PipelineTiming.None ? "" : timing == PipelineTiming.Posix ? "time -p " : "time ");
        _text.Append(negated ? "! " : "");
        if (tree is BashTree.Connection connection)
            WriteConnection(connection);
        else if (tree is BashTree.Leaf { Command: { } command } leaf)
            WriteCommand(command, leaf.PipesErrors);
    }

    void WriteConnection(BashTree.Connection connection)
    {
        _skipped++;
        _connections++;
        Write(connection.First);
        switch (connection.Connector)
        {
            case "&" or "|":
                Defer(" " + connection.Connector);
                if (connection.Connector == "|" || connection.Second is not null)
                {
                    _text.Append(' ');
                    _skipped++;
                }
                break;
            case "&&" or "||":
                Defer($" {connection.Connector} ");
                _skipped++;
                break;
            default:
                WriteSeparator(connection);
                break;
        }
        Write(connection.Second);
        Defer("");
        _connections--;
    }

    void WriteSeparator(BashTree.Connection connection)
    {
        var documents = _deferred.Count > 0;
        if (documents)
            Defer(_functions > 0 ? "" : ";");
        else if (_wasDocument)
            _wasDocument = false;
        else
            _text.Append(_isSubstitution ? connection.Connector : ";");
        if (_functions > 0)
        {
            _text.Append('\n');
            return;
        }
        _text.Append(connection.Connector == ";" ? " " : documents ? "\n" : "");
        if (connection.Second is not null)
            _skipped++;
    }

    void Defer(string connector)
    {
        var isShown = connector.Length > 0 && connector != ";";
        _text.Append(isShown ? connector : "");
        if (_deferred.Count == 0)
            return;
        Documents(_deferred);
        _text.Append(isShown ? " " : "");
        _deferred.Clear();
    }

    void Documents(IReadOnlyList<Redirection> redirections)
    {
        _text.Append('\n');
        foreach (var redirection in redirections)
            _text.Append(redirection.Document!.Text).Append(redirection.Document.Delimiter).Append('\n');
        _wasDocument = true;
    }

    void WriteCommand(Command command, bool pipesErrors)
    {
        switch (command)
        {
            case SimpleCommand simple:
                WriteSimple(simple, pipesErrors);
                return;
            case SubshellCommand subshell:
                _text.Append("( ");
                _skipped++;
                Write(BashTree.From(subshell.Body, _isSubstitution));
                Defer("");
                _text.Append(" )");
                break;
            case GroupCommand group:
                WriteGroup(group);
                break;
            case IfCommand branch:
                WriteIf(branch);
                break;
            case WhileCommand loop:
                _text.Append(loop.IsUntil ? "until " : "while ");
                _skipped++;
                Write(BashTree.From(loop.Condition, _isSubstitution));
                Defer("");
                Semicolon();
                _text.Append(" do\n");
                Body(loop.Body);
                Semicolon();
                Line("done");
                break;
            case ForCommand loop:
                _text.Append(loop.IsSelect ? "select " : "for ").Append(BashWords.Text(loop.Name)).Append(" in ");
                _text.AppendJoin(' ', loop.Words is { } words ? words.Select(BashWords.Text) : ["\"$@\""]).Append(';');
                Loop(loop.Body);
                break;
            case ArithmeticForCommand loop:
                _text.Append("for ((").AppendJoin("; ", Sections(loop)).Append("))");
                Loop(loop.Body);
                break;
            case CaseCommand choice:
                WriteCase(choice);
                break;
            case ArithmeticCommand arithmetic:
                _text.Append("((").Append(BashWords.Text(arithmetic.Expression)).Append("))");
                break;
            case ConditionalCommand conditional:
                _text.Append("[[ ").Append(Text(conditional.Condition)).Append(" ]]");
                break;
            case FunctionDefinition function:
                WriteFunction(function);
                return;
            case CoprocessCommand coprocess:
                _text.Append("coproc ");
                _text.Append(coprocess.Name is null ? "COPROC" : BashWords.Text(coprocess.Name)).Append(' ');
                _skipped++;
                Write(new BashTree.Leaf(coprocess.Body, pipesErrors));
                return;
        }
        if (command.Redirections.IsEmpty && !pipesErrors)
            return;
        _text.Append(' ');
        Redirections(command.Redirections, pipesErrors);
    }

    public static IEnumerable<string> Sections(ArithmeticForCommand loop) =>
        new[] { loop.Start, loop.Test, loop.Step }
            .Select(w => BashWords.Text(w).TrimStart(' ', '\t')).Select(s => s.Length == 0 ? "1" : s);

    void WriteSimple(SimpleCommand simple, bool pipesErrors)
    {
        var words = simple.Assignments.Select(BashWords.Assignment).Concat(simple.Words.Select(BashWords.Text));
        var joined = string.Join(' ', words);
        _text.Append(joined);
        if (simple.Redirections.IsEmpty && !pipesErrors)
            return;
        _text.Append(joined.Length > 0 ? " " : "");
        Redirections(simple.Redirections, pipesErrors);
    }

    void Body(CommandList list)
    {
        _indent += Step;
        Write(BashTree.From(list, _isSubstitution));
        Defer("");
        _indent -= Step;
    }

    void Loop(CommandList list)
    {
        Line("do\n");
        _indent += Step;
        Write(BashTree.From(list, _isSubstitution));
        Defer("");
        Semicolon();
        _indent -= Step;
        Line("done");
    }

    void WriteGroup(GroupCommand group)
    {
        _text.Append("{ ");
        if (_functions == 0)
            _skipped++;
        else
        {
            _text.Append('\n');
            _indent += Step;
        }
        Write(BashTree.From(group.Body, _isSubstitution));
        Defer("");
        if (_functions > 0)
        {
            _text.Append('\n');
            _indent -= Step;
            Indent();
        }
        else
        {
            Semicolon();
            _text.Append(' ');
        }
        _text.Append('}');
    }

    void WriteIf(IfCommand branch)
    {
        _text.Append("if ");
        _skipped++;
        Write(BashTree.From(branch.Condition, _isSubstitution));
        Semicolon();
        _text.Append(" then\n");
        Body(branch.Then);
        if (branch.Else is not null)
        {
            Semicolon();
            Line("else\n");
            Body(branch.Else);
        }
        Semicolon();
        Line("fi");
    }

    void WriteCase(CaseCommand choice)
    {
        _text.Append("case ").Append(BashWords.Text(choice.Subject)).Append(" in ");
        _indent += Step;
        for (var i = 0; i < choice.Clauses.Length; i++)
        {
            var clause = choice.Clauses[i];
            if (i > 0 || !_isSubstitution || !BashWords.IsNewest)
                Line("");
            _text.AppendJoin(" | ", clause.Patterns.Select(BashWords.Text)).Append(")\n");
            if (clause.Body is not null)
                Body(clause.Body);
            else
                Defer("");
            Line(clause.Ending switch
            {
                CaseEnding.FallThrough => ";&",
                CaseEnding.TestNext => ";;&",
                _ => ";;",
            });
        }
        _indent -= Step;
        Line("esac");
    }

    void WriteFunction(FunctionDefinition function)
    {
        _text.Append("function ").Append(BashWords.Text(function.Name)).Append(" () \n");
        Indent();
        _text.Append("{ \n");
        _functions++;
        _indent += Step;
        var isGroup = function.Body is GroupCommand;
        Write(isGroup
            ? BashTree.From(((GroupCommand)function.Body).Body, _isSubstitution)
            : new BashTree.Leaf(function.Body, false));
        Defer("");
        _indent -= Step;
        _functions--;
        Line(isGroup && !function.Body.Redirections.IsEmpty ? "} " : "}");
        if (isGroup)
            Redirections(function.Body.Redirections, false);
    }

    static string Text(Condition condition) => condition switch
    {
        UnaryCondition unary => $"{unary.Operator} {BashWords.Text(unary.Operand)}",
        BinaryCondition binary => $"{BashWords.Text(binary.Left)} {binary.Operator} {BashWords.Text(binary.Right)}",
        NotCondition not => $"! {Text(not.Operand)}",
        GroupCondition group => $"( {Text(group.Operand)} )",
        JoinedCondition joined => $"{Text(joined.Left)} {(joined.IsAnd ? "&&" : "||")} {Text(joined.Right)}",
        _ => "",
    };

    void Redirections(IReadOnlyList<Redirection> redirections, bool pipesErrors)
    {
        _wasDocument = false;
        var documents = new List<Redirection>();
        var texts = new List<string>();
        foreach (var redirection in redirections)
        {
            texts.Add(Text(redirection));
            if (redirection.Document is not null)
                documents.Add(redirection);
        }
        if (pipesErrors)
            texts.Add("2>&1");
        _text.AppendJoin(' ', texts);
        if (documents.Count == 0)
            return;
        if (_connections > 0)
            _deferred.AddRange(documents);
        else
            Documents(documents);
    }

    static string Text(Redirection redirection)
    {
        var named = redirection.DescriptorVariable is { } name ? $"{{{name}}}" : null;
        var isInput = redirection.Operator is RedirectionOperator.Read or RedirectionOperator.DuplicateInput
            or RedirectionOperator.HereString or RedirectionOperator.HereDocument
            or RedirectionOperator.HereDocumentTabless;
        var standard = isInput ? 0 : 1;
        var number = redirection.Descriptor
            ?? (redirection.Operator == RedirectionOperator.ReadWrite ? 0 : standard);
        var prefix = named ?? (number == standard ? "" : $"{number}");
        var target = BashWords.Text(redirection.Target);
        return redirection.Operator switch
        {
            RedirectionOperator.Read => $"{prefix}< {target}",
            RedirectionOperator.Write => $"{prefix}> {target}",
            RedirectionOperator.WriteForced => $"{prefix}>| {target}",
            RedirectionOperator.Append => $"{prefix}>> {target}",
            RedirectionOperator.ReadWrite => $"{prefix}<> {target}",
            RedirectionOperator.WriteBoth => $"&> {target}",
            RedirectionOperator.AppendBoth => $"&>> {target}",
            RedirectionOperator.HereString => $"{prefix}<<< {target}",
            RedirectionOperator.DuplicateInput or RedirectionOperator.DuplicateOutput =>
                Duplicate(redirection, named, number, prefix, target),
            _ => $"{prefix}{(redirection.Operator == RedirectionOperator.HereDocument ? "<<" : "<<-")}"
                + (redirection.Document!.IsQuoted
                    ? BashWords.SingleQuoted(redirection.Document.Delimiter)
                    : redirection.Document.Delimiter),
        };
    }

    static string Duplicate(Redirection redirection, string? named, int number, string prefix, string target)
    {
        var sign = redirection.Operator == RedirectionOperator.DuplicateInput ? "<&" : ">&";
        if (target == "-")
            return $"{named ?? $"{number}"}>&-";
        var isNumber = int.TryParse(target, out var descriptor);
        var isMove = target.EndsWith('-') && int.TryParse(target[..^1], out descriptor);
        return isNumber || isMove
            ? $"{named ?? $"{number}"}{sign}{descriptor}{(isMove ? "-" : "")}"
            : $"{(target.EndsWith('-') ? named ?? $"{number}" : prefix)}{sign}{target}";
    }
}
