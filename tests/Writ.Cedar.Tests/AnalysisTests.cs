using Writ.Testing;

namespace Writ.Cedar.Tests;

/// <summary>Questions about all requests, in tables, those that cannot be decided included.</summary>
public sealed class AnalysisTests
{
    const string Permit = "permit(principal, action, resource)";
    const string Forbid = "forbid(principal, action, resource)";
    const string Sre = "permit(principal in Team::\"sre\", action == Action::\"read\", resource);";

    // Whether anything satisfies one condition: decided completely, for every type of value.
    [Theory]
    [InlineData("true", true)]
    [InlineData("false", false)]
    [InlineData("context.a && !context.a", false)]
    [InlineData("context.a == 1 && context.a == 2", false)]
    [InlineData("context.a == 1 && context.a != 2", true)]
    [InlineData("context.a == 1 || context.a == \"x\"", true)]
    [InlineData("context.n > 3 && context.n < 5", true)]
    [InlineData("context.n > 3 && context.n < 5 && context.n != 4", false)]
    [InlineData("context.n > 3 && context.n < 7 && context.n != 4 && context.n != 5", true)]
    [InlineData("3 < context.n && 3 >= context.n", false)]
    [InlineData("context.n > 9223372036854775806", true)]
    [InlineData("context.n > 9223372036854775807", false)]
    [InlineData("context.n < 5 && context.n like \"x\"", false)]
    [InlineData("context.s like \"a*\" && context.s like \"*b\"", true)]
    [InlineData("context.s like \"a*\" && context.s like \"b*\"", false)]
    [InlineData("context.s like \"a*b\" && context.s like \"*ab\" && !(context.s like \"ab\")", true)]
    [InlineData("context.s like \"*aa*\" && !(context.s like \"*a*\")", false)]
    [InlineData("context.s like \"ab*\" && !(context.s like \"a*\")", false)]
    [InlineData("context.s like \"a\\*b\" && context.s like \"a?b\"", false)]
    [InlineData("context.s == \"abc\" && context.s like \"*c\" && context.s != \"c\"", true)]
    [InlineData(
        "context.s like \"*x*\" && context.s like \"*y*\" && context.s like \"*z*\" && !(context.s like \"*xyz*\")",
        true)]
    [InlineData("context.s like \"\U0001F600*\" && context.s like \"\U0001F601*\"", false)]
    [InlineData("context.s like \"\U0001F600*\" && context.s like \"*\U0001F601\" && context.s != \"x\"", true)]
    [InlineData("context.s like \"*x*y\" && !(context.s like \"*x*\")", false)]
    [InlineData("context.s like \"x**y\" && !(context.s like \"x*\")", false)]
    [InlineData(
        "context.s like \"*ab*\" && context.s like \"*ba*\" && !(context.s like \"*ab*ba*\") && "
        + "!(context.s like \"*ba*ab*\") && !(context.s like \"*bab*\")",
        true)]
    [InlineData(
        "context.s like \"*ab*\" && context.s like \"*ba*\" && !(context.s like \"*ab*ba*\") && "
        + "!(context.s like \"*ba*ab*\") && !(context.s like \"*bab*\") && !(context.s like \"*aba*\")",
        false)]
    [InlineData("context.set.contains(1) && context.set.isEmpty()", false)]
    [InlineData("context.set.containsAll([1, 2]) && !context.set.contains(2)", false)]
    [InlineData("context.set.containsAny([1, 2]) && !context.set.contains(2)", true)]
    [InlineData("!context.set.containsAny([1, 2]) && !context.set.isEmpty()", true)]
    [InlineData("[1, 2].containsAll(context.set) && !context.set.contains(1) && !context.set.contains(2)", true)]
    [InlineData(
        "[1].containsAll(context.set) && !context.set.contains(1) && !context.set.isEmpty()",
        false)]
    [InlineData("[\"a\", \"b\"].contains(context.s) && context.s != \"a\"", true)]
    [InlineData("[\"a\", \"b\"].contains(context.s) && context.s != \"a\" && context.s != \"b\"", false)]
    [InlineData("context.set == [1] && context.set.contains(2)", false)]
    [InlineData("context.ip.isInRange(ip(\"10.0.0.0/8\")) && context.ip.isIpv6()", false)]
    [InlineData("context.ip.isInRange(ip(\"10.0.0.0/8\")) && !context.ip.isInRange(ip(\"10.0.0.0/9\"))", true)]
    [InlineData("context.ip.isInRange(ip(\"10.0.0.0/16\")) && !context.ip.isInRange(ip(\"10.0.0.0/8\"))", false)]
    [InlineData(
        "context.ip.isInRange(ip(\"10.0.0.0/8\")) && "
        + "!context.ip.isInRange(ip(\"10.0.0.0/9\")) && !context.ip.isInRange(ip(\"10.128.0.0/9\"))",
        true)]
    [InlineData("context.ip.isLoopback() && context.ip.isMulticast()", false)]
    [InlineData("context.at < datetime(\"2026-01-01\") && context.at >= datetime(\"2025-12-31\")", true)]
    [InlineData("context.at < datetime(\"2026-01-01\") && context.at > datetime(\"2026-01-02\")", false)]
    [InlineData("context.at < datetime(\"2026-01-01\") && context.at < duration(\"1d\")", false)]
    [InlineData("context.d.lessThan(decimal(\"1.0\")) && context.d.greaterThan(decimal(\"0.9999\"))", false)]
    [InlineData("context.d.lessThan(decimal(\"1.0\")) && context.d.greaterThanOrEqual(decimal(\"0.9999\"))", true)]
    [InlineData("context has a && !(context has a)", false)]
    [InlineData("context.a.b == 1 && !(context has a.b)", false)]
    [InlineData("context has a.b && context.a == 1", false)]
    [InlineData("context.a.b.c && context.a has d", true)]
    [InlineData("principal == User::\"a\" && principal is Team", false)]
    [InlineData("principal == User::\"a\" && principal == User::\"b\"", false)]
    [InlineData("principal in Team::\"a\" && principal in Team::\"b\" && principal is User", true)]
    [InlineData("principal in Team::\"a\" && !(principal in [Team::\"a\", Team::\"b\"])", false)]
    [InlineData("principal == Team::\"a\" && !(principal in Team::\"a\")", false)]
    [InlineData("principal in Team::\"sre\" && !(principal in Team::\"all\")", false)]
    [InlineData("principal in Team::\"all\" && !(principal in Team::\"sre\")", true)]
    [InlineData("principal == User::\"alice\" && principal.level == 3", true)]
    [InlineData("principal == User::\"alice\" && principal.level == 4", false)]
    [InlineData("principal == User::\"alice\" && principal.home.city like \"G*\"", true)]
    [InlineData("principal.owner.level > 2 && principal.owner is User", true)]
    [InlineData("principal.hasTag(\"x\") && principal.getTag(\"x\") == 1", true)]
    [InlineData("!principal.hasTag(\"x\") && principal.getTag(\"x\") == 1", false)]
    [InlineData("action == Action::\"delete\" && action in Action::\"write\"", true)]
    [InlineData("action == Action::\"read\" && action in Action::\"write\"", false)]
    [InlineData("(if context.a then context.b else context.c) && !context.b && !context.c", false)]
    [InlineData("(context.a == true) != true && context.a == true", false)]
    public void A_condition_about_single_values_is_decided_completely(string condition, bool possible)
    {
        var finding = Applies(condition);
        Assert.IsType(possible ? typeof(Finding.Yes) : typeof(Finding.No), finding);
    }

