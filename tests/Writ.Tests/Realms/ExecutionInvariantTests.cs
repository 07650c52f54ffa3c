using System.Collections.Immutable;
using Writ.Agents;
using Writ.Kills;
using Writ.People;
using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;
using Writ.Workflows;

namespace Writ.Tests.Realms;

/// <summary>
/// Between the yes and the run the world goes on: owners leave, somebody kills, policy changes, budgets are used up.
/// Each is tried at each moment at which it could slip through.
/// </summary>
public sealed class ExecutionInvariantTests
{
    static readonly ImmutableArray<string> _kills =
        ["realm", "agent:claude", "workflow:release-prod", "sponsor:alice", "target:db-prod", "session", "policy"];

    static readonly ImmutableArray<string> _ends =
        [.. _kills, "session closed", "session expired", "sponsor left", "target owner left", "approval lapsed"];

    public static TheoryData<string> Ends => [.. _ends];

    public static TheoryData<string> Changes =>
    [
        .. _ends, "approver left", "approver out of the team", "policy changed", "target gone", "agent suspended",
        "workflow review overdue",
    ];

    [Theory]
    [MemberData(nameof(Changes))]
    public void Whatever_changes_after_the_approval_no_writ_is_issued(string change)
    {
        var world = World.WithEverybody();
        var session = world.OpenSession();
        var request = world.Submit(session, "terraform", "apply");
        world.Must(world.Disposition(request, "bob"), world.As("bob"));
        Assert.IsType<RequestState.Ready>(world.StateOf(request));

        Change(world, change, session);

        var answer = world.Try(
            new RequestMove.Execute(request.Id, new WritId("writ-x"), RequestRules.Digest(request)), World.Agent);
        Assert.DoesNotContain(Events(answer), e => e is RunEvent.WritIssued);
    }

    [Theory]
    [MemberData(nameof(Ends))]
    public void Whatever_stops_a_session_its_writs_are_not_consumed_any_more(string change)
    {
        var world = World.WithEverybody();
        var session = world.OpenSession();
        var request = world.Submit(session, "terraform", "apply");
        world.Must(world.Disposition(request, "bob"), world.As("bob"));
        var writ = world.Order(request);

        Change(world, change, session);

        var answer = world.Try(
            new RunMove.Consume(writ, request.Id, new RunId("run-x"), Tier.T2), World.Host);
        Assert.DoesNotContain(Events(answer), e => e is RunEvent.WritConsumed);
    }

    [Theory]
    [InlineData("realm")]
    [InlineData("agent:claude")]
    [InlineData("workflow:release-prod")]
    [InlineData("sponsor:alice")]
    [InlineData("target:db-prod")]
    [InlineData("session")]
    [InlineData("policy")]
    public void A_kill_ends_what_runs_voids_what_waits_and_records_how_long_it_took(string scope)
    {
        var world = World.WithEverybody();
        var session = world.OpenSession();
        var running = world.Run(world.Submit(session, "git", "status"));
        var waiting = world.Submit(session, "terraform", "apply");
        var approval = world.Disposition(waiting, "bob");
        var ordered = world.Submit(session, "git", "log");
        var writ = world.Order(ordered);
        var bystander = scope is "realm" or "policy" or "agent:claude" or "sponsor:alice"
            ? (SessionId?)null
            : world.OpenSession("carol", "release-staging");

        Change(world, scope, session);

        Assert.Equal("session.killed", world.EndedBy(session));
        if (bystander is { } other)
            Assert.Equal("open", world.EndedBy(other));
        var (id, kill) = world.State.Kills.Single();
        Assert.Equal([running], kill.Runs);
        Assert.False(kill.Completed);
        Assert.IsType<Decided.Refused>(world.Try(approval, world.As("bob")));
        Assert.IsType<Decided.Refused>(world.Try(
            new RunMove.Consume(writ, ordered.Id, new RunId("run-x"), Tier.T2), World.Host));
        Assert.Null(world.State.Find(waiting.Id));
        if (scope != "session")
            Assert.Equal("session.stopped", world.Refuses(
                new SessionMove.Open(Given.Terms(new SessionId("again"), "release-prod")), world.As("alice")));

        // What the runner measured stands in the ledger, and nowhere else.
        world.Must(new KillMove.Complete(id, [new KillStep(running, 120)], 150), World.Host);
        Assert.True(world.State.Kills[id].Completed);
        var entry = Assert.Single(world.Entries, e => e.Data.Move is KillMove.Complete);
        Assert.Equal(150, ((KillMove.Complete)entry.Data.Move).TotalMs);
        Assert.Equal(120, ((KillMove.Complete)entry.Data.Move).Steps.Single().DurationMs);
    }

