using Writ.Changes;
using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Wire;
using Writ.Workflows;

namespace Writ.Tests.Realms;

/// <summary>The way of one action through the core, from a founder alone to an outcome.</summary>
public sealed class StoryTests
{
    [Fact]
    public void A_gated_command_is_approved_by_somebody_else_and_runs_once()
    {
        var world = World.WithEverybody();
        var session = world.OpenSession();
        var request = world.Submit(session, "terraform", "apply", "-auto-approve");
        Assert.IsType<RequestState.Waiting>(world.StateOf(request));

        Assert.Equal("approval.self", Code(world.Dispose(request, "alice")));
        Assert.Equal("approval.not-asked", Code(world.Dispose(request, "dave")));
        Assert.IsType<Decided.Accepted>(world.Dispose(request, "bob"));
        var ready = Assert.IsType<RequestState.Ready>(world.StateOf(request));

        var writ = new WritId("writ-1");
        world.Must(new RequestMove.Execute(request.Id, writ, ready.Digest), World.Agent);
        world.Must(new RunMove.Consume(writ, request.Id, new RunId("run-1"), Tier.T2), World.Host);
        Assert.Equal("writ.consumed", world.Refuses(new RunMove.Consume(writ, request.Id, new RunId("run-2"),
            Tier.T2), World.Host));
        world.Must(new RunMove.End(new RunId("run-1"), request.Id,
            new RunOutcome(RunEnd.Exited, 0, 12, 3, 0, null, null, null)), World.Host);
        Assert.Equal("run.exited", Assert.IsType<RequestState.Closed>(world.StateOf(request)).Code);
        AssertAudited(world);
    }

    [Fact]
    public void A_read_is_automatic_and_what_is_not_understood_is_not()
    {
        var world = World.WithEverybody();
        var session = world.OpenSession();
        Assert.IsType<RequestState.Ready>(world.StateOf(world.Submit(session, "git", "status")));
        Assert.IsType<RequestState.Waiting>(world.StateOf(world.Submit(session, "frobnicate")));
        Assert.IsType<RequestState.Closed>(world.StateOf(world.Submit(session, "sudo", "id")));
        AssertAudited(world);
    }

    [Fact]
    public void No_owner_no_production()
    {
        var world = World.WithEverybody(d => d with
        {
            Workflows = [Given.Release("release-prod", "prod", "db-prod") with { SecurityOwner = default }],
        });
        var move = new Sessions.SessionMove.Open(Given.Terms(new SessionId("s"), "release-prod"));
        Assert.Equal("workflow.no-owner", world.Refuses(move, world.As("alice")));
        AssertAudited(world);
    }

    [Fact]
    public void Leaving_orphans_at_once_and_stops_production()
    {
        var world = World.WithEverybody();
        var session = world.OpenSession();
        world.Must(new People.PersonMove.Offboard(new PersonId("dave"), "left"), world.As("alice"));
        Assert.Null(world.State.OpenSession(session));
        AssertAudited(world);
    }

    [Fact]
    public void Owners_change_only_with_a_second_person()
    {
        var world = World.WithEverybody();
        var changed = Given.Document with
        {
            Workflows = [.. Given.Document.Workflows.Select(w => w with { SecurityOwner = new PersonId("carol") })],
        };
        var (change, _) = world.Propose(changed, "alice");
        Assert.IsType<ChangeState.Pending>(world.State.Changes[change]);
        Assert.Equal("change.self", Code(world.Review(change, "alice")));
        Assert.Equal("realm.not-governing", Code(world.Review(change, "carol")));
        Assert.IsType<Decided.Accepted>(world.Review(change, "bob"));
        Assert.Equal("carol", world.State.Registry.Workflows[new WorkflowId("release-prod")].SecurityOwner.Value);
        AssertAudited(world);
    }

    [Fact]
    public void An_audit_finds_an_outcome_that_was_changed()
    {
        var world = World.WithEverybody();
        var session = world.OpenSession();
        world.Submit(session, "sudo", "id");
        var last = world.Entries[^1];
        var judged = (RequestEvent.Judged)last.Data.Events!.Value[0];
        var forged = judged with { Verdict = judged.Verdict with { Kind = VerdictKind.Automatic } };
        world.Entries[^1] = last with { Data = last.Data with { Events = [forged] } };
        var audit = new DecisionAudit();
        var faults = world.Entries.Select(e => audit.Take(e.ToBytes().Span)).Where(f => f is not null).ToList();
        Assert.Equal("audit.decided-otherwise", Assert.Single(faults)!.Code);
        Assert.Equal(world.Entries.Count - 1, faults[0]!.Index);
    }

    [Fact]
    public void A_snapshot_is_the_state()
    {
        var world = World.WithEverybody();
        world.Submit(world.OpenSession(), "terraform", "apply");
        var bytes = Canonical.Bytes(RealmSnapshot.Of(world.State), WireJson.Default.RealmSnapshot);
        var read = System.Text.Json.JsonSerializer.Deserialize(bytes.Span, WireJson.Default.RealmSnapshot)!;
        Assert.Equal(bytes.ToArray(), Canonical.Bytes(RealmSnapshot.Of(read.Restore()!),
            WireJson.Default.RealmSnapshot).ToArray());
    }

    static string Code(Decided decided) => decided is Decided.Refused no ? no.Refusal.Code : "accepted";

    static void AssertAudited(World world)
    {
        var audit = new DecisionAudit();
        foreach (var entry in world.Entries)
            Assert.Null(audit.Take(entry.ToBytes().Span));
        Assert.Equal(world.Entries.Count, audit.Next);
    }
}