    // Found by trying, or not decided; never called impossible.
    [Theory]
    [InlineData("principal == resource", true)]
    [InlineData("context.a == context.b", true)]
    [InlineData("resource.owner == principal && principal in Team::\"sre\"", true)]
    [InlineData("context.n + 1 > 3", true)]
    [InlineData("context.n * context.n == 7", false)]
    [InlineData("context.n + 1 == context.n", false)]
    [InlineData("context.a != context.a", false)]
    [InlineData("context.at.toDate() != context.at && context.at < datetime(\"1970-01-02\")", true)]
    [InlineData("context.at.toDate() > context.at", false)]
    public void A_condition_about_several_values_is_tried(string condition, bool found)
    {
        var finding = Applies(condition);
        Assert.IsType(found ? typeof(Finding.Yes) : typeof(Finding.Bounded), finding);
    }

    // What stands around a condition that is not understood can still exclude it.
    [Theory]
    [InlineData("context.n * context.n == 7 && context.a == 1 && context.a == 2")]
    [InlineData("context.n * context.n == 7 && !(context.n * context.n == 7) && context.b && !context.b")]
    public void A_condition_that_is_not_understood_does_not_hide_a_contradiction(string condition) =>
        Assert.IsType<Finding.No>(Applies(condition));

    [Theory]
    [InlineData(Sre, Sre, false)]
    [InlineData(Sre, "permit(principal in Team::\"sre\", action, resource);", true)]
    [InlineData("permit(principal, action, resource);", Sre, false)]
    [InlineData(Permit + " when { context.n < 10 };", Permit + " when { context.n <= 9 };", false)]
    [InlineData(Permit + " when { context.n < 10 };", Permit + " when { context.n <= 10 };", true)]
    [InlineData(
        Permit + " when { context.s like \"git log *\" };", Permit + " when { context.s like \"git log*\" };", true)]
    [InlineData(
        Permit + " when { context.s like \"git*\" };", Permit + " when { context.s like \"git log*\" };", false)]
    [InlineData(Permit + ";" + Forbid + " when { context.a };", Permit + " unless { context.a };", false)]
    [InlineData(Permit + " unless { context.a };", Permit + ";" + Forbid + " when { context.a };", true)]
    [InlineData(
        Permit + " when { context.a || context.b };",
        Permit + " when { context.b }; permit(principal, action, resource) when { context.a };", true)]
    public void A_change_that_allows_something_new_is_found(string before, string after, bool more)
    {
        var finding = PolicyAnalysis.AllowsMore(Given.Policies(before), Given.Policies(after), World);
        Assert.IsType(more ? typeof(Finding.Yes) : typeof(Finding.No), finding);
        if (finding is Finding.Yes(var witness))
            Assert.Equal([Decision.Deny, Decision.Allow], witness.Answers.Select(answer => answer.Decision));
    }

