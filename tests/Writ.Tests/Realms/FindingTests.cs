using System.Collections.Immutable;
using Writ.Agents;
using Writ.Findings;
using Writ.Leases;
using Writ.People;
using Writ.Realms;
using Writ.Requests;
using Writ.Sessions;
using Writ.Targets;
using Writ.Wire;
using Writ.Workflows;

namespace Writ.Tests.Realms;

/// <summary>What is found in a realm, when it is raised, and when it is over.</summary>
public sealed class FindingTests
{
    [Fact]
    public void A_realm_in_order_has_no_findings_but_an_agent_with_one_identity_for_two_environments()
    {
        var world = new FindingWorld();
        world.Review();
        Assert.Equal(["shared.agent", "shared.agent"], world.Open());
    }

    [Fact]
    public void An_agent_whose_team_has_left_is_found_and_settled_when_somebody_answers_again()
    {
        var world = new FindingWorld(d => d with
        {
            Teams = [.. d.Teams, new Team(new TeamId("lone"), Given.Ids("carol"), [])],
            Agents = [.. d.Agents, new Agent(
                new AgentId("stray"), "codex", "1", new TeamId("lone"), new DateOnly(2027, 6, 30), AgentState.Active)],
        });
        world.World.Must(new PersonMove.Offboard(new PersonId("carol"), "left"), world.World.As("alice"));
        world.Review();
        var found = world.State.Found.Standing.Values.Single(f => f.Cause.Code == "unowned.agent");
        Assert.Equal(FindingKind.Unowned, found.Cause.Kind);
        Assert.Equal(new AgentId("stray"), found.Cause.Scope.Agent);
        Assert.Equal(new PersonId("alice"), found.Owner);

        var mended = world.State.Registry.Document with
        {
            Agents = [.. world.State.Registry.Document.Agents.Select(a => a with { OwnerTeam = new TeamId("sre") })],
        };
        world.World.Review(world.World.Propose(mended, "alice").Change, "bob");
        var events = world.Review();
        Assert.Contains(new FindingEvent.Settled(found.Id, "finding.cause-gone"), events);
        Assert.Equal("finding.cause-gone", world.State.Found.Settled[found.Id].Code);
    }

    static CredentialProfile Profile(string id, string admin, string role) => new(
        id, CredentialTier.Write, admin, 60, 60, 1, new CredentialBackend.Postgres("10.0.0.1", 5432, "orders", role));

    [Theory]
    [InlineData("one", "r1", "one", "r2", "shared.admin-account")]
    [InlineData("one", "r1", "two", "r1", "shared.backend")]
    [InlineData("one", "r1", "two", "r2", null)]
    public void Credentials_of_two_environments_have_nothing_in_common(
        string prodAdmin, string prodRole, string otherAdmin, string otherRole, string? expected)
    {
        var world = new FindingWorld(d => d with
        {
            Targets =
            [
                .. d.Targets.Select(t => t with
                {
                    Credentials = t.Id.Value == "db-prod"
                        ? [Profile("prod", prodAdmin, prodRole)] : [Profile("other", otherAdmin, otherRole)],
                }),
            ],
        });
        world.Review();
        Assert.Equal(expected is null ? [] : [expected],
            world.Open().Where(c => c is "shared.admin-account" or "shared.backend"));
        if (expected is not null)
            Assert.Equal(new PersonId("dave"),
                world.State.Found.Standing.Values.Single(f => f.Cause.Code == expected).Owner);
    }

