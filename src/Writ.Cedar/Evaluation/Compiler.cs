using System.Collections.Immutable;
using System.Diagnostics;

namespace Writ.Cedar;

/// <summary>
/// Turns expressions into nodes, once per policy. Literals of sets, records and extension types are computed here;
/// what fails becomes a node that fails, because Cedar reports it only when evaluation reaches it.
/// </summary>
readonly struct Compiler(CedarExperiments experiments)
{
    /// <summary>One node for all conditions of a policy, from the left, each of them a Bool.</summary>
    public Node Compile(ImmutableArray<Condition> conditions, SourcePosition position)
    {
        var nodes = new Node[conditions.Length];
        for (var i = 0; i < nodes.Length; i++)
        {
            var body = Compile(conditions[i].Body);
            nodes[i] = conditions[i].IsUnless ? new NotNode(body, conditions[i].Position) : body;
        }
        return nodes.Length switch
        {
            0 => new ConstantNode(CedarBool.True, position),
            1 => nodes[0],
            _ => new AndNode(nodes, position),
        };
    }

    Node Compile(Expression expression)
    {
        var position = expression.Position;
        return expression switch
        {
            Expression.Literal e => new ConstantNode(e.Value, position),
            Expression.Var e => new VariableNode(e.Variable, position),
            Expression.If e => new IfNode(Compile(e.Condition), Compile(e.Then), Compile(e.Else), position),
            Expression.And e => new AndNode(CompileAll(e.Operands), position),
            Expression.Or e => new OrNode(CompileAll(e.Operands), position),
            Expression.Unary e => CompileUnary(e),
            Expression.Binary e => CompileBinary(e),
            Expression.Has e => new HasNode(Compile(e.Operand), [.. e.Path], position),
            Expression.Get e => new GetNode(Compile(e.Operand), e.Name, position),
            Expression.Like e => new LikeNode(Compile(e.Operand), e.Pattern, position),
            Expression.Is e => new IsNode(
                Compile(e.Operand), e.EntityType, e.Container is null ? null : Compile(e.Container), position),
            Expression.Set e => CompileSet(CompileAll(e.Elements), position),
            Expression.Record e => CompileRecord(e),
            Expression.Call e => CompileCall(e.Function, CompileAll(e.Arguments), position),
            _ => throw new UnreachableException(expression.GetType().Name),
        };
    }

    Node[] CompileAll(ImmutableArray<Expression> expressions)
    {
        var nodes = new Node[expressions.Length];
        for (var i = 0; i < nodes.Length; i++)
            nodes[i] = Compile(expressions[i]);
        return nodes;
    }

    Node CompileUnary(Expression.Unary e) => e.Operator switch
    {
        UnaryOperator.Not => new NotNode(Compile(e.Operand), e.Position),
        UnaryOperator.Negate => new NegateNode(Compile(e.Operand), e.Position),
        _ => new IsEmptyNode(Compile(e.Operand), e.Position),
    };

    Node CompileBinary(Expression.Binary e)
    {
        var (left, right, position) = (Compile(e.Left), Compile(e.Right), e.Position);
        switch (e.Operator)
        {
            case BinaryOperator.Equal:
            case BinaryOperator.NotEqual:
                return new EqualNode(left, right, negated: e.Operator == BinaryOperator.NotEqual, position);
            case BinaryOperator.Less:
            case BinaryOperator.LessEqual:
            case BinaryOperator.Greater:
            case BinaryOperator.GreaterEqual:
                return new CompareNode(e.Operator, left, right, position);
            case BinaryOperator.In:
                return new InNode(left, right, position);
            case BinaryOperator.Add:
            case BinaryOperator.Subtract:
            case BinaryOperator.Multiply:
                return new ArithmeticNode(e.Operator, left, right, position);
            case BinaryOperator.Contains:
                return new ContainsNode(left, right, position);
            case BinaryOperator.ContainsAll:
                return new CompareSetsNode(all: true, left, right, position);
            case BinaryOperator.ContainsAny:
                return new CompareSetsNode(all: false, left, right, position);
            case BinaryOperator.HasTag:
                return new HasTagNode(left, right, position);
            case BinaryOperator.GetTag:
                return new GetTagNode(left, right, position);
            default:
                throw new UnreachableException(e.Operator.ToString());
        }
    }

    static Node CompileSet(Node[] elements, SourcePosition position) =>
        Constants(elements) is { } values
            ? new ConstantNode(new CedarSet(values), position)
            : new SetNode(elements, position);

    Node CompileRecord(Expression.Record e)
    {
        var names = e.Fields.Select(field => field.Name).ToArray();
        var fields = CompileAll([.. e.Fields.Select(field => field.Value)]);
        return Constants(fields) is { } values
            ? new ConstantNode(new CedarRecord(names, values), e.Position)
            : new RecordNode(names, fields, e.Position);
    }

    Node CompileCall(ExtensionFunction function, Node[] arguments, SourcePosition position)
    {
        var arity = ExtensionFunctions.Arity(function);
        var isVariadic = function == ExtensionFunction.IsInRange
            && experiments.HasFlag(CedarExperiments.VariadicIsInRange);
        if (isVariadic ? arguments.Length < arity : arguments.Length != arity)
            return new FailNode(
                EvaluationFault.Arity, ExtensionFunctions.Spelling(function), arguments.Length, position);
        var call = new CallNode(function, arguments, position);
        if (!ExtensionFunctions.IsConstructor(function) || arguments[0] is not ConstantNode { Value: CedarString text })
            return call;
        return ExtensionCall.Apply(function, text, null).Value is { } value
            ? new ConstantNode(value, position)
            : new FailNode(EvaluationFault.Extension, ExtensionFunctions.Spelling(function), text, position);
    }

    static Value[]? Constants(Node[] nodes) =>
        nodes.All(node => node is ConstantNode)
            ? nodes.Select(node => ((ConstantNode)node).Value).ToArray()
            : null;
}
