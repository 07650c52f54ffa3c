using System.Diagnostics;

namespace Writ.Cedar;

/// <summary>What can be asked about one place alone: comparisons with constants.</summary>
abstract record PlaceTest
{
    PlaceTest()
    {
    }

    /// <summary>The answer for a value that is there, as evaluation gives it: true, false, or an error.</summary>
    public abstract Truth Ask(Value value);

    public sealed record EqualTo(Value Constant) : PlaceTest
    {
        public override Truth Ask(Value value) => Of(value.Equals(Constant));
    }

    /// <summary><c>&lt;</c> and its like with a Long, datetime or duration.</summary>
    public sealed record Ordered(BinaryOperator Operator, Value Constant) : PlaceTest
    {
        public override Truth Ask(Value value)
        {
            if (value.GetType() != Constant.GetType() || Numbers.Of(value) is not { } number)
                return Truth.Error;
            var limit = Numbers.Of(Constant)!.Value;
            return Of(Operator switch
            {
                BinaryOperator.Less => number < limit,
                BinaryOperator.LessEqual => number <= limit,
                BinaryOperator.Greater => number > limit,
                _ => number >= limit,
            });
        }
    }

    public sealed record Like(Pattern Pattern) : PlaceTest
    {
        public override Truth Ask(Value value) =>
            value is CedarString text ? Of(Pattern.Matches(text.Value)) : Truth.Error;
    }

    public sealed record Contains(Value Element) : PlaceTest
    {
        public override Truth Ask(Value value) => value is CedarSet set ? Of(set.Contains(Element)) : Truth.Error;
    }

    /// <summary>Whether all elements are among these.</summary>
    public sealed record Within(CedarSet All) : PlaceTest
    {
        public override Truth Ask(Value value) => value is CedarSet set ? Of(All.ContainsAll(set)) : Truth.Error;
    }

    public sealed record Empty : PlaceTest
    {
        public override Truth Ask(Value value) => value is CedarSet set ? Of(set.Count == 0) : Truth.Error;
    }

    /// <summary>A function of decimals or addresses; the second argument is there when it takes one.</summary>
    public sealed record Called(ExtensionFunction Function, Value? Argument) : PlaceTest
    {
        public override Truth Ask(Value value) => ExtensionCall.Apply(Function, value, Argument).Value switch
        {
            CedarBool truth => Of(truth.Value),
            _ => Truth.Error,
        };
    }

    public sealed record OfType(string EntityType) : PlaceTest
    {
        public override Truth Ask(Value value) =>
            value is EntityUid uid ? Of(uid.Type == EntityType) : Truth.Error;
    }

    /// <summary>Whether it is the entity or in it. What it is in is chosen together with what it is.</summary>
    public sealed record In(EntityUid Container) : PlaceTest
    {
        public override Truth Ask(Value value) => throw new UnreachableException(nameof(In));
    }

    /// <summary>Whether it has this attribute or tag. What it has is chosen together with what it is.</summary>
    public sealed record Has(PlaceStep Step) : PlaceTest
    {
        public override Truth Ask(Value value) => throw new UnreachableException(nameof(Has));
    }

    static Truth Of(bool value) => value ? Truth.True : Truth.False;
}

/// <summary>The types that are counted: each value is a 64-bit integer.</summary>
static class Numbers
{
    public static long? Of(Value value) => value switch
    {
        CedarLong number => number.Value,
        CedarDatetime time => time.Milliseconds,
        CedarDuration duration => duration.Milliseconds,
        CedarDecimal number => number.TenThousandths,
        _ => null,
    };
}