    /// <summary>Every subset of the four accountable parties leaves; only the whole of them opens production.</summary>
    [Fact]
    public void Without_any_one_owner_there_is_no_production_and_staging_goes_on()
    {
        string[] owners = ["alice", "bob", "carol", "dave"];
        for (var gone = 0; gone < 1 << owners.Length; gone++)
        {
            var world = World.WithEverybody(Owned);
            var production = world.OpenSession("erin");
            var staging = world.OpenSession("erin", "release-staging");
            foreach (var owner in owners.Where((_, i) => (gone & (1 << i)) != 0))
                world.Must(new PersonMove.Offboard(new PersonId(owner), "left"), world.As("erin"));
            var again = world.Refuses(
                new SessionMove.Open(Given.Terms(new SessionId("again"), "release-prod")), world.As("erin"));

            Assert.Equal(gone == 0 ? "open" : "workflow.no-owner", world.EndedBy(production));
            Assert.Equal(gone == 0 ? "accepted" : "workflow.no-owner", again);
            Assert.Equal("open", world.EndedBy(staging));
            Assert.Equal("accepted", world.Refuses(
                new SessionMove.Open(Given.Terms(new SessionId("more"), "release-staging")), world.As("erin")));
        }

        static RealmDocument Owned(RealmDocument d) => d with
        {
            People = [.. d.People, Given.Someone("erin")],
            Teams =
            [
                new Team(new TeamId("sre"), Given.Ids("alice", "bob", "erin"), []),
                new Team(new TeamId("security"), Given.Ids("dave", "erin"), []),
                new Team(new TeamId("platform"), [], [new TeamId("sre")]),
                new Team(new TeamId("governance"), Given.Ids("alice", "erin"), []),
            ],
            Workflows =
            [
                .. d.Workflows.Select(w => w with { SecurityOwner = new PersonId("carol") }),
            ],
        };
    }

