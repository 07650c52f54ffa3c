namespace Writ.Cedar.Tests.Validation;

/// <summary>
/// RFC 76: how many entities deep a policy looks. The numbers follow from its rules, counted by hand; each condition is
/// accepted at its own level and refused one below.
/// </summary>
public sealed class LevelTests
{
    [Theory]
    [InlineData("true", 0)]
    [InlineData("principal == resource.owner || true", 1)]
    [InlineData("context.count == 1", 0)]
    [InlineData("context.who == principal", 0)]
    [InlineData("principal is User", 0)]
    [InlineData("principal.level == 1", 1)]
    [InlineData("context.who.level == 1", 1)]
    [InlineData("context.who.boss.level == 1", 2)]
    [InlineData("principal.boss.boss.level == 1", 3)]
    [InlineData("principal.home.city == \"a\"", 1)]
    [InlineData("principal has name", 1)]
    [InlineData("principal has manager.boss.name", 3)]
    [InlineData("principal has deep.er.still", 1)]
    [InlineData("principal.home has zip", 1)]
    [InlineData("context has note", 0)]
    [InlineData("principal.hasTag(\"a\")", 1)]
    [InlineData("principal.boss.hasTag(\"a\") && principal.boss.getTag(\"a\") == \"b\"", 2)]
    [InlineData("principal in Team::\"a\"", 1)]
    [InlineData("principal.boss in Team::\"a\"", 2)]
    [InlineData("principal in [resource.owner.boss]", 2)]
    [InlineData("principal is User in Team::\"a\"", 1)]
    [InlineData("(if context.count == 1 then principal else resource.owner).level == 1", 2)]
    [InlineData("(if resource.size == 1 then principal else principal).level == 1 || true", 1)]
    [InlineData("(if true then principal else resource.owner.boss).level == 1", 1)]
    [InlineData("{ a: principal, b: resource.owner.boss }.a.level == 1", 2)]
    [InlineData("{ a: { b: resource.owner } }.a.b.level == 1", 2)]
    [InlineData("[principal.level].contains(1)", 1)]
    [InlineData("!(principal.level == 1)", 1)]
    [InlineData("principal.from.isInRange(context.who.boss.from)", 2)]
    [InlineData("resource.env like \"a\"", 1)]
    [InlineData("false && principal.boss.level == 1", 0)]
    [InlineData("true || principal.boss.level == 1", 0)]
    [InlineData("if true then true else principal.level == 1", 0)]
    [InlineData("(principal.level == 1 && false) && principal.boss.level == 1", 1)]
    public void A_condition_has_a_level(string condition, int level)
    {
        if (condition.Contains("resource.size", StringComparison.Ordinal))
            condition = $"resource has size && {condition}";
        var policy = $"permit(principal, action == Action::\"view\", resource) when {{ {condition} }};";
        Assert.Equal("", KindsAt(policy, level));
        Assert.Equal("", KindsAt(policy, 100));
        if (level > 0)
            Assert.Equal("level", KindsAt(policy, level - 1));
    }

    [Theory]
    [InlineData("permit(principal in Team::\"a\", action, resource);", 1)]
    [InlineData("permit(principal in ?principal, action, resource);", 1)]
    [InlineData("permit(principal == ?principal, action, resource);", 0)]
    [InlineData("permit(principal, action in Action::\"read\", resource);", 1)]
    public void A_scope_counts(string policy, int level)
    {
        Assert.Equal("", KindsAt(policy, level));
        if (level > 0)
            Assert.Equal("level", KindsAt(policy, level - 1));
    }

    [Theory]
    [InlineData("User::\"a\".level == 1")]
    [InlineData("User::\"a\" in Team::\"a\"")]
    [InlineData("User::\"a\".hasTag(\"a\")")]
    [InlineData("User::\"a\" has name")]
    [InlineData("(if context.count == 1 then principal else User::\"a\").level == 1")]
    [InlineData("{ a: User::\"a\" }.a.level == 1")]
    public void An_entity_written_out_is_never_looked_into(string condition) => Assert.Equal(
        "level-of-literal",
        KindsAt($"permit(principal, action == Action::\"view\", resource) when {{ {condition} }};", 100));

    [Fact]
    public void Without_a_level_nothing_is_counted() =>
        Assert.Empty(GivenSchema.InView("User::\"a\".boss.level == 1").Errors);

    static string KindsAt(string policy, int level) =>
        GivenSchema.Kinds(GivenSchema.Validate(policy, new ValidationOptions { LevelMax = level }).Errors);
}
