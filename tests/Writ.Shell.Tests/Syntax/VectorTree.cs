using System.Text;
using Writ.Shell.Syntax;

namespace Writ.Shell.Tests.Syntax;

/// <summary>The tree in the notation of the vectors: what bash itself would build, as an s-expression.</summary>
static class VectorTree
{
    public static string Of(string source, ParsedScript parsed)
    {
        BashWords.Source = source;
        BashWords.IsNewest = true;
        return Of(parsed);
    }

    static string Of(ParsedScript parsed) => parsed.Outcome == ParseOutcome.Parsed
        ? string.Join('\n', parsed.Script.Lines.Select(Of))
        : "<error>";

    static string Of(CommandList list) => Of(BashTree.From(list, keepsNewLines: false));

    static string Of(BashTree? tree) => tree switch
    {
        BashTree.Leaf leaf => Flagged(
            leaf.IsNegated, leaf.Timing, leaf.Command is null ? "(command)" : Of(leaf.Command, leaf.PipesErrors)),
        BashTree.Connection connection => Flagged(connection.IsNegated, connection.Timing, Of(connection)),
        _ => "",
    };

    static string Of(BashTree.Connection connection)
    {
        var name = connection.Connector switch
        {
            "&&" => "and",
            "||" => "or",
            "|" => "pipe",
            "&" => "background",
            _ => "semi",
        };
        var second = connection.Second is null ? "" : " " + Of(connection.Second);
        return $"({name} {Of(connection.First)}{second})";
    }

    static string Flagged(bool negated, PipelineTiming timing, string text)
    {
        if (timing != PipelineTiming.None)
            text = timing == PipelineTiming.Posix ? $"(time -p {text})" : $"(time {text})";
        return negated ? $"(negation {text})" : text;
    }

    static string Of(Command command, bool pipesErrors)
    {
        var redirections = string.Concat(command.Redirections.Select(r => " " + Of(r)))
            + (pipesErrors ? " (redirect \">&\" 1)" : "");
        if (command is SimpleCommand simple)
        {
            var words = simple.Assignments.Select(BashWords.Assignment).Concat(simple.Words.Select(BashWords.Text));
            return $"(command{string.Concat(words.Select(w => " " + Word(w)))}{redirections})";
        }
        var text = command switch
        {
            SubshellCommand subshell => $"(subshell {Of(subshell.Body)})",
            GroupCommand group => $"(brace-group {Of(group.Body)})",
            IfCommand branch => $"(if {Of(branch.Condition)} {Of(branch.Then)}"
                + (branch.Else is null ? ")" : $" {Of(branch.Else)})"),
            WhileCommand loop => $"({(loop.IsUntil ? "until" : "while")} {Of(loop.Condition)} {Of(loop.Body)})",
            ForCommand loop => $"({(loop.IsSelect ? "select" : "for")} {Word(BashWords.Text(loop.Name))} (in"
                + string.Concat((loop.Words is { } words ? words.Select(BashWords.Text) : ["\"$@\""])
                    .Select(w => " " + Word(w))) + $") {Of(loop.Body)})",
            ArithmeticForCommand loop => Of(loop),
            CaseCommand choice => $"(case {Word(BashWords.Text(choice.Subject))}"
                + string.Concat(choice.Clauses.Select(c => " " + Of(c))) + ")",
            ArithmeticCommand arithmetic => $"(arith {Word(BashWords.Text(arithmetic.Expression))})",
            ConditionalCommand conditional => $"(cond {Of(conditional.Condition)})",
            FunctionDefinition function =>
                $"(function \"{BashWords.Text(function.Name)}\" {Of(function.Body, false)})",
            CoprocessCommand { Name: null } coprocess => $"(coproc \"COPROC\" {Of(coprocess.Body, false)})",
            CoprocessCommand coprocess =>
                $"(coproc \"{BashWords.Text(coprocess.Name!)}\" {Of(coprocess.Body, false)})",
            _ => "",
        };
        return text + redirections;
    }

    static string Of(ArithmeticForCommand loop)
    {
        var sections = BashText.Sections(loop).Select(Word).ToArray();
        return $"(arith-for (init {sections[0]}) (test {sections[1]}) (step {sections[2]}) {Of(loop.Body)})";
    }

    static string Of(CaseClause clause) =>
        $"(pattern ({string.Join(' ', clause.Patterns.Select(p => Word(BashWords.Text(p))))}) "
        + $"{(clause.Body is null ? "()" : Of(clause.Body))})";

    static string Of(Condition condition) => condition switch
    {
        UnaryCondition unary => $"(cond-unary \"{unary.Operator}\" {Term(unary.Operand)})",
        BinaryCondition binary => $"(cond-binary \"{binary.Operator}\" {Term(binary.Left)} {Term(binary.Right)})",
        NotCondition not => Of(not.Operand),
        GroupCondition group => $"(cond-expr {Of(group.Operand)})",
        JoinedCondition joined => $"({(joined.IsAnd ? "cond-and" : "cond-or")} {Of(joined.Left)} {Of(joined.Right)})",
        _ => "",
    };

    static string Term(Word word) => $"(cond-term \"{BashWords.Text(word)}\")";

    static string Of(Redirection redirection)
    {
        var target = BashWords.Text(redirection.Target);
        switch (redirection.Operator)
        {
            case RedirectionOperator.HereDocument or RedirectionOperator.HereDocumentTabless:
                var sign = redirection.Operator == RedirectionOperator.HereDocument ? "<<" : "<<-";
                return $"(redirect \"{sign}\" \"{redirection.Document!.Text}\")";
            case RedirectionOperator.DuplicateInput or RedirectionOperator.DuplicateOutput:
                var duplicate = redirection.Operator == RedirectionOperator.DuplicateInput ? "<&" : ">&";
                if (target == "-")
                    return "(redirect \">&-\" 0)";
                if (int.TryParse(target, out var number)
                    || (target.EndsWith('-') && int.TryParse(target[..^1], out number)))
                    return $"(redirect \"{duplicate}\" {number})";
                return $"(redirect \"{duplicate}\" \"{(target.EndsWith('-') ? target[..^1] : target)}\")";
            default:
                return $"(redirect \"{Sign(redirection.Operator)}\" \"{target}\")";
        }
    }

    static string Sign(RedirectionOperator kind) => kind switch
    {
        RedirectionOperator.Read => "<",
        RedirectionOperator.Write => ">",
        RedirectionOperator.WriteForced => ">|",
        RedirectionOperator.Append => ">>",
        RedirectionOperator.ReadWrite => "<>",
        RedirectionOperator.WriteBoth => "&>",
        RedirectionOperator.AppendBoth => "&>>",
        _ => "<<<",
    };

    static string Word(string text)
    {
        var escaped = new StringBuilder("(word \"");
        foreach (var c in text)
            escaped.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\t' => "\\t",
                _ => c.ToString(),
            });
        return escaped.Append("\")").ToString();
    }
}
