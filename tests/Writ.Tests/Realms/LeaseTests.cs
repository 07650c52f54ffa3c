using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Writ.Kills;
using Writ.Leases;
using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;
using Writ.Wire;

namespace Writ.Tests.Realms;

/// <summary>A credential for one run: meant, made, and taken back whatever happens.</summary>
public sealed class LeaseTests
{
    static readonly string[] Moves = ["intend", "issue", "renew", "revoke", "confirm", "fail"];

    [Fact]
    public void A_run_asks_for_its_credentials_when_its_writ_is_used_up_and_the_order_names_their_accounts()
    {
        var w = new LeaseWorld();
        var asked = w.Asked();
        w.World.Submit(asked);
        var writ = new WritId(w.World.NewId("writ"));
        var issued = w.World.Must(new RequestMove.Execute(
            asked.Id, writ, ((RequestState.Ready)w.World.StateOf(asked)).Digest), World.Agent);
        var run = new RunId("run-x");
        var events = w.World.Must(new RunMove.Consume(writ, asked.Id, run, Writ.Workflows.Tier.T2), World.Host);
        var lease = w.State.Leases.Of(run).Single().Lease;
        var requested = Assert.IsType<LeaseEvent.Requested>(events[1]);
        Assert.Equal((lease.Id, lease.Target.Value, "migrate", LeaseWorld.Profile.Digest()),
            (requested.Lease, requested.Target.Value, requested.Profile, requested.ProfileDigest));
        Assert.Equal(w.World.Now.AddSeconds(1_800), requested.Until);
        Assert.Equal(1, w.State.OpenSession(w.Session)!.Usage.Credentials);
        // What the order binds is the environment with the account, not with what stood for it.
        var order = issued.OfType<RunEvent.WritIssued>().Single().Order;
        string[] filled =
        [
            .. asked.Environment.Select(v => v.Name == "PGUSER" ? $"PGUSER={lease.Account}" : $"{v.Name}={v.Value}"),
        ];
        Assert.Equal(ActionDigests.Environment(filled), order.EnvironmentDigest);
    }

    [Theory]
    [InlineData(0, 1_800)]
    [InlineData(45, 900)]
    [InlineData(59, 60)]
    public void It_lives_no_longer_than_profile_and_session_let_it(int minutesIn, int secondsLeft)
    {
        var w = new LeaseWorld();
        w.World.Now = w.World.Now.AddMinutes(minutesIn);
        var lease = w.Issued();
        Assert.Equal(w.World.Now.AddSeconds(secondsLeft), lease.Until);
        var issued = (LeaseState.Issued)w.StateOf(lease);
        Assert.Equal(w.World.Now.AddSeconds(Math.Min(600, secondsLeft)), issued.ExpiresAt);
    }

    [Fact]
    public void It_lives_no_longer_than_the_approvals_of_its_request()
    {
        var w = new LeaseWorld();
        var asked = w.Asked(argv: ["terraform", "apply"]);
        w.World.Submit(asked);
        w.World.Dispose(asked, "bob");
        w.World.Now = w.World.Now.AddMinutes(4);
        var run = w.World.Run(asked);
        var lease = w.State.Leases.Of(run).Single().Lease;
        Assert.Equal(w.World.Now.AddMinutes(6), lease.Until);
    }

    [Fact]
    public void It_is_renewed_while_its_run_goes_on_and_not_beyond_what_was_agreed()
    {
        var w = new LeaseWorld();
        var lease = w.Issued();
        for (var minutes = 5; minutes <= 20; minutes += 5)
        {
            w.World.Now = World.Start.AddMinutes(minutes);
            w.World.Must(new LeaseMove.Renew(lease.Id, lease.Request, w.World.Now.AddMinutes(10)), World.Host);
        }
        Assert.Equal(lease.Until, ((LeaseState.Issued)w.StateOf(lease)).ExpiresAt);
        w.EndRun(lease);
        Assert.Equal("lease.wrong-state", w.World.Refuses(
            new LeaseMove.Renew(lease.Id, lease.Request, w.World.Now.AddMinutes(1)), World.Host));
    }

