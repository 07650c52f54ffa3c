using System.Collections.Immutable;
using System.Diagnostics;

namespace Writ.Cedar;

/// <summary>
/// Makes one <see cref="PolicyTerm"/> of a policy, once for all kinds of request that it is checked against. Every
/// operand becomes one term even where the meaning of the source would repeat it, so that the work stays in proportion
/// to the text.
/// </summary>
sealed class PolicyTermBuilder
{
    const int WordAnd = 1;
    const int WordOr = 2;
    const int WordIf = 3;
    const int WordHas = 4;
    const int WordGet = 5;
    const int WordLike = 6;
    const int WordIs = 7;
    const int WordSet = 8;
    const int WordRecord = 9;
    const int WordField = 10;
    const int WordSlot = 11;
    const int WordVariable = 12;
    const int WordLiteral = 13;
    const int WordUnary = 100;
    const int WordBinary = 200;
    const int WordCall = 300;

    readonly Dictionary<(int Word, object? Detail, int First, int Second), int> _shapes = [];
    readonly Dictionary<(int Owner, int Name, bool IsTag), int> _capabilities = [];
    readonly List<PolicyTerm> _terms = [];
    int _numbers;

    /// <summary>Every term of the policy, parts before wholes.</summary>
    public IReadOnlyList<PolicyTerm> Terms => _terms;

    /// <summary>All numbers are below this one.</summary>
    public int NumbersEnd => _numbers;

    public int CapabilityCount => _capabilities.Count;

    /// <summary>All that must hold for the policy to apply: its scope, then its conditions.</summary>
    public PolicyTerm.All Build(PolicySyntax policy)
    {
        var operands = ImmutableArray.CreateBuilder<PolicyTerm>(policy.Conditions.Length + 3);
        operands.Add(Scope(policy.Principal, Variable.Principal));
        operands.Add(Scope(policy.Action));
        operands.Add(Scope(policy.Resource, Variable.Resource));
        foreach (var condition in policy.Conditions)
        {
            var body = Build(condition.Body);
            operands.Add(condition.IsUnless ? Unary(UnaryOperator.Not, body, condition.Position) : body);
        }
        return new PolicyTerm.All(operands.MoveToImmutable(), policy.Position, Next());
    }

    PolicyTerm Scope(EntityScope scope, Variable variable)
    {
        var at = scope.Position;
        if (scope.Operator == ScopeOperator.Any)
            return Literal(CedarBool.True, at);
        var subject = Var(variable, at);
        PolicyTerm? entity = scope.IsSlot ? Slot(variable, at) : scope.Uid is null ? null : Literal(scope.Uid, at);
        return scope.Operator switch
        {
            ScopeOperator.Equal => Binary(BinaryOperator.Equal, subject, entity!, at),
            ScopeOperator.In => Binary(BinaryOperator.In, subject, entity!, at),
            _ => Is(subject, scope.EntityType!, entity, at),
        };
    }

    PolicyTerm Scope(ActionScope scope)
    {
        var at = scope.Position;
        if (scope.Operator == ScopeOperator.Any)
            return Literal(CedarBool.True, at);
        var subject = Var(Variable.Action, at);
        if (scope.Operator == ScopeOperator.Equal)
            return Binary(BinaryOperator.Equal, subject, Literal(scope.Uids[0], at), at);
        var groups = Set([.. scope.Uids.Select(uid => Literal(uid, at))], at);
        return Binary(BinaryOperator.In, subject, groups, at);
    }

    PolicyTerm Build(Expression expression)
    {
        var at = expression.Position;
        return expression switch
        {
            Expression.Literal e => Literal(e.Value, at),
            Expression.Var e => Var(e.Variable, at),
            Expression.If e => If(Build(e.Condition), Build(e.Then), Build(e.Else), at),
            Expression.And e => And(Build(e.Operands), at),
            Expression.Or e => Or(Build(e.Operands), at),
            Expression.Unary e => Unary(e.Operator, Build(e.Operand), at),
            Expression.Binary e => Binary(e.Operator, Build(e.Left), Build(e.Right), at),
            Expression.Has e => Has(Build(e.Operand), e.Path, at),
            Expression.Get e => Get(Build(e.Operand), e.Name, at),
            Expression.Like e => Like(Build(e.Operand), e.Pattern, at),
            Expression.Is e => Is(Build(e.Operand), e.EntityType, e.Container is null ? null : Build(e.Container), at),
            Expression.Set e => Set(Build(e.Elements), at),
            Expression.Record e => Record(e, at),
            Expression.Call e => Call(e.Function, Build(e.Arguments), at),
            _ => throw new UnreachableException(expression.GetType().Name),
        };
    }

