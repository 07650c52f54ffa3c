using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Writ.Changes;
using Writ.Kills;
using Writ.People;
using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;
using Writ.Wire;
using Writ.Workflows;

namespace Writ.Tests.Realms;

/// <summary>The invariants of the design, each under attack.</summary>
public sealed class InvariantTests
{
    static readonly string[] Names = ["alice", "bob", "carol", "dave"];

    static readonly ImmutableArray<ImmutableArray<string>> Commands =
    [
        ["git", "status"], ["terraform", "apply"], ["terraform", "destroy"], ["rm", "x"], ["frobnicate"], ["sudo",
            "id"],
        ["touch", "x"], ["kubectl", "get", "pods"],
    ];

    [Fact]
    public void Nobody_approves_what_they_sponsor_in_any_chain_under_any_nesting_of_teams() =>
        Prop.ForAll(
            Gen.Choose(0, 3).ListOf(5).SelectMany(
                sponsors => Gen.Choose(0, 1).ListOf(8).Select(nesting => (sponsors, nesting))).ToArbitrary(),
            given =>
            {
                var (sponsors, nesting) = given;
                // Teams include each other at random, always downwards, so that no team contains itself.
                var world = World.WithEverybody(d => d with
                {
                    Teams =
                    [
                        .. d.Teams,
                        .. Enumerable.Range(0, 8).Select(i => new Team(new TeamId($"nest-{i}"), Given.Ids(Names[i % 4]),
                            i == 0 ? [new TeamId("sre")] : [new TeamId(nesting[i] == 0 ? $"nest-{i - 1}"
                                : $"nest-{i / 2}")])),
                    ],
                    Policy = new([new("p.cedar", Given.Policy.Replace("sre", "nest-7", StringComparison.Ordinal))]),
                });
                SessionId? parent = null;
                foreach (var sponsor in sponsors)
                    parent = world.OpenSession(Names[sponsor], parent: parent);
                var request = world.Submit(parent!.Value, "terraform", "apply");
                var chain = sponsors.Select(s => Names[s]).ToHashSet();
                foreach (var name in Names)
                    if (world.StateOf(request) is RequestState.Waiting)
                        Assert.True(!chain.Contains(name) || world.Dispose(request, name) is Decided.Refused, name);
                    else
                        Assert.True(chain.Count == Names.Length, world.ClosedBy(request));
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(40));

    [Fact]
    public void The_end_of_a_parent_session_frees_nobody_to_approve()
    {
        var world = World.WithEverybody();
        var parent = world.OpenSession("bob");
        var child = world.OpenSession("alice", parent: parent);
        var request = world.Submit(child, "terraform", "apply");
        var early = world.Disposition(request, "bob");
        world.Must(new SessionMove.Close(parent, "done"), World.Host);
        Assert.IsType<Decided.Refused>(world.Try(early, world.As("bob")));
        Assert.IsType<Decided.Refused>(world.Try(world.Disposition(request, "carol"), world.As("carol")));
        Assert.True(RealmDecider.IsAnythingDue(world.State, world.Now));
    }

    [Fact]
    public void A_kill_takes_the_sessions_below_with_it()
    {
        var world = World.WithEverybody();
        var parent = world.OpenSession("bob");
        var child = world.OpenSession("alice", parent: parent);
        var grandchild = world.OpenSession("carol", parent: child);
        var run = world.Run(world.Submit(grandchild, "git", "status"));
        world.Kill(new Scope(ScopeKind.Sponsor, "bob"));
        Assert.Equal("session.killed", world.EndedBy(grandchild));
        Assert.Contains(run, world.State.Leftover.Keys);
        Assert.Contains(run, world.State.Kills.Values.Single().Runs);
    }

    [Fact]
    public void A_kill_of_the_policy_stops_sessions_that_were_opened_under_an_older_one()
    {
        var world = World.WithEverybody();
        var session = world.OpenSession();
        var (change, _) = world.Propose(
            Given.Document with { Policy = new([new("p.cedar", Given.Policy + "// newer")]) }, "alice");
        world.Review(change, "bob");
        Assert.Equal("open", world.EndedBy(session));
        var run = world.Run(world.Submit(session, "git", "status"));
        world.Kill(new Scope(ScopeKind.Policy, world.State.Registry.Policy.Digest));
        Assert.Equal("session.killed", world.EndedBy(session));
        Assert.Contains(run, world.State.Leftover.Keys);
    }

    [Fact]
    public void An_agent_never_succeeds_with_a_person_s_move()
    {
        var world = World.WithEverybody();
        var request = world.Submit(world.OpenSession(), "terraform", "apply");
        var (change, _) = world.Propose(Given.Document with { Workflows = [] }, "alice");
        world.Kill(new Scope(ScopeKind.Workflow, "release-staging"));
        Move[] moves =
        [
            world.Disposition(request, "bob"), world.Disposition(request, "bob", approves: false),
            new PersonMove.Invite(new PersonId("dave"), "sha256:x", world.Now.AddHours(1)),
            new PersonMove.LogOut(world.As("bob").Login), new PersonMove.Offboard(new PersonId("carol"), ""),
            new SessionMove.Open(Given.Terms(new SessionId("s"), "release-prod")),
            new ChangeMove.Stage(Signatures.Sha256("x"), 0, 1, "x"),
            new ChangeMove.Review(change, new PersonId("bob"), true, "", ""),
            new KillMove.Order(new KillId("k"), new Scope(ScopeKind.Realm, ""), ""),
            new KillMove.Resume(new Scope(ScopeKind.Workflow, "release-staging"), ""),
        ];
        foreach (var move in moves)
            foreach (var actor in new[] { World.Agent, World.Host, new Actor.Nobody() })
                Assert.Equal("person.required", world.Refuses(move, actor));
    }

    public static TheoryData<string> Differences =>
        ["argv", "more", "cwd", "value", "name", "digest", "executable", "session", "assurance", "outside"];

    [Theory]
    [MemberData(nameof(Differences))]
    public void Any_difference_makes_another_request(string what)
    {
        var world = World.WithEverybody();
        var request = Given.Exec(world, world.OpenSession(), "terraform", "apply");
        var other = what switch
        {
            "argv" => request with { Ask = new Ask.Exec(["terraform", "apply "]) },
            "more" => request with { Ask = new Ask.Exec(["terraform", "apply", ""]) },
            "cwd" => request with { Cwd = request.Cwd + "/" },
            "value" => request with { Environment = [new Variable("PATH", "/bin")] },
            "name" => request with { Environment = [.. request.Environment, new Variable("X", "")] },
            "digest" => request with { ExecutableDigest = new string('b', 64) },
            "executable" => request with { Executable = "/usr/local/bin/terraform" },
            "session" => request with { Session = new SessionId("other") },
            "assurance" => request with { Assurance = Assurance.Advisory },
            _ => request with { OutsidePath = true },
        };
        Assert.NotEqual(RequestRules.Digest(request), RequestRules.Digest(other));
        // What says nothing of the action does not change what is approved.
        Assert.Equal(RequestRules.Digest(request), RequestRules.Digest(
            request with { Id = new RequestId("x"), Client = new ClientCall("c", "s", null, null, null) }));
    }

    [Fact]
    public void An_approval_never_fits_another_request_of_the_same_command()
    {
        var world = World.WithEverybody();
        var session = world.OpenSession();
        var first = world.Submit(session, "terraform", "apply");
        var second = world.Submit(session, "terraform", "apply");
        var signed = world.Disposition(first, "bob");
        Assert.Equal("approval.bad-signature", world.Refuses(signed with { Request = second.Id }, world.As("bob")));
        world.Must(signed, world.As("bob"));
        Assert.Equal("approval.not-needed", world.Refuses(signed, world.As("bob")));
    }

    [Fact]
    public void An_approval_that_lapsed_does_not_count_at_execution()
    {
        var world = World.WithEverybody();
        var request = world.Submit(world.OpenSession(), "terraform", "apply");
        world.Dispose(request, "bob");
        world.Now = world.Now.AddMinutes(10);
        Assert.Equal("request.expired", world.Refuses(
            new RequestMove.Execute(request.Id, new WritId("w"), RequestRules.Digest(request)), World.Agent));
    }

    [Fact]
    public void Quorum_two_takes_two_people()
    {
        var world = World.WithEverybody();
        var request = world.Submit(world.OpenSession(), "terraform", "destroy");
        Assert.IsType<RequestState.Waiting>(world.StateOf(request));
        world.Dispose(request, "bob");
        Assert.IsType<RequestState.Waiting>(world.StateOf(request));
        world.Dispose(request, "carol");
        Assert.IsType<RequestState.Ready>(world.StateOf(request));
        world.Run(request);
    }

    [Fact]
    public void Moving_a_target_into_production_ends_the_sessions_that_reach_it()
    {
        var world = World.WithEverybody(d => d with
        {
            Targets = [.. d.Targets.Select(t => t with { Owner =
            default })]
        });
        var session = world.OpenSession(workflow: "release-staging");
        var document = world.State.Registry.Document;
        var (change, _) = world.Propose(document with
        {
            Targets = [.. document.Targets.Select(t => t with { Environment = new EnvironmentId("prod") })],
        }, "alice");
        world.Review(change, "bob");
        Assert.NotEqual("open", world.EndedBy(session));
    }

    [Fact]
    public void Any_run_of_moves_is_a_ledger_that_says_the_same_again() =>
        Prop.ForAll(
            Gen.Choose(0, 9_999).ListOf(40).ToArbitrary(),
            steps =>
            {
                var world = World.WithEverybody();
                foreach (var step in steps)
                    Step(world, step % 13, step / 13);
                AssertRuns(world);
                var audit = new DecisionAudit();
                foreach (var entry in world.Entries)
                    Assert.Null(audit.Take(entry.ToBytes().Span));
                var bytes = Snapshot(world.State);
                Assert.Equal(bytes, Snapshot(audit.State));
                var read = System.Text.Json.JsonSerializer.Deserialize(bytes, WireJson.Default.RealmSnapshot)!;
                Assert.Equal(bytes, Snapshot(read.Restore()!));
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(15));

    // A request runs only by a writ that was issued for it and consumed, both once.
    static void AssertRuns(World world)
    {
        var issued = new HashSet<RequestId>();
        var consumed = new HashSet<RequestId>();
        foreach (var entry in world.Entries)
            foreach (var happened in entry.Data.Events ?? [])
                switch (happened, entry.Data.Move)
                {
                    case (RunEvent.WritIssued, RequestMove.Execute m):
                        Assert.True(issued.Add(m.Request), "a second writ for one request");
                        break;
                    case (RunEvent.WritConsumed, RunMove.Consume m):
                        Assert.Contains(m.Request, issued);
                        Assert.True(consumed.Add(m.Request), "a second run of one request");
                        break;
                }
        foreach (var session in world.State.Sessions.Values.OfType<SessionState.Open>())
        {
            Assert.Null(session.Usage.Exceeds(session.Terms.Bounds));
            foreach (var running in session.Requests.Values.OfType<RequestState.Running>())
                Assert.Contains(running.Id, consumed);
        }
    }

    static void Step(World world, int kind, int pick)
    {
        var sessions = world.State.Sessions.Values.OfType<SessionState.Open>().OrderBy(s => s.Terms.Id.Value).ToList();
        var requests = sessions.SelectMany(s => s.Requests.Values).OrderBy(r => r.Id.Value).ToList();
        var name = Names[pick % 4];
        switch (kind)
        {
            case 0:
                var id = new SessionId(world.NewId("session"));
                world.Try(new SessionMove.Open(Given.Terms(id, pick % 2 == 0 ? "release-prod" : "release-staging") with
                {
                    Bounds = Bounds.Default with { Commands = 2 + (pick % 5), Deletions = pick % 2 },
                    Parent = sessions.Count > 0 && pick % 3 == 0 ? sessions[pick % sessions.Count].Terms.Id : null,
                }), world.As(name));
                break;
            case 1 or 2 or 3 when sessions.Count > 0:
                var request = Given.Exec(world, sessions[pick % sessions.Count].Terms.Id,
                    Commands[pick % Commands.Length]);
                world.Try(new RequestMove.Submit(request with
                {
                    Assurance = (Assurance)(pick % 5 == 0 ? 0
                    : 1)
                }), World.Agent);
                break;
            case 4 or 5 when requests.OfType<RequestState.Waiting>().ToList() is { Count: > 0 } waiting:
                world.Dispose(waiting[pick % waiting.Count].Request, name, approves: pick % 4 != 0);
                break;
            case 6 or 7 when requests.OfType<RequestState.Ready>().ToList() is { Count: > 0 } ready:
                var one = ready[pick % ready.Count];
                world.Try(new RequestMove.Execute(one.Id, new WritId(world.NewId("writ")), one.Digest), World.Agent);
                world.Try(new RequestMove.Allow(one.Id), World.Agent);
                break;
            case 8 or 9 when requests.OfType<RequestState.Ordered>().ToList() is { Count: > 0 } ordered:
                var order = ordered[pick % ordered.Count];
                world.Try(new RunMove.Consume(order.Writ, order.Id, new RunId(world.NewId("run")), Tier.T2),
                    World.Host);
                break;
            case 10 when requests.OfType<RequestState.Running>().ToList() is { Count: > 0 } running:
                world.Try(new RunMove.End(running[0].Run, running[0].Id,
                    new RunOutcome(RunEnd.Exited, 0, 1, 0, 0, null, null, null)), World.Host);
                break;
            case 11:
                world.Now = world.Now.AddSeconds(pick % 600);
                world.Try(new RealmMove.Tick(), World.Host);
                break;
            case 12 when sessions.Count > 0:
                world.Try(new KillMove.Order(new KillId(world.NewId("kill")),
                    new Scope(ScopeKind.Session, sessions[pick % sessions.Count].Terms.Id.Value), ""), world.As(name));
                break;
        }
    }

    static byte[] Snapshot(RealmState state) =>
        Canonical.Bytes(RealmSnapshot.Of(state), WireJson.Default.RealmSnapshot).ToArray();
}
