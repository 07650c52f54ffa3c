using System.Collections.Immutable;
using System.Diagnostics;

namespace Writ.Cedar;

/// <summary>When an expression is true and when it is false, as literals; when neither, it fails.</summary>
readonly record struct Encoded(int IsTrue, int IsFalse)
{
    public Encoded Negated => new(IsFalse, IsTrue);
}

/// <summary>
/// Writes conditions as formulas over questions about places. A condition that is about two places, or that computes
/// something, is not understood: it stands for itself, may be anything, and is remembered.
/// </summary>
sealed class ConditionEncoding(Circuit circuit, PlaceMap places)
{
    readonly Dictionary<(Place, PlaceTest), PlaceQuestion> _questions = [];
    readonly Dictionary<string, Encoded> _notUnderstood = new(StringComparer.Ordinal);
    readonly Dictionary<string, Pattern> _patterns = new(StringComparer.Ordinal);

    /// <summary>The places that conditions which are not understood speak of.</summary>
    public HashSet<Place> Opaque { get; } = [];

    public bool IsComplete => _notUnderstood.Count == 0;

    public IEnumerable<PlaceQuestion> Questions => _questions.Values;

    public int QuestionCount => _questions.Count;

    public Encoded Condition(Expression expression)
    {
        switch (expression)
        {
            case Expression.Literal { Value: CedarBool value }:
                return Of(value.Value);
            case Expression.And e:
                return Chain(e.Operands, end: false);
            case Expression.Or e:
                return Chain(e.Operands, end: true);
            case Expression.Unary { Operator: UnaryOperator.Not } e:
                return Condition(e.Operand).Negated;
            case Expression.If e:
                var (condition, then, otherwise) = (Condition(e.Condition), Condition(e.Then), Condition(e.Else));
                int Either(int first, int second) => circuit.Or(
                    circuit.And(condition.IsTrue, first), circuit.And(condition.IsFalse, second));
                return new Encoded(Either(then.IsTrue, otherwise.IsTrue), Either(then.IsFalse, otherwise.IsFalse));
            case Expression.Get or Expression.Binary { Operator: BinaryOperator.GetTag }:
                // A value where a Bool is wanted.
                return places.Find(expression) is { } place
                    ? new Encoded(
                        Ask(place, new PlaceTest.EqualTo(CedarBool.True)).IsTrue,
                        Ask(place, new PlaceTest.EqualTo(CedarBool.False)).IsTrue)
                    : NotUnderstood(expression);
            default:
                return Leaf(expression) ?? NotUnderstood(expression);
        }
    }

    /// <summary>From the left, until one operand has this value or fails.</summary>
    Encoded Chain(ImmutableArray<Expression> operands, bool end)
    {
        var result = Condition(operands[^1]);
        for (var i = operands.Length - 2; i >= 0; i--)
        {
            var first = Condition(operands[i]);
            result = end ? Then(first.Negated, result.Negated).Negated : Then(first, result);
        }
        return result;
    }

    Encoded Of(bool value) =>
        value ? new Encoded(circuit.True, circuit.False) : new Encoded(circuit.False, circuit.True);

    /// <summary>
    /// The same condition is the same unknown wherever it stands, so what did not change decides nothing.
    /// </summary>
    Encoded NotUnderstood(Expression expression)
    {
        if (expression is Expression.Binary binary && Ordinary(binary) is var (plain, isNegated) && plain != expression)
            return isNegated ? NotUnderstood(plain).Negated : NotUnderstood(plain);
        var text = PolicyPrinter.Print(expression);
        if (_notUnderstood.TryGetValue(text, out var known))
            return known;
        Remember(expression);
        var (isTrue, isFalse) = (circuit.NewLiteral(), circuit.NewLiteral());
        circuit.Solver.AddClause(SatSolver.Not(isTrue), SatSolver.Not(isFalse));
        known = new Encoded(isTrue, isFalse);
        _notUnderstood.Add(text, known);
        return known;
    }

