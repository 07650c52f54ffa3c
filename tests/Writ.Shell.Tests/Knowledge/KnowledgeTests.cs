using System.Text;
using Writ.Shell.Knowledge;

namespace Writ.Shell.Tests.Knowledge;

/// <summary>The data hold what they say of themselves: every command that a file of knowledge is tested with.</summary>
public sealed class KnowledgeTests
{
    static readonly IReadOnlySet<string> _verbs = new HashSet<string> { "fs.read", "infra.write", "service.read" };

    [Fact]
    public void Every_program_does_what_its_file_says()
    {
        var wrong = KnowledgeCheck.Failures(ProgramKnowledge.Shipped);
        Assert.True(wrong.IsEmpty, string.Join('\n', wrong.Select(w => $"{w.Program.File}: {w.Why}")));
    }

    [Fact]
    public void An_overlay_comes_first_and_leaves_the_rest()
    {
        var known = Over("""{"programs":{"acme":{"operands":"reads"},"kubectl":{"effects":["infra.write"]}}}""");
        Assert.NotNull(known.Find("acme"));
        Assert.NotNull(known.Find("git"));
        Assert.Equal(("knowledge/x.json", false), known.OverlayOf("acme"));
        Assert.Equal(("knowledge/x.json", true), known.OverlayOf("kubectl"));
        Assert.Null(known.OverlayOf("git"));
        Assert.Equal(["kubectl"], known.Replacing.Select(p => p.Node.Name));
        Assert.Null(ProgramKnowledge.Shipped.Find("acme"));
        var judged = LineJudge.Judge(known, "kubectl get pods", new LineCircumstances("/w"));
        Assert.Equal("knowledge/x.json, in place of what Writ knows", judged.Commands[0].Overlay);
        Assert.Equal(["infra.write get pods"], judged.Effects.Select(e => $"{e.Verb} {e.Object}"));
    }

    // file; where; what
    public static TheoryData<string, string, string> Broken => new()
    {
        { "{", "1:2", "not JSON" },
        { "{\n \"programs\": {\n  \"acme\": {\"oops\": 1}\n }\n}", "3:3", "'oops' is not a part" },
        { "{\"programs\": {\"a\": {},\n \"acme\": {\"operands\": \"nonsense\"}}}", "2:2", "'nonsense' is no role" },
        { "{\"programs\":\n{\"acme\": {\"effects\": [\"fs.burn x\"]}}}", "2:2", "'fs.burn' is no verb" },
        { "{\"programs\":\n{\"acme\": {\"effects\": \"fs.read x\"}}}", "2:2", "another type" },
        { "{\"programs\":\n{\"acme\": {\"rules\": [{\"count\": []}]}}}", "2:2", "another type" },
        { "{\"programs\":\n{\"acme\": {\"rules\": [{\"when\": {\"x\": \"y\"}}]}}}", "2:2", "another type" },
        { "{\"programs\":\n{\"acme\": {\"tests\": [{}]}}}", "2:2", "another type" },
        { "{\"programs\":\n{\"acme\": {\"tests\": [{\"argv\": []}]}}}", "2:2", "another type" },
        { "{\"programs\":\n{\"acme\": {}, \"acme\": {}}}", "2:2", "already" },
        { "{\"programs\":\n{\"acme\": {\"rules\": [{\"if\": \"-x\"}]}}}", "2:2", "none of its options" },
        { "[]", "1:1", "another type" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_broken_overlay_is_refused_with_its_place(string json, string place, string why)
    {
        var (known, faults) = ProgramKnowledge.Shipped.With(
            [("knowledge/x.json", Encoding.UTF8.GetBytes(json))], _verbs);
        Assert.Null(known);
        var fault = Assert.Single(faults);
        Assert.Equal(("knowledge/x.json", place), (fault.File, $"{fault.Line}:{fault.Column}"));
        Assert.Contains(why, fault.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_test_in_the_file_that_does_not_hold_is_found()
    {
        var known = Over("""
            {"programs":{"acme":{"operands":"reads","tests":[
              {"argv":["acme","x"],"effects":["fs.read x"]},{"argv":["acme","y"],"effects":["infra.write y"]}]}}}
            """);
        Assert.Equal(["acme y: has the effects [fs.read y]"], KnowledgeCheck.Failures(known).Select(f => f.Why));
    }

    static ProgramKnowledge Over(string json)
    {
        var (known, faults) = ProgramKnowledge.Shipped.With(
            [("knowledge/x.json", Encoding.UTF8.GetBytes(json))], _verbs);
        Assert.Empty(faults);
        return known!;
    }
}
