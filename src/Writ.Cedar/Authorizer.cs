using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// Cedar's authorization: default deny, forbid wins, a policy that fails is left out and reported. Pure: the same three
/// arguments always give the same answer. Every policy is evaluated, so that reasons and errors are complete.
/// </summary>
public static class Authorizer
{
    public static Answer Decide(PolicySet policies, Request request, EntityStore entities)
    {
        var frame = new Frame(request, entities);
        ImmutableArray<Policy>.Builder? permits = null;
        ImmutableArray<Policy>.Builder? forbids = null;
        ImmutableArray<PolicyError>.Builder? errors = null;
        foreach (var policy in policies.Policies)
        {
            if (!policy.Scope.Matches(frame))
                continue;
            var truth = policy.Condition.Test(frame);
            if (truth == Truth.True)
                Add(ref policy.Effect == Effect.Permit ? ref permits : ref forbids, policy);
            else if (truth == Truth.Error)
                Add(ref errors, new PolicyError(policy, frame.Error!));
        }
        return new Answer(
            permits?.DrainToImmutable() ?? [], forbids?.DrainToImmutable() ?? [], errors?.DrainToImmutable() ?? []);
    }

    // Most decisions have no forbid and no error, so that a list is made only for the first of its kind.
    static void Add<T>(ref ImmutableArray<T>.Builder? list, T item)
    {
        list ??= ImmutableArray.CreateBuilder<T>(1);
        list.Add(item);
    }
}
