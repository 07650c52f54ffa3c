using Writ.Requests;
using Writ.Shell;
using Writ.Shell.Knowledge;

namespace Writ.Tests.Shell;

/// <summary>Facts that are remembered are the facts that would be established now.</summary>
public sealed class RecentFactsTests
{
    [Fact]
    public void Whatever_differs_in_a_request_or_its_session_is_never_answered_with_the_facts_of_another()
    {
        var terms = Given.Terms(new SessionId("s"), "release-prod");
        var request = new Request(
            new RequestId("r"), terms.Id, new Ask.Exec(["rm", "-rf", "build", "~/x"]), Assurance.Brokered,
            "/home/agent/work", [new Variable("HOME", "/home/agent"), new Variable("LANG", "C")], "/usr/bin/rm",
            new string('a', 64), OutsidePath: false, null);
        (Request Request, Sessions.SessionTerms Terms)[] all =
        [
            (request, terms),
            (request with { Id = new RequestId("r2") }, terms),
            (request with { Ask = new Ask.Exec(["rm", "-rf", "build", "~/x"]) }, terms),
            (request with { Ask = new Ask.Exec(["rm", "-rf", "build ~/x"]) }, terms),
            (request with { Ask = new Ask.Exec(["rm", "-rf", "build", "~/y"]) }, terms),
            (request with { Ask = new Ask.ShellLine("rm -rf build ~/x") }, terms),
            (request with { Cwd = "/home/agent/work/deep" }, terms),
            (request with { Cwd = "/" }, terms),
            (request with { OutsidePath = true }, terms),
            (request with { Executable = null, ExecutableDigest = null }, terms),
            (request with { Executable = "/home/agent/work/rm" }, terms),
            (request with { Executable = "/usr/bin/rm.real" }, terms),
            (request with { Environment = [new Variable("HOME", "/srv")] }, terms),
            (request with { Environment = [] }, terms),
            (request with { Files = [new FileFact("/home/agent/work/a", "/etc/a", null)] }, terms),
            (request with { Files = [new FileFact("/home/agent/work/a", null, null)] }, terms),
            (request, terms with { WorkTree = "/home/agent/work/deep" }),
            (request, terms with { Targets = [new TargetId("other"), new TargetId("more")] }),
        ];
        var distinct = new HashSet<string>();
        // Several times in several orders, so that each finds what every other has left.
        for (var step = 1; step <= all.Length; step += 2)
            for (var i = 0; i < all.Length; i++)
            {
                var (one, its) = all[i * step % all.Length];
                var facts = Text(RequestFacts.Of(one, its));
                Assert.Equal(Text(RequestFacts.OfCommand(one, its, ProgramKnowledge.Shipped)), facts);
                distinct.Add(facts);
            }
        Assert.True(distinct.Count > 5, "these are not all the same");
    }

    [Fact]
    public void More_requests_than_are_remembered_each_get_their_own()
    {
        var terms = Given.Terms(new SessionId("s"), "release-prod");
        Parallel.For(0, 6_000, i =>
        {
            var number = i % 3_000;
            var request = new Request(
                new RequestId($"r{i}"), terms.Id, new Ask.Exec(["touch", $"file-{number}"]), Assurance.Brokered,
                "/home/agent/work", [], "/usr/bin/touch", new string('a', 64), OutsidePath: false, null);
            Assert.Contains(RequestFacts.Of(request, terms).Effects, e => e.Object == $"file-{number}");
        });
    }

    [Fact]
    public void The_same_request_is_understood_once()
    {
        var terms = Given.Terms(new SessionId("s"), "release-prod");
        var request = new Request(
            new RequestId("r"), terms.Id, new Ask.ShellLine("ls once"), Assurance.Brokered, "/home/agent/work", [],
            "/usr/bin/bash", new string('a', 64), OutsidePath: false, null);
        var facts = RequestFacts.Of(request, terms);
        Assert.Same(facts, RequestFacts.Of(request with { Id = new RequestId("r2") }, terms));
        Assert.NotSame(facts, RequestFacts.Of(request with { Cwd = "/home/agent/work/deep" }, terms));
        // Too long to be worth a place.
        var wide = request with { Ask = new Ask.ShellLine("ls " + new string('x', 2_000)) };
        Assert.NotSame(RequestFacts.Of(wide, terms), RequestFacts.Of(wide, terms));
    }

    static string Text(RequestFacts facts) => string.Join('\n',
        (IEnumerable<string>)[
            facts.Kind, facts.Program, facts.Line, .. facts.Arguments, .. facts.Effects.Select(e => e.ToString()),
            .. facts.Unresolved.Select(u => u.ToString())]);
}
