using Writ.Corpus;
namespace Writ.Cedar.Tests;

/// <summary>
/// What is left when parts are unknown, in tables. Alice, known, does something known to an unknown host; of the
/// context, the approvals are unknown and a ticket may be there.
/// </summary>
public sealed class PartialTests
{
    static readonly PartialRecord Context = PartialRecord.Known(Given.Request.Context)
        .WithUnknown("approvals").WithUncertain("ticket").WithUnknown("session", "left");

    static readonly PartialRequest Request = new(
        PartialEntity.Known(Given.Request.Principal), PartialEntity.Known(Given.Request.Action),
        PartialEntity.OfType("Host"), Context);

    static readonly CedarSchema Schema = CedarSchema.Create(
        [
            new EntityTypeDeclaration { Name = "Team" },
            new EntityTypeDeclaration { Name = "Environment" },
            new EntityTypeDeclaration { Name = "User", Parents = ["Team"] },
            new EntityTypeDeclaration
            {
                Name = "Host",
                Parents = ["Environment"],
                Shape = CedarType.RecordOf([new("env", CedarType.String), new("owner", CedarType.OfEntity("User"))]),
            },
        ],
        [
            new ActionDeclaration
            {
                Uid = Given.Uid("Action::\"delete\""),
                PrincipalTypes = ["User"],
                ResourceTypes = ["Host"],
                Context = CedarType.RecordOf(
                [
                    new("approvals", CedarType.RecordOf(
                        [new("teams", CedarType.SetOf(CedarType.String)), new("count", CedarType.Long)])),
                    new("ticket", CedarType.String, IsRequired: false),
                    new("approved", CedarType.AnyBool),
                    new("count", CedarType.Long),
                    new("program", CedarType.String),
                    new("session", CedarType.RecordOf([new("left", CedarType.Long)])),
                ]),
            },
        ]).Value;

    [Theory]
    [InlineData("when { true }", "permit (principal, action, resource);")]
    [InlineData("when { false }", "")]
    [InlineData("when { context.program == \"npm\" && context.approvals.ok }", "")]
    [InlineData(
        "when { context.program == \"git\" && context.approvals.teams.contains(\"sre\") }",
        "permit (principal, action, resource) when { context.approvals.teams.contains(\"sre\") };")]
    [InlineData(
        "unless { context.approvals.count >= principal.level - 1 }",
        "permit (principal, action, resource) unless { context.approvals.count >= 2 };")]
    [InlineData(
        "when { resource.env == context.program || context.count > 100 }",
        "permit (principal, action, resource) when { resource.env == \"git\" };")]
    [InlineData(
        "when { if context.count == 7 then context.approvals.ok else context.approvals.never }",
        "permit (principal, action, resource) when { context.approvals.ok };")]
    [InlineData(
        "when { principal.team == Team::\"sre\" && resource is Host && resource is Team }", "")]
    [InlineData(
        "when { resource is Host in Environment::\"prod\" }",
        "permit (principal, action, resource) when { resource in Environment::\"prod\" };")]
    [InlineData("when { resource == Team::\"x\" || principal == Host::\"h\" }", "")]
    [InlineData(
        "when { context has approvals && context has ticket && context.ticket like \"T-*\" }",
        "permit (principal, action, resource) when { context has ticket && context.ticket like \"T-*\" };")]
    [InlineData(
        "when { context has session.left.x }",
        "permit (principal, action, resource) when { context.session.left has x };")]
    [InlineData(
        "when { context.session.left > context.count + 1 }",
        "permit (principal, action, resource) when { context.session.left > 8 };")]
    // What fails in every case stays as it is written, so that it still fails.
    [InlineData(
        "when { context.approvals.ok && context.nothing }",
        "permit (principal, action, resource) when { context.approvals.ok && context.nothing };")]
    // A single operand of an unknown type is not taken out of && where a value is wanted.
    [InlineData(
        "when { (true && context.approvals.n) == 1 }",
        "permit (principal, action, resource) when { (context.approvals.n && true) == 1 };")]
    [InlineData(
        "when { (false || context.approvals.n) == true }",
        "permit (principal, action, resource) when { (context.approvals.n || false) == true };")]
    // Something before a certain false may fail first, and then the policy is reported.
    [InlineData(
        "when { context.approvals.ok && false }",
        "permit (principal, action, resource) when { context.approvals.ok && false };")]
    [InlineData("when { context has ticket && false }", "")]
    [InlineData(
        "when { [1, context.approvals.n].contains(1 + 1) }",
        "permit (principal, action, resource) when { [1, context.approvals.n].contains(2) };")]
    [InlineData(
        "when { ip(context.approvals.from).isInRange(ip(\"10.0.0.0/8\")) }",
        "permit (principal, action, resource) when { ip(context.approvals.from).isInRange(ip(\"10.0.0.0/8\")) };")]
    public void What_is_left_is_readable_Cedar(string conditions, string expected)
    {
        var answer = Decide($"permit (principal, action, resource) {conditions};", Request);
        Assert.Equal(expected, string.Concat(answer.Residual.Policies.Select(policy => policy.Text)));
    }

