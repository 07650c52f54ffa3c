using System.Collections.Immutable;
using System.Diagnostics;

namespace Writ.Cedar;

/// <summary>
/// Gives every term of a policy a type, under one kind of request at a time, by the typing rules of Cedar 4.5: what is
/// always true or false by its type cuts off what is never evaluated, and <c>has</c> before an access makes it safe.
/// </summary>
sealed partial class TypeChecker
{
    readonly CedarSchema _schema;
    readonly ValidationMode _mode;
    readonly CedarExperiments _experiments;
    readonly ValidationBudget _budget;
    readonly FindingCollector _findings;
    readonly TypeLattice _lattice;
    readonly Suggestions _suggestions;
    readonly CedarType?[]? _types;
    readonly List<TypeAnswer> _answers = [];
    RequestEnvironment _environment;
    CedarType _principal = CedarType.Never;
    CedarType _resource = CedarType.Never;
    CedarType _action = CedarType.Never;
    CedarType? _principalSlot;
    CedarType? _resourceSlot;

    /// <param name="types">
    /// When somebody wants them, the types by number: nothing for what is never evaluated under the kind of request, or
    /// has an error instead of a type.
    /// </param>
    public TypeChecker(
        CedarSchema schema,
        ValidationMode mode,
        CedarExperiments experiments,
        ValidationBudget budget,
        FindingCollector findings,
        Suggestions suggestions,
        CedarType?[]? types)
    {
        _schema = schema;
        _mode = mode;
        _experiments = experiments;
        _budget = budget;
        _findings = findings;
        _lattice = new TypeLattice(mode, budget);
        _suggestions = suggestions;
        _types = types;
    }

    public TypeAnswer Check(
        PolicyTerm.All policy, RequestEnvironment environment, string? principalSlot, string? resourceSlot)
    {
        _environment = environment;
        _principal = _schema.TypeOf(environment.PrincipalType);
        _resource = _schema.TypeOf(environment.ResourceType);
        _action = _schema.TypeOf(environment.Action.Uid.Type);
        _principalSlot = principalSlot is null ? null : _schema.TypeOf(principalSlot);
        _resourceSlot = resourceSlot is null ? null : _schema.TypeOf(resourceSlot);
        if (_types is not null)
            Clear(_types);
        return CheckAll(policy.Operands);
    }

    void Clear(CedarType?[] types)
    {
        const int ClearedPerStep = 16;
        _budget.Spend(types.Length / ClearedPerStep);
        Array.Clear(types);
    }

    void Remember(int number, CedarType? type)
    {
        if (_types is not null)
            _types[number] = type;
    }

    TypeAnswer Check(PolicyTerm term, Capabilities known)
    {
        _budget.Spend(1);
        if (_budget.IsSpent)
            return TypeAnswer.Failed();
        var answer = term switch
        {
            PolicyTerm.Literal t => CheckLiteral(t.Value),
            PolicyTerm.Var t => CheckVariable(t.Variable),
            PolicyTerm.Slot t => CheckSlot(t),
            PolicyTerm.If t => CheckIf(t, known),
            PolicyTerm.And t => CheckAnd(t.Operands, known),
            PolicyTerm.Or t => CheckOr(t.Operands, known),
            PolicyTerm.Unary t => CheckUnary(t, known),
            PolicyTerm.Binary t => CheckBinary(t, known),
            PolicyTerm.Has t => CheckHas(t, known),
            PolicyTerm.Get t => CheckGet(t, known),
            PolicyTerm.Tag t => CheckTag(t, known),
            PolicyTerm.Like t => CheckLike(t, known),
            PolicyTerm.Is t => CheckIs(t, known),
            PolicyTerm.Set t => CheckSet(t, known),
            PolicyTerm.Record t => CheckRecord(t, known),
            PolicyTerm.Call t => CheckCall(t, known),
            _ => throw new UnreachableException(term.GetType().Name),
        };
        if (term is not PolicyTerm.Has)
            Remember(term.Number, answer.Type);
        return answer;
    }

    /// <summary>Checks a term of which only some types are taken; another type is an error and forgotten.</summary>
    TypeAnswer Expect(PolicyTerm term, Capabilities known, WantedType wanted, Func<CedarType, string?>? hint = null)
    {
        var answer = Check(term, known);
        if (answer.Type is null || wanted.Takes(answer.Type))
            return answer;
        ReportUnexpected(term, wanted.Text, answer.Type, hint?.Invoke(answer.Type));
        return TypeAnswer.Failed();
    }

