using System.Collections.Immutable;
using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Writ.Testing;

namespace Writ.Cedar.Tests;

/// <summary>The index only saves time: what it finds is what looking at every policy finds.</summary>
public sealed class IndexTests
{
    const int EntitiesPerType = 5;

    static readonly string[] Types = ["User", "Team", "Host"];
    static readonly string[] Conditions =
    [
        "", "when { context.n > 2 }", "when { context.nothing }", "unless { context.n == 3 }", "when { 1 < 0 }",
        "when { principal in Team::\"1\" } unless { resource.missing }", "when { principal.level > 1 }",
        "unless { true }",
    ];

    static Gen<string> Uid { get; } =
        from type in Gen.Elements(Types)
        from id in Gen.Choose(0, EntitiesPerType)
        select $"{type}::\"{id}\"";

    static Gen<string> Action { get; } = Gen.Choose(0, EntitiesPerType).Select(id => $"Action::\"{id}\"");

    static Gen<string> EntityScope(string variable) => Gen.OneOf(
        Gen.Constant(variable),
        Uid.Select(uid => $"{variable} == {uid}"),
        Uid.Select(uid => $"{variable} in {uid}"),
        Gen.Elements(Types).Select(type => $"{variable} is {type}"),
        from type in Gen.Elements(Types) from uid in Uid select $"{variable} is {type} in {uid}");

    static Gen<string> ActionScope { get; } = Gen.OneOf(
        Gen.Constant("action"),
        Action.Select(uid => $"action == {uid}"),
        Action.Select(uid => $"action in {uid}"),
        Action.ListOf().Select(uids => $"action in [{string.Join(", ", uids)}]"));

    static Gen<string> Policies { get; } = (
        from effect in Gen.Elements("permit", "forbid")
        from principal in EntityScope("principal")
        from action in ActionScope
        from resource in EntityScope("resource")
        from condition in Gen.Elements(Conditions)
        select $"{effect}({principal}, {action}, {resource}) {condition};").ListOf().Select(string.Concat);

    // Parents have a higher number, of any type; actions have actions.
    static Gen<EntityStore> Store { get; } = Gen.Choose(0, 23).Two().ListOf().Select(edges =>
    {
        static string Name(int number)
        {
            var type = number % 4 == 3 ? "Action" : Types[number % 4];
            return $"{type}::\"{(number / 4).ToString(CultureInfo.InvariantCulture)}\"";
        }
        var entities = Enumerable.Range(0, 24).Where(i => i % 7 != 6).Select(i => new Entity(
            Given.Uid(Name(i)), new RecordBuilder().Add("level", i % 3).Build(),
            [.. edges.Where(e => e.Item1 == i && e.Item2 > i && e.Item2 % 4 == 3 == (i % 4 == 3))
                .Select(e => Given.Uid(Name(e.Item2)))]));
        return EntityStore.Create(entities).Value;
    });

    static Gen<Request> Question { get; } =
        from principal in Uid
        from action in Action
        from resource in Uid
        from n in Gen.Choose(1, 4)
        select new Request(
            Given.Uid(principal), Given.Uid(action), Given.Uid(resource), new RecordBuilder().Add("n", n).Build());

    [Fact, Slow]
    public void An_indexed_set_answers_as_one_that_is_read_from_the_first_policy_to_the_last() => Prop.ForAll(
        Policies.ToArbitrary(), Store.ToArbitrary(), Question.ListOf(8).ToArbitrary(),
        (text, store, questions) =>
        {
            var set = PolicySet.Parse(text).Value;
            foreach (var request in questions)
                Assert.Equal(Naive(set, request, store), Describe(Authorizer.Decide(set, request, store)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000).WithStartSize(1).WithEndSize(200));

    [Theory]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(129)]
    public void Every_place_in_a_set_is_looked_at(int count)
    {
        var text = string.Concat(Enumerable.Range(0, count).Select(i =>
            (i % 2 == 0 ? "permit" : "forbid")
            + "(principal, action in [Action::\"delete\", Action::\"write\"], resource);"));
        var answer = Given.Decide(text);
        Assert.Equal((count + 1) / 2, answer.SatisfiedPermits.Length);
        Assert.Equal(count / 2, answer.SatisfiedForbids.Length);
        Assert.Equal($"policy{count - 1}", (count % 2 == 1 ? answer.SatisfiedPermits : answer.SatisfiedForbids)[^1].Id);
    }

    [Fact]
    public void A_linked_policy_is_found_under_the_entity_of_its_slot()
    {
        var set = Given.Policies("permit(principal == ?principal, action, resource in ?resource);");
        var before = Authorizer.Decide(set, Given.Request, Given.Entities);
        set = set.Link("policy0", "link", new SlotValues(Given.Request.Principal, Given.Request.Resource)).Value;
        Assert.Empty(before.SatisfiedPermits);
        Assert.Equal(["link"], Given.Ids(Authorizer.Decide(set, Given.Request, Given.Entities).Reasons));
    }

    static string Naive(PolicySet set, Request request, EntityStore store)
    {
        var frame = new Frame(request, store);
        var (permits, forbids, errors) = (new List<Policy>(), new List<Policy>(), new List<PolicyError>());
        foreach (var policy in set.Policies)
        {
            var syntax = policy.Syntax;
            var inScope = Matches(syntax.Principal, request.Principal, store)
                && Matches(syntax.Resource, request.Resource, store)
                && (syntax.Action.Operator == ScopeOperator.Any || syntax.Action.Uids.Any(uid =>
                    syntax.Action.Operator == ScopeOperator.Equal
                        ? uid.Equals(request.Action)
                        : store.IsIn(request.Action, uid)));
            var truth = inScope ? policy.Condition.Test(frame) : Truth.False;
            if (truth == Truth.True)
                (policy.Effect == Effect.Permit ? permits : forbids).Add(policy);
            else if (truth == Truth.Error)
                errors.Add(new PolicyError(policy, frame.Error!));
        }
        return Describe(new Answer([.. permits], [.. forbids], [.. errors]));
    }

    static bool Matches(Cedar.EntityScope scope, EntityUid uid, EntityStore store) => scope.Operator switch
    {
        ScopeOperator.Any => true,
        ScopeOperator.Equal => uid.Equals(scope.Uid),
        ScopeOperator.In => store.IsIn(uid, scope.Uid!),
        ScopeOperator.Is => uid.Type == scope.EntityType,
        _ => uid.Type == scope.EntityType && store.IsIn(uid, scope.Uid!),
    };

    // In the order of the set.
    static string Describe(Answer answer)
    {
        static string Join(IEnumerable<Policy> policies) => string.Join(' ', policies.Select(policy => policy.Id));
        return $"{Join(answer.SatisfiedPermits)} / {Join(answer.SatisfiedForbids)} / "
            + $"{string.Join(' ', answer.Errors.Select(error => error.ToString()))}";
    }
}