    /// <summary>The comparison with <c>==</c> or <c>&lt;</c> that it is the same as, or the opposite of.</summary>
    static (Expression Plain, bool IsNegated) Ordinary(Expression.Binary e)
    {
        Expression.Binary Less(Expression left, Expression right) => new(BinaryOperator.Less, left, right, e.Position);
        return e.Operator switch
        {
            BinaryOperator.NotEqual => (new Expression.Binary(BinaryOperator.Equal, e.Left, e.Right, e.Position), true),
            BinaryOperator.Greater => (Less(e.Right, e.Left), false),
            BinaryOperator.GreaterEqual => (Less(e.Left, e.Right), true),
            BinaryOperator.LessEqual => (Less(e.Right, e.Left), true),
            _ => (e, false),
        };
    }

    void Remember(Expression expression)
    {
        if (places.Find(expression) is { } place)
            Opaque.Add(place);
        else
            foreach (var part in Parts(expression))
                Remember(part);
    }

    public static IEnumerable<Expression> Parts(Expression expression) => expression switch
    {
        Expression.If e => [e.Condition, e.Then, e.Else],
        Expression.And e => e.Operands,
        Expression.Or e => e.Operands,
        Expression.Unary e => [e.Operand],
        Expression.Binary e => [e.Left, e.Right],
        Expression.Has e => [e.Operand],
        Expression.Get e => [e.Operand],
        Expression.Like e => [e.Operand],
        Expression.Is e => e.Container is null ? [e.Operand] : [e.Operand, e.Container],
        Expression.Set e => e.Elements,
        Expression.Record e => e.Fields.Select(field => field.Value),
        Expression.Call e => e.Arguments,
        _ => [],
    };

    Encoded? Leaf(Expression expression) => expression switch
    {
        Expression.Binary { Operator: BinaryOperator.Equal } e => Equal(e.Left, e.Right),
        Expression.Binary { Operator: BinaryOperator.NotEqual } e => Equal(e.Left, e.Right)?.Negated,
        Expression.Binary { Operator: <= BinaryOperator.GreaterEqual } e => Order(e),
        Expression.Binary { Operator: BinaryOperator.In, Right: Expression.Literal { Value: var container } } e
            when places.Find(e.Left) is { } place => In(place, container),
        Expression.Binary { Operator: >= BinaryOperator.Contains and <= BinaryOperator.ContainsAny } e => Sets(e),
        Expression.Binary { Operator: BinaryOperator.HasTag, Right: Expression.Literal { Value: CedarString tag } } e
            when places.Find(e.Left) is { } place => Has(place, new PlaceStep(tag.Value, IsTag: true)),
        Expression.Unary { Operator: UnaryOperator.IsEmpty } e when places.Find(e.Operand) is { } place =>
            Ask(place, new PlaceTest.Empty()),
        Expression.Has e when places.Find(e.Operand) is { } place => Has(place, e.Path),
        Expression.Like e when places.Find(e.Operand) is { } place => Ask(place, new PlaceTest.Like(Shared(e.Pattern))),
        Expression.Is e when places.Find(e.Operand) is { } place => Is(place, e),
        Expression.Call e => Call(e),
        _ => null,
    };

    Encoded? Equal(Expression left, Expression right)
    {
        var (place, constant) = (places.Find(left), right as Expression.Literal);
        if (constant is null)
            (place, constant) = (places.Find(right), left as Expression.Literal);
        // A record is compared with all its parts, which are places of their own.
        if (place is not null && constant is { Value: not CedarRecord })
            return Ask(place, new PlaceTest.EqualTo(constant.Value));
        if (constant is { Value: CedarBool value } && IsPredicate(ReferenceEquals(constant, right) ? left : right))
        {
            var condition = Condition(ReferenceEquals(constant, right) ? left : right);
            return value.Value ? condition : condition.Negated;
        }
        return null;
    }

