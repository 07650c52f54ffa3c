using System.Text;
using System.Text.Json;
using Writ.Changes;
using Writ.Kills;
using Writ.Policies;
using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;
using Writ.Wire;

namespace Writ.Tests.Policies;

/// <summary>A session is judged by the policies it was opened under, until somebody who may says otherwise.</summary>
public sealed class PinnedPolicyTests
{
    const string NoReads = """@id("no-reads") forbid (principal, action in Action::"read", resource);""";

    static readonly RealmDocument Strict = With(Given.Policy + NoReads);

    [Fact]
    public void An_open_session_keeps_its_policy_and_a_new_one_has_the_new()
    {
        var world = World.WithEverybody();
        var (first, before) = (world.OpenSession(), world.State.Registry.Policy.Digest);
        Given.Publish(world, Strict, PolicyReach.NewSessions);
        var second = world.OpenSession();
        Assert.Equal(VerdictKind.Automatic, Judged(world, first, "git", "status").Kind);
        Assert.Equal(VerdictKind.Blocked, Judged(world, second, "git", "status").Kind);
        Assert.Equal(before, Judged(world, first, "git", "status").PolicyDigest);
        Assert.Equal(world.State.Registry.Policy.Digest, world.State.OpenSession(second)!.PolicyDigest);
        AssertAudited(world);
    }

    [Fact]
    public void An_approval_is_bound_to_the_policy_the_session_keeps()
    {
        var world = World.WithEverybody();
        var session = world.OpenSession();
        var request = world.Submit(session, "terraform", "apply");
        Given.Publish(world, Strict, PolicyReach.NewSessions);
        var kept = world.State.OpenSession(session)!.PolicyDigest;
        Assert.NotEqual(kept, world.State.Registry.Policy.Digest);
        Assert.IsType<Decided.Accepted>(world.Dispose(request, "bob"));
        var writ = world.Order(request);
        var order = world.Entries.SelectMany(e => e.Data.Events ?? []).OfType<RunEvent.WritIssued>().Last().Order;
        Assert.Equal(kept, order.PolicyDigest);
        world.Must(new RunMove.Consume(writ, request.Id, new RunId("run-x"), Workflows.Tier.T2), World.Host);
        AssertAudited(world);
    }

    [Fact]
    public void A_mandatory_policy_judges_open_sessions_at_once_and_voids_what_waits()
    {
        var world = World.WithEverybody();
        var session = world.OpenSession();
        var waiting = world.Submit(session, "terraform", "apply");
        var ready = world.Submit(session, "git", "status");
        var running = world.Submit(session, "git", "log");
        world.Run(running);
        Given.Publish(world, Strict, PolicyReach.AllSessions);
        Assert.Equal("approval.policy-changed", world.ClosedBy(waiting));
        Assert.Equal("approval.policy-changed", world.ClosedBy(ready));
        Assert.IsType<RequestState.Running>(world.StateOf(running));
        Assert.Equal("open", world.EndedBy(session));
        Assert.Equal(VerdictKind.Blocked, Judged(world, session, "git", "status").Kind);
        Assert.Empty(world.State.Pinned);
        AssertAudited(world);
    }

    [Fact]
    public void A_mandatory_policy_also_reaches_sessions_that_kept_an_earlier_one()
    {
        var world = World.WithEverybody();
        var session = world.OpenSession();
        Given.Publish(world, Strict, PolicyReach.NewSessions);
        var waiting = world.Submit(session, "terraform", "apply");
        Given.Publish(world, With(Given.Policy + "// again\n" + NoReads), PolicyReach.AllSessions);
        Assert.Equal("approval.policy-changed", world.ClosedBy(waiting));
        Assert.Equal(VerdictKind.Blocked, Judged(world, session, "git", "status").Kind);
        AssertAudited(world);
    }

    [Fact]
    public void A_change_of_owners_moves_no_session()
    {
        var world = World.WithEverybody();
        var session = world.OpenSession();
        Given.Publish(world, Strict, PolicyReach.NewSessions);
        var kept = world.State.OpenSession(session)!.PolicyDigest;
        var (change, _) = world.Propose(
            Strict with { People = [.. Strict.People, Given.Someone("erin")] }, "alice");
        world.Review(change, "bob");
        Assert.Equal(kept, world.State.OpenSession(session)!.PolicyDigest);
        AssertAudited(world);
    }

