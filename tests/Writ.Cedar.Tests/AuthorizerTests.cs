namespace Writ.Cedar.Tests;

public sealed class AuthorizerTests
{
    const string Permit = "permit(principal, action, resource);";
    const string Forbid = "forbid(principal, action, resource);";
    const string FailingPermit = "permit(principal, action, resource) when { context.nothing };";
    const string FailingForbid = "forbid(principal, action, resource) when { context.nothing };";

    // Sets of policies, then the decision, the reasons and the errors by number.
    [Theory]
    [InlineData("", Decision.Deny, "", "")]
    [InlineData(Permit, Decision.Allow, "0", "")]
    [InlineData(Forbid, Decision.Deny, "0", "")]
    [InlineData(Permit + Permit, Decision.Allow, "0 1", "")]
    [InlineData(Permit + Forbid + Forbid, Decision.Deny, "1 2", "")]
    [InlineData(FailingPermit, Decision.Deny, "", "0")]
    [InlineData(FailingForbid, Decision.Deny, "", "0")]
    [InlineData(FailingForbid + Permit, Decision.Allow, "1", "0")]
    [InlineData(FailingForbid + Permit + FailingPermit + Forbid, Decision.Deny, "3", "0 2")]
    public void Reasons_and_errors_are_complete(string policies, Decision decision, string reasons, string errors)
    {
        var answer = Given.Decide(policies);
        Assert.Equal(
            (decision, reasons, errors),
            (answer.Decision, Numbers(answer.Reasons), Numbers(answer.Errors.Select(error => error.Policy))));
    }

    [Theory]
    [InlineData("principal == User::\"alice\", action, resource", true)]
    [InlineData("principal == User::\"bob\", action, resource", false)]
    [InlineData("principal in Team::\"all\", action, resource", true)]
    [InlineData("principal in User::\"alice\", action, resource", true)]
    [InlineData("principal in Team::\"dev\", action, resource", false)]
    [InlineData("principal is User, action, resource is Host", true)]
    [InlineData("principal is Team, action, resource", false)]
    [InlineData("principal is User in Team::\"sre\", action, resource", true)]
    [InlineData("principal is Team in Team::\"sre\", action, resource", false)]
    [InlineData("principal is User in Team::\"dev\", action, resource", false)]
    [InlineData("principal, action == Action::\"delete\", resource", true)]
    [InlineData("principal, action == Action::\"write\", resource", false)]
    [InlineData("principal, action in Action::\"write\", resource", true)]
    [InlineData("principal, action in [Action::\"read\", Action::\"write\"], resource", true)]
    [InlineData("principal, action in [Action::\"read\"], resource", false)]
    [InlineData("principal, action in [], resource", false)]
    [InlineData("principal, action, resource == Host::\"db1\"", true)]
    [InlineData("principal, action, resource in Environment::\"prod\"", false)]
    public void A_scope_selects(string scope, bool applies) =>
        Assert.Equal(applies, Given.Decide($"permit({scope});").Decision == Decision.Allow);

    [Theory]
    [InlineData("when { true } unless { false } when { true }", true)]
    [InlineData("when { true } unless { true }", false)]
    [InlineData("when { false } unless { context.nothing }", false)]
    public void All_conditions_must_hold(string conditions, bool applies)
    {
        var answer = Given.Decide($"permit(principal, action, resource) {conditions};");
        Assert.Equal((applies, 0), (answer.Decision == Decision.Allow, answer.Errors.Length));
    }

    [Theory]
    [InlineData("when { 1 }")]
    [InlineData("unless { 1 }")]
    [InlineData("unless { context.nothing } when { false }")]
    public void A_condition_without_a_boolean_is_an_error(string conditions) =>
        Assert.Single(Given.Decide($"permit(principal, action, resource) {conditions};").Errors);

    [Fact]
    public void A_policy_out_of_scope_is_not_evaluated() =>
        Assert.Empty(Given.Decide("permit(principal is Team, action, resource) when { context.nothing };").Errors);

    [Fact]
    public void A_gate_can_be_read_from_the_answer()
    {
        var answer = Given.Decide($$"""
            {{Permit}}
            @id("prod-writes") @approval("team:sre") @quorum("1")
            forbid(principal, action in Action::"write", resource) when { resource.env == "prod" }
            unless { context.approved };
            {{FailingForbid}}
            """);
        var gate = Assert.Single(answer.SatisfiedForbids);
        Assert.Equal(
            (Effect.Forbid, "team:sre", "1"),
            (gate.Effect, gate.Annotations["approval"], gate.Annotations["quorum"]));
        Assert.Equal(["policy0"], Given.Ids(answer.SatisfiedPermits));
        Assert.Equal(Effect.Forbid, Assert.Single(answer.Errors).Policy.Effect);
    }

    [Fact]
    public void The_default_answer_denies_without_reasons()
    {
        var answer = default(Answer);
        Assert.Equal(Decision.Deny, answer.Decision);
        Assert.Empty(answer.Reasons);
        Assert.Empty(answer.Errors);
        Assert.Equal((Decision.Deny, Effect.Forbid, Truth.Error), (default(Decision), default(Effect), default(Truth)));
    }

    [Fact]
    public void A_principal_that_is_in_no_store_is_decided_too()
    {
        var answer = Authorizer.Decide(Given.Policies(Permit + FailingForbid), Given.Request, EntityStore.Empty);
        Assert.Equal(Decision.Allow, answer.Decision);
    }

    static string Numbers(IEnumerable<Policy> policies) =>
        string.Join(' ', policies.Select(policy => policy.Id.Replace("policy", "", StringComparison.Ordinal)));
}
