using System.Collections.Immutable;

namespace Writ.Shell.Syntax;

/// <summary>Goes over a tree without knowing what is in it.</summary>
public static class SyntaxWalk
{
    /// <summary>The node itself and every node below it, outermost first.</summary>
    public static IEnumerable<SyntaxNode> All(SyntaxNode node)
    {
        var open = new Stack<SyntaxNode>();
        open.Push(node);
        while (open.TryPop(out var next))
        {
            yield return next;
            var count = open.Count;
            foreach (var child in Below(next))
                open.Push(child);
            // Children came on in reading order; the first is to come off first.
            var children = new SyntaxNode[open.Count - count];
            for (var i = 0; i < children.Length; i++)
                children[i] = open.Pop();
            foreach (var child in children)
                open.Push(child);
        }
    }

    /// <summary>The nodes directly below, in reading order.</summary>
    public static IEnumerable<SyntaxNode> Below(SyntaxNode node) => node switch
    {
        Script script => script.Lines,
        CommandList list => list.Items,
        ListItem item => item.Links,
        ChainLink link => [link.Pipeline],
        Pipeline pipeline => pipeline.Stages,
        PipelineStage stage => [stage.Command],
        Command command => BelowCommand(command).Concat(command.Redirections),
        CaseClause clause => Some(clause.Patterns, clause.Body),
        Condition condition => BelowCondition(condition),
        Redirection redirection => Some([redirection.Target], redirection.Document),
        HereDocument document => document.Parts,
        Word word => word.Parts,
        Assignment assignment => Present(assignment.Subscript, assignment.Value),
        ArrayElement element => Present(element.Subscript, element.Value),
        WordPart part => BelowPart(part),
        _ => [],
    };

    static IEnumerable<SyntaxNode> BelowCommand(Command command) => command switch
    {
        SimpleCommand simple => simple.Assignments.Concat<SyntaxNode>(simple.Words),
        SubshellCommand subshell => [subshell.Body],
        GroupCommand group => [group.Body],
        IfCommand branch => Present(branch.Condition, branch.Then, branch.Else),
        WhileCommand loop => [loop.Condition, loop.Body],
        ForCommand loop => Some(loop.Words is { } words ? words.Insert(0, loop.Name) : [loop.Name], loop.Body),
        ArithmeticForCommand loop => [loop.Start, loop.Test, loop.Step, loop.Body],
        CaseCommand choice => choice.Clauses.Cast<SyntaxNode>().Prepend(choice.Subject),
        ArithmeticCommand arithmetic => [arithmetic.Expression],
        ConditionalCommand conditional => [conditional.Condition],
        FunctionDefinition function => [function.Name, function.Body],
        CoprocessCommand coprocess => Present(coprocess.Name, coprocess.Body),
        _ => [],
    };

    static IEnumerable<SyntaxNode> BelowCondition(Condition condition) => condition switch
    {
        UnaryCondition unary => [unary.Operand],
        BinaryCondition binary => [binary.Left, binary.Right],
        NotCondition not => [not.Operand],
        GroupCondition group => [group.Operand],
        JoinedCondition joined => [joined.Left, joined.Right],
        _ => [],
    };

    static IEnumerable<SyntaxNode> BelowPart(WordPart part) => part switch
    {
        DoubleQuotedPart quoted => quoted.Parts,
        ExtendedGlobPart glob => glob.Parts,
        BracePart brace => brace.Alternatives.SelectMany(a => a),
        ArithmeticPart arithmetic => arithmetic.Parts,
        ParameterPart parameter => Present(parameter.Subscript, parameter.Argument, parameter.SecondArgument),
        CommandSubstitutionPart substitution => Present(substitution.Body),
        ProcessSubstitutionPart substitution => Present(substitution.Body),
        ArrayPart array => array.Elements,
        UnknownExpansionPart unknown => unknown.Parts,
        _ => [],
    };

    static IEnumerable<SyntaxNode> Some<T>(ImmutableArray<T> nodes, SyntaxNode? last) where T : SyntaxNode =>
        nodes.Concat(Present(last));

    static IEnumerable<SyntaxNode> Present(params SyntaxNode?[] nodes) => nodes.OfType<SyntaxNode>();
}