    [Theory]
    [InlineData("commands", "git", "status")]
    [InlineData("writes", "touch", "x")]
    [InlineData("deletions", "rm", "x")]
    [InlineData("targets", "terraform", "plan")]
    public void The_request_over_a_bound_ends_the_session_and_does_not_run(string bound, params string[] argv)
    {
        var bounds = Bounds.Default with
        {
            Commands = bound == "commands" ? 1 : 100,
            Writes = bound == "writes" ? 1 : 100,
            Deletions = bound == "deletions" ? 1 : 100,
            Targets = bound == "targets" ? 1 : 3,
        };
        var document = Given.Document with
        {
            Workflows = [.. Given.Document.Workflows.Select(w => w with
            {
                Bounds = new Bounds(60, 100, 100, 100, 3, 0),
                Targets = [new TargetId("db-staging"), new TargetId("second")],
            })],
            Targets = [.. Given.Document.Targets, Given.Document.Targets[0] with { Id = new TargetId("second") }],
        };
        var world = World.WithEverybody(_ => document with { Workflows = [document.Workflows[1]] });
        var session = new SessionId("bounded");
        world.Must(new SessionMove.Open(Given.Terms(session, "release-staging") with
        {
            Bounds = bounds,
            Targets = bound == "targets" ? [new TargetId("db-staging"), new TargetId("second")]
                : [new TargetId("db-staging")],
        }), world.As("alice"));

        if (bound == "targets")
        {
            // One command that reaches two targets, where one is the bound.
            world.Try(new RequestMove.Submit(Given.Exec(world, session, [.. argv])), World.Agent);
            Assert.Equal("session.budget", world.EndedBy(session));
            return;
        }
        var first = world.Submit(session, [.. argv]);
        if (world.StateOf(first) is RequestState.Waiting)
        {
            world.Must(world.Disposition(first, "bob"), world.As("bob"));
            if (world.StateOf(first) is RequestState.Waiting)
                world.Must(world.Disposition(first, "carol"), world.As("carol"));
        }
        var run = world.Run(first);
        world.Must(new RunMove.End(run, first.Id, new RunOutcome(RunEnd.Exited, 0, 1, 0, 0, null, null, null)),
            World.Host);
        Assert.Equal("open", world.EndedBy(session));
        world.Try(new RequestMove.Submit(Given.Exec(world, session, [.. argv])), World.Agent);
        Assert.Equal("session.budget", world.EndedBy(session));
        Assert.Single(world.Entries, e => e.Data.Events?.Any(h => h is RunEvent.WritConsumed) == true);
    }

    static IEnumerable<Event> Events(Decided decided) =>
        decided is Decided.Accepted accepted ? accepted.Events : [];

    static void Change(World world, string change, SessionId session)
    {
        switch (change)
        {
            case "session closed":
                world.Must(new SessionMove.Close(session, "done"), world.As("alice"));
                break;
            case "session expired":
                world.Now = ((SessionState.Open)world.State.Sessions[session]).ExpiresAt;
                break;
            case "approval lapsed":
                world.Now = world.Now.AddMinutes(10);
                break;
            case "workflow review overdue":
                Amend(world, d => d with
                {
                    Workflows = [.. d.Workflows.Select(w => w with { ReviewBy = new DateOnly(2026, 1, 1) })],
                });
                break;
            case "approver left":
                Leave(world, "bob");
                break;
            case "sponsor left":
                Leave(world, "alice");
                break;
            case "target owner left":
                Leave(world, "dave");
                break;
            case "approver out of the team":
                Amend(world, d => d with
                {
                    Teams = [d.Teams[0] with { Members = Given.Ids("alice", "carol") }, .. d.Teams[1..]],
                });
                break;
            case "policy changed":
                Amend(world, d => d with { Policy = new([new("p.cedar", Given.Policy + "// newer")]) });
                break;
            case "target gone":
                Amend(world, d => d with { Targets = [d.Targets[0]], Workflows = [d.Workflows[1]] });
                break;
            case "agent suspended":
                Amend(world, d => d with
                {
                    Agents = [.. d.Agents.Select(a => a with { State = AgentState.Suspended })],
                });
                break;
            case "session":
                world.Kill(new Scope(ScopeKind.Session, session.Value));
                break;
            case "policy":
                world.Kill(new Scope(ScopeKind.Policy, world.State.Registry.Policy.Digest));
                break;
            default:
                Assert.True(Scope.TryParse(change, out var scope));
                world.Kill(scope);
                break;
        }
    }

    static void Leave(World world, string person) => world.Must(
        new PersonMove.Offboard(new PersonId(person), "left"), world.As(person == "alice" ? "bob" : "alice"));

    static void Amend(World world, Func<RealmDocument, RealmDocument> change)
    {
        var (id, decided) = world.Propose(change(Given.Document), "alice");
        Assert.IsType<Decided.Accepted>(decided);
        if (world.State.Changes[id] is Writ.Changes.ChangeState.Pending)
            Assert.IsType<Decided.Accepted>(world.Review(id, "bob"));
    }
}