    [Theory]
    [InlineData("principal == User::\"alice\", action in Action::\"write\", resource", "principal, action, resource")]
    [InlineData("principal, action, resource is Host", "principal, action, resource")]
    [InlineData("principal, action, resource is Team", null)]
    [InlineData("principal, action, resource == Team::\"x\"", null)]
    [InlineData("principal, action, resource == Host::\"x\"", "principal, action, resource == Host::\"x\"")]
    [InlineData("principal in Team::\"none\", action, resource", null)]
    [InlineData("principal, action == Action::\"read\", resource", null)]
    [InlineData(
        "principal, action in [Action::\"x\", Action::\"write\"], resource in Team::\"t\"",
        "principal, action, resource in Team::\"t\"")]
    public void A_scope_is_left_where_it_is_open(string scope, string? expected)
    {
        var answer = Decide($"permit ({scope});", Request);
        Assert.Equal(
            expected is null ? [] : [$"permit ({expected});"], answer.Residual.Policies.Select(policy => policy.Text));
    }

    // Only with types is it known that these can neither be, nor fail.
    [Theory]
    [InlineData("when { resource in Team::\"sre\" }", "")]
    [InlineData("when { resource in [Team::\"sre\", User::\"x\"] }", "")]
    [InlineData("when { resource in Environment::\"prod\" }", "when { resource in Environment::\"prod\" }")]
    [InlineData("when { resource.owner is Team }", "when { resource.owner is Team }")]
    [InlineData("when { context.approvals.teams.contains(\"sre\") && false }", "")]
    [InlineData("when { context.approvals has people }", "")]
    [InlineData("when { context.approvals has teams.x }", "when { context.approvals.teams has x }")]
    [InlineData(
        "when { context.approvals has count && context.approvals.count > 1 }",
        "when { context.approvals.count > 1 }")]
    [InlineData("when { context.approvals.teams == context.approvals.count }", "")]
    [InlineData("when { resource has level }", "")]
    [InlineData("when { resource.hasTag(\"x\") }", "")]
    [InlineData("when { (true && context.approved) == (context.approvals.count == 1 || true) }", "")]
    public void Types_say_more(string conditions, string expected)
    {
        var answer = Decide($"permit (principal, action, resource) {conditions};", Request with { Schema = Schema });
        Assert.Equal(
            expected.Length == 0 ? "" : $"permit (principal, action, resource) {expected};",
            string.Concat(answer.Residual.Policies.Select(policy => policy.Text)));
    }

    [Theory]
    [InlineData("permit(principal, action, resource);", Decision.Allow)]
    [InlineData("permit(principal, action, resource) when { context.approvals.ok };", null)]
    [InlineData(
        "permit(principal, action, resource); forbid(principal, action, resource) when { context.approvals.ok };",
        null)]
    [InlineData(
        "forbid(principal, action, resource); permit(principal, action, resource) when { context.approvals.ok };",
        Decision.Deny)]
    [InlineData(
        "permit(principal, action, resource); permit(principal, action, resource) when { context.approvals.ok };",
        Decision.Allow)]
    [InlineData("permit(principal is Team, action, resource);", Decision.Deny)]
    [InlineData("", Decision.Deny)]
    public void A_decision_is_known_as_soon_as_nothing_can_change_it(string policies, Decision? expected) =>
        Assert.Equal(expected, Decide(policies, Request).Decision);

