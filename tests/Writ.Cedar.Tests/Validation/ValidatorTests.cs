namespace Writ.Cedar.Tests.Validation;

public sealed class ValidatorTests
{
    [Theory]
    [InlineData("true")]
    [InlineData("principal.level > 3 && context.count <= principal.level * 2 - 1")]
    [InlineData("principal.at < datetime(\"2025-01-01\") && principal.at.toTime() > duration(\"1h\")")]
    [InlineData("principal.from.isInRange(ip(\"10.0.0.0/8\")) || principal.from.isIpv6()")]
    [InlineData("principal.roles.contains(\"ops\") && principal.roles.containsAny([\"a\", \"b\"])")]
    [InlineData("principal.roles.isEmpty()")]
    [InlineData("resource.owner == principal")]
    [InlineData("principal == resource || true")]
    [InlineData("principal in Team::\"sre\" && resource in [Environment::\"a\", Environment::\"b\"]")]
    [InlineData("principal is User in Team::\"sre\"")]
    [InlineData("resource.env like \"prod*\"")]
    [InlineData("{ a: 1, b: \"x\" }.a == 1")]
    [InlineData("[{ a: 1 }, { a: 2 }].contains({ a: 3 })")]
    [InlineData("(if principal.level > 3 then principal.home else { city: \"Graz\", zip: 1 }).city == \"\" || true")]
    [InlineData("action == Action::\"view\" && action in Action::\"read\"")]
    [InlineData("context.who.boss.boss.level == 1")]
    [InlineData("Color::\"red\" == Color::\"green\"")]
    public void A_condition_that_fits_is_valid(string condition)
    {
        var result = GivenSchema.InView(condition, ValidationMode.Permissive);
        Assert.Empty(result.Errors);
        if (!condition.Contains("zip: 1", StringComparison.Ordinal))
            Assert.Empty(GivenSchema.InView(condition).Errors);
    }

