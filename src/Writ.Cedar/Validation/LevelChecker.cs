using System.Collections.Immutable;
using System.Diagnostics;

namespace Writ.Cedar;

/// <summary>
/// Counts how many entities in a row a policy looks into (RFC 76), after the type checker has given the types under one
/// kind of request: what has no type is never evaluated there and does not count.
/// </summary>
sealed class LevelChecker(int max, CedarType?[] types, FindingCollector findings, ValidationBudget budget)
{
    readonly bool[] _isChecked = new bool[types.Length];
    EntityUid? _action;

    public void Check(PolicyTerm.All policy, EntityUid action)
    {
        Array.Clear(_isChecked);
        _action = action;
        Check(policy.Operands);
    }

    void Check(ImmutableArray<PolicyTerm> terms)
    {
        foreach (var term in terms)
            Check(term);
    }

    void Check(PolicyTerm term)
    {
        budget.Spend(1);
        if (types[term.Number] is null || _isChecked[term.Number] || budget.IsSpent)
            return;
        _isChecked[term.Number] = true;
        switch (term)
        {
            case PolicyTerm.Binary { Operator: BinaryOperator.In } t:
                LookInto(t.Left, t.Position);
                Check(t.Right);
                break;
            case PolicyTerm.Is { Container: { } container } t:
                LookInto(t.Operand, t.Position);
                Check(container);
                break;
            case PolicyTerm.Tag t:
                LookInto(t.Owner, t.Position);
                Check(t.Name);
                break;
            case PolicyTerm.Has t:
                CheckHas(t);
                break;
            case PolicyTerm.Get t when types[t.Operand.Number] is CedarType.Entity:
                LookInto(t.Operand, t.Position);
                break;
            default:
                Check(PartsOf(term));
                break;
        }
    }

    static ImmutableArray<PolicyTerm> PartsOf(PolicyTerm term) => term switch
    {
        PolicyTerm.Literal or PolicyTerm.Var or PolicyTerm.Slot => [],
        PolicyTerm.If t => [t.Condition, t.Then, t.Else],
        PolicyTerm.And t => t.Operands,
        PolicyTerm.Or t => t.Operands,
        PolicyTerm.Unary t => [t.Operand],
        PolicyTerm.Binary t => [t.Left, t.Right],
        PolicyTerm.Get t => [t.Operand],
        PolicyTerm.Like t => [t.Operand],
        PolicyTerm.Is t => [t.Operand],
        PolicyTerm.Set t => t.Elements,
        PolicyTerm.Record t => t.Values,
        PolicyTerm.Call t => t.Arguments,
        _ => throw new UnreachableException(term.GetType().Name),
    };

    void CheckHas(PolicyTerm.Has term)
    {
        if (types[term.Number] is CedarType.Record)
            Check(term.Operand);
        for (var i = 0; i < term.Path.Length && types[term.Number + i] is not null; i++)
        {
            if (types[term.Number + i] is not CedarType.Entity)
                continue;
            budget.Spend(i);
            if (budget.IsSpent)
                return;
            var (behind, path) = (0, ImmutableStack<string>.Empty);
            for (var j = i - 1; j >= 0; j--)
            {
                if (types[term.Number + j] is CedarType.Entity)
                    behind++;
                else
                    path = path.Push(term.Path[j]);
            }
            Compare(LevelOf(term.Operand, path) + behind, term.Position);
        }
    }

    /// <summary>Looks into the entity that a term gives: its attributes, tags or ancestors.</summary>
    void LookInto(PolicyTerm entity, SourcePosition position)
    {
        if (types[entity.Number] is CedarType.Entity)
            Compare(LevelOf(entity, ImmutableStack<string>.Empty), position);
    }

    void Compare(int level, SourcePosition position)
    {
        if (level >= max)
            findings.Error(
                ValidationCodes.Level,
                position,
                FormattableString.Invariant($"the policy looks {level + 1} entities deep, more than the {max} allowed"),
                "pass what it needs in the context");
    }

    /// <summary>
    /// How many entities must be looked into to get at the entity that a term gives, or that is behind a path of
    /// attributes in the record that it gives.
    /// </summary>
    int LevelOf(PolicyTerm term, ImmutableStack<string> path)
    {
        budget.Spend(1);
        switch (term)
        {
            case PolicyTerm.If t:
                Check(t.Condition);
                return Math.Max(LevelOfReached(t.Then, path), LevelOfReached(t.Else, path));
            case PolicyTerm.Get t when types[t.Operand.Number] is CedarType.Entity:
                return LevelOf(t.Operand, path) + 1;
            case PolicyTerm.Get t:
                return LevelOf(t.Operand, path.Push(t.Name));
            case PolicyTerm.Tag t:
                Check(t.Name);
                return LevelOf(t.Owner, path) + 1;
            case PolicyTerm.Record t when !path.IsEmpty:
                return LevelOfField(t, path);
            case PolicyTerm.Literal { Value: EntityUid uid } when !uid.Equals(_action):
            case PolicyTerm.Slot:
                findings.Error(
                    ValidationCodes.LevelOfLiteral,
                    term.Position,
                    "an entity written out in the policy is looked into, which no level allows",
                    "look into the principal, the resource or the context");
                return 0;
            default:
                return 0;
        }
    }

    int LevelOfReached(PolicyTerm term, ImmutableStack<string> path) =>
        types[term.Number] is null || budget.IsSpent ? 0 : LevelOf(term, path);

    int LevelOfField(PolicyTerm.Record record, ImmutableStack<string> path)
    {
        var rest = path.Pop(out var name);
        var level = 0;
        for (var i = 0; i < record.Names.Length; i++)
        {
            if (record.Names[i] == name)
                level = LevelOf(record.Values[i], rest);
            else
                Check(record.Values[i]);
        }
        return level;
    }
}