    public static TheoryData<string, string, string> Table => new()
    {
        { "requested", "intend", "intended" }, { "requested", "revoke", "never-issued" },
        { "intended", "issue", "issued" }, { "intended", "revoke", "revoking" },
        { "issued", "revoke", "revoking" }, { "revoking", "confirm", "revoked" },
        { "revoking", "fail", "revocation-failed" }, { "revocation-failed", "confirm", "revoked" },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void Every_move_that_is_possible_leads_where_it_is_said_to(string state, string move, string after)
    {
        var w = new LeaseWorld();
        var lease = In(w, state);
        w.World.Must(LeaseRefusals.MoveOf(move, lease, w.World.Now), World.Host);
        Assert.Equal(after, w.StateOf(lease).Word);
    }

    [Fact]
    public void The_sessions_below_one_that_ends_lose_their_credentials_with_it()
    {
        var w = new LeaseWorld();
        var child = w.Open("bob", w.Session);
        var lease = w.Issued(child);
        w.World.Kill(new Scope(ScopeKind.Sponsor, "alice"));
        Assert.Equal("lease.session-ended", w.Says(lease));
    }

    [Fact]
    public void A_target_gives_out_more_once_enough_could_be_taken_back()
    {
        var w = new LeaseWorld(LeaseWorld.Profile with { Concurrent = 10 });
        Lease[] failed = [w.Failed(), w.Failed(), w.Failed()];
        Assert.True(LeaseRules.IsBlocked(w.State, failed[0].Target));
        w.World.Must(new LeaseMove.Confirm(failed[0].Id, failed[0].Request, 1, 0), World.Host);
        Assert.False(LeaseRules.IsBlocked(w.State, failed[0].Target));
        w.Issued();
    }

    [Fact]
    public void Names_are_of_their_realm_writ_and_profile_and_are_valid_everywhere()
    {
        var lease = LeaseNames.Of("writ.test/a", new WritId("writ-1"), "migrate");
        var account = LeaseNames.Account(lease);
        Assert.Matches("^w_[0-9a-z]{21}$", account);
        Assert.Equal(lease, LeaseNames.LeaseOf("writ.test/a", account));
        Assert.Null(LeaseNames.LeaseOf("writ.test/b", account));
        Assert.Null(LeaseNames.LeaseOf("writ.test/a", account + "x"));
        LeaseId[] others =
        [
            LeaseNames.Of("writ.test/b", new WritId("writ-1"), "migrate"),
            LeaseNames.Of("writ.test/a", new WritId("writ-2"), "migrate"),
            LeaseNames.Of("writ.test/a", new WritId("writ-1"), "read"), lease,
        ];
        Assert.Equal(4, others.Distinct().Count());
        // Only exactly what stands for an account is replaced.
        ImmutableArray<Variable> given =
            [new("A", "{account:migrate}"), new("B", "x{account:migrate}"), new("C", "{account:../x}")];
        var filled = LeaseNames.Fill(given, "writ.test/a", new WritId("writ-1"));
        Assert.Equal([account, given[1].Value, given[2].Value], filled.Select(v => v.Value));
    }

    [Fact]
    public void A_realm_in_which_no_target_gives_credentials_out_keeps_its_profiles_as_words()
    {
        var world = World.WithEverybody(d => d with
        {
            Workflows = [.. d.Workflows.Select(w => w with { CredentialProfiles = ["anything at all"] })],
        });
        world.Run(world.Submit(world.OpenSession(), "git", "status"));
        Assert.Same(LeaseBook.Empty, world.State.Leases);
    }

    /// <summary>
    /// Whatever happens in whatever order: what may exist at a backend is in the book, nothing outlives its run or its
    /// session there, each has a way to its end, and the ledger says the same again.
    /// </summary>
    [Fact]
    public void No_order_of_moves_leaves_a_credential_without_a_way_to_its_end() =>
        Prop.ForAll(
            Gen.Choose(0, 9_999).ListOf(60).ToArbitrary(),
            steps =>
            {
                var w = new LeaseWorld(LeaseWorld.Profile with { Concurrent = 10 });
                var mayExist = new HashSet<LeaseId>();
                foreach (var step in steps)
                {
                    Step(w, step % 11, step / 11);
                    Look(w.World.Entries[^1], mayExist);
                    AssertNothingOutlives(w.State);
                    Assert.Subset(w.State.Leases.Live.Keys.ToHashSet(), mayExist);
                }
                var audit = new DecisionAudit();
                foreach (var entry in w.World.Entries)
                    Assert.Null(audit.Take(entry.ToBytes().Span));
                Assert.Equal(Snapshot(w.State), Snapshot(audit.State));
                var read = System.Text.Json.JsonSerializer.Deserialize(
                    Snapshot(w.State), WireJson.Default.RealmSnapshot)!;
                Assert.Equal(Snapshot(w.State), Snapshot(read.Restore()!));
                foreach (var lease in w.State.Leases.Live.Values.Select(l => l.Lease).ToList())
                {
                    w.World.Try(LeaseRefusals.MoveOf("revoke", lease, w.World.Now), World.Host);
                    w.World.Try(LeaseRefusals.MoveOf("confirm", lease, w.World.Now), World.Host);
                }
                Assert.Empty(w.State.Leases.Live);
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(40));

    // Kept beside the state, from the entries alone: between an intent and a confirmation an account may exist.
    static void Look(Entry entry, HashSet<LeaseId> mayExist)
    {
        foreach (var happened in entry.Data.Events ?? [])
            if (happened is LeaseEvent.IntentRecorded)
                mayExist.Add(((LeaseMove)entry.Data.Move).Lease);
            else if (happened is LeaseEvent.Ended)
                mayExist.Remove(((LeaseMove)entry.Data.Move).Lease);
    }

    static void AssertNothingOutlives(RealmState state)
    {
        foreach (var lease in state.Leases.Live.Values)
            if (lease is LeaseState.Requested or LeaseState.Intended or LeaseState.Issued)
                Assert.True(
                    state.OpenSession(lease.Lease.Session)?.Requests[lease.Lease.Request] is RequestState.Running,
                    $"{lease.Word} without a run");
    }

    static void Step(LeaseWorld w, int kind, int pick)
    {
        var leases = w.State.Leases.Live.Values.OrderBy(l => l.Lease.Id.Value, StringComparer.Ordinal).ToList();
        var lease = leases.Count > 0 ? leases[pick % leases.Count].Lease : null;
        var open = w.State.Sessions.Values.OfType<SessionState.Open>().OrderBy(s => s.Terms.Id.Value).ToList();
        switch (kind)
        {
            case 0 when w.State.Stops.IsEmpty:
                var above = open.Count > 0 && pick % 2 == 0 ? open[pick % open.Count].Terms.Id : (SessionId?)null;
                w.World.Try(w.Opening(above), w.World.As("bob"));
                break;
            case 1 or 2 when open.Count > 0:
                w.Consume(w.Asked(open[pick % open.Count].Terms.Id));
                break;
            case 3 when open.Count > 0 && pick % 3 == 0:
                w.World.Try(new SessionMove.Close(open[pick % open.Count].Terms.Id, ""), World.Host);
                break;
            case 4 when lease is not null && w.State.Leases.Live[lease.Id] is not LeaseState.Revoking:
                w.World.Try(new RunMove.End(lease.Run, lease.Request, new RunOutcome(
                    RunEnd.Exited, 0, 1, 0, 0, null, null, null)), World.Host);
                break;
            case 5:
                w.World.Now = w.World.Now.AddSeconds(pick % 300);
                w.World.Try(new RealmMove.Tick(), World.Host);
                break;
            default:
                if (lease is not null)
                    w.World.Try(LeaseRefusals.MoveOf(Moves[pick % Moves.Length], lease, w.World.Now), World.Host);
                break;
        }
    }

    static byte[] Snapshot(RealmState state) =>
        Canonical.Bytes(RealmSnapshot.Of(state), WireJson.Default.RealmSnapshot).ToArray();

    static Lease In(LeaseWorld w, string state) => state switch
    {
        "requested" => w.Requested(),
        "intended" => w.Intended(),
        "issued" => w.Issued(),
        "revoking" => w.Revoking(),
        _ => w.Failed(),
    };
}
