using System.Collections.Immutable;
using Writ.Documents;
using Writ.Policies;

namespace Writ.Tests.Policies;

/// <summary>Test files beside policies: what they say when they fail, and what is wrong with those that test
/// nothing.</summary>
public sealed class PolicyTestFileTests
{
    const string Policy = """
        @id("all") @reason("r") @owner("o") permit (principal, action, resource);
        @id("gate") @reason("g") @owner("o") @approval("team:sre") @quorum("2")
        forbid (principal, action in Action::"write", resource)
        unless { context.approvals.teams.contains("sre") };
        """;

    [Fact]
    public void A_failing_case_says_where_it_stands_and_what_was_expected_and_found()
    {
        var failed = Assert.Single(Inspected("""
            tests:
              - { name: a write is free, command: [touch, x], expect: allow, rules: [gate, all] }
            """).Tests);
        Assert.Equal(("policies/tests/t.yaml:2:5", "a write is free"), (failed.Place, failed.Name));
        Assert.Equal(["the verdict is approval, not allow"], failed.Differences);
        Assert.Equal("allow, by gate, all", failed.Expected);
        Assert.Equal("approval [policy.approval], asks 2 of sre (rule gate), by all, gate", failed.Actual);
    }

    [Theory]
    [InlineData("gates: [2 of sre]")]
    [InlineData("gates: [{team: sre, quorum: 2, rule: gate}]")]
    public void Gates_are_compared_one_by_one(string gates)
    {
        Assert.True(Only($"name: w, command: [touch, x], expect: approval, {gates}").Passed());
        Assert.Equal(
            ["nobody is asked for 1 of ops", "rule gate asks 2 of sre, which is not expected"],
            Only("name: w, command: [touch, x], expect: approval, gates: [1 of ops]").Differences);
    }

    [Theory]
    [InlineData("approvals: {teams: [sre]}", "allow")]
    [InlineData("approvals: {teams: [sre], people: 2}", "allow")]
    [InlineData("approvals: {teams: [sre], people: 1}", "approval")]
    [InlineData("approvals: {teams: [ops]}", "approval")]
    public void Approvals_are_given_as_people_would(string approvals, string verdict) => Assert.True(
        Only($"name: w, command: [touch, x], {approvals}, expect: {verdict}, gates: [2 of sre]"
            .Replace(", gates: [2 of sre]", verdict == "allow" ? "" : ", gates: [2 of sre]", StringComparison.Ordinal))
            .Passed());

    [Theory]
    [InlineData("", "policy.test-empty", "1:1")]
    [InlineData("tests: []", "policy.test-empty", "1:1")]
    [InlineData("given: {environment: prod}", "policy.test-empty", "1:1")]
    [InlineData("tests:\n  - {name: a, expect: allow}", "policy.test-asks", "2:5")]
    [InlineData("tests:\n  - {name: a, command: [ls], shell: ls, expect: allow}", "policy.test-asks", "2:5")]
    [InlineData("tests:\n  - {name: a, command: [ls]}", "realm.missing-key", "2:5")]
    [InlineData("tests:\n  - {name: a, command: [ls], expect: yes}", "realm.bad-value", "2:38")]
    [InlineData("tests:\n  - {name: a, command: [ls], expect: approval}", "policy.test-no-gates", "2:38")]
    [InlineData("tests:\n  - {name: a, command: [ls], expect: allow, gates: [two of sre]}", "realm.bad-value", "2:53")]
    [InlineData("tests:\n  - {name: a, command: [ls], expect: allow, rules: [ghost]}",
        "policy.test-unknown-rule", "2:5")]
    [InlineData("tests:\n  - {name: a, effects: [{verb: fs.fly}], expect: allow}", "realm.bad-value", "2:32")]
    [InlineData("tests:\n  - {name: a, command: [ls], expect: allow, expects: x}", "realm.unknown-key", "2:45")]
    [InlineData("tests:\n  - {name: a\n", "realm.bad-yaml", "3:1")]
    [InlineData("given: {context: {at: yesterday}}\ntests: [{name: a, command: [ls], expect: allow}]",
        "realm.bad-value", "1:23")]
    public void What_tests_nothing_or_nonsense_is_an_error_with_its_place(string tests, string code, string place)
    {
        var inspection = Inspected(tests);
        Assert.False(inspection.IsSound());
        var finding = Assert.Single(inspection.Findings, f => f.Level == FindingLevel.Error);
        Assert.Equal(code, finding.Code);
        Assert.StartsWith($"policies/tests/t.yaml:{place}", finding.Place, StringComparison.Ordinal);
    }

