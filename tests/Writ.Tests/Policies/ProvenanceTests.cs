using System.Collections.Immutable;
using Writ.Realms;
using Writ.Requests;
using Writ.Sessions;
using Writ.Tests.Realms;

namespace Writ.Tests.Policies;

/// <summary>Text that the sponsor did not write marks a session, and its mark is what policies see.</summary>
public sealed class ProvenanceTests
{
    // what is asked; what comes in
    public static TheoryData<Ask, ContentOrigins> Asks => new()
    {
        { new Ask.ShellLine("cat README.md"), ContentOrigins.Repository },
        { new Ask.ShellLine("git log"), ContentOrigins.Repository },
        { new Ask.ShellLine("kubectl logs x"), ContentOrigins.Service },
        { new Ask.ShellLine("curl https://x.example"), ContentOrigins.Web },
        { new Ask.ShellLine("pip install x"), ContentOrigins.Package | ContentOrigins.Web },
        { new Ask.ShellLine("mkdir -p build"), ContentOrigins.None },
        { new Ask.Connect("https://x.example"), ContentOrigins.Web },
        { new Ask.CallTool("mcp__db__query", "sha256:x", ""), ContentOrigins.Tool },
        { new Ask.CallTool("FetchInboxMessage", "sha256:x", ""), ContentOrigins.Tool | ContentOrigins.Web },
        { new Ask.CallTool("TodoWrite", "sha256:x", ""), ContentOrigins.None },
        { new Ask.CallTool("Read", "sha256:x", "/srv/tree/a"), ContentOrigins.Repository },
    };

    [Theory]
    [MemberData(nameof(Asks))]
    public void What_comes_in_follows_from_what_is_done(Ask ask, ContentOrigins expected)
    {
        var terms = Given.Terms(new SessionId("s"), "release-prod");
        var facts = Writ.Shell.RequestFacts.Of(new Request(
            new RequestId("r"), terms.Id, ask, Assurance.Brokered, terms.WorkTree, [], "/usr/bin/bash",
            new string('a', 64), OutsidePath: false, null), terms);
        Assert.Equal(expected, Provenance.Of(ask, facts.Effects));
    }

    [Fact]
    public void A_session_is_marked_when_the_command_begins_and_not_when_it_is_asked()
    {
        var world = World.WithEverybody();
        var session = world.OpenSession();
        var request = world.Submit(session, "git", "status");
        Assert.Equal(ContentOrigins.None, Provenance.Of(world.State, session));
        world.Run(request);
        Assert.Equal(ContentOrigins.Repository, Provenance.Of(world.State, session));
    }

    [Fact]
    public void An_advisory_tool_marks_it_when_it_is_allowed()
    {
        var world = World.WithEverybody();
        var session = world.OpenSession();
        var request = world.Submit(
            Given.Exec(world, session, "git", "status") with { Assurance = Assurance.Advisory });
        world.Must(new RequestMove.Allow(request.Id), World.Agent);
        Assert.Equal(ContentOrigins.Repository, Provenance.Of(world.State, session));
    }

    [Fact]
    public void What_an_assistant_reports_marks_it_for_good_and_its_children_too()
    {
        var world = World.WithEverybody();
        var session = world.OpenSession();
        world.Must(new SessionMove.TakeIn(session, ContentOrigins.Web, "https://x.example"), World.Agent);
        world.Must(new SessionMove.TakeIn(session, ContentOrigins.Tool, "mcp__a__b"), World.Agent);
        Assert.Equal(ContentOrigins.Web | ContentOrigins.Tool, Provenance.Of(world.State, session));
        var child = world.OpenSession(parent: session);
        Assert.Equal(ContentOrigins.Web | ContentOrigins.Tool, Provenance.Of(world.State, child));
        Assert.Equal(ContentOrigins.None, Provenance.Of(world.State, world.OpenSession()));
    }

    [Fact]
    public void Only_the_sessions_own_agent_or_the_host_marks_it()
    {
        var world = World.WithEverybody();
        var session = world.OpenSession();
        var move = new SessionMove.TakeIn(session, ContentOrigins.Web, "x");
        Assert.IsType<Decided.Refused>(world.Try(move, new Actor.Nobody()));
        Assert.IsType<Decided.Refused>(world.Try(move, new Actor.Agent(World.AgentUid + 1, 1, "/usr/bin/node")));
        world.Must(move, World.Host);
    }

    [Fact]
    public void A_rule_on_it_gates_what_was_automatic()
    {
        var world = World.WithEverybody(d => d with
        {
            Policy = new Writ.Policies.PolicySource([new("a.cedar", """
                @id("all") permit (principal, action, resource);
                @id("tainted") @approval("team:sre") forbid (principal, action, resource)
                when { context.provenance.untrusted && context.provenance.content.contains("web") }
                unless { context.approvals.teams.contains("sre") };
                """)]),
        });
        var session = world.OpenSession();
        Assert.IsType<RequestState.Ready>(world.StateOf(world.Submit(session, "git", "status")));
        world.Must(new SessionMove.TakeIn(session, ContentOrigins.Web, "x"), World.Agent);
        Assert.IsType<RequestState.Waiting>(world.StateOf(world.Submit(session, "git", "status")));
    }

    [Theory]
    [InlineData("web", ContentOrigins.Web)]
    [InlineData("web,package", ContentOrigins.Web | ContentOrigins.Package)]
    [InlineData("none", null)]
    [InlineData("", null)]
    [InlineData("16", null)]
    [InlineData("internet", null)]
    public void Words_are_read_as_they_are_written(string words, ContentOrigins? expected)
    {
        Assert.Equal(expected, Provenance.From(words.Split(',')));
        if (expected is { } content)
            Assert.Equal(content, Provenance.From(Provenance.Names(content)));
    }
}
