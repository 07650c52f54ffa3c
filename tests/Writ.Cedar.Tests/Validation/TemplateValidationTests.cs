namespace Writ.Cedar.Tests.Validation;

/// <summary>
/// Templates are checked with every entity type that a link could put into a slot; links by their entities.
/// </summary>
public sealed class TemplateValidationTests
{
    [Theory]
    [InlineData("principal == ?principal, action, resource", "", "")]
    [InlineData("principal in ?principal, action, resource in ?resource", "", "")]
    [InlineData("principal is User in ?principal, action, resource", "", "")]
    [InlineData("principal is Environment in ?principal, action, resource", "", "impossible unapplied-action")]
    [InlineData(
        "principal is Nobody in ?principal, action, resource", "unknown-entity-type", "impossible unapplied-action")]
    [InlineData("principal == ?principal, action == Action::\"read\", resource", "", "impossible unapplied-action")]
    public void A_template_is_checked_without_links(string scope, string errors, string warnings)
    {
        var result = GivenSchema.Validate($"permit({scope});");
        Assert.Equal(
            (errors, warnings), (GivenSchema.Kinds(result.Errors), GivenSchema.Kinds(result.Warnings)));
    }

    [Fact]
    public void The_condition_of_a_template_is_checked_for_all_it_can_apply_to()
    {
        const string Template = "permit(principal in ?principal, action == Action::\"delete\", resource) when ";
        Assert.Single(GivenSchema.Validate(Template + "{ principal.roles.isEmpty() };").Errors);
        Assert.Empty(GivenSchema.Validate(Template + "{ principal.level == 1 };").Errors);
    }

    [Theory]
    [InlineData("User::\"a\"", "", "")]
    [InlineData("Team::\"a\"", "", "")]
    [InlineData("Host::\"a\"", "", "unapplied-action")]
    [InlineData("Nobody::\"a\"", "unknown-entity-type", "unapplied-action")]
    public void A_link_is_checked_by_its_entities(string principal, string errors, string warnings)
    {
        var policies = Given.Policies("permit(principal in ?principal, action, resource);")
            .Link("policy0", "link", new SlotValues(Given.Uid(principal), null)).Value;
        var result = Validator.Validate(policies, GivenSchema.Schema);
        Assert.Equal(
            (errors, warnings), (GivenSchema.Kinds(result.Errors), GivenSchema.Kinds(result.Warnings)));
        Assert.All(result.Errors.Concat(result.Warnings), finding => Assert.Equal("link", finding.PolicyId));
    }

    [Fact]
    public void Errors_of_a_template_are_not_repeated_for_its_links()
    {
        var policies = Given.Policies("permit(principal in ?principal, action, resource) when { 1 };")
            .Link("policy0", "link", new SlotValues(Given.Uid("User::\"a\""), null)).Value;
        Assert.Equal("policy0", Assert.Single(Validator.Validate(policies, GivenSchema.Schema).Errors).PolicyId);
    }
}
