using System.Collections.Immutable;
using System.Diagnostics;

namespace Writ.Cedar;

/// <summary>Comparison, arithmetic, hierarchy, sets and extension functions.</summary>
sealed partial class TypeChecker
{
    const string OrderedTypes = "Long, datetime or duration";

    TypeAnswer CheckBinary(PolicyTerm.Binary term, Capabilities known)
    {
        switch (term.Operator)
        {
            case BinaryOperator.Equal:
                return CheckEqual(term, known);
            case BinaryOperator.Less:
            case BinaryOperator.LessEqual:
            case BinaryOperator.Greater:
            case BinaryOperator.GreaterEqual:
                return CheckOrder(term, known);
            case BinaryOperator.In:
                var subject = Expect(term.Left, known, WantedType.Entity, TypeHints.ForInSubject);
                return CheckIn(term.Left, subject, term.Right, known);
            case BinaryOperator.Add:
            case BinaryOperator.Subtract:
            case BinaryOperator.Multiply:
                var hint = TypeHints.ForArithmetic(term.Operator);
                var left = Expect(term.Left, known, WantedType.Long, hint);
                var right = Expect(term.Right, known, WantedType.Long, hint);
                return new TypeAnswer(CedarType.Long, true).After(left).After(right);
            case BinaryOperator.Contains:
                return CheckContains(term, known);
            case BinaryOperator.ContainsAll:
            case BinaryOperator.ContainsAny:
                return CheckContainsSet(term, known);
            default:
                throw new UnreachableException(term.Operator.ToString());
        }
    }

    TypeAnswer CheckEqual(PolicyTerm.Binary term, Capabilities known)
    {
        var left = Check(term.Left, known);
        var right = Check(term.Right, known);
        var type = TypeOfEqual(term, left.Type, right.Type);
        var answer = new TypeAnswer(type, true);
        if (ReferenceEquals(type, CedarType.AnyBool)
            && !AreComparable(left.Type, right.Type, term.Position, "both sides of '=='"))
            answer = TypeAnswer.Failed(type);
        return answer.After(left).After(right);
    }

    CedarType.Bool TypeOfEqual(PolicyTerm.Binary term, CedarType? left, CedarType? right)
    {
        if (left is CedarType.Entity one && right is CedarType.Entity other && !one.Names.Any(other.Has))
            return CedarType.False;
        if (ConstantOf(term.Left) is not { } first || ConstantOf(term.Right) is not { } second)
            return CedarType.AnyBool;
        return first.Equals(second) ? CedarType.True : CedarType.False;
    }

    // The action of a request is known, because there is a kind of request for each.
    Value? ConstantOf(PolicyTerm term) => term switch
    {
        PolicyTerm.Literal literal => literal.Value,
        PolicyTerm.Var { Variable: Variable.Action } => _environment.Action.Uid,
        _ => null,
    };

    /// <summary>
    /// Strict mode wants one type on both sides of a comparison. An unknown type was reported already.
    /// </summary>
    bool AreComparable(CedarType? left, CedarType? right, SourcePosition position, string what)
    {
        if (_mode != ValidationMode.Strict || left is null || right is null
            || _lattice.Join(left, right, out var mismatch) is not null)
            return true;
        ReportIncompatible(left, right, position, what, mismatch);
        return false;
    }

    TypeAnswer CheckOrder(PolicyTerm.Binary term, Capabilities known)
    {
        var left = Check(term.Left, known);
        var right = Check(term.Right, known);
        if (left.Type is null || right.Type is null || !AreOrdered(term, left.Type, right.Type))
            return TypeAnswer.Failed(CedarType.AnyBool);
        return new TypeAnswer(CedarType.AnyBool, true).After(left).After(right);
    }

    bool AreOrdered(PolicyTerm.Binary term, CedarType left, CedarType right)
    {
        if (left.Equals(right) && IsOrdered(left))
            return true;
        if (ReferenceEquals(right, CedarType.Long) || (IsOrdered(right) && !IsOrdered(left)))
        {
            ReportUnexpected(term.Left, right.ToString(), left);
        }
        else if (IsOrdered(left))
        {
            ReportUnexpected(term.Right, left.ToString(), right);
        }
        else
        {
            ReportUnexpected(term.Left, OrderedTypes, left);
            ReportUnexpected(term.Right, OrderedTypes, right);
        }
        return false;
    }

    static bool IsOrdered(CedarType type) =>
        ReferenceEquals(type, CedarType.Long) || type is CedarType.Extension { IsOrdered: true };

    TypeAnswer CheckIn(PolicyTerm subject, TypeAnswer left, PolicyTerm container, Capabilities known)
    {
        var right = Expect(container, known, WantedType.EntityOrEntities, TypeHints.ForInContainer);
        if (!left.IsSound || !right.IsSound)
            return TypeAnswer.Failed(CedarType.AnyBool);
        if (ConstantOf(subject) is EntityUid action && Names.IsActionType(action.Type) && IsConstant(container))
            return new TypeAnswer(IsActionInAny(action, container) ? CedarType.True : CedarType.False, true);
        var above = right.Type is CedarType.Set set ? set.Element : right.Type;
        var isPossible = left.Type is not CedarType.Entity low || above is not CedarType.Entity high
            || MayBeIn(low.Names, high.Names);
        return new TypeAnswer(isPossible ? CedarType.AnyBool : CedarType.False, true);
    }

