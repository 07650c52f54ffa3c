using FsCheck;
using FsCheck.Fluent;
using Writ.Testing;

namespace Writ.Cedar.Tests;

public sealed class PropertyTests
{
    static readonly string[] Words =
    [
        "permit", "forbid", "(", ")", "principal", "action", "resource", ",", ";", "when", "unless", "{", "}", "==",
        "in", "is", "has", "like", "[", "]", "::", ":", "User", "Action", "\"a\"", "\"\\u{2a}*\"", "?principal", "@",
        "if", "then", "else", "&&", "||", "!", "-", "+", "*", "/", "%", "<", ">=", ".", "context", "true", "1",
        "99999999999999999999", "ip", "contains", "//", "\n", "\"", "\\", "\ud83d", "?", "=", "&", "__cedar",
    ];

    static readonly string[] Scopes =
    [
        "principal, action, resource", "principal == User::\"alice\", action, resource",
        "principal in Team::\"all\", action in Action::\"write\", resource", "principal is Team, action, resource",
        "principal, action in [Action::\"read\", Action::\"delete\"], resource is Host",
    ];

    static readonly string[] Conditions =
    [
        "", "when { principal.level > 2 }", "when { context.nothing }", "unless { context.approved }",
        "when { context.count + 9223372036854775807 > 0 }", "when { principal has home.city }",
        "when { resource.env like \"p*\" } unless { principal in [Team::\"sre\"] }", "when { 1 }",
    ];

    static Gen<string> Soup { get; } =
        Gen.Elements(Words).ListOf().Select(words => string.Join(words.Count % 2 == 0 ? " " : "", words));

    // Nearly right texts get further into the parser than soup does.
    static Gen<string> BrokenPolicy { get; } =
        from scope in Gen.Elements(Scopes)
        from condition in Gen.Elements(Conditions)
        from word in Gen.Elements(Words)
        from at in Gen.Choose(0, 200)
        let text = $"permit({scope}) {condition};"
        select text.Insert(Math.Min(at, text.Length), word);

    static Gen<string> Policy { get; } =
        from effect in Gen.Elements("permit", "forbid")
        from scope in Gen.Elements(Scopes)
        from condition in Gen.Elements(Conditions)
        select $"{effect}({scope}) {condition};";

    [Fact]
    public void Any_text_is_either_read_or_refused_with_a_place() =>
        Prop.ForAll(
            Gen.OneOf(Soup, BrokenPolicy, ArbMap.Default.GeneratorFor<NonNull<string>>().Select(text => text.Get))
                .ToArbitrary(),
            text =>
            {
                var result = PolicySet.Parse(text);
                Assert.True(result.Succeeded != result.Errors.Count > 0);
                Assert.All(result.Errors, error => Assert.InRange(error.Position.Offset, 0, text.Length));
                Assert.All(result.Errors, error => Assert.NotEmpty(error.ToString()));
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));

    [Fact]
    public void Any_text_is_either_JSON_that_Cedar_has_or_refused() =>
        Prop.ForAll(
            Gen.Elements("{", "}", "[", "]", ",", ":", "\"a\"", "\"__extn\"", "\"\\ud800\"", "1", "1.5", "null")
                .ListOf().Select(string.Concat).ToArbitrary(),
            text =>
            {
                Assert.True(CedarRecord.ParseJson(text) is var record && record.Succeeded != record.Errors.Count > 0);
                Assert.True(EntityStore.ParseJson(text) is var store && store.Succeeded != store.Errors.Count > 0);
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    [Fact, Slow]
    public void Adding_a_forbid_never_turns_a_deny_into_an_allow() =>
        Prop.ForAll(
            Policy.ListOf().ToArbitrary(), Gen.Elements(Scopes).ToArbitrary(), Gen.Elements(Conditions).ToArbitrary(),
            (policies, scope, condition) =>
            {
                var text = string.Concat(policies);
                var before = Given.Decide(text);
                var after = Given.Decide(text + $"forbid({scope}) {condition};");
                Assert.False(before.Decision == Decision.Deny && after.Decision == Decision.Allow);
                Assert.Equal(Given.Ids(before.SatisfiedPermits), Given.Ids(after.SatisfiedPermits));
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_000));

    [Fact, Slow]
    public void The_order_of_policies_does_not_count() =>
        Prop.ForAll(
            Policy.ListOf().ToArbitrary(),
            policies =>
            {
                var forward = Given.Decide(string.Concat(policies));
                var backward = Given.Decide(string.Concat(Enumerable.Reverse(policies)));
                Assert.Equal(
                    (forward.Decision, forward.Reasons.Length, forward.Errors.Length),
                    (backward.Decision, backward.Reasons.Length, backward.Errors.Length));
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_000));

    [Fact]
    public void Layers_answer_like_one_store() =>
        Prop.ForAll(
            Gen.Choose(0, 7).Two().ListOf().ToArbitrary(),
            edges =>
            {
                // Edges lead to a higher number, so there is no cycle; two halves of the entities make two layers.
                string[] Parents(int of) =>
                    [.. edges.Where(e => e.Item1 == of && e.Item2 > of).Select(e => $"N::\"{e.Item2}\"")];
                var entities = Enumerable.Range(0, 8).Select(i => Given.Entity($"N::\"{i}\"", Parents(i))).ToList();
                var flat = EntityStore.Create(entities).Value;
                var layered = EntityStore.Create(entities.Where((_, i) => i % 2 == 0)).Value
                    .With([.. entities.Where((_, i) => i % 2 == 1)]).Value;
                foreach (var lower in entities)
                    foreach (var upper in entities)
                        Assert.Equal(flat.IsIn(lower.Uid, upper.Uid), layered.IsIn(lower.Uid, upper.Uid));
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
}