    ImmutableArray<PolicyTerm> Build(ImmutableArray<Expression> expressions)
    {
        var terms = ImmutableArray.CreateBuilder<PolicyTerm>(expressions.Length);
        foreach (var expression in expressions)
            terms.Add(Build(expression));
        return terms.MoveToImmutable();
    }

    PolicyTerm Literal(Value value, SourcePosition at) =>
        Add(new PolicyTerm.Literal(value, at, Next(), Shape(WordLiteral, value)));

    PolicyTerm Var(Variable variable, SourcePosition at) =>
        Add(new PolicyTerm.Var(variable, at, Next(), Shape(WordVariable, variable)));

    PolicyTerm Slot(Variable of, SourcePosition at) =>
        Add(new PolicyTerm.Slot(of, at, Next(), Shape(WordSlot, of)));

    PolicyTerm If(PolicyTerm condition, PolicyTerm then, PolicyTerm otherwise, SourcePosition at)
    {
        var branches = Shape(WordIf, null, then.Shape, otherwise.Shape);
        var shape = Shape(WordIf, "", condition.Shape, branches);
        return Add(new PolicyTerm.If(condition, then, otherwise, at, Next(), shape));
    }

    // The reference implementation computes constants joined by && or ||, and the result is again a constant to ==.
    PolicyTerm And(ImmutableArray<PolicyTerm> operands, SourcePosition at)
    {
        operands = JoinConstants(operands, (left, right) => left && right, at);
        if (operands.Length == 1)
            return operands[0];
        var shape = operands[0].Shape;
        for (var i = 1; i < operands.Length; i++)
            shape = Shape(WordAnd, null, shape, operands[i].Shape);
        return Add(new PolicyTerm.And(operands, at, Next(), shape));
    }

    PolicyTerm Or(ImmutableArray<PolicyTerm> operands, SourcePosition at)
    {
        operands = JoinConstants(operands, (left, right) => left || right, at);
        if (operands.Length == 1)
            return operands[0];
        var shape = operands[0].Shape;
        for (var i = 1; i < operands.Length; i++)
            shape = Shape(WordOr, null, shape, operands[i].Shape);
        return Add(new PolicyTerm.Or(operands, at, Next(), shape));
    }

    // Joining goes from the left, so that only constants at the beginning meet.
    ImmutableArray<PolicyTerm> JoinConstants(
        ImmutableArray<PolicyTerm> operands, Func<bool, bool, bool> join, SourcePosition at)
    {
        if (operands[0] is not PolicyTerm.Literal { Value: CedarBool { Value: var joined } })
            return operands;
        var count = 1;
        for (; count < operands.Length; count++)
        {
            if (operands[count] is not PolicyTerm.Literal { Value: CedarBool next })
                break;
            joined = join(joined, next.Value);
        }
        return count == 1 ? operands : [Literal(CedarBool.Of(joined), at), .. operands.AsSpan(count..)];
    }

    PolicyTerm Unary(UnaryOperator op, PolicyTerm operand, SourcePosition at) =>
        Add(new PolicyTerm.Unary(op, operand, at, Next(), Shape(WordUnary + (int)op, null, operand.Shape)));

    PolicyTerm Binary(BinaryOperator op, PolicyTerm left, PolicyTerm right, SourcePosition at)
    {
        if (op == BinaryOperator.NotEqual)
            return Unary(UnaryOperator.Not, Binary(BinaryOperator.Equal, left, right, at), at);
        var shape = Shape(WordBinary + (int)op, null, left.Shape, right.Shape);
        if (op is not (BinaryOperator.HasTag or BinaryOperator.GetTag))
            return Add(new PolicyTerm.Binary(op, left, right, at, Next(), shape));
        var capability = Capability(left.Shape, right.Shape, isTag: true);
        return Add(new PolicyTerm.Tag(op == BinaryOperator.GetTag, left, right, capability, at, Next(), shape));
    }

