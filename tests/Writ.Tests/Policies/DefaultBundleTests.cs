using Writ.Documents;
using Writ.Policies;
using Writ.Requests;
using Writ.Testing;

namespace Writ.Tests.Policies;

/// <summary>The bundle that Writ comes with: sound, tested, and no rule in it that a test would not miss.</summary>
public sealed class DefaultBundleTests
{
    static readonly Lazy<PolicySource> _source = new(Read);
    static readonly Lazy<BundleInspection> _inspection = new(() => BundleInspection.Of(_source.Value, null, null));

    public static TheoryData<string> Rules => [.. _inspection.Value.Bundle!.RuleIds().Order(StringComparer.Ordinal)];

    [Fact]
    public void Nothing_is_wrong_or_odd_about_it()
    {
        Assert.Empty(_inspection.Value.Findings);
        Assert.True(_inspection.Value.IsSound());
        Assert.Equal("writ-default", _inspection.Value.Name.Name);
    }

    [Fact]
    public void Its_tests_pass()
    {
        Assert.True(_inspection.Value.Tests.Length >= 50, "the tests were found");
        Assert.Empty(_inspection.Value.Tests.Where(t => !t.Passed())
            .Select(t => $"{t.Place} {t.Name}: {string.Join("; ", t.Differences)} (actual: {t.Actual})"));
    }

    [Fact]
    public void Every_rule_says_which_controls_it_serves() => Assert.Empty(
        _inspection.Value.Bundle!.Policies.Policies
            .Where(p => string.IsNullOrEmpty(p.Annotations.GetValueOrDefault("controls"))).Select(p => p.Id));

    [Theory, Slow]
    [MemberData(nameof(Rules))]
    public void Without_a_rule_a_verdict_that_is_tested_changes(string rule)
    {
        var text = _inspection.Value.Bundle!.Policies.Policies.Single(p => p.Id == rule).Text;
        var without = new PolicySource([
            .. _source.Value.Files.Select(f => f with { Text = f.Text.Replace(text, "", StringComparison.Ordinal) }),
        ]);
        var bundle = PolicyBundle.Compile(without).Bundle;
        Assert.NotNull(bundle);
        // Not by the rule's name, which is missing now anyway, but by what is decided.
        var cases = PolicyTestReader.Read(_source.Value).Cases.Select(c => c with
        {
            Expected = c.Expected with
            {
                Rules = [],
                Gates = c.Expected.Gates is { } gates ? [.. gates.Select(g => g with { Rule = null })] : null,
            },
        });
        Assert.Contains(PolicyTestRun.Of(bundle, cases), r => !r.Passed());
    }

    [Fact]
    public void The_schema_names_every_verb_of_the_core()
    {
        var schema = _source.Value.Of(PolicyFileKind.Schema).Single().Text;
        Assert.All(Verbs.Groups.Keys, v => Assert.Contains($"\"{v}\"", schema, StringComparison.Ordinal));
    }

    static PolicySource Read()
    {
        var root = Path.Combine(SharedData.RepositoryRoot, "policies");
        return new PolicySource([
            .. Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Select(f => new PolicyFile("policies/" + Path.GetRelativePath(root, f), File.ReadAllText(f))),
        ]);
    }
}