    // What is not understood is the same before and after, so it does not stand in the way.
    [Theory]
    [InlineData("context.n + 1 > context.m", "context.m < context.n + 1", false)]
    [InlineData("context.n + 1 > context.m", "context.n + 1 >= context.m", true)]
    [InlineData("principal.team == resource.team", "principal.team == resource.team && context.a", false)]
    [InlineData("principal.team != resource.team || context.a", "!(principal.team == resource.team)", false)]
    [InlineData(
        "principal.team == resource.team && context.a == 1", "principal.team == resource.team && context.a in [1]",
        false)]
    public void A_change_beside_a_condition_that_is_not_understood_is_decided(string before, string after, bool more)
    {
        static PolicySet Set(string condition) =>
            Given.Policies($"permit(principal, action, resource) when {{ {condition} }};");
        Assert.IsType(
            more ? typeof(Finding.Yes) : typeof(Finding.No), PolicyAnalysis.AllowsMore(Set(before), Set(after), World));
    }

    [Fact]
    public void A_forbid_that_can_be_made_to_fail_is_a_way_around_it()
    {
        var policies = Given.Policies(
            "permit(principal, action, resource); forbid(principal, action, resource) unless { context.approved };");
        var world = World with { Assumptions = ["!(context has approved && context.approved == true)"] };
        Assert.IsType<Finding.Yes>(PolicyAnalysis.AllowsAnything(policies, world));
        Assert.IsType<Finding.No>(PolicyAnalysis.AllowsAnything(policies, world with { FailingForbidDenies = true }));
    }

