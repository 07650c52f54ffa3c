namespace Writ.Cedar.Tests;

public sealed class PolicySetTests
{
    const string Template = """
        @id("adhoc") @quorum("2") @gate
        permit(principal == ?principal, action, resource is Host in ?resource)
        when { context.count > 3 };
        """;

    static readonly EntityUid Alice = Given.Uid("User::\"alice\"");

    [Fact]
    public void Ids_count_from_zero_in_the_order_of_the_text()
    {
        var set = Given.Policies(
            $"forbid(principal, action, resource); {Template} permit(principal, action, resource);");
        Assert.Equal(["policy0", "policy2"], Given.Ids(set.Policies));
        Assert.Equal("policy1", Assert.Single(set.Templates).Id);
    }

    [Fact]
    public void Ids_may_come_from_annotations()
    {
        var set = PolicySet.Parse(
            "@id(\"b\") forbid(principal, action, resource); @id(\"a\") permit(principal, action, resource);",
            PolicyIdSource.IdAnnotation).Value;
        Assert.Equal(["b", "a"], Given.Ids(set.Policies));
        Assert.True(set.TryGetPolicy("a", out var policy) && policy.Effect == Effect.Permit);
    }

    [Theory]
    [InlineData("@id(\"a\") permit(principal,action,resource);\n@id(\"a\") forbid(principal,action,resource);",
        "f:2:1: expected each policy id once, found 'a' again [cedar.policy.duplicate-id]")]
    [InlineData("\n  permit(principal,action,resource);",
        "f:2:3: expected an annotation @id with a value, found a policy without [cedar.policy.no-id]")]
    [InlineData("@id permit(principal,action,resource);",
        "f:1:1: expected an annotation @id with a value, found a policy without [cedar.policy.no-id]")]
    public void An_annotated_id_is_there_and_used_once(string text, string expected) =>
        Assert.Equal(expected, PolicySet.Parse(text, PolicyIdSource.IdAnnotation, "f").Errors[0].ToString());

    [Fact]
    public void A_policy_keeps_its_text_its_place_and_its_annotations()
    {
        var set = Given.Policies($"// first\npermit(principal, action, resource);\n\n  {Template} // last");
        Assert.Equal("permit(principal, action, resource);", set.Policies[0].Text);
        Assert.Equal(new SourcePosition(2, 1, 9), set.Policies[0].Position);
        var template = set.Templates[0];
        Assert.Equal(Template, template.Text);
        Assert.Equal((4, 3), (template.Position.Line, template.Position.Column));
        Assert.Equal(("adhoc", "2", ""),
            (template.Annotations["id"], template.Annotations["quorum"], template.Annotations["gate"]));
    }

    [Fact]
    public void A_reserved_word_may_name_an_annotation()
    {
        var set = Given.Policies("@if(\"x\") permit(principal, action, resource);");
        Assert.Equal("x", set.Policies[0].Annotations["if"]);
    }

    [Fact]
    public void A_template_applies_only_through_its_links()
    {
        var set = Given.Policies(Template.Replace("in ?resource", "", StringComparison.Ordinal));
        Assert.Equal(Decision.Deny, Authorizer.Decide(set, Given.Request, Given.Entities).Decision);
        var linked = set.Link("policy0", "link", new SlotValues(Alice, null)).Value;
        var answer = Authorizer.Decide(linked, Given.Request, Given.Entities);
        Assert.Equal(["link"], Given.Ids(answer.Reasons));
        Assert.Equal(("policy0", "2"), (answer.Reasons[0].TemplateId, answer.Reasons[0].Annotations["quorum"]));
        Assert.Empty(set.Policies);
        var other = set.Link("policy0", "link", new SlotValues(Given.Uid("User::\"bob\""), null)).Value;
        Assert.Empty(Authorizer.Decide(other, Given.Request, Given.Entities).Reasons);
    }

    [Theory]
    [InlineData("Host::\"db1\"", true)]
    [InlineData("Host::\"db2\"", false)]
    public void A_slot_in_is_in_is_filled(string resource, bool applies)
    {
        var set = Given.Policies(Template).Link("policy0", "link", new SlotValues(Alice, Given.Uid(resource))).Value;
        Assert.Equal(applies, Authorizer.Decide(set, Given.Request, Given.Entities).Decision == Decision.Allow);
    }

    [Theory]
    [InlineData("policy1", "new", "User::\"a\"", "Host::\"b\"", "cedar.link.no-template")]
    [InlineData("policy0", "policy0", "User::\"a\"", "Host::\"b\"", "cedar.policy.duplicate-id")]
    [InlineData("policy0", "", "User::\"a\"", "Host::\"b\"", "cedar.policy.duplicate-id")]
    [InlineData("policy0", "new", "User::\"a\"", null, "cedar.link.slots")]
    [InlineData("policy0", "new", null, "Host::\"b\"", "cedar.link.slots")]
    public void A_link_fits_its_template(string template, string id, string? principal, string? resource, string code)
    {
        var slots = new SlotValues(
            principal is null ? null : Given.Uid(principal), resource is null ? null : Given.Uid(resource));
        Assert.Equal(code, Given.Policies(Template).Link(template, id, slots).Errors[0].Code);
    }

    [Fact]
    public void A_slot_that_the_template_does_not_have_is_not_filled()
    {
        var set = Given.Policies("permit(principal in ?principal, action, resource);");
        Assert.Equal("cedar.link.slots", set.Link("policy0", "l", new SlotValues(Alice, Alice)).Errors[0].Code);
    }

    [Fact]
    public void Sets_combine_when_their_ids_differ()
    {
        var first = PolicySet.Parse(
            "@id(\"a\") permit(principal, action, resource);", PolicyIdSource.IdAnnotation, "1").Value;
        var second = PolicySet.Parse(Template, PolicyIdSource.IdAnnotation, "2").Value;
        var both = PolicySet.Combine(first, second).Value;
        Assert.Equal((1, 1), (both.Policies.Length, both.Templates.Length));
        Assert.Equal("1", both.Policies[0].FileName);
        Assert.Equal("1:1:1: expected each policy id once, found 'a' again [cedar.policy.duplicate-id]",
            PolicySet.Combine(both, first).Errors[0].ToString());
    }

    [Fact]
    public void Asking_a_failed_result_for_its_value_is_a_bug() =>
        Assert.Throws<InvalidOperationException>(() => PolicySet.Parse("x").Value);
}