    [Theory]
    [InlineData("principal is Usr", "unknown-entity-type")]
    [InlineData("principal in Nobody::\"x\"", "unknown-entity-type")]
    [InlineData("action == Action::\"vew\"", "unknown-action")]
    [InlineData("Color::\"blue\" == Color::\"red\"", "unknown-enum-entity")]
    [InlineData("1", "unexpected-type")]
    [InlineData("principal.level && true", "unexpected-type")]
    [InlineData("!principal.level", "unexpected-type")]
    [InlineData("-principal.home == 1", "unexpected-type")]
    [InlineData("if 1 then true else false", "unexpected-type")]
    [InlineData("principal.level < \"a\"", "unexpected-type")]
    [InlineData("\"a\" < \"b\"", "unexpected-type")]
    [InlineData("principal.at < 1", "unexpected-type")]
    [InlineData("principal.at < principal.at.toTime()", "unexpected-type")]
    [InlineData("decimal(\"1.0\") < decimal(\"2.0\")", "unexpected-type")]
    [InlineData("principal.level + principal.name == 1", "unexpected-type unguarded-attribute")]
    [InlineData("principal.level in Team::\"sre\"", "unexpected-type")]
    [InlineData("principal in principal.roles", "unexpected-type")]
    [InlineData("principal.level.contains(1)", "unexpected-type")]
    [InlineData("principal.roles.containsAll(\"a\")", "unexpected-type")]
    [InlineData("principal.level.isEmpty()", "unexpected-type")]
    [InlineData("principal.level like \"a\"", "unexpected-type")]
    [InlineData("principal.level is User", "unexpected-type")]
    [InlineData("principal.level has a", "unexpected-type")]
    [InlineData("principal.level.size == 1", "unexpected-type")]
    [InlineData("principal.level.hasTag(\"a\")", "unexpected-type")]
    [InlineData("principal.hasTag(1)", "unexpected-type")]
    [InlineData("principal.level.isIpv4()", "unexpected-type")]
    [InlineData("principal.from.lessThan(decimal(\"1.0\"))", "unexpected-type")]
    [InlineData("principal.at.offset(principal.at) == principal.at", "unexpected-type")]
    [InlineData("principal.level == \"a\"", "incompatible-types")]
    [InlineData("principal.roles.contains(1)", "incompatible-types")]
    [InlineData("principal.roles.containsAny([1])", "incompatible-types")]
    [InlineData("[1, \"a\"].isEmpty()", "incompatible-types")]
    [InlineData("(if context.count == 1 then 1 else \"a\") == 1", "incompatible-types")]
    [InlineData("{ a: 1 } == { b: 1 }", "incompatible-types")]
    [InlineData("{ a: 1 } == principal", "incompatible-types")]
    [InlineData("[principal, resource].isEmpty()", "incompatible-types")]
    [InlineData("principal.nme == \"a\"", "unknown-attribute")]
    [InlineData("principal.home.street == \"a\"", "unknown-attribute")]
    [InlineData("context.nothing", "unknown-attribute")]
    [InlineData("action.name == \"a\"", "unknown-attribute")]
    [InlineData("principal.name == \"a\"", "unguarded-attribute")]
    [InlineData("principal.home.zip == 1", "unguarded-attribute")]
    [InlineData("context.note == \"a\"", "unguarded-attribute")]
    [InlineData("principal.getTag(\"a\") == \"a\"", "unguarded-tag")]
    [InlineData("principal.hasTag(\"a\") && principal.getTag(\"b\") == \"a\"", "unguarded-tag")]
    [InlineData("ip(\"::1\", \"::2\").isIpv4()", "argument-count")]
    [InlineData("principal.from.isInRange()", "argument-count")]
    [InlineData("principal.from.isInRange(ip(\"::1\"), ip(\"::2\"))", "argument-count")]
    [InlineData("ip(\"300.0.0.1\").isIpv4()", "argument-value")]
    [InlineData("decimal(\"1\").lessThan(decimal(\"1.0\"))", "argument-value")]
    [InlineData("principal.at == datetime(\"2025-02-30\")", "argument-value")]
    [InlineData("principal.at.toTime() == duration(\"1w\")", "argument-value")]
    [InlineData("principal.roles == []", "empty-set")]
    [InlineData("ip(resource.env).isIpv4()", "computed-constructor")]
    [InlineData("principal.level == 1 || principal.nme == \"a\" || \"x\"", "unexpected-type unknown-attribute")]
    public void A_condition_that_does_not_fit_is_an_error_of_its_kind(string condition, string kinds) =>
        Assert.Equal(kinds, GivenSchema.Kinds(GivenSchema.InView(condition).Errors));

    // What strict mode refuses and permissive mode takes.
    [Theory]
    [InlineData("principal.level == \"a\"", "incompatible-types")]
    [InlineData("principal.roles.contains(1)", "incompatible-types")]
    [InlineData("principal.roles == []", "empty-set")]
    [InlineData("principal in []", "empty-set")]
    [InlineData("[[1], []].isEmpty()", "empty-set")]
    [InlineData("ip(resource.env).isIpv4()", "computed-constructor")]
    [InlineData("[principal, resource].isEmpty()", "incompatible-types")]
    [InlineData("{ a: 1 } == { a: \"x\", b: 2 }", "incompatible-types")]
    [InlineData("(if context.count == 1 then principal else resource) in Team::\"a\"", "incompatible-types")]
    [InlineData("(if context.count == 1 then { a: 1, b: 2 } else { a: 3 }).a == 1", "incompatible-types")]
    public void Permissive_mode_takes_more(string condition, string strictKinds)
    {
        Assert.Equal(strictKinds, GivenSchema.Kinds(GivenSchema.InView(condition).Errors));
        Assert.Empty(GivenSchema.InView(condition, ValidationMode.Permissive).Errors);
    }

    [Theory]
    [InlineData("[1, \"a\"].isEmpty()", "incompatible-types")]
    [InlineData("(if context.count == 1 then { a: 1, b: 2 } else { a: 3 }).b == 1", "unknown-attribute")]
    [InlineData("(if context.count == 1 then principal else resource).env == \"a\"", "unknown-attribute")]
    [InlineData("principal.name == \"a\"", "unguarded-attribute")]
    public void Permissive_mode_does_not_take_what_would_fail(string condition, string kinds) =>
        Assert.Equal(kinds, GivenSchema.Kinds(GivenSchema.InView(condition, ValidationMode.Permissive).Errors));

