using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Writ.Cedar;

/// <summary>
/// Cedar's authorization: default deny, forbid wins, a policy that fails is left out and reported. Pure: the same three
/// arguments always give the same answer. Every policy that may apply is evaluated, so that reasons and errors are
/// complete; those whose scope names other actions or entities cost nothing.
/// </summary>
public static class Authorizer
{
    const int WordBits = 64;

    public static Answer Decide(PolicySet policies, Request request, EntityStore entities)
    {
        var frame = new Frame(request, entities);
        var index = policies.Index;
        // At most CedarLimits.PoliciesMax bits.
        Span<ulong> marks = stackalloc ulong[index.Words];
        index.Mark(frame, marks);
        return Evaluate(policies.Policies.AsSpan(), frame, marks);
    }

    /// <summary>Leaves only the bits of the satisfied policies, and makes the answer of them.</summary>
    static Answer Evaluate(ReadOnlySpan<Policy> policies, Frame frame, Span<ulong> marks)
    {
        var (permits, forbids) = (0, 0);
        List<PolicyError>? errors = null;
        for (var word = 0; word < marks.Length; word++)
        {
            for (var rest = marks[word]; rest != 0; rest &= rest - 1)
            {
                var policy = policies[word * WordBits + BitOperations.TrailingZeroCount(rest)];
                var truth = policy.Scope.MatchesEntities(frame) ? policy.Condition.Test(frame) : Truth.False;
                if (truth == Truth.True)
                {
                    _ = policy.Effect == Effect.Permit ? permits++ : forbids++;
                    continue;
                }
                marks[word] &= ~rest | (rest - 1);
                if (truth == Truth.Error)
                    (errors ??= []).Add(new PolicyError(policy, frame.Error!));
            }
        }
        var satisfiedPermits = Collect(policies, marks, Effect.Permit, permits);
        var satisfiedForbids = Collect(policies, marks, Effect.Forbid, forbids);
        return new Answer(satisfiedPermits, satisfiedForbids, errors is null ? [] : [.. errors]);
    }

    static ImmutableArray<Policy> Collect(
        ReadOnlySpan<Policy> policies, ReadOnlySpan<ulong> marks, Effect effect, int count)
    {
        if (count == 0)
            return [];
        var satisfied = new Policy[count];
        var next = 0;
        for (var word = 0; word < marks.Length; word++)
        {
            for (var rest = marks[word]; rest != 0; rest &= rest - 1)
            {
                var policy = policies[word * WordBits + BitOperations.TrailingZeroCount(rest)];
                if (policy.Effect == effect)
                    satisfied[next++] = policy;
            }
        }
        return ImmutableCollectionsMarshal.AsImmutableArray(satisfied);
    }
}