    void ReportUnexpected(PolicyTerm term, string wanted, CedarType found, string? hint = null) => _findings.Error(
        ValidationCodes.UnexpectedType, term.Position, $"expected {wanted}, found a value of type {Show(found)}", hint);

    TypeAnswer CheckLiteral(Value value)
    {
        switch (value)
        {
            case CedarBool { Value: true }:
                return new TypeAnswer(CedarType.True, true);
            case CedarBool:
                return new TypeAnswer(CedarType.False, true);
            case CedarLong:
                return new TypeAnswer(CedarType.Long, true);
            case CedarString:
                return new TypeAnswer(CedarType.String, true);
            case EntityUid uid:
                // An unknown entity type or action is reported once per policy, elsewhere.
                var isKnown = Names.IsActionType(uid.Type)
                    ? _schema.TryGetAction(uid, out _)
                    : _schema.TryGetEntityType(uid.Type, out _);
                return isKnown ? new TypeAnswer(_schema.TypeOf(uid.Type), true) : TypeAnswer.Failed();
            default:
                throw new UnreachableException(value.TypeName);
        }
    }

    TypeAnswer CheckVariable(Variable variable) => new(
        variable switch
        {
            Variable.Principal => _principal,
            Variable.Action => _action,
            Variable.Resource => _resource,
            _ => _environment.Action.Context,
        },
        true);

    TypeAnswer CheckSlot(PolicyTerm.Slot slot) => new(
        (slot.Of == Variable.Principal ? _principalSlot : _resourceSlot)
            ?? throw new UnreachableException("a slot without a type"),
        true);

    TypeAnswer CheckIf(PolicyTerm.If term, Capabilities known)
    {
        var condition = Expect(term.Condition, known, WantedType.Bool);
        if (condition.IsTrue)
        {
            var only = Check(term.Then, known.Or(condition.Proven));
            return (only with { Proven = ProvenBy(only).Or(condition.Proven) }).After(only).After(condition);
        }
        if (condition.IsFalse)
            return Check(term.Else, known).After(condition);
        var then = Check(term.Then, known.Or(condition.Proven));
        var otherwise = Check(term.Else, known);
        if (then.Type is null || otherwise.Type is null)
            return TypeAnswer.Failed();
        if (Join([then.Type, otherwise.Type], term.Position, "both branches of a condition") is not { } type)
            return TypeAnswer.Failed();
        var proven = ProvenBy(then).Or(condition.Proven).And(ProvenBy(otherwise));
        return new TypeAnswer(type, true, proven).After(then).After(otherwise).After(condition);
    }

    static Capabilities ProvenBy(TypeAnswer answer) => answer.IsSound ? answer.Proven : default;

    TypeAnswer CheckAnd(ImmutableArray<PolicyTerm> operands, Capabilities known)
    {
        var left = Expect(operands[0], known, WantedType.Bool);
        for (var i = 1; i < operands.Length && !left.IsFalse; i++)
            left = And(left, Expect(operands[i], known.Or(left.Proven), WantedType.Bool));
        return left.IsFalse ? left with { Proven = default } : left;
    }

    /// <summary>
    /// As <see cref="CheckAnd"/>, joined from the right: a part with an error hides no false after it.
    /// </summary>
    TypeAnswer CheckAll(ImmutableArray<PolicyTerm> operands)
    {
        _answers.Clear();
        Capabilities known = default;
        foreach (var operand in operands)
        {
            var answer = Expect(operand, known, WantedType.Bool);
            _answers.Add(answer);
            known = known.Or(answer.Proven);
            if (answer.IsFalse)
                break;
        }
        var all = _answers[^1];
        for (var i = _answers.Count - 2; i >= 0; i--)
            all = And(_answers[i], all);
        return all;
    }

    static TypeAnswer And(TypeAnswer left, TypeAnswer right)
    {
        if (left.Type is null || right.Type is null)
            return TypeAnswer.Failed(CedarType.AnyBool);
        if (right.IsFalse)
            return new TypeAnswer(CedarType.False, true).After(left).After(right);
        var type = right.IsTrue ? left.Type : left.IsTrue ? right.Type : CedarType.AnyBool;
        return new TypeAnswer(type, true, left.Proven.Or(right.Proven)).After(left).After(right);
    }

    TypeAnswer CheckOr(ImmutableArray<PolicyTerm> operands, Capabilities known)
    {
        var left = Expect(operands[0], known, WantedType.Bool);
        for (var i = 1; i < operands.Length && !left.IsTrue; i++)
            left = Or(left, Expect(operands[i], known, WantedType.Bool));
        return left;
    }