    [Fact]
    public void A_proposal_of_an_older_ledger_moves_all_sessions()
    {
        var world = World.WithEverybody();
        var session = world.OpenSession();
        var waiting = world.Submit(session, "terraform", "apply");
        var (change, _) = world.Propose(Strict, "alice");
        world.Review(change, "bob");
        Assert.Equal("approval.policy-changed", world.ClosedBy(waiting));
        Assert.Equal(world.State.Registry.Policy.Digest, world.State.OpenSession(session)!.PolicyDigest);
        AssertAudited(world);
    }

    [Fact]
    public void What_no_open_session_uses_is_dropped()
    {
        var world = World.WithEverybody();
        var (first, second) = (world.OpenSession(), world.OpenSession());
        Given.Publish(world, Strict, PolicyReach.NewSessions);
        Assert.Single(world.State.Pinned);
        world.Must(new SessionMove.Close(first, ""), World.Host);
        Assert.Single(world.State.Pinned);
        world.Must(new SessionMove.Close(second, ""), World.Host);
        Assert.Empty(world.State.Pinned);
    }

    [Fact]
    public void Going_back_to_a_policy_that_sessions_keep_is_one_policy_again()
    {
        var world = World.WithEverybody();
        var session = world.OpenSession();
        Given.Publish(world, Strict, PolicyReach.NewSessions);
        Given.Publish(world, Given.Document, PolicyReach.NewSessions);
        Assert.Empty(world.State.Pinned);
        Assert.Equal(VerdictKind.Automatic, Judged(world, session, "git", "status").Kind);
        AssertAudited(world);
    }

    [Fact]
    public void The_kill_switch_for_a_policy_stops_the_sessions_it_judges()
    {
        var world = World.WithEverybody();
        var (first, before) = (world.OpenSession(), world.State.Registry.Policy.Digest);
        Given.Publish(world, Strict, PolicyReach.NewSessions);
        var second = world.OpenSession();
        world.Kill(new Scope(ScopeKind.Policy, before));
        Assert.Equal(("session.killed", "open"), (world.EndedBy(first), world.EndedBy(second)));
        AssertAudited(world);
    }

    [Fact]
    public void A_snapshot_brings_kept_and_session_policies_back()
    {
        var world = World.WithEverybody();
        var session = Given.OpenNarrowed(world, """@id("all") permit (principal, action, resource);""");
        Given.Publish(world, Strict, PolicyReach.NewSessions);
        var bytes = Canonical.Bytes(RealmSnapshot.Of(world.State), WireJson.Default.RealmSnapshot).ToArray();
        var restored = JsonSerializer.Deserialize(bytes, WireJson.Default.RealmSnapshot)!.Restore();
        Assert.NotNull(restored);
        Assert.Equal(bytes, Canonical.Bytes(RealmSnapshot.Of(restored), WireJson.Default.RealmSnapshot).ToArray());
        var request = Given.Exec(world, session, "git", "status");
        Assert.Equal(
            Entry(RealmDecider.Decide(world.State, new RequestMove.Submit(request), World.Agent, world.Now)),
            Entry(RealmDecider.Decide(restored, new RequestMove.Submit(request), World.Agent, world.Now)));
    }

    [Fact]
    public void A_snapshot_without_a_policy_that_a_session_keeps_is_thrown_away()
    {
        var world = World.WithEverybody();
        world.OpenSession();
        Given.Publish(world, Strict, PolicyReach.NewSessions);
        Assert.Null((RealmSnapshot.Of(world.State) with { Pinned = null }).Restore());
    }

    [Fact]
    public void A_session_policy_narrows_and_never_widens()
    {
        var world = World.WithEverybody();
        var session = Given.OpenNarrowed(world, """
            @id("look") permit (principal, action in [Action::"run", Action::"read", Action::"execute"], resource);
            @id("security-looks") @approval("team:security") @reason("Security wants to see it.")
            forbid (principal, action == Action::"code.run", resource)
            unless { context.approvals.teams.contains("security") };
            """);
        Assert.Equal(VerdictKind.Automatic, Judged(world, session, "git", "status").Kind);
        // The realm asks sre for it; the session does not permit it at all.
        Assert.Equal("policy.no-permit", Judged(world, session, "terraform", "apply").Code);
        // What the realm blocks, a session policy cannot open.
        Assert.Equal("policy.blocked", Judged(world, session, "sudo", "id").Code);
        var verdict = Judged(world, session, "python3", "x.py");
        Assert.Equal(["code", "session:security-looks", "unknown"], verdict.Gates.Select(g => g.Policy));
        Assert.Equal(world.State.OpenSession(session)!.SessionPolicyDigest, verdict.SessionPolicyDigest);
        AssertAudited(world);
    }