    // What is proven before an access, and what is not.
    [Theory]
    [InlineData("principal has name && principal.name == \"a\"", true)]
    [InlineData("principal has \"name\" && principal[\"name\"] == \"a\"", true)]
    [InlineData("principal.name == \"a\" && principal has name", false)]
    [InlineData("principal has name || principal.name == \"a\"", false)]
    [InlineData("!(principal has name) || principal.name == \"a\"", false)]
    [InlineData("(principal has name || principal has name) && principal.name == \"a\"", true)]
    [InlineData("(principal has name || principal has manager) && principal.name == \"a\"", false)]
    [InlineData("(principal has name || false) && principal.name == \"a\"", true)]
    [InlineData("(false || principal has name) && principal.name == \"a\"", true)]
    [InlineData("if principal has name then principal.name == \"a\" else false", true)]
    [InlineData("if principal has name then true else principal.name == \"a\"", false)]
    [InlineData(
        "(if resource has size then principal has name else principal has name) && principal.name == \"\"", true)]
    [InlineData("(if context.count == 1 then principal has name else true) && principal.name == \"\"", false)]
    [InlineData("(if principal has name then true else false) && principal.name == \"\"", false)]
    [InlineData("(if principal has name then true else principal has name) && principal.name == \"\"", true)]
    [InlineData("context.who has name && principal.name == \"a\"", false)]
    [InlineData("context.who has name && context.who.name == \"a\"", true)]
    [InlineData("principal has manager.name && principal.manager.name == \"a\"", true)]
    [InlineData("principal has manager.name && principal.manager.level == 1", true)]
    [InlineData("principal has manager && principal.manager has name && principal.manager.name == \"\"", true)]
    [InlineData("principal has manager && principal.manager.name == \"a\"", false)]
    [InlineData("principal has deep.er.still && principal.deep.er.still == 1", true)]
    [InlineData("principal has deep.er && principal.deep.er.still == 1", false)]
    [InlineData("principal.home has zip && principal.home.zip == 1", true)]
    [InlineData("principal.hasTag(\"a\") && principal.getTag(\"a\") == \"b\"", true)]
    [InlineData("principal.hasTag(resource.env) && principal.getTag(resource.env) == \"b\"", true)]
    [InlineData("principal.hasTag(resource.env) && principal.getTag(context.who.boss.home.city) == \"b\"", false)]
    [InlineData("principal.hasTag(\"name\") && principal.name == \"b\"", false)]
    [InlineData("principal has a && principal.getTag(\"a\") == \"b\"", true)]
    [InlineData("{ a: principal has name }.a && principal.name == \"b\"", false)]
    [InlineData("(principal has name) == true && principal.name == \"b\"", false)]
    public void Only_what_was_tested_before_is_safe(string condition, bool isValid) =>
        Assert.Equal(isValid, GivenSchema.InView(condition).IsValid);

    // What is decided by types is not looked into any further.
    [Theory]
    [InlineData("false && principal.nothing")]
    [InlineData("true || principal.nothing")]
    [InlineData("if true then true else principal.nothing")]
    [InlineData("if false then principal.nothing else true")]
    [InlineData("principal has nothing && principal.nothing")]
    [InlineData("principal is Host && principal.nothing")]
    [InlineData("!(principal is User) && principal.nothing")]
    [InlineData("principal == resource && principal.nothing")]
    [InlineData("principal != resource || principal.nothing")]
    [InlineData("principal in resource && principal.nothing")]
    [InlineData("resource in [Team::\"a\", Team::\"b\"] && principal.nothing")]
    [InlineData("principal is User in Environment::\"a\" && principal.nothing")]
    [InlineData("action == Action::\"delete\" && principal.nothing")]
    [InlineData("action in Action::\"write\" && principal.nothing")]
    [InlineData("action in [Action::\"write\", Action::\"delete\"] && principal.nothing")]
    [InlineData("action in Team::\"a\" && principal.nothing")]
    [InlineData("Action::\"delete\" in Action::\"read\" && principal.nothing")]
    [InlineData("1 == 2 && principal.nothing")]
    [InlineData("\"a\" != \"a\" && principal.nothing")]
    [InlineData("resource.hasTag(\"a\") && resource.getTag(\"a\") == 1")]
    [InlineData("!(principal.home has city) && principal.nothing")]
    [InlineData("principal has name && !(principal has name) && principal.nothing")]
    public void What_types_decide_cuts_off_the_rest(string condition) =>
        Assert.Empty(GivenSchema.InView(condition).Errors);