    static TypeAnswer Or(TypeAnswer left, TypeAnswer right)
    {
        if (left.Type is null || right.Type is null)
            return TypeAnswer.Failed(CedarType.AnyBool);
        var answer = (left, right) switch
        {
            _ when right.IsTrue => new TypeAnswer(CedarType.True, true, right.Proven),
            _ when right.IsFalse => new TypeAnswer(left.Type, true, left.Proven),
            _ when left.IsFalse => new TypeAnswer(right.Type, true, right.Proven),
            _ => new TypeAnswer(CedarType.AnyBool, true, left.Proven.And(right.Proven)),
        };
        return answer.After(left).After(right);
    }

    TypeAnswer CheckUnary(PolicyTerm.Unary term, Capabilities known)
    {
        switch (term.Operator)
        {
            case UnaryOperator.Not:
                var operand = Expect(term.Operand, known, WantedType.Bool);
                var type = operand.IsTrue ? CedarType.False : operand.IsFalse ? CedarType.True : CedarType.AnyBool;
                return new TypeAnswer(type, operand.Type is not null).After(operand);
            case UnaryOperator.Negate:
                return new TypeAnswer(CedarType.Long, true).After(Expect(term.Operand, known, WantedType.Long));
            default:
                var set = Expect(term.Operand, known, WantedType.Set, TypeHints.ForIsEmpty);
                return new TypeAnswer(CedarType.AnyBool, true).After(set);
        }
    }

    TypeAnswer CheckSet(PolicyTerm.Set term, Capabilities known)
    {
        var isSound = true;
        var types = ImmutableArray.CreateBuilder<CedarType?>(term.Elements.Length);
        foreach (var element in term.Elements)
        {
            var answer = Check(element, known);
            isSound &= answer.IsSound;
            types.Add(answer.Type);
        }
        if (types.Count == 0 && _mode == ValidationMode.Strict)
        {
            _findings.Error(
                ValidationCodes.EmptySet,
                term.Position,
                "the empty set is not allowed here, because its type is not known",
                "use isEmpty() to ask whether a set is empty");
            return TypeAnswer.Failed();
        }
        if (types.Contains(null))
            return TypeAnswer.Failed();
        return Join(types.MoveToImmutable()!, term.Position, "the elements of a set") is { } type
            ? new TypeAnswer(CedarType.SetOf(type), isSound)
            : TypeAnswer.Failed();
    }

    TypeAnswer CheckRecord(PolicyTerm.Record term, Capabilities known)
    {
        const int StepsPerAttribute = 4;
        _budget.Spend(StepsPerAttribute * term.Names.Length);
        var isSound = true;
        var attributes = ImmutableArray.CreateBuilder<CedarAttribute>(term.Names.Length);
        for (var i = 0; i < term.Names.Length; i++)
        {
            var answer = Check(term.Values[i], known);
            isSound &= answer.IsSound;
            if (answer.Type is not null)
                attributes.Add(new CedarAttribute(term.Names[i], answer.Type));
        }
        return attributes.Count == term.Names.Length
            ? new TypeAnswer(CedarType.RecordOf(attributes), isSound)
            : TypeAnswer.Failed();
    }

    /// <summary>The common type of types side by side; when there is none, that is reported.</summary>
    CedarType? Join(ImmutableArray<CedarType> types, SourcePosition position, string what)
    {
        var joined = CedarType.Never;
        foreach (var type in types)
        {
            if (_lattice.Join(joined, type, out var mismatch) is not { } wider)
            {
                ReportIncompatible(joined, type, position, what, mismatch);
                return null;
            }
            joined = wider;
        }
        return joined;
    }

    void ReportIncompatible(
        CedarType first, CedarType second, SourcePosition position, string what, TypeMismatch why) =>
        _findings.Error(
            ValidationCodes.IncompatibleTypes,
            position,
            $"{what} must have one type, found {Show(first)} and {Show(second)}",
            TypeHints.For(why));

    static string Show(CedarType type)
    {
        const int ShownMax = 200;
        const int SizeShownMax = 100;
        const int NamesShownMax = 5;
        if (type is CedarType.Entity { Names.Length: > NamesShownMax } entity)
        {
            var first = string.Join(", ", entity.Names.Take(NamesShownMax));
            return FormattableString.Invariant($"{first} or {entity.Names.Length - NamesShownMax} others");
        }
        if (type.Size > SizeShownMax)
            return type is CedarType.Set ? "a large set type" : "a large record type";
        var text = type.ToString();
        return text.Length <= ShownMax ? text : string.Concat(text.AsSpan(0, ShownMax), "...");
    }
}