    [Fact]
    public void The_deepest_policies_are_analysed_on_a_small_stack()
    {
        string[] deep =
        [
            string.Concat(Enumerable.Repeat("!(", 196)) + "context.b" + new string(')', 196),
            "context" + string.Concat(Enumerable.Repeat(".a", 196)),
            "context has a" + string.Concat(Enumerable.Repeat(".a", 196)),
            string.Concat(Enumerable.Repeat("if context.b then context.c else ", 190)) + "context.d",
        ];
        var found = new List<Finding>();
        var thread = new Thread(() => found.AddRange(deep.Select(Applies)), 1024 * 1024);
        thread.Start();
        thread.Join();
        Assert.All(found, finding => Assert.IsType<Finding.Yes>(finding));
        Assert.Equal(deep.Length, found.Count);
    }

    [Fact, Slow]
    public void A_search_that_takes_too_long_ends_without_an_answer()
    {
        // Twelve things in eleven places: no request does it, and to exclude it takes too long.
        const int places = 11;
        var each = Enumerable.Range(0, places + 1).Select(thing =>
            "(" + string.Join(" || ", Enumerable.Range(0, places).Select(place => $"context.t{thing}p{place}")) + ")");
        var never = from place in Enumerable.Range(0, places)
                    from one in Enumerable.Range(0, places + 1)
                    from other in Enumerable.Range(0, one)
                    select $"!(context.t{one}p{place} && context.t{other}p{place})";
        var condition = string.Join(" && ", each.Concat(never));
        var policy = Given.Policies($"permit(principal, action, resource) when {{ {condition} }};");
        var finding = PolicyAnalysis.Applies(policy, "policy0", AnalysisWorld.Anything);
        Assert.Contains("too many", Assert.IsType<Finding.Bounded>(finding).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mistake_in_an_assumption_is_said()
    {
        var finding = PolicyAnalysis.AllowsAnything(PolicySet.Empty, World with { Assumptions = ["context."] });
        Assert.Contains("cedar.syntax", Assert.IsType<Finding.Bounded>(finding).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Rules_that_never_count_are_named()
    {
        var report = RuleReport.Of(
            Given.Policies(
                """
                permit(principal is User, action, resource) when { context.n > 3 };
                permit(principal is User, action, resource) when { context.n > 5 };
                permit(principal, action, resource) when { context.n > 3 && context.n < 2 };
                permit(principal in Team::"sre", action == Action::"delete", resource) when { context.n < 0 };
                forbid(principal, action in Action::"write", resource);
                forbid(principal, action == Action::"delete", resource) when { context.s like "*rm*" };
                permit(principal, action, resource) when { context.n * context.n == 7 };
                permit(principal is User, action, resource) when { context.n > 3 && context.n < 5 };
                permit(principal is Host, action, resource) when { context.n < 5 || context.n >= 5 };
                """),
            World);
        Assert.Equal(
            [
                "policy0 in use", "policy1 covered by policy0", "policy2 dead", "policy3 overridden",
                "policy4 in use", "policy5 covered by policy4", "policy6 undecided", "policy7 covered by policy0",
                "policy8 in use",
            ],
            report.Rules.Select(rule => rule.ToString()));
    }

    [Fact]
    public void A_rule_that_several_others_cover_together_is_redundant()
    {
        var report = RuleReport.Of(
            Given.Policies(
                """
                permit(principal, action, resource) when { context.n < 5 };
                permit(principal, action, resource) when { context.n > 3 };
                permit(principal, action, resource) when { context.n > 0 && context.n < 9 };
                """),
            World);
        Assert.Equal(
            ["policy0 in use", "policy1 in use", "policy2 redundant"], report.Rules.Select(rule => rule.ToString()));
    }

    static AnalysisWorld World { get; } = new() { Entities = Given.Entities };

    static Finding Applies(string condition)
    {
        var policies = Given.Policies($"permit(principal, action, resource) when {{ {condition} }};");
        var finding = PolicyAnalysis.Applies(policies, "policy0", World);
        if (finding is Finding.Yes(var witness))
        {
            var answer = Authorizer.Decide(policies, witness.Request, witness.Entities);
            Assert.Equal(["policy0"], Given.Ids(answer.SatisfiedPermits));
            Assert.NotEmpty(witness.ToString());
        }
        return finding;
    }
}