    PolicyTerm Has(PolicyTerm operand, ImmutableArray<string> path, SourcePosition at)
    {
        var proves = ImmutableArray.CreateBuilder<int>(path.Length);
        var (owner, shape) = (operand.Shape, 0);
        foreach (var name in path)
        {
            proves.Add(Capability(owner, NameShape(name), isTag: false));
            var step = Shape(WordHas, name, owner);
            shape = proves.Count == 1 ? step : Shape(WordAnd, null, shape, step);
            owner = Shape(WordGet, name, owner);
        }
        var number = Next(path.Length);
        return Add(new PolicyTerm.Has(operand, path, proves.MoveToImmutable(), at, number, shape));
    }

    PolicyTerm Get(PolicyTerm operand, string name, SourcePosition at)
    {
        var needs = Capability(operand.Shape, NameShape(name), isTag: false);
        return Add(new PolicyTerm.Get(operand, name, needs, at, Next(), Shape(WordGet, name, operand.Shape)));
    }

    PolicyTerm Like(PolicyTerm operand, Pattern pattern, SourcePosition at)
    {
        var shape = operand.Shape;
        foreach (var part in pattern.Parts)
            shape = Shape(WordLike, part, shape);
        return Add(new PolicyTerm.Like(operand, pattern, at, Next(), Shape(WordLike, null, shape)));
    }

    PolicyTerm Is(PolicyTerm operand, string entityType, PolicyTerm? container, SourcePosition at)
    {
        var shape = Shape(WordIs, entityType, operand.Shape);
        if (container is not null)
        {
            var inside = Shape(WordBinary + (int)BinaryOperator.In, null, operand.Shape, container.Shape);
            shape = Shape(WordAnd, null, shape, inside);
        }
        return Add(new PolicyTerm.Is(operand, entityType, container, at, Next(), shape));
    }

    PolicyTerm Set(ImmutableArray<PolicyTerm> elements, SourcePosition at) =>
        Add(new PolicyTerm.Set(elements, at, Next(), ListShape(WordSet, elements)));

    // Fields in the order of their names, because the order of the source does not matter to the value.
    PolicyTerm Record(Expression.Record e, SourcePosition at)
    {
        var fields = e.Fields.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        var names = fields.Select(field => field.Name).ToImmutableArray();
        var values = Build([.. fields.Select(field => field.Value)]);
        var shape = Shape(WordRecord, null);
        for (var i = 0; i < names.Length; i++)
            shape = Shape(WordField, names[i], shape, values[i].Shape);
        return Add(new PolicyTerm.Record(names, values, at, Next(), shape));
    }

    PolicyTerm Call(ExtensionFunction function, ImmutableArray<PolicyTerm> arguments, SourcePosition at) =>
        Add(new PolicyTerm.Call(function, arguments, at, Next(), ListShape(WordCall + (int)function, arguments)));

    PolicyTerm Add(PolicyTerm term)
    {
        _terms.Add(term);
        return term;
    }

    int Next(int count = 1)
    {
        var first = _numbers;
        _numbers += count;
        return first;
    }

    int Capability(int owner, int name, bool isTag)
    {
        if (!_capabilities.TryGetValue((owner, name, isTag), out var number))
            _capabilities.Add((owner, name, isTag), number = _capabilities.Count);
        return number;
    }

    int NameShape(string name) => Shape(WordField, name);

    int ListShape(int word, ImmutableArray<PolicyTerm> parts)
    {
        var shape = Shape(word, null);
        foreach (var part in parts)
            shape = Shape(word, "", shape, part.Shape);
        return shape;
    }

    int Shape(int word, object? detail, int first = -1, int second = -1)
    {
        if (!_shapes.TryGetValue((word, detail, first, second), out var shape))
            _shapes.Add((word, detail, first, second), shape = _shapes.Count);
        return shape;
    }
}
