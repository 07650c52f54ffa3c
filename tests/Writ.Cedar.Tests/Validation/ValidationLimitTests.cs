using System.Globalization;
using Writ.Testing;

namespace Writ.Cedar.Tests.Validation;

/// <summary>Policies and schemas that would take long are given up with an error, and none passes unchecked.</summary>
public sealed class ValidationLimitTests
{
    [Fact]
    public void Too_many_steps_are_an_error_for_every_policy_that_is_left()
    {
        var policies = Given.Policies(string.Concat(Enumerable.Repeat("permit(principal, action, resource);\n", 100)));
        var result = Validator.Validate(policies, GivenSchema.Schema, new ValidationOptions { StepsMax = 500 });
        Assert.All(result.Errors, finding => Assert.Equal("cedar.limit.validation", finding.Code));
        Assert.InRange(result.Errors.Length, 50, 99);
        Assert.Equal("policy99", result.Errors[^1].PolicyId);
        Assert.Empty(Validator.Validate(policies, GivenSchema.Schema).Errors);
    }

    [Fact]
    public void Too_many_findings_are_an_error()
    {
        var many = Enumerable.Range(0, CedarLimits.FindingsMax + 10)
            .Select(i => $"permit(principal, action, resource) when {{ context.a{i} }};\n");
        var result = GivenSchema.Validate(string.Concat(many));
        Assert.Equal("cedar.limit.validation", result.Errors[^1].Code);
        Assert.Equal(CedarLimits.FindingsMax + 1, result.Errors.Length + result.Warnings.Length);
    }

    [Fact]
    public void A_policy_that_tests_too_many_attributes_is_refused()
    {
        var tests = Enumerable.Range(0, CedarLimits.CapabilitiesMax + 1)
            .Select(i => FormattableString.Invariant($"context has a{i}"));
        var result = GivenSchema.InView(string.Join(" || ", tests));
        Assert.Equal("cedar.limit.validation", Assert.Single(result.Errors).Code);
    }

    // The meaning of each form repeats its operand; the checker must not.
    [Theory]
    [InlineData("({0}) is User in Team::\"a\"")]
    [InlineData("({0}) has manager.manager.manager")]
    public void Nesting_does_not_double_the_work(string form)
    {
        var condition = "principal is User";
        for (var i = 0; i < 60; i++)
            condition = string.Format(
                CultureInfo.InvariantCulture, form, $"if {condition} then principal else context.who");
        var policies = Given.Policies(
            $"permit(principal, action == Action::\"view\", resource) when {{ {condition} }};");
        foreach (var level in new int?[] { null, 100 })
        {
            var options = new ValidationOptions { LevelMax = level, StepsMax = 100_000 };
            Assert.Empty(Validator.Validate(policies, GivenSchema.Schema, options).Errors);
        }
    }

    [Theory, Slow]
    [InlineData(" && ")]
    [InlineData(" || ")]
    public void A_long_chain_is_checked_in_one_go(string op)
    {
        var chain = string.Join(op, Enumerable.Repeat("principal has name", 20_000));
        var result = GivenSchema.InView(chain);
        Assert.Empty(result.Errors);
        var conditions = string.Concat(Enumerable.Repeat("when { principal has name }", 20_000));
        var policy = $"permit(principal, action == Action::\"view\", resource) {conditions};";
        Assert.Empty(GivenSchema.Validate(policy).Errors);
    }

    [Fact]
    public void A_long_path_is_checked_in_one_go()
    {
        var path = string.Join('.', Enumerable.Repeat("manager", 5_000));
        Assert.Empty(GivenSchema.InView($"principal has {path}").Errors);
        var result = GivenSchema.Validate(
            $"permit(principal, action == Action::\"view\", resource) when {{ principal has {path} }};",
            new ValidationOptions { LevelMax = 10 });
        Assert.Contains("level", GivenSchema.Kinds(result.Errors));
    }

    [Fact]
    public void The_deepest_expression_is_checked()
    {
        var depth = CedarLimits.DepthMax - 2;
        var condition = new string('[', depth) + "1" + new string(']', depth) + ".isEmpty()";
        Assert.Empty(GivenSchema.InView(condition).Errors);
    }
}
