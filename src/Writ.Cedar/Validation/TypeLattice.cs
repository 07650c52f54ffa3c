using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>Why two types have no common one.</summary>
enum TypeMismatch
{
    Different,
    AttributeNames,
    AttributeRequired,
    EntityTypes,
    EntityAndRecord,
}

/// <summary>
/// How types relate: which fits where another is wanted, and what two of them have in common. In strict mode records
/// have the same attributes and entities the same type; in permissive mode a common type may know less.
/// </summary>
sealed class TypeLattice(ValidationMode mode, ValidationBudget budget)
{
    bool IsStrict => mode == ValidationMode.Strict;

    public bool IsSubtype(CedarType type, CedarType of)
    {
        if (ReferenceEquals(type, of) || ReferenceEquals(type, CedarType.Never))
            return true;
        budget.Spend(1);
        return (type, of) switch
        {
            (CedarType.Bool, CedarType.Bool wider) => wider.Only is null,
            (CedarType.Set set, CedarType.Set wider) => IsSubtype(set.Element, wider.Element),
            (CedarType.Record record, CedarType.Record wider) => IsSubtype(record, wider),
            (CedarType.Entity entity, CedarType.Entity wider) =>
                IsStrict ? entity.Equals(wider) : IsSubset(entity, wider),
            _ => false,
        };
    }

    /// <summary>The least type that both fit in, or nothing and why there is none.</summary>
    public CedarType? Join(CedarType first, CedarType second, out TypeMismatch mismatch)
    {
        mismatch = TypeMismatch.Different;
        if (IsSubtype(first, second))
            return second;
        if (IsSubtype(second, first))
            return first;
        switch (first, second)
        {
            case (CedarType.Bool, CedarType.Bool):
                return CedarType.AnyBool;
            case (CedarType.Set one, CedarType.Set other):
                return Join(one.Element, other.Element, out mismatch) is { } element ? CedarType.SetOf(element) : null;
            case (CedarType.Record one, CedarType.Record other):
                return Join(one, other, out mismatch);
            case (CedarType.Entity one, CedarType.Entity other) when !IsStrict:
                return new CedarType.Entity(Union(one.Names, other.Names));
            case (CedarType.Entity, CedarType.Entity):
                mismatch = TypeMismatch.EntityTypes;
                return null;
            case (CedarType.Entity, CedarType.Record):
            case (CedarType.Record, CedarType.Entity):
                mismatch = TypeMismatch.EntityAndRecord;
                return null;
            default:
                return null;
        }
    }

    bool IsSubset(CedarType.Entity entity, CedarType.Entity wider)
    {
        if (entity.Names.Length > wider.Names.Length)
            return false;
        budget.Spend(entity.Names.Length);
        return entity.Names.All(wider.Has);
    }

    bool IsSubtype(CedarType.Record record, CedarType.Record wider)
    {
        if (record.IsOpen && !wider.IsOpen)
            return false;
        var isWide = wider.IsOpen && !IsStrict;
        if (!isWide && record.Attributes.Length != wider.Attributes.Length)
            return false;
        budget.Spend(wider.Attributes.Length);
        foreach (var attribute in wider.Attributes)
        {
            if (record.Find(attribute.Name) is not { } own)
                return false;
            var fits = IsStrict ? own.IsRequired == attribute.IsRequired : own.IsRequired || !attribute.IsRequired;
            if (!fits || !IsSubtype(own.Type, attribute.Type))
                return false;
        }
        return true;
    }

    CedarType.Record? Join(CedarType.Record first, CedarType.Record second, out TypeMismatch mismatch)
    {
        const int StepsPerRecord = 8;
        mismatch = TypeMismatch.AttributeNames;
        budget.Spend(StepsPerRecord + first.Attributes.Length);
        if (IsStrict && first.Attributes.Length != second.Attributes.Length)
            return null;
        var common = ImmutableArray.CreateBuilder<CedarAttribute>();
        foreach (var attribute in first.Attributes)
        {
            if (Join(attribute, second.Find(attribute.Name), out mismatch) is { } both)
                common.Add(both);
            else if (IsStrict)
                return null;
        }
        var isWhole = common.Count == first.Attributes.Length && common.Count == second.Attributes.Length;
        return new CedarType.Record(common, isOpen: first.IsOpen || second.IsOpen || !isWhole);
    }

    /// <summary>What is known of an attribute that two records may have.</summary>
    public CedarAttribute? Join(CedarAttribute first, CedarAttribute? second, out TypeMismatch mismatch)
    {
        mismatch = TypeMismatch.AttributeNames;
        if (second is null || Join(first.Type, second.Type, out mismatch) is not { } type)
            return null;
        mismatch = TypeMismatch.AttributeRequired;
        if (IsStrict && first.IsRequired != second.IsRequired)
            return null;
        return new CedarAttribute(first.Name, type, first.IsRequired && second.IsRequired);
    }

    // Both are in order, and so is the union.
    ImmutableArray<string> Union(ImmutableArray<string> first, ImmutableArray<string> second)
    {
        budget.Spend(first.Length + second.Length);
        var names = ImmutableArray.CreateBuilder<string>(first.Length + second.Length);
        for (int i = 0, j = 0; i < first.Length || j < second.Length;)
        {
            var order = i == first.Length ? 1 : j == second.Length ? -1 : string.CompareOrdinal(first[i], second[j]);
            names.Add(order <= 0 ? first[i] : second[j]);
            i += order <= 0 ? 1 : 0;
            j += order >= 0 ? 1 : 0;
        }
        return names.DrainToImmutable();
    }
}