    [Fact]
    public void Each_kind_of_request_is_checked()
    {
        Assert.Equal("unknown-attribute", GivenSchema.Kinds(GivenSchema.InDelete("principal.roles.isEmpty()").Errors));
        Assert.Empty(GivenSchema.InDelete("principal is User && principal.roles.isEmpty()").Errors);
        Assert.Empty(GivenSchema.InDelete("principal.level == 1").Errors);
        // A bot always has a name, and a user not.
        Assert.Single(GivenSchema.InDelete("principal.name == \"a\"").Errors);
        // Under one kind of request the tags are texts, under the other numbers.
        Assert.Single(GivenSchema.InDelete("principal.hasTag(\"a\") && principal.getTag(\"a\") == 1").Errors);
    }

    [Theory]
    [InlineData("principal, action, resource", "")]
    [InlineData("principal is User, action, resource", "")]
    [InlineData("principal is Environment, action, resource", "impossible unapplied-action")]
    [InlineData("principal == Host::\"a\", action, resource", "impossible unapplied-action")]
    [InlineData("principal in Team::\"a\", action, resource", "")]
    [InlineData("principal in Host::\"a\", action, resource", "impossible unapplied-action")]
    [InlineData("principal is User in Host::\"a\", action, resource", "impossible unapplied-action")]
    [InlineData("principal, action == Action::\"read\", resource", "impossible unapplied-action")]
    [InlineData("principal, action in Action::\"read\", resource", "")]
    [InlineData("principal, action in [], resource", "impossible unapplied-action")]
    [InlineData("principal is Bot, action in Action::\"read\", resource", "impossible unapplied-action")]
    [InlineData("principal is Bot, action in [Action::\"read\", Action::\"write\"], resource", "")]
    [InlineData("principal, action in Action::\"read\", resource is Environment", "impossible unapplied-action")]
    public void A_scope_that_nothing_fits_is_a_warning_or_by_rule_an_error(string scope, string kinds)
    {
        var policy = $"permit({scope});";
        var newer = GivenSchema.Validate(policy, new ValidationOptions { Mode = ValidationMode.Permissive });
        Assert.Equal((true, kinds), (newer.IsValid, GivenSchema.Kinds(newer.Warnings)));
        var older = GivenSchema.Validate(
            policy,
            new ValidationOptions { Mode = ValidationMode.Permissive, UnappliedAction = UnappliedActionRule.Error });
        Assert.Equal(kinds.Contains("unapplied", StringComparison.Ordinal), !older.IsValid);
    }

    [Theory]
    [InlineData("principal, action in [], resource", "empty-set")]
    [InlineData("principal, action in [], resource is F", "empty-set")]
    [InlineData("principal is F, action in [], resource", "")]
    [InlineData("principal, action in [Action::\"idle\", N::Action::\"rest\"], resource", "incompatible-types")]
    [InlineData("principal, action in [Action::\"idle\", Action::\"nothing\"], resource", "unknown-action")]
    [InlineData("principal, action in [Action::\"idle\", Action::\"act\"], resource", "")]
    public void The_list_of_a_scope_is_checked_also_where_it_selects_nothing(string scope, string kinds)
    {
        var schema = CedarSchema.ParseText("""
            entity E, F;
            action idle;
            action act appliesTo { principal: [E], resource: [E] };
            namespace N { action rest; }
            """).Value;
        var result = Validator.Validate(Given.Policies($"permit({scope});"), schema);
        Assert.Equal(kinds, GivenSchema.Kinds(result.Errors));
    }

    [Fact]
    public void A_condition_that_is_never_true_is_a_warning()
    {
        var result = GivenSchema.InView("principal.level == 1 && false");
        Assert.Equal("impossible", GivenSchema.Kinds(result.Warnings));
        Assert.True(result.IsValid);
        Assert.Empty(GivenSchema.InView("principal.level == 1").Warnings);
    }