    static bool IsPredicate(Expression expression) => expression switch
    {
        Expression.And or Expression.Or or Expression.Has or Expression.Like or Expression.Is => true,
        Expression.Unary e => e.Operator is UnaryOperator.Not or UnaryOperator.IsEmpty,
        Expression.Binary e => e.Operator is not (BinaryOperator.Add or BinaryOperator.Subtract
            or BinaryOperator.Multiply or BinaryOperator.GetTag),
        _ => false,
    };

    Encoded? Order(Expression.Binary e)
    {
        if (places.Find(e.Left) is { } left && e.Right is Expression.Literal { Value: var right } && IsOrdered(right))
            return Ask(left, new PlaceTest.Ordered(e.Operator, right));
        if (places.Find(e.Right) is not { } place || e.Left is not Expression.Literal { Value: var limit }
            || !IsOrdered(limit))
            return null;
        return Ask(place, new PlaceTest.Ordered(e.Operator switch
        {
            BinaryOperator.Less => BinaryOperator.Greater,
            BinaryOperator.LessEqual => BinaryOperator.GreaterEqual,
            BinaryOperator.Greater => BinaryOperator.Less,
            _ => BinaryOperator.LessEqual,
        }, limit));
    }

    static bool IsOrdered(Value value) => value is CedarLong or CedarDatetime or CedarDuration;

    Encoded In(Place place, Value container)
    {
        if (container is EntityUid uid)
            return Ask(place, new PlaceTest.In(uid));
        // Whatever the left side is, it cannot be asked whether it is in this.
        if (container is not CedarSet set || !set.All(element => element is EntityUid))
            return new Encoded(circuit.False, circuit.False);
        // Of an empty set only the type of the left side is asked.
        return AnyOf(set.Select(element => Ask(place, new PlaceTest.In((EntityUid)element)))) ?? NotOne(place);
    }

    Encoded NotOne(Place place)
    {
        var type = Ask(place, new PlaceTest.OfType("None"));
        return new Encoded(circuit.False, circuit.Or(type.IsTrue, type.IsFalse));
    }

    Encoded? AnyOf(IEnumerable<Encoded> alternatives)
    {
        Encoded? any = null;
        foreach (var one in alternatives)
            any = any is { } so
                ? new Encoded(circuit.Or(so.IsTrue, one.IsTrue), circuit.And(so.IsFalse, one.IsFalse))
                : one;
        return any;
    }

    Encoded? Sets(Expression.Binary e)
    {
        var (left, right) = ((e.Left as Expression.Literal)?.Value, (e.Right as Expression.Literal)?.Value);
        if (places.Find(e.Left) is { } set && right is not null)
            return e.Operator switch
            {
                BinaryOperator.Contains => Ask(set, new PlaceTest.Contains(right)),
                _ when right is not CedarSet => null,
                BinaryOperator.ContainsAny => AnyOf(set, (CedarSet)right),
                _ => AllOf(set, (CedarSet)right),
            };
        if (places.Find(e.Right) is not { } place || left is not CedarSet constants)
            return null;
        return e.Operator switch
        {
            BinaryOperator.Contains when constants.Any(element => element is CedarRecord) => null,
            BinaryOperator.Contains =>
                AnyOf(constants.Select(element => Ask(place, new PlaceTest.EqualTo(element)))),
            BinaryOperator.ContainsAny => AnyOf(place, constants),
            _ => Ask(place, new PlaceTest.Within(constants)),
        };
    }

    Encoded AnyOf(Place set, CedarSet elements)
    {
        var empty = Ask(set, new PlaceTest.Empty());
        return AnyOf(elements.Select(element => Ask(set, new PlaceTest.Contains(element))))
            ?? new Encoded(circuit.False, circuit.Or(empty.IsTrue, empty.IsFalse));
    }

    Encoded AllOf(Place set, CedarSet elements)
    {
        var empty = Ask(set, new PlaceTest.Empty());
        return AnyOf(elements.Select(element => Ask(set, new PlaceTest.Contains(element)).Negated))?.Negated
            ?? new Encoded(circuit.Or(empty.IsTrue, empty.IsFalse), circuit.False);
    }

