using System.Collections.Immutable;
using System.Diagnostics;

namespace Writ.Cedar;

/// <summary>
/// Turns expressions into nodes, once per policy. What does not depend on the request or the entities is computed here;
/// what fails stays a node that fails, because Cedar reports it only when evaluation reaches it.
/// </summary>
readonly struct Compiler(CedarExperiments experiments)
{
    // Constants are computed against a request and a store that nothing looks at.
    static readonly Request Nobody = new(
        new EntityUid("None", ""), new EntityUid("None", ""), new EntityUid("None", ""), CedarRecord.Empty);

    /// <summary>One node for all conditions of a policy, from the left, each of them a Bool.</summary>
    public Node Compile(ImmutableArray<Condition> conditions, SourcePosition position)
    {
        var nodes = new Node[conditions.Length];
        for (var i = 0; i < nodes.Length; i++)
        {
            var body = Compile(conditions[i].Body);
            nodes[i] = conditions[i].IsUnless ? Negated(body, conditions[i].Position) : body;
        }
        return nodes.Length == 1 ? nodes[0] : CompileAnd(nodes, position);
    }

    public Node Compile(Expression expression)
    {
        var position = expression.Position;
        return expression switch
        {
            Expression.Literal e => new ConstantNode(e.Value, position),
            Expression.Var e => new VariableNode(e.Variable, position),
            Expression.If e => CompileIf(e),
            Expression.And e => CompileAnd(CompileAll(e.Operands), position),
            Expression.Or e => CompileOr(CompileAll(e.Operands), position),
            Expression.Unary e => CompileUnary(e),
            Expression.Binary e => CompileBinary(e),
            Expression.Has e => CompileHas(e),
            Expression.Get e => CompileGet(e),
            Expression.Like e => Fold(Compile(e.Operand), operand => new LikeNode(operand, e.Pattern, position)),
            Expression.Is e => CompileIs(e),
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

    Node CompileIf(Expression.If e)
    {
        var condition = Compile(e.Condition);
        if (IsConstant(condition, true))
            return Compile(e.Then);
        if (IsConstant(condition, false))
            return Compile(e.Else);
        return new IfNode(condition, Compile(e.Then), Compile(e.Else), e.Position);
    }

    static Node CompileAnd(Node[] operands, SourcePosition position)
    {
        var kept = Reached(operands, end: false);
        if (kept.Length == 0)
            return new ConstantNode(CedarBool.True, position);
        return kept.Length == 1 && (kept[0] is Predicate || IsConstant(kept[0], false))
            ? kept[0]
            : new AndNode(kept, position);
    }

    static Node CompileOr(Node[] operands, SourcePosition position)
    {
        var kept = Reached(operands, end: true);
        if (kept.Length == 0)
            return new ConstantNode(CedarBool.False, position);
        return kept.Length == 1 && (kept[0] is Predicate || IsConstant(kept[0], true))
            ? kept[0]
            : new OrNode(kept, position);
    }

    // Without the constants that say nothing, and without what stands behind a constant that ends the evaluation.
    static Node[] Reached(Node[] operands, bool end)
    {
        var kept = new List<Node>(operands.Length);
        foreach (var operand in operands)
        {
            if (!IsConstant(operand, !end))
                kept.Add(operand);
            if (IsConstant(operand, end))
                break;
        }
        return kept.Count == operands.Length ? operands : [.. kept];
    }

    Node CompileUnary(Expression.Unary e)
    {
        var operand = Compile(e.Operand);
        return e.Operator switch
        {
            UnaryOperator.Not => Negated(operand, e.Position),
            UnaryOperator.Negate => Fold(operand, node => new NegateNode(node, e.Position)),
            _ => Fold(operand, node => new IsEmptyNode(node, e.Position)),
        };
    }

    static Node Negated(Node operand, SourcePosition position) => Fold(operand, node => new NotNode(node, position));

    Node CompileBinary(Expression.Binary e)
    {
        var (left, right, position) = (Compile(e.Left), Compile(e.Right), e.Position);
        Node node = e.Operator switch
        {
            BinaryOperator.Equal => new EqualNode(left, right, negated: false, position),
            BinaryOperator.NotEqual => new EqualNode(left, right, negated: true, position),
            BinaryOperator.Less or BinaryOperator.LessEqual or BinaryOperator.Greater or BinaryOperator.GreaterEqual =>
                new CompareNode(e.Operator, left, right, position),
            BinaryOperator.Add or BinaryOperator.Subtract or BinaryOperator.Multiply =>
                new ArithmeticNode(e.Operator, left, right, position),
            BinaryOperator.Contains => new ContainsNode(left, right, position),
            BinaryOperator.ContainsAll => new CompareSetsNode(all: true, left, right, position),
            BinaryOperator.ContainsAny => new CompareSetsNode(all: false, left, right, position),
            BinaryOperator.In => new InNode(left, right, position),
            BinaryOperator.HasTag => new HasTagNode(left, right, position),
            BinaryOperator.GetTag => new GetTagNode(left, right, position),
            _ => throw new UnreachableException(e.Operator.ToString()),
        };
        var asksStore = e.Operator is BinaryOperator.In or BinaryOperator.HasTag or BinaryOperator.GetTag;
        return asksStore || right is not ConstantNode ? node : Fold(left, _ => node);
    }

    // Only a record is known here; an entity's attributes are the store's.
    Node CompileHas(Expression.Has e)
    {
        var operand = Compile(e.Operand);
        var node = new HasNode(operand, [.. e.Path], e.Position);
        return operand is ConstantNode { Value: CedarRecord } && e.Path.Length == 1 ? Fold(operand, _ => node) : node;
    }

    Node CompileGet(Expression.Get e)
    {
        var operand = Compile(e.Operand);
        var node = new GetNode(operand, e.Name, e.Position);
        return operand is ConstantNode { Value: CedarRecord } ? Fold(operand, _ => node) : node;
    }

    Node CompileIs(Expression.Is e)
    {
        var operand = Compile(e.Operand);
        return e.Container is null
            ? Fold(operand, node => new IsNode(node, e.EntityType, null, e.Position))
            : new IsNode(operand, e.EntityType, Compile(e.Container), e.Position);
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
        return Constants(arguments) is null ? call : Fold(arguments[0], _ => call);
    }

    /// <summary>
    /// The node over this operand, computed when the operand is a constant. The caller sees to it that nothing else
    /// in the node depends on the request or the store.
    /// </summary>
    static Node Fold(Node operand, Func<Node, Node> over)
    {
        var node = over(operand);
        if (operand is not ConstantNode)
            return node;
        var value = node.Evaluate(new Frame(Nobody, EntityStore.Empty));
        return value is null ? node : new ConstantNode(value, node.Position);
    }

    static bool IsConstant(Node node, bool value) =>
        node is ConstantNode constant && ReferenceEquals(constant.Value, CedarBool.Of(value));

    static Value[]? Constants(Node[] nodes)
    {
        var values = new Value[nodes.Length];
        for (var i = 0; i < nodes.Length; i++)
        {
            if (nodes[i] is not ConstantNode constant)
                return null;
            values[i] = constant.Value;
        }
        return values;
    }
}