    [Fact]
    public void A_leaked_secret_is_settled_when_a_whole_search_finds_it_no_more_and_not_before()
    {
        var world = new FindingWorld();
        var session = world.World.OpenSession();
        var id = world.Leaks(session);
        var found = world.State.Found.Standing[id];
        Assert.Equal(new PersonId("dave"), found.Owner);
        Assert.Equal([$"session/{session}"], found.Cause.Evidence);
        Assert.Equal("print:0123", found.Cause.Fingerprint);

        var nothing = new FindingMove.Report(
            FindingWorld.For(world.World, session), SearchedPlace.WorkTree, [], Complete: false);
        Assert.Equal("finding.nothing-new", world.World.Refuses(nothing, World.Host));
        // The environment is another place.
        Assert.Equal("finding.nothing-new", world.World.Refuses(
            nothing with { Searched = SearchedPlace.Environment, Complete = true }, World.Host));
        world.Review();
        Assert.Contains(id, world.State.Found.Standing.Keys);
        world.World.Must(nothing with { Complete = true }, World.Host);
        Assert.DoesNotContain(id, world.State.Found.Standing.Keys);
        Assert.Contains(id, world.State.Found.Settled.Keys);
    }

    [Fact]
    public void One_secret_in_two_environments_is_a_finding_of_its_own()
    {
        var world = new FindingWorld();
        world.World.Must(FindingWorld.Leak(
            world.World, world.World.OpenSession(workflow: "release-staging"), ".env:3"), World.Host);
        world.World.Must(FindingWorld.Leak(world.World, world.World.OpenSession(), ".npmrc:1"), World.Host);
        world.Review();
        Assert.Contains("shared.secret", world.Open());
        Assert.Contains("environment prod, environment staging",
            world.State.Found.Standing.Values.Single(f => f.Cause.Code == "shared.secret").Cause.Detail,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_password_of_an_account_that_lies_in_a_work_tree_is_a_finding()
    {
        var world = new FindingWorld();
        world.Leaks(world.World.OpenSession());
        world.Review(new SeenAdmin("orders", world.World.Now, "print:9999"));
        Assert.DoesNotContain("shared.secret", world.Open());
        world.Review(new SeenAdmin("orders", world.World.Now, "print:0123"));
        Assert.Contains("shared.secret", world.Open());
    }

    [Fact]
    public void Who_lives_with_a_finding_lets_sessions_open_until_that_day()
    {
        var world = new FindingWorld();
        var session = world.World.OpenSession();
        var id = world.Leaks(session);
        var submit = new RequestMove.Submit(Given.Exec(world.World, session, "git", "status"));
        Assert.Equal("session.findings", world.World.Refuses(submit, World.Agent));
        world.World.Must(new FindingMove.Accept(id, "a test key", world.World.Now.AddMinutes(5)),
            world.World.As("dave"));
        Assert.Equal("accepted", world.World.Refuses(submit, World.Agent));
        world.World.Now = world.World.Now.AddMinutes(6);
        Assert.Equal("session.findings", world.World.Refuses(
            new RequestMove.Submit(Given.Exec(world.World, session, "git", "log")), World.Agent));
    }

    [Fact]
    public void What_a_finding_is_not_about_goes_on()
    {
        var world = new FindingWorld();
        // Of the same agent in the same tree, in another environment.
        world.World.Must(FindingWorld.Leak(
            world.World, world.World.OpenSession(workflow: "release-staging"), ".env:3"), World.Host);
        world.World.OpenSession();
        world.World.Must(FindingWorld.Leak(world.World, world.World.OpenSession(), ".env:9"), World.Host);
        Assert.Equal("session.findings", world.World.Refuses(
            new SessionMove.Open(Given.Terms(new SessionId("again"), "release-prod")), world.World.As("alice")));
        // A workflow that refuses nothing is not kept out by anything.
        world.World.OpenSession(workflow: "release-staging");
    }

    [Fact]
    public void What_only_happened_stands_until_somebody_has_lived_with_it_and_comes_back_when_it_happens_again()
    {
        var world = new FindingWorld();
        var session = world.World.OpenSession();
        var raise = new RealmMove.RaiseFinding(new Finding("hook.unbrokered", session, "It ran by itself."));
        world.World.Must(raise, World.Host);
        world.World.Must(raise, World.Host);
        var found = world.State.Found.Standing.Values.Single();
        Assert.Equal((FindingKind.Disagreement, 2), (found.Cause.Kind, found.Times));
        Assert.Equal(new AgentId("claude"), found.Cause.Scope.Agent);
        world.Review();
        Assert.Contains(found.Id, world.State.Found.Standing.Keys);

        var accept = new FindingMove.Accept(found.Id, "looked", world.World.Now.AddMinutes(5));
        world.World.Must(accept, world.World.As("dave"));
        Assert.DoesNotContain("hook.unbrokered", world.Open());
        world.World.Must(raise, World.Host);
        Assert.Contains("hook.unbrokered", world.Open());
        world.World.Must(accept, world.World.As("dave"));
        world.World.Now = world.World.Now.AddMinutes(6);
        Assert.Contains(new FindingEvent.Settled(found.Id, "finding.accepted"), world.Review());
    }

    [Theory]
    [InlineData(89, false)]
    [InlineData(91, true)]
    public void Keys_and_accounts_are_due_by_the_days_that_the_realm_declares(int days, bool due)
    {
        var world = new FindingWorld(d => d with
        {
            Findings = new FindingTerms(AdminDays: 90, DeviceDays: 90),
            Targets =
            [
                .. d.Targets.Select(t => t with { Credentials = [Profile($"p-{t.Id}", "orders", $"r-{t.Id}")] }),
            ],
        });
        var written = world.World.Now;
        world.World.Now = written.AddDays(days);
        world.Review(new SeenAdmin("orders", written), new SeenAdmin("nobodys", written));
        Assert.Equal(due ? 4 : 0, world.Open().Count(c => c == "overdue.device-key"));
        Assert.Equal(due ? 1 : 0, world.Open().Count(c => c == "overdue.admin-account"));
    }

    [Fact]
    public void What_is_granted_and_never_used_is_found_after_the_declared_days_and_settled_by_its_use()
    {
        var world = new FindingWorld(d => d with { Findings = new FindingTerms(UnusedDays: 30) });
        world.World.Now = world.World.Now.AddDays(29);
        world.Review();
        Assert.DoesNotContain(world.Open(), c => c.StartsWith("unused.", StringComparison.Ordinal));

        world.World.Now = world.World.Now.AddDays(2);
        world.Review();
        // Two agents and one target in each of two workflows.
        Assert.Equal(
            ["unused.agent", "unused.agent", "unused.agent", "unused.agent", "unused.target", "unused.target"],
            world.Open().Where(c => c.StartsWith("unused.", StringComparison.Ordinal)));
        world.World.OpenSession();
        Assert.Contains(world.Review().OfType<FindingEvent.Settled>(), s => s.Code == "finding.cause-gone");
        Assert.Equal(3, world.Open().Count(c => c == "unused.agent"));
    }

    [Fact]
    public void Use_is_counted_by_agent_and_by_how_far_it_went()
    {
        var world = World.WithEverybody();
        var session = world.OpenSession();
        var run = world.Submit(session, "psql", "-c", "select 1");
        var effects = world.StateOf(run) switch
        {
            RequestState.Ready r => r.Verdict.Effects,
            RequestState.Waiting w => w.Verdict.Effects,
            _ => [],
        };
        Assert.NotEmpty(effects);
        var agent = new Privilege(new WorkflowId("release-prod"), PrivilegeKind.Agent, "claude");
        Assert.Equal(1, world.State.Privileges.UsedBy(agent)?.Times);
        Assert.Null(world.State.Privileges.UsedBy(agent with { Name = "other" }));
        Assert.Null(world.State.Privileges.UsedBy(agent with { Kind = PrivilegeKind.Target, Name = "db-prod" }));
    }

    [Fact]
    public void A_credential_is_used_when_it_is_issued()
    {
        var w = new LeaseWorld();
        var what = new Privilege(new WorkflowId("release-prod"), PrivilegeKind.Credential, "migrate");
        w.Intended();
        Assert.Null(w.State.Privileges.UsedBy(what));
        w.Issued();
        Assert.Equal(1, w.State.Privileges.UsedBy(what)?.Times);
        Assert.Equal(CredentialTier.Deploy, w.State.Privileges.Uses.Values.Single(u => u.What == what).Tier);
    }

    [Fact]
    public void A_credential_that_could_not_be_taken_back_is_found_and_settled_when_it_is_gone()
    {
        var w = new LeaseWorld();
        var lease = w.Failed();
        w.World.Must(new FindingMove.Review([]), World.Host);
        var found = w.State.Found.Standing.Values.Single(f => f.Cause.Code == "lease.revocation-failed");
        Assert.Equal((FindingKind.OutlivedCredential, new PersonId("dave")), (found.Cause.Kind, found.Owner));
        Assert.Contains($"request/{lease.Request}", found.Cause.Evidence);
        w.World.Must(new LeaseMove.Confirm(lease.Id, lease.Request, 1, 0), World.Host);
        w.World.Must(new FindingMove.Review([]), World.Host);
        Assert.Contains(found.Id, w.State.Found.Settled.Keys);
    }

    [Fact]
    public void Grants_keep_their_day_when_the_document_changes_around_them()
    {
        var world = World.WithEverybody();
        var first = world.State.Privileges.Grants[
            new Privilege(new WorkflowId("release-prod"), PrivilegeKind.Agent, "claude")];
        world.Now = world.Now.AddDays(3);
        var document = world.State.Registry.Document with
        {
            Workflows =
            [
                .. world.State.Registry.Document.Workflows.Select(w => w.Id.Value == "release-prod"
                    ? w with { Agents = [new AgentId("claude")] } : w),
            ],
        };
        world.Review(world.Propose(document, "alice").Change, "bob");
        Assert.Equal(first, world.State.Privileges.Grants[first.What]);
        Assert.DoesNotContain(first.What with { Name = "other" }, world.State.Privileges.Grants.Keys);
    }

    [Fact]
    public void A_look_says_no_more_than_an_entry_holds_and_the_next_goes_on()
    {
        var world = new FindingWorld(d => d with
        {
            Findings = new FindingTerms(UnusedDays: 1),
            Targets =
            [
                .. d.Targets, .. Enumerable.Range(0, 60).Select(i => new Target(
                    new TargetId($"t{i:00}"), "service", new EnvironmentId("prod"), Sensitivity.Low,
                    new PersonId("dave"), [])),
            ],
            Workflows =
            [
                .. d.Workflows.Select(w => w.Id.Value != "release-prod" ? w : w with
                {
                    Targets = [.. w.Targets, .. Enumerable.Range(0, 60).Select(i => new TargetId($"t{i:00}"))],
                }),
            ],
        });
        world.World.Now = world.World.Now.AddDays(2);
        var counts = new List<int>();
        for (var events = world.Review(); !events.IsEmpty && counts.Count < 20; events = world.Review())
        {
            counts.Add(events.Length);
            Assert.InRange(world.World.Entries[^1].ToBytes().Length, 1, 65_535);
        }
        Assert.All(counts, c => Assert.InRange(c, 1, FindingDecider.ChangesMax));
        Assert.Equal(60, world.Open().Count(c => c == "unused.target") - 2);
    }

    [Fact]
    public void The_book_survives_a_snapshot()
    {
        var world = new FindingWorld(d => d with { Findings = new FindingTerms(UnusedDays: 1) });
        var id = world.Leaks(world.World.OpenSession());
        world.World.Must(new FindingMove.Accept(id, "known", world.World.Now.AddDays(1)), world.World.As("bob"));
        world.World.Now = world.World.Now.AddDays(2);
        world.Review();
        var bytes = Canonical.Bytes(RealmSnapshot.Of(world.State), WireJson.Default.RealmSnapshot);
        var again = System.Text.Json.JsonSerializer.Deserialize(bytes.Span, WireJson.Default.RealmSnapshot)!
            .Restore()!;
        Assert.Equal(bytes.ToArray(), Canonical.Bytes(RealmSnapshot.Of(again), WireJson.Default.RealmSnapshot)
            .ToArray());
        Assert.Equal(world.State.Found.Standing.Keys.Order(Order), again.Found.Standing.Keys.Order(Order));
    }

    static Comparer<FindingId> Order { get; } =
        Comparer<FindingId>.Create((a, b) => string.CompareOrdinal(a.Value, b.Value));
}
