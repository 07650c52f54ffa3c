using Writ.Policies;
using Writ.Testing;

namespace Writ.Tests.Policies;

/// <summary>A reviewer's questions, asked of the shipped bundle and of changes to it.</summary>
public sealed class PolicyQuestionsTests
{
    static readonly PolicySource _shipped = new([
        .. Directory.EnumerateFiles(Path.Combine(SharedData.RepositoryRoot, "policies"))
            .Where(f => Path.GetExtension(f) is ".cedar" or ".cedarschema")
            .Order(StringComparer.Ordinal).Select(f => new PolicyFile(Path.GetFileName(f), File.ReadAllText(f))),
    ]);

    [Theory]
    [InlineData("infra.delete", false, "no")]
    [InlineData("infra.write", true, "no")]
    [InlineData("infra.write", false, "yes")]
    [InlineData("secret.read", false, "no")]
    [InlineData("privilege.raise", false, "no")]
    [InlineData("repo.read", true, "yes")]
    public void Some_effects_can_never_be_automatic_under_the_shipped_bundle(
        string verb, bool production, string outcome)
    {
        var answer = PolicyQuestions.CanBeAutomatic(Bundle(_shipped), verb, production);
        Assert.True(outcome == answer.Outcome, $"{answer.Question} {answer.Outcome}: {answer.Detail}");
    }

    [Fact, Slow]
    public void A_change_that_allows_more_is_shown_with_an_example()
    {
        var before = Bundle(_shipped);
        Assert.Equal("no", PolicyQuestions.AllowsMore(before, before).Outcome);
        var after = Bundle(new PolicySource(_shipped.Files.Add(new PolicyFile("90-more.cedar", """
            @id("more") @reason("For this test.") @owner("nobody")
            permit (principal, action == Action::"privilege.raise", resource);
            """))));
        // The shipped bundle forbids it all the same, so nothing new is allowed, and the rule is without use.
        Assert.Equal("no", PolicyQuestions.AllowsMore(before, after).Outcome);
        Assert.Contains(
            PolicyQuestions.RulesWithoutUse(after), a => a.Question.Contains("more", StringComparison.Ordinal));

        var without = Bundle(new PolicySource([.. _shipped.Files.Where(f => f.Name != "30-blocks.cedar")]));
        var answer = PolicyQuestions.AllowsMore(before, without);
        Assert.Equal("yes", answer.Outcome);
        Assert.Contains("context", answer.Detail, StringComparison.Ordinal);
    }

    static PolicyBundle Bundle(PolicySource source)
    {
        var (bundle, faults) = PolicyBundle.Compile(source);
        Assert.True(bundle is not null, string.Join('\n', faults));
        return bundle;
    }
}