    [Fact]
    public void A_test_file_may_be_json() => Assert.True(Assert.Single(BundleInspection.Of(
        new PolicySource([
            new PolicyFile("policies/p.cedar", Policy),
            new PolicyFile("policies/tests/t.json",
                """{"tests": [{"name": "read", "command": ["ls"], "expect": "allow"}]}"""),
        ]), null, null).Tests).Passed());

    [Theory]
    [InlineData("entity A; action \"run\" appliesTo { principal: A, resource: A };",
        "cedar.validate.unknown-action", "policies/p.cedar:2:")]
    [InlineData("entity A\naction", "cedar.syntax", "policies/s.cedarschema:2:")]
    [InlineData("entity A in [B];", "cedar.schema", "policies/s.cedarschema:1:")]
    public void What_does_not_fit_the_schema_is_named_with_its_place(string schema, string code, string place)
    {
        var errors = BundleInspection.Of(
            new PolicySource([
                new PolicyFile("policies/p.cedar", """
                    @id("all") @reason("r") @owner("o")
                    permit (principal, action == Action::"runn", resource);
                    """),
                new PolicyFile("policies/s.cedarschema", schema),
            ]), null, null).Findings.Where(f => f.Level == FindingLevel.Error).ToList();
        Assert.NotEmpty(errors);
        Assert.StartsWith(code, errors[0].Code, StringComparison.Ordinal);
        Assert.StartsWith(place, errors[0].Place, StringComparison.Ordinal);
    }

    [Fact]
    public void A_duplicate_id_is_named_with_file_line_and_column()
    {
        var inspection = BundleInspection.Of(new PolicySource([
            new PolicyFile("policies/a.cedar", Policy), new PolicyFile("policies/b.cedar", "\n  " + Policy),
        ]), null, null);
        Assert.Null(inspection.Bundle);
        var finding = inspection.Findings[0];
        Assert.Equal(
            ("cedar.policy.duplicate-id", "policies/b.cedar:2:3"), (finding.Code, finding.Place));
    }

    [Fact]
    public void Rules_are_compared_by_what_they_decide()
    {
        var before = Compiled(Policy);
        Assert.Empty(PolicyDiff.Between(before, Compiled(Policy + "\n// a word\n")));
        var words = Assert.Single(PolicyDiff.Between(before, Compiled(Policy.Replace(
            "@reason(\"g\")", "@reason(\"forbid (all)\")", StringComparison.Ordinal))));
        Assert.True(words.OnlyWords);
        var asks = Assert.Single(PolicyDiff.Between(before, Compiled(Policy.Replace(
            "@quorum(\"2\")", "@quorum(\"3\")", StringComparison.Ordinal))));
        Assert.Equal(("gate", false), (asks.Rule, asks.OnlyWords));
        var gone = Assert.Single(PolicyDiff.Between(before, Compiled(Policy[..Policy.IndexOf('\n')])));
        Assert.Null(gone.After);
    }

    static PolicyTestResult Only(string fields) => Assert.Single(Inspected($"tests: [{{{fields}}}]").Tests);

    static PolicyBundle Compiled(string policy) =>
        PolicyBundle.Compile(new PolicySource([new PolicyFile("p.cedar", policy)])).Bundle!;

    static BundleInspection Inspected(string tests) => BundleInspection.Of(
        Given.Publishable(new PolicySource(ImmutableArray.Create(
            new PolicyFile("policies/p.cedar", Policy), new PolicyFile("policies/tests/t.yaml", tests)))), null, null);
}
