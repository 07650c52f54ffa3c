using Writ.Corpus;
using Writ.Testing;

namespace Writ.Cedar.Tests;

/// <summary>
/// The official conformance corpus through the driver of <c>./build.sh corpus</c>: every kind of check has its recorded
/// number, so that none is skipped without anybody noticing.
/// </summary>
public sealed class CorpusTests
{
    const int FailuresShownMax = 20;

    static readonly Lazy<Tally> All = new(CheckAll);

    [Theory, Slow]
    [InlineData("decision, reasons and errors", 44176)]
    [InlineData("entity validation", 33768)]
    [InlineData("request validation, strict", 44176)]
    [InlineData("request validation, permissive", 43864)]
    [InlineData("policy validation, strict (4.10)", 11005)]
    [InlineData("policy validation, permissive (4.10)", 5483)]
    [InlineData("policy validation, strict (4.13)", 5522)]
    [InlineData("kinds of errors, strict (4.10)", 5483)]
    [InlineData("kinds of errors, permissive (4.10)", 5483)]
    [InlineData("kinds of errors, strict (4.13)", 5522)]
    [InlineData("kinds of warnings (4.13)", 5517)]
    [InlineData("policy from text to JSON", 5266)]
    [InlineData("policy from JSON to text and back", 11044)]
    [InlineData("formatting", 5522)]
    [InlineData("schema from text to JSON", 5483)]
    [InlineData("schema from JSON to text and back", 5483)]
    public void The_corpus_is_answered_as_recorded(string check, int times)
    {
        SharedData.Require(Dev);
        Assert.Equal(times, All.Value.PassedOf(check));
    }

    [Fact, Slow]
    public void No_check_of_the_corpus_fails()
    {
        SharedData.Require(Dev);
        Assert.True(All.Value.Failed == 0, string.Join('\n', All.Value.Failures));
        Assert.Equal((5522, 768), (All.Value.Tests, All.Value.Skipped));
    }

    const string Dev = "data/cedar-corpus/packed/corpus-dev.jsonl.gz";

    static Tally CheckAll()
    {
        var tally = new Tally(FailuresShownMax);
        CorpusFile.Check(SharedData.Require(Dev), tally);
        return tally;
    }
}
