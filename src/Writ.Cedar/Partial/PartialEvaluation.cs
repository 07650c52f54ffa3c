using System.Collections.Immutable;
using System.Diagnostics;

namespace Writ.Cedar;

/// <summary>
/// Evaluates expressions as far as what is known goes (the idea of RFC 95). Operations on known values are done by the
/// same nodes that full evaluation uses; types only ever turn what is left into a value, never a value into another.
/// Recursion is bounded by the height of the expression.
/// </summary>
sealed partial class PartialEvaluation
{
    static readonly EntityUid Nobody = new("None", "");

    readonly PartialRequest _request;
    readonly PartialEntities _entities;
    readonly Compiler _compiler;
    readonly Frame _frame;
    readonly CedarType.Record? _contextType;
    readonly CedarRecord? _knownContext;
    readonly CedarType _principalType;
    readonly CedarType _resourceType;

    public PartialEvaluation(PartialRequest request, PartialEntities entities, CedarExperiments experiments)
    {
        _request = request;
        _entities = entities;
        _compiler = new Compiler(experiments);
        // No node that looks at the request is ever run.
        _frame = new Frame(new Request(Nobody, Nobody, Nobody, CedarRecord.Empty), entities.Store);
        _knownContext = request.Context.ToKnown();
        ActionDeclaration? declaration = null;
        if (request.Action.Uid is { } action && request.Schema?.TryGetAction(action, out declaration) == true)
            _contextType = declaration.Context;
        _principalType = TypeOf(request.Principal, declaration?.PrincipalTypes);
        _resourceType = TypeOf(request.Resource, declaration?.ResourceTypes);
    }

    public Outcome Evaluate(Expression expression) => expression switch
    {
        Expression.Literal e => Outcome.Known(e.Value, e.Position),
        Expression.Var e => Variable(e),
        Expression.If e => If(e),
        Expression.And e => Chain(e, e.Operands, end: false),
        Expression.Or e => Chain(e, e.Operands, end: true),
        Expression.Unary { Operator: UnaryOperator.Not } e => Not(e),
        Expression.Unary e => Unary(e),
        Expression.Binary e => Binary(e),
        Expression.Has e => Has(e),
        Expression.Get e => Get(e),
        Expression.Like e => Like(e),
        Expression.Is e => Is(e),
        Expression.Set e => Set(e),
        Expression.Record e => Record(e),
        Expression.Call e => Call(e),
        _ => throw new UnreachableException(expression.GetType().Name),
    };

    /// <summary>
    /// Evaluates where Cedar wants a Bool. What is left may turn out to be none, if its type is not known.
    /// </summary>
    public Outcome Test(Expression expression)
    {
        var outcome = Evaluate(expression);
        if (outcome.Value is { } value and not CedarBool)
        {
            // Written so that it fails at any place, also where the value alone would be welcome.
            var position = expression.Position;
            ImmutableArray<Expression> operands = [outcome.Rest, new Expression.Literal(CedarBool.True, position)];
            return Outcome.Failed(
                new EvaluationError(EvaluationFault.Type, position, "bool", value),
                new Expression.And(operands, position));
        }
        return outcome.IsOpen && !outcome.IsBool
            ? Outcome.Open(outcome.Rest, outcome.Type, mayFail: true)
            : outcome;
    }

    Outcome Variable(Expression.Var e) => e.Variable switch
    {
        Cedar.Variable.Principal => Variable(e, _request.Principal, _principalType),
        Cedar.Variable.Action => Variable(e, _request.Action, TypeOf(_request.Action, null)),
        Cedar.Variable.Resource => Variable(e, _request.Resource, _resourceType),
        _ when _knownContext is not null => Outcome.Known(_knownContext, e.Position),
        _ => Outcome.Open(e, _contextType ?? CedarType.AnyRecord, mayFail: false, _request.Context),
    };

    static Outcome Variable(Expression.Var e, PartialEntity entity, CedarType type) =>
        entity.Uid is { } uid ? Outcome.Known(uid, e.Position) : Outcome.Open(e, type, mayFail: false);

    /// <summary>Its type, or those that the action applies to.</summary>
    static CedarType TypeOf(PartialEntity entity, ImmutableArray<string>? possible)
    {
        if (entity.Type is { } known)
            return CedarType.OfEntity(known);
        return possible is { IsEmpty: false } types
            ? new CedarType.Entity(types.Sort(StringComparer.Ordinal))
            : CedarType.AnyEntity;
    }

