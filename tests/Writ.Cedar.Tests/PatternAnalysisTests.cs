using System.Collections.Immutable;
using Writ.Testing;

namespace Writ.Cedar.Tests;

/// <summary>Questions about texts and many patterns: what pairs say about each other, and what is searched.</summary>
public sealed class PatternAnalysisTests
{
    [Fact]
    public void What_pairs_of_patterns_say_agrees_with_all_short_texts()
    {
        var texts = Texts("abc", 6).ToList();
        var patterns = Texts("ab*", 4).Select(text => new Pattern([.. text.Split('*')])).ToList();
        // Two patterns of n characters meet in a text of at most 2n characters; what tells them apart is shorter.
        var matched = patterns.Select(pattern => texts.Select(pattern.Matches).ToArray()).ToList();
        for (var i = 0; i < patterns.Count; i++)
        {
            for (var k = 0; k < patterns.Count; k++)
            {
                var covers = !texts.Where((_, t) => matched[k][t] && !matched[i][t]).Any();
                var place = $"{string.Join('*', patterns[i].Parts)} and {string.Join('*', patterns[k].Parts)}";
                Assert.True(PatternRelations.Covers(patterns[i], patterns[k]) == covers, place);
                if (texts.Where((_, t) => matched[k][t] && matched[i][t]).Any())
                    Assert.True(PatternRelations.Meet(patterns[i], patterns[k]), place);
                else if (patterns[i].Parts.Sum(p => p.Length) + patterns[k].Parts.Sum(p => p.Length) <= 6)
                    Assert.False(PatternRelations.Meet(patterns[i], patterns[k]), place);
            }
        }
    }

    // As long as the longest list of files that somebody would keep: every rule is decided, in seconds.
    [Theory]
    [InlineData(40)]
    [InlineData(120)]
    public void Each_of_many_patterns_in_one_condition_is_decided(int count)
    {
        var all = string.Join(" || ", Enumerable.Range(0, count).Select(i => Like(i)));
        var policies = PolicySet.Parse(
            "@id(\"all\") permit(principal, action, resource);\n"
            + $"@id(\"files\") forbid(principal, action, resource) when {{ {all} }};\n"
            + "@id(\"one\") forbid(principal, action, resource) when { context.path like \"*.store7/key*\" };\n"
            + $"@id(\"never\") permit(principal, action, resource) when {{ ({Like(3)}) && !({all}) }};",
            PolicyIdSource.IdAnnotation).Value;
        var world = new AnalysisWorld { Schema = Schema };
        Assert.IsType<Finding.Yes>(PolicyAnalysis.Matters(policies, "files", world));
        Assert.IsType<Finding.No>(PolicyAnalysis.Matters(policies, "one", world));
        Assert.IsType<Finding.No>(PolicyAnalysis.GoesBeyond(policies, "one", "files", world));
        Assert.IsType<Finding.No>(PolicyAnalysis.Applies(policies, "never", world));
        var fewer = PolicySet.Of([.. policies.Policies.Where(policy => policy.Id != "files")]);
        var more = Assert.IsType<Finding.Yes>(PolicyAnalysis.AllowsMore(policies, fewer, world));
        Assert.True(Authorizer.Decide(fewer, more.Witness.Request, more.Witness.Entities).Decision == Decision.Allow);
        Assert.IsType<Finding.No>(PolicyAnalysis.AllowsMore(fewer, policies, world));
    }

    // Neither order of two of them is left, and there are more ways to have the others than are followed. It says so,
    // and never no.
    [Fact, Slow]
    public void What_is_not_searched_to_the_end_is_bounded()
    {
        var names = Enumerable.Range(0, 16).Select(i => $"{(char)('a' + i)}{(char)('a' + i)}").ToList();
        var all = string.Join(" && ", names.Select(name => $"context.path like \"*{name}*\""));
        var orders = $"!(context.path like \"*{names[0]}*{names[^1]}*\") && "
            + $"!(context.path like \"*{names[^1]}*{names[0]}*\")";
        var policies = Given.Policies($"permit(principal, action, resource) when {{ {all} && {orders} }};");
        var finding = PolicyAnalysis.Applies(policies, "policy0", new AnalysisWorld { Schema = Schema });
        Assert.Contains("searched to the end", Assert.IsType<Finding.Bounded>(finding).Why, StringComparison.Ordinal);
    }

    static string Like(int i) => i % 2 == 0
        ? $"context.path like \"*.store{i}/*\""
        : $"context.path like \"*.store{i}\" || context.path like \"*.store{i}/*\"";

    static readonly CedarSchema Schema = CedarSchema.ParseText(
        "entity User; entity File; "
        + "action read appliesTo { principal: User, resource: File, context: { path: String } };")
        .Value;

    static IEnumerable<string> Texts(string alphabet, int longest)
    {
        ImmutableArray<string> texts = [""];
        for (var length = 0; length <= longest; length++)
        {
            foreach (var text in texts)
                yield return text;
            texts = [.. texts.SelectMany(text => alphabet.Select(c => text + c))];
        }
    }
}