    Encoded Has(Place place, ImmutableArray<string> path)
    {
        var first = Has(place, new PlaceStep(path[0], IsTag: false));
        if (path.Length == 1)
            return first;
        return Then(first, Has(places.Part(place, new PlaceStep(path[0], IsTag: false)), path[1..]));
    }

    Encoded Has(Place place, PlaceStep step)
    {
        places.Part(place, step);
        return Ask(place, new PlaceTest.Has(step));
    }

    Encoded? Is(Place place, Expression.Is e)
    {
        var type = Ask(place, new PlaceTest.OfType(e.EntityType));
        if (e.Container is null)
            return type;
        if (e.Container is not Expression.Literal { Value: var container })
            return null;
        return Then(type, In(place, container));
    }

    /// <summary>The second, if the first is true; else false.</summary>
    Encoded Then(Encoded first, Encoded second) => new(
        circuit.And(first.IsTrue, second.IsTrue),
        circuit.Or(first.IsFalse, circuit.And(first.IsTrue, second.IsFalse)));

    Encoded? Call(Expression.Call e)
    {
        var isTest = e.Function is >= ExtensionFunction.LessThan and <= ExtensionFunction.IsInRange;
        if (!isTest || e.Arguments.Length != ExtensionFunctions.Arity(e.Function)
            || places.Find(e.Arguments[0]) is not { } place)
            return null;
        if (e.Arguments.Length == 1)
            return Ask(place, new PlaceTest.Called(e.Function, null));
        // An argument of the wrong type would have failed before.
        return e.Arguments[1] is Expression.Literal { Value: CedarDecimal or CedarIp } argument
            ? Ask(place, new PlaceTest.Called(e.Function, argument.Value))
            : null;
    }

    Pattern Shared(Pattern pattern)
    {
        var key = string.Join('\0', pattern.Parts.Select(part => part.Replace("\0", "\0\0", StringComparison.Ordinal)));
        if (!_patterns.TryGetValue(key, out var known))
            _patterns.Add(key, known = pattern);
        return known;
    }

    Encoded Ask(Place place, PlaceTest test)
    {
        if (!_questions.TryGetValue((place, test), out var question))
        {
            question = new PlaceQuestion(place, test, circuit.NewLiteral(), circuit.NewLiteral());
            circuit.Solver.AddClause(SatSolver.Not(question.IsTrue), SatSolver.Not(question.IsFalse));
            // Said at once, so that it need not be found out.
            if (place.IsAlwaysThere && Sorts.Of(place.Type) is { } sort && Sorts.Fits(test, sort))
                circuit.Solver.AddClause(question.IsTrue, question.IsFalse);
            Relate(question);
            _questions.Add((place, test), question);
            place.Questions.Add(question);
        }
        return new Encoded(question.IsTrue, question.IsFalse);
    }

    /// <summary>
    /// Says what answers about one text follow from each other, so that it need not be found out combination by
    /// combination. What is not said is found out.
    /// </summary>
    void Relate(PlaceQuestion question)
    {
        if (PatternRelations.Of(question.Test) is not { } pattern
            || question.Place.Questions.Count > AnalysisLimits.RelatedMax)
            return;
        foreach (var earlier in question.Place.Questions)
        {
            if (PatternRelations.Of(earlier.Test) is not { } other)
                continue;
            // Where one is true the value is a text, so that asking for the other does not fail.
            if (PatternRelations.Covers(pattern, other))
                circuit.Solver.AddClause(SatSolver.Not(earlier.IsTrue), question.IsTrue);
            if (PatternRelations.Covers(other, pattern))
                circuit.Solver.AddClause(SatSolver.Not(question.IsTrue), earlier.IsTrue);
            if (!PatternRelations.Meet(pattern, other))
            {
                circuit.Solver.AddClause(SatSolver.Not(question.IsTrue), earlier.IsFalse);
                circuit.Solver.AddClause(SatSolver.Not(earlier.IsTrue), question.IsFalse);
            }
        }
    }
}