    bool MayBeIn(ImmutableArray<string> low, ImmutableArray<string> high)
    {
        foreach (var name in low)
        {
            _budget.Spend(high.Length);
            if (_budget.IsSpent || high.Any(group => MayBeIn(name, group)))
                return true;
        }
        return false;
    }

    /// <summary>Whether the term is an entity written out, the action, or a set of such.</summary>
    bool IsConstant(PolicyTerm term) => term is PolicyTerm.Set set
        ? set.Elements.All(element => ConstantOf(element) is EntityUid)
        : ConstantOf(term) is EntityUid;

    bool IsActionInAny(EntityUid action, PolicyTerm constant) => constant is PolicyTerm.Set set
        ? set.Elements.Any(element => IsActionInAny(action, element))
        : ConstantOf(constant) is EntityUid group && Names.IsActionType(group.Type)
            && _schema.IsActionIn(action, group);

    bool MayBeIn(string entityType, string container) =>
        _schema.IsTypeIn(entityType, container) || _schema.IsActionTypeIn(entityType, container);

    TypeAnswer CheckContains(PolicyTerm.Binary term, Capabilities known)
    {
        var set = Expect(term.Left, known, WantedType.Set, TypeHints.ForContains);
        var element = Check(term.Right, known);
        var held = (set.Type as CedarType.Set)?.Element;
        var isSound = AreComparable(
            held, element.Type, term.Position, "the elements and the argument of 'contains'");
        return new TypeAnswer(CedarType.AnyBool, isSound).After(set).After(element);
    }

    TypeAnswer CheckContainsSet(PolicyTerm.Binary term, Capabilities known)
    {
        var set = Expect(term.Left, known, WantedType.Set, TypeHints.ForContains);
        var other = Expect(term.Right, known, WantedType.Set, TypeHints.ForContainsArgument);
        var isSound = AreComparable(set.Type, other.Type, term.Position, "both sets of 'containsAll' or 'containsAny'");
        return new TypeAnswer(CedarType.AnyBool, isSound).After(set).After(other);
    }

    TypeAnswer CheckLike(PolicyTerm.Like term, Capabilities known) =>
        new TypeAnswer(CedarType.AnyBool, true)
            .After(Expect(term.Operand, known, WantedType.String, TypeHints.ForLike));

    TypeAnswer CheckIs(PolicyTerm.Is term, Capabilities known)
    {
        var operand = Expect(term.Operand, known, WantedType.Entity, TypeHints.ForIs);
        var answer = TypeAnswer.Failed(CedarType.AnyBool);
        if (operand.Type is CedarType.Entity entity)
        {
            var type = !entity.Has(term.EntityType) ? CedarType.False
                : entity.Single is null ? CedarType.AnyBool : CedarType.True;
            answer = new TypeAnswer(type, true).After(operand);
        }
        if (term.Container is null || answer.IsFalse)
            return answer;
        return And(answer, CheckIn(term.Operand, operand, term.Container, known));
    }

    TypeAnswer CheckCall(PolicyTerm.Call term, Capabilities known)
    {
        var (wanted, result) = ExtensionSignature.Of(term.Function);
        var isVariadic = term.Function == ExtensionFunction.IsInRange
            && _experiments.HasFlag(CedarExperiments.VariadicIsInRange);
        var isCallable = HasArguments(term, wanted.Length, isVariadic);
        isCallable &= !ExtensionFunctions.IsConstructor(term.Function) || IsConstructible(term);
        var isSound = true;
        for (var i = 0; i < term.Arguments.Length; i++)
        {
            var answer = isCallable
                ? Expect(term.Arguments[i], known, wanted[Math.Min(i, wanted.Length - 1)])
                : Check(term.Arguments[i], known);
            isSound &= answer.IsSound;
        }
        return new TypeAnswer(result, isSound && isCallable);
    }

    bool HasArguments(PolicyTerm.Call term, int wanted, bool isVariadic)
    {
        var found = term.Arguments.Length;
        if (isVariadic ? found >= wanted : found == wanted)
            return true;
        var (name, least) = (ExtensionFunctions.Spelling(term.Function), isVariadic ? "at least " : "");
        // A method's receiver is its first argument; people do not count it.
        var receiver = ExtensionFunctions.IsConstructor(term.Function) ? 0 : 1;
        var message = FormattableString.Invariant(
            $"'{name}' takes {least}{wanted - receiver} argument(s), found {found - receiver}");
        // How a value is written shows how many there are.
        var hint = receiver == 0 ? TypeHints.ForConstructor(term.Function) : null;
        _findings.Error(ValidationCodes.ArgumentCount, term.Position, message, hint);
        return false;
    }

    bool IsConstructible(PolicyTerm.Call term)
    {
        var name = ExtensionFunctions.Spelling(term.Function);
        var isSound = true;
        if (term.Arguments is [PolicyTerm.Literal { Value: CedarString text }]
            && ExtensionCall.Apply(term.Function, text, null).Value is null)
        {
            _findings.Error(
                ValidationCodes.ArgumentValue,
                term.Position,
                $"{text} is no value of type {ExtensionSignature.Of(term.Function).Result}",
                TypeHints.ForConstructor(term.Function));
            isSound = false;
        }
        if (_mode == ValidationMode.Strict && term.Arguments.Any(argument => argument is not PolicyTerm.Literal))
        {
            _findings.Error(
                ValidationCodes.ComputedConstructor,
                term.Position,
                $"'{name}' takes only a text that is written out here",
                "make the value where the entities or the context are made");
            isSound = false;
        }
        return isSound;
    }
}