    Outcome If(Expression.If e)
    {
        var condition = Test(e.Condition);
        if (condition.Error is not null)
            return condition;
        if (!condition.IsOpen)
            return Evaluate(condition.IsTrue ? e.Then : e.Else);
        var (then, otherwise) = (Evaluate(e.Then), Evaluate(e.Else));
        if (!condition.MayFail && then.Value is not null && then.Value.Equals(otherwise.Value))
            return then;
        var rest = new Expression.If(condition.Rest, then.Rest, otherwise.Rest, e.Position);
        var type = then.Type is not null && then.Type.Equals(otherwise.Type) ? then.Type : null;
        return Outcome.Open(rest, type, condition.MayFail || then.MayFail || otherwise.MayFail);
    }

    /// <summary><c>&amp;&amp;</c>, which a false operand ends, and <c>||</c>, which a true one ends.</summary>
    Outcome Chain(Expression e, ImmutableArray<Expression> operands, bool end)
    {
        var left = ImmutableArray.CreateBuilder<Expression>();
        var (mayFail, allBool) = (false, true);
        foreach (var operand in operands)
        {
            var outcome = Test(operand);
            if (outcome.Value is not null && outcome.IsTrue != end)
                continue;
            // Behind this operand nothing is reached. Before it, something may fail first.
            var ends = !outcome.IsOpen;
            if (ends && (left.Count == 0 || (outcome.Value is not null && !mayFail)))
                return outcome;
            left.Add(outcome.Rest);
            mayFail |= outcome.MayFail;
            allBool &= outcome.IsBool;
            if (ends)
                break;
        }
        if (left.Count == 0)
            return Outcome.Known(!end, e.Position);
        if (left.Count == 1 && allBool)
            return Outcome.Open(left[0], CedarType.AnyBool, mayFail);
        // One operand of an unknown type stays in the operator, which fails if it is no Bool.
        if (left.Count == 1)
            left.Add(new Expression.Literal(CedarBool.Of(!end), e.Position));
        Expression rest = end
            ? new Expression.Or(left.DrainToImmutable(), e.Position)
            : new Expression.And(left.DrainToImmutable(), e.Position);
        return Outcome.Open(rest, CedarType.AnyBool, mayFail);
    }

    Outcome Not(Expression.Unary e)
    {
        var operand = Test(e.Operand);
        if (operand.Error is not null)
            return operand;
        if (!operand.IsOpen)
            return Outcome.Known(operand.IsFalse, e.Position);
        return Outcome.Open(
            new Expression.Unary(e.Operator, operand.Rest, e.Position), CedarType.AnyBool, operand.MayFail);
    }

    Outcome Unary(Expression.Unary e)
    {
        var operand = Evaluate(e.Operand);
        if (operand.Error is not null)
            return operand;
        var rest = new Expression.Unary(e.Operator, operand.Rest, e.Position);
        if (!operand.IsOpen)
            return Compute(rest);
        return e.Operator == UnaryOperator.IsEmpty
            ? Outcome.Open(rest, CedarType.AnyBool, operand.MayFail || !KnownTypes.IsSet(operand.Type))
            : Outcome.Open(rest, CedarType.Long, mayFail: true);
    }

    Outcome Binary(Expression.Binary e)
    {
        var (left, right) = (Evaluate(e.Left), Evaluate(e.Right));
        // Both sides are always evaluated, so the error of either is one of the whole.
        if (left.Error is not null)
            return left;
        if (right.Error is not null)
            return right;
        var rest = new Expression.Binary(e.Operator, left.Rest, right.Rest, e.Position);
        if (!left.IsOpen && !right.IsOpen && !AsksForUnknown(e.Operator, left.Value!, right.Value!))
            return Compute(rest);
        var mayFail = left.MayFail || right.MayFail;
        switch (e.Operator)
        {
            case BinaryOperator.Equal or BinaryOperator.NotEqual:
                return !mayFail && KnownTypes.AreApart(left.Type, right.Type)
                    ? Outcome.Known(e.Operator == BinaryOperator.NotEqual, e.Position)
                    : Outcome.Open(rest, CedarType.AnyBool, mayFail);
            case BinaryOperator.In:
                return In(left, right, rest);
            case >= BinaryOperator.Less and <= BinaryOperator.GreaterEqual:
                return Outcome.Open(
                    rest, CedarType.AnyBool, mayFail || !KnownTypes.AreOrdered(left.Type, right.Type));
            case BinaryOperator.Contains:
                return Outcome.Open(rest, CedarType.AnyBool, mayFail || !KnownTypes.IsSet(left.Type));
            case BinaryOperator.ContainsAll or BinaryOperator.ContainsAny:
                return Outcome.Open(
                    rest, CedarType.AnyBool, mayFail || !KnownTypes.IsSet(left.Type) || !KnownTypes.IsSet(right.Type));
            case BinaryOperator.HasTag:
                return HasTag(left, right, rest);
            case BinaryOperator.GetTag:
                return Outcome.Open(rest, TagTypeOf(left.Type), mayFail: true);
            default:
                return Outcome.Open(rest, CedarType.Long, mayFail: true);
        }
    }

