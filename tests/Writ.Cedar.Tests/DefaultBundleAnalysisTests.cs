using Writ.Testing;

namespace Writ.Cedar.Tests;

/// <summary>
/// The reviewers' questions, asked of the bundle that Writ ships, with its schema and as Writ reads answers.
/// </summary>
public sealed class DefaultBundleAnalysisTests
{
    const string NoApprovals =
        "context.approvals.count == 0 && context.approvals.teams.isEmpty() && context.approvals.people.isEmpty()";

    static readonly CedarSchema Schema = CedarSchema.ParseText(Read("schema.cedarschema")).Value;

    static readonly PolicySet Bundle = PolicySet.Combine(
        Directory.GetFiles(Path.Combine(SharedData.RepositoryRoot, "policies"), "*.cedar")
            .Order(StringComparer.Ordinal)
            .Select(file => PolicySet.Parse(File.ReadAllText(file), PolicyIdSource.IdAnnotation, file).Value)).Value;

    static readonly AnalysisWorld World = new() { Schema = Schema, FailingForbidDenies = true };

    // Which actions production can see without anybody having agreed.
    [Theory]
    [InlineData("fs.read", true)]
    [InlineData("service.read", true)]
    [InlineData("secret.read", false)]
    // A command's own words; what its workflow names, through the run's way out; and there the two exceptions.
    [InlineData("net.connect", false, "context.effect.net.via == \"\"")]
    [InlineData("net.connect", true, "context.effect.net.via != \"\"")]
    [InlineData("net.connect", false, "context.effect.net.reach == \"public\" && !context.effect.net.encrypted")]
    [InlineData("net.connect", false, "context.effect.net.reach == \"metadata\"")]
    [InlineData("infra.delete", false)]
    [InlineData("repo.delete", false)]
    [InlineData("service.write", false)]
    [InlineData("infra.write", false)]
    [InlineData("fs.delete", false)]
    [InlineData("privilege.raise", false)]
    [InlineData("package.install", false)]
    [InlineData("code.run", false)]
    [InlineData("unknown", false)]
    public void What_production_allows_automatically_is_known(string action, bool automatic, string where = "true")
    {
        var finding = PolicyAnalysis.AllowsAnything(Bundle, World with
        {
            Assumptions =
            [
                $"action == Action::\"{action}\"", "context.session.production",
                "!(resource in TargetGroup::\"worktree\")", NoApprovals, where,
            ],
        });
        Assert.IsType(automatic ? typeof(Finding.Yes) : typeof(Finding.No), finding);
        if (finding is Finding.Yes(var witness))
            Conforms(witness);
    }

    [Fact]
    public void An_approval_is_what_opens_production()
    {
        var finding = PolicyAnalysis.AllowsAnything(Bundle, World with
        {
            Assumptions = ["action == Action::\"service.write\"", "context.session.production"],
        });
        var witness = Assert.IsType<Finding.Yes>(finding).Witness;
        Conforms(witness);
    }

    [Fact]
    public void Taking_a_gate_away_is_something_new()
    {
        var without = PolicySet.Of([.. Bundle.Policies.Where(policy => policy.Id != "prod-writes")]);
        var witness = Assert.IsType<Finding.Yes>(PolicyAnalysis.AllowsMore(Bundle, without, World)).Witness;
        Assert.Contains("prod-writes", Given.Ids(witness.Answers[0].SatisfiedForbids));
        Conforms(witness);
        Assert.IsType<Finding.No>(PolicyAnalysis.AllowsMore(without, Bundle, World));
        Assert.IsType<Finding.No>(PolicyAnalysis.AllowsMore(Bundle, Bundle, World));
    }

    [Fact, Slow]
    public void Every_rule_of_the_bundle_is_decided()
    {
        var report = RuleReport.Of(Bundle, World);
        var unused = string.Join('\n', report.Rules
            .Where(rule => rule.Use is RuleUse.Undecided or RuleUse.Dead or RuleUse.Overridden)
            .Select(rule => $"{rule.Rule.Id} {rule.Use} {rule.Finding}"));
        Assert.True(unused.Length == 0, unused);
        Assert.All(report.Rules, rule =>
        {
            if (rule.Finding is Finding.Yes(var witness))
                Conforms(witness);
        });
    }

    static void Conforms(Witness witness)
    {
        Assert.Null(Schema.FindFault(witness.Request));
        var entities = witness.Entities.Entities.Where(entity => entity.Uid.Type != "Action");
        Assert.Empty(EntityStore.Create(entities, Schema).Errors);
    }

    static string Read(string file) => File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "policies", file));
}