    [Fact]
    public void What_is_required_names_the_gate_and_what_lifts_it()
    {
        var answer = Decide(
            """
            @id("writes") permit (principal is User, action in Action::"write", resource) when { context.count < 10 };
            @id("gate") @approval("team:sre") @quorum("2")
            forbid (principal, action in Action::"delete", resource)
            when { context.program == "git" && resource.env == "prod" }
            unless { context.approvals.teams.contains("sre") && context.approvals.count >= 2 };
            @id("never-here") forbid (principal is Team, action, resource);
            """,
            Request with { Resource = PartialEntity.Known(Given.Request.Resource) });
        var required = Requirements.Of(answer);
        Assert.Null(required.Decision);
        Assert.Empty(required.AnyOf);
        var gate = Assert.Single(required.AllOf);
        Assert.Equal(("team:sre", "2"), (gate.Rule.Annotations["approval"], gate.Rule.Annotations["quorum"]));
        Assert.Equal(["context.approvals.teams.contains(\"sre\")", "context.approvals.count >= 2"], gate.Conditions);
    }

    [Fact]
    public void Several_conditions_of_a_rule_can_be_joined()
    {
        var answer = Decide(
            """
            permit (principal, action, resource);
            forbid (principal, action, resource)
            when {
              (context.approvals.a && context.approvals.b) || (context.approvals.c && !context.approvals.d)
            };
            """,
            Request);
        Assert.Equal(
            [
                "(!context.approvals.a || !context.approvals.b)",
                "(!context.approvals.c || context.approvals.d)",
            ],
            Assert.Single(Requirements.Of(answer).AllOf).Conditions);
    }

    [Fact]
    public void What_is_required_of_an_open_resource_is_said_too()
    {
        var answer = Decide(
            """
            permit (principal, action, resource in Team::"mine") when { context.approvals.ok };
            forbid (principal, action, resource == Host::"vault") when { resource.locked }
            unless { context.approvals.n > 3 };
            """,
            Request);
        var required = Requirements.Of(answer);
        Assert.Equal(["resource in Team::\"mine\"", "context.approvals.ok"], Assert.Single(required.AnyOf).Conditions);
        Assert.Equal(
            ["resource != Host::\"vault\" || !resource.locked || context.approvals.n > 3"],
            Assert.Single(required.AllOf).Conditions);
    }

    [Fact]
    public void Unknown_attributes_of_an_entity_stay_open()
    {
        var alice = Given.Request.Principal;
        var attributes = PartialRecord.Known(Given.Entities.Find(alice)!.Attributes).WithUnknown("level");
        var policies = Given.Policies(
            "permit(principal, action, resource) when { principal.name == \"Alice\" && principal.level > 2 };");
        var answer = PartialAuthorizer.Decide(
            policies, Request, PartialEntities.Known(Given.Entities).With(alice, attributes));
        Assert.Equal(
            "permit (principal, action, resource) when { User::\"alice\".level > 2 };",
            Assert.Single(answer.OpenPermits).Text);
    }

    [Fact]
    public void An_entity_that_is_not_in_the_store_is_absent_unless_the_store_may_grow()
    {
        var policies = Given.Policies(
            "permit(principal, action, resource) when { Host::\"new\" in Team::\"sre\" || Host::\"new\" has x };");
        var known = PartialEntities.Known(Given.Entities);
        Assert.Equal(Decision.Deny, PartialAuthorizer.Decide(policies, Request, known).Decision);
        Assert.Null(PartialAuthorizer.Decide(policies, Request, known.Growing()).Decision);
    }