    [Fact]
    public void A_child_session_is_narrowed_by_its_parents_policy()
    {
        var world = World.WithEverybody();
        var parent = Given.OpenNarrowed(world, """
            @id("look") permit (principal, action in [Action::"run", Action::"read"], resource);
            """);
        var child = Given.OpenNarrowed(world, """@id("all") permit (principal, action, resource);""", parent);
        Assert.Equal("policy.no-permit", Judged(world, child, "terraform", "apply").Code);
        var grounds = Judged(world, child, "git", "status").Grounds.Select(g => g.Policy).ToHashSet();
        Assert.Contains("session:all", grounds);
        Assert.Contains($"session:{parent}:look", grounds);
        AssertAudited(world);
    }

    [Fact]
    public void A_session_policy_that_is_no_policy_says_where()
    {
        var world = World.WithEverybody();
        var refused = Assert.IsType<Decided.Refused>(world.Try(
            new SessionMove.Open(Given.Terms(new SessionId("s"), "release-prod") with
            {
                Policy = new PolicyFile("only.cedar", "@id(\"a\")\npermit (principal, action resource);"),
            }), world.As("alice")));
        Assert.Equal("session.bad-policy", refused.Refusal.Code);
        Assert.StartsWith("only.cedar:2:27:", refused.Refusal.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_reviewer_saw_is_in_the_entry_and_under_the_signature()
    {
        var world = World.WithEverybody();
        var evidence = Given.Evidence(Strict);
        var (change, _) = world.Propose(Strict, "alice", PolicyReach.NewSessions, evidence);
        var seen = evidence with { Impact = evidence.Impact with { Entries = 99 } };
        Assert.IsType<Decided.Accepted>(world.Review(change, "bob", evidence: seen));
        var entry = world.Entries[^1];
        Assert.Equal(99, ((ChangeMove.Review)entry.Data.Move).Evidence!.Impact.Entries);
        Assert.Contains("\"entries\":99", Encoding.UTF8.GetString(entry.ToBytes().Span), StringComparison.Ordinal);

        // The same signature does not carry another impact.
        var again = World.WithEverybody();
        (change, _) = again.Propose(Strict, "alice", PolicyReach.NewSessions, evidence);
        var pending = (ChangeState.Pending)again.State.Changes[change];
        var signed = new People.ChangeDocument(
            again.State.Origin, change, pending.DocumentDigest, new PersonId("bob"), "approve", "looked", pending.Reach,
            evidence.Digest());
        Assert.Equal("change.bad-signature", again.Refuses(
            new ChangeMove.Review(
                change, new PersonId("bob"), true, "looked", again.Sign("bob", signed.Render()), seen),
            again.As("bob")));
        AssertAudited(world);
    }

    static RealmDocument With(string policy) => Given.Document with
    {
        Policy = new PolicySource([new PolicyFile("test.cedar", policy)]),
    };

    static Verdict Judged(World world, SessionId session, params string[] argv)
    {
        var happened = world.Must(new RequestMove.Submit(Given.Exec(world, session, [.. argv])), World.Agent);
        return Assert.IsType<RequestEvent.Judged>(happened[0]).Verdict;
    }

    static string Entry(Decided decided) => Encoding.UTF8.GetString(Canonical.Bytes(
        new EntryBody(World.Host, new RealmMove.Tick(), ((Decided.Accepted)decided).Events, null),
        WireJson.Default.EntryBody).Span);

    static void AssertAudited(World world)
    {
        var audit = new DecisionAudit();
        Assert.All(world.Entries, e => Assert.Null(audit.Take(e.ToBytes().Span)));
        Assert.Equal(
            Canonical.Bytes(RealmSnapshot.Of(world.State), WireJson.Default.RealmSnapshot).ToArray(),
            Canonical.Bytes(RealmSnapshot.Of(audit.State), WireJson.Default.RealmSnapshot).ToArray());
    }
}