    Outcome In(Outcome left, Outcome right, Expression.Binary rest)
    {
        var mayFail = left.MayFail || right.MayFail
            || !KnownTypes.IsEntity(left.Type) || !KnownTypes.IsEntityOrEntities(right.Type);
        return !mayFail && IsNeverIn(left.Type, right)
            ? Outcome.Known(false, rest.Position)
            : Outcome.Open(rest, CedarType.AnyBool, mayFail);
    }

    Outcome HasTag(Outcome left, Outcome right, Expression.Binary rest)
    {
        var mayFail = left.MayFail || right.MayFail
            || !KnownTypes.IsEntity(left.Type) || !ReferenceEquals(right.Type, CedarType.String);
        var never = left.Type is CedarType.Entity entity && entity.Names.All(name =>
            _request.Schema?.TryGetEntityType(name, out var declaration) == true && declaration.Tags is null);
        return never && !mayFail
            ? Outcome.Known(false, rest.Position)
            : Outcome.Open(rest, CedarType.AnyBool, mayFail);
    }

    Outcome Like(Expression.Like e)
    {
        var operand = Evaluate(e.Operand);
        if (operand.Error is not null)
            return operand;
        var rest = new Expression.Like(operand.Rest, e.Pattern, e.Position);
        return operand.IsOpen
            ? Outcome.Open(rest, CedarType.AnyBool, operand.MayFail || !ReferenceEquals(operand.Type, CedarType.String))
            : Compute(rest);
    }

    Outcome Set(Expression.Set e)
    {
        var elements = e.Elements.Select(Evaluate).ToImmutableArray();
        if (elements.FirstOrDefault(element => element.Error is not null) is { } failed)
            return failed;
        var rest = new Expression.Set([.. elements.Select(element => element.Rest)], e.Position);
        if (!elements.Any(element => element.IsOpen))
            return Compute(rest);
        var type = elements.All(element => KnownTypes.IsEntity(element.Type))
            ? CedarType.SetOf(CedarType.AnyEntity)
            : CedarType.AnySet;
        return Outcome.Open(rest, type, elements.Any(element => element.MayFail));
    }

    Outcome Record(Expression.Record e)
    {
        var fields = e.Fields.Select(field => (field.Name, Outcome: Evaluate(field.Value))).ToImmutableArray();
        foreach (var (_, outcome) in fields)
            if (outcome.Error is not null)
                return outcome;
        var rest = new Expression.Record([.. fields.Select(field => (field.Name, field.Outcome.Rest))], e.Position);
        return fields.Any(field => field.Outcome.IsOpen)
            ? Outcome.Open(rest, CedarType.AnyRecord, fields.Any(field => field.Outcome.MayFail))
            : Compute(rest);
    }

    Outcome Call(Expression.Call e)
    {
        // A wrong number of arguments fails before any of them is evaluated.
        if (_compiler.Compile(e) is FailNode)
            return Compute(e);
        var arguments = e.Arguments.Select(Evaluate).ToImmutableArray();
        if (arguments.FirstOrDefault(argument => argument.Error is not null) is { } failed)
            return failed;
        var rest = new Expression.Call(e.Function, [.. arguments.Select(argument => argument.Rest)], e.Position);
        if (!arguments.Any(argument => argument.IsOpen))
            return Compute(rest);
        var (result, of) = KnownTypes.Signature(e.Function);
        var mayFail = of is null || arguments.Any(argument => argument.MayFail || !of.Equals(argument.Type));
        return Outcome.Open(rest, result, mayFail);
    }

    /// <summary>Runs an operation on known values.</summary>
    Outcome Compute(Expression expression)
    {
        var value = _compiler.Compile(expression).Evaluate(_frame);
        return value is null
            ? Outcome.Failed(_frame.Error!, expression)
            : Outcome.Known(value, expression.Position);
    }
}