    [Fact]
    public void The_errors_of_a_policy_that_never_applies_count() => Assert.Equal(
        "unguarded-attribute", GivenSchema.Kinds(GivenSchema.InView("principal.name == \"\" && false").Errors));

    [Fact]
    public void A_finding_says_where_what_and_what_to_do()
    {
        var policies = PolicySet.Parse(
            "permit(principal, action == Action::\"view\", resource)\nwhen { context.note == \"a\" };",
            fileName: "a.cedar");
        var finding = Assert.Single(Validator.Validate(policies.Value, GivenSchema.Schema).Errors);
        Assert.Equal(
            "a.cedar:2:15: policy0: attribute \"note\" of context for Action::\"view\" is optional and may be missing; "
            + "test before with 'context has note' [cedar.validate.unguarded-attribute]",
            finding.ToString());
        Assert.Contains(" 2 | when { context.note == \"a\" }", finding.Excerpt, StringComparison.Ordinal);
    }

    [Fact]
    public void Policies_from_JSON_are_validated_like_those_from_text()
    {
        var text = Given.Policies(
            "permit(principal, action == Action::\"view\", resource) when { principal.nme == 1 };");
        var finding = Assert.Single(
            Validator.Validate(PolicySet.ParseJson(text.ToJson(), "a.json").Value, GivenSchema.Schema).Errors);
        Assert.Equal(
            "a.json:1:223: policy0: attribute \"nme\" of User does not exist; did you mean 'name'? "
            + "[cedar.validate.unknown-attribute]",
            finding.ToString());
        Assert.Contains("\"conditions\":", finding.Excerpt, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("principal is Usr", "did you mean 'User'?")]
    [InlineData("principal is Spaceship", null)]
    [InlineData("action == Action::\"vew\"", "did you mean 'Action::\"view\"'?")]
    [InlineData("principal.nme == \"a\"", "did you mean 'name'?")]
    [InlineData("principal.home.City == \"a\"", "did you mean 'city'?")]
    [InlineData("Color::\"gren\" == Color::\"red\"", "did you mean 'green'?")]
    [InlineData("principal.home.zip == 1", "test before with 'principal.home has zip'")]
    [InlineData("resource.env.contains(\"a\")", "a string is matched with 'like'")]
    [InlineData("principal.level + \"a\" == 1", "Cedar cannot join strings")]
    public void A_hint_says_what_to_do(string condition, string? hint) =>
        Assert.Equal(hint, GivenSchema.InView(condition).Errors.Select(finding => finding.Hint).First());

    [Fact]
    public void Findings_stand_in_the_order_of_the_set_and_of_the_text()
    {
        var result = GivenSchema.Validate("""
            permit(principal, action, resource) when { 1 } when { "a" };
            permit(principal, action, resource);
            permit(principal, action, resource) when { [] };
            """);
        var places = result.Errors.Select(finding => (finding.PolicyId, finding.Position.Line)).Distinct();
        Assert.Equal([("policy0", 1), ("policy2", 3)], places);
        Assert.Equal(["Long", "String"], result.Errors.Take(2).Select(finding => finding.Message.Split(' ')[^1]));
    }

    [Fact]
    public void The_same_finding_under_several_kinds_of_request_is_reported_once() =>
        Assert.Single(GivenSchema.Validate("permit(principal, action, resource) when { 1 };").Errors);

    [Fact]
    public void Experiments_count()
    {
        const string Policy = """
            permit(principal, action == Action::"view", resource)
            when { principal.from.isInRange(ip("::1"), ip("::2")) };
            """;
        var variadic = Given.Policies(Policy, CedarExperiments.VariadicIsInRange);
        Assert.Empty(Validator.Validate(variadic, GivenSchema.Schema).Errors);
        Assert.NotEmpty(GivenSchema.Validate(Policy).Errors);
    }

    [Fact]
    public void The_default_mode_is_the_strict_one_and_the_default_rule_that_of_the_newest_release()
    {
        var options = ValidationOptions.Default;
        Assert.Equal(ValidationMode.Strict, default(ValidationMode));
        Assert.Equal(UnappliedActionRule.Error, default(UnappliedActionRule));
        Assert.Equal(
            (ValidationMode.Strict, UnappliedActionRule.Warning, null),
            (options.Mode, options.UnappliedAction, options.LevelMax));
    }
}