    [Fact]
    public void The_policies_of_a_session_are_reduced_once_and_asked_often()
    {
        var policies = Given.Policies(
            """
            permit (principal, action in [Action::"read", Action::"write"], resource) when { principal.level >= 3 };
            permit (principal is Team, action, resource);
            forbid (principal, action, resource) when { principal in Team::"interns" || resource.env == "prod" };
            """);
        var session = new PartialRequest(
            PartialEntity.Known(Given.Request.Principal), PartialEntity.Unknown, PartialEntity.Unknown,
            PartialRecord.Unknown);
        var reduced = PartialAuthorizer.Decide(policies, session, PartialEntities.Known(Given.Entities)).Residual;
        Assert.Equal(
            [
                "permit (principal, action in [Action::\"read\", Action::\"write\"], resource);",
                "forbid (principal, action, resource) when { resource.env == \"prod\" };",
            ],
            reduced.Policies.Select(policy => policy.Text));
        Assert.Equal(
            RecordedRequest.Describe(Authorizer.Decide(policies, Given.Request, Given.Entities)),
            RecordedRequest.Describe(Authorizer.Decide(reduced, Given.Request, Given.Entities)));
    }

    [Fact]
    public void Powers_are_listed_with_their_conditions()
    {
        var policies = Given.Policies(
            """
            permit (principal in Team::"sre", action == Action::"read", resource);
            permit (principal, action == Action::"delete", resource is Host);
            forbid (principal, action == Action::"delete", resource) unless { context.approvals.teams.contains("sre") };
            """);
        var query = new PowerQuery(
            [Given.Uid("User::\"alice\""), Given.Uid("User::\"bob\"")],
            [Given.Uid("Action::\"read\""), Given.Uid("Action::\"delete\""), Given.Uid("Action::\"write\"")],
            [Given.Uid("Host::\"db1\""), Given.Uid("Team::\"sre\"")], Context);
        var powers = PowerListing.List(policies, PartialEntities.Known(Given.Entities), query).Value.Powers;
        Assert.Equal(
            [
                "User::\"alice\" Action::\"read\" Host::\"db1\" Allow",
                "User::\"alice\" Action::\"read\" Team::\"sre\" Allow",
                "User::\"alice\" Action::\"delete\" Host::\"db1\" context.approvals.teams.contains(\"sre\")",
                "User::\"bob\" Action::\"delete\" Host::\"db1\" context.approvals.teams.contains(\"sre\")",
            ],
            powers.Select(power => $"{power.Principal} {power.Action} {power.Resource} "
                + (power.Answer.Decision?.ToString()
                    ?? Requirements.Of(power.Answer).AllOf.Single().Conditions.Single())));
        var typed = PowerListing.List(
            policies, PartialEntities.Known(Given.Entities), query with { Schema = Schema }).Value.Powers;
        Assert.Equal(["Host::\"db1\"", "Host::\"db1\""], typed.Select(power => power.Resource.ToString()));
    }

    [Fact]
    public void Too_many_powers_are_refused_not_cut()
    {
        EntityUid[] many = [.. Enumerable.Range(0, 1001).Select(i => new EntityUid("User", $"{i}"))];
        var query = new PowerQuery([.. many], [.. many], [Given.Request.Resource], PartialRecord.Unknown);
        Assert.Equal(
            "cedar.limit.powers",
            PowerListing.List(PolicySet.Empty, PartialEntities.Known(EntityStore.Empty), query).Errors[0].Code);
    }

    [Fact]
    public void The_deepest_policy_is_partially_evaluated_on_a_small_stack()
    {
        var deep = $"permit(principal, action, resource) when {{ {Nested(195, "context.approvals.b")} }};";
        PartialAnswer? answer = null;
        var thread = new Thread(() => answer = Decide(deep, Request), 1024 * 1024);
        thread.Start();
        thread.Join();
        Assert.Single(answer!.OpenPermits);
    }

    static string Nested(int depth, string inner) =>
        string.Concat(Enumerable.Repeat("!(", depth)) + inner + new string(')', depth);

    static PartialAnswer Decide(string policies, PartialRequest request) =>
        PartialAuthorizer.Decide(Given.Policies(policies), request, PartialEntities.Known(Given.Entities));
}
