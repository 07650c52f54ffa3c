using Writ.Changes;
using Writ.Policies;
using Writ.Wire;

namespace Writ.Server.Tests.PeoplePath;

/// <summary>A bundle over HTTP: looked at, proposed, put in force by somebody else, brought back.</summary>
public sealed class PolicyLifeTests
{
    const string Cases = """
        tests:
          - { name: looking is free, command: [git, status], expect: allow, rules: [run] }
        """;

    const string Tighter = """

        @id("no-status") @reason("Not today.") @owner("sre")
        forbid (principal, action == Action::"repo.read", resource);
        """;

    [Fact]
    public async Task An_impact_is_exact_and_says_its_bound()
    {
        var (realm, ada, _, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        var session = await Open(ada, "staging");
        PeopleRealm.Accepted(await realm.Ask(session, "req-1", "git", "status"));
        PeopleRealm.Accepted(await realm.Ask(session, "req-2", "git", "status"));
        var evidence = await Impact(ada, PeopleRealm.Policy + Tighter);
        Assert.Equal((2, 2, true), (evidence.Impact.Verdicts, evidence.Impact.Stricter, evidence.Impact.Whole));
        var group = Assert.Single(evidence.Impact.Groups);
        Assert.Equal(("no-status", "deploy", 2), (group.Rules[0], group.Workflow.Value, group.Count));
        Assert.Equal(0, (await Impact(ada, PeopleRealm.Policy + Tighter, realm.Clock.GetUtcNow())).Impact.Verdicts);
        Assert.Equal("change.invalid", await Someone.CodeOf(ada.Post("/v1/policies/impact",
            new ImpactRequest([new SourceFile("policies/x.cedar", "permit (")], null), ApiJson.Default.ImpactRequest)));
    }

    [Fact]
    public async Task A_bundle_with_tests_goes_into_force_on_signed_evidence_and_by_two_people()
    {
        var (realm, ada, bob, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        var session = await Open(ada, "staging");
        var before = realm.Actor.State.Registry.Policy.Digest;
        var preview = await Preview(ada, Bundle(PeopleRealm.Policy + "// the same", Cases));
        Assert.Equal((1, 0), (preview.Evidence!.Tests, preview.Evidence.TestsFailed));

        Assert.Equal("change.no-evidence", await Someone.CodeOf(ada.TryPropose(preview.DocumentText)));
        var change = await Someone.Read(
            await ada.TryPropose(preview.DocumentText, PolicyReach.NewSessions, preview.Evidence),
            ApiJson.Default.ChangeView);
        Assert.Equal(("pending", PolicyReach.NewSessions), (change.State, change.Reach!.Value));
        Assert.Equal(preview.Evidence.PolicyDigest, change.PolicyDigest);
        Assert.Equal(preview.Evidence.Digest(), change.Evidence!.Digest());

        var evidence = await bob.Get($"/v1/changes/{change.Id}/evidence", ApiJson.Default.PolicyEvidence);
        Assert.Equal("change.no-evidence", await Someone.CodeOf(bob.TryReview(change)));
        Assert.Equal("change.self", await Someone.CodeOf(ada.TryReview(change, evidence: evidence)));
        var applied = await Someone.Read(await bob.TryReview(change, evidence: evidence), ApiJson.Default.ChangeView);
        Assert.Equal("applied", applied.State);

        Assert.Equal(before, realm.Actor.State.OpenSession(session)!.PolicyDigest);
        var published = await ada.Get("/v1/policies", ApiJson.Default.ImmutableArrayPublishedPolicy);
        Assert.Equal([before, evidence.PolicyDigest], published.Select(p => p.Digest));
        Assert.Equal((ada.Id, bob.Id), (published[1].Author, published[1].Reviewers[0]));
        var old = await ada.Get($"/v1/policies/{before}", ApiJson.Default.PolicySource);
        Assert.Equal(before, old.Digest());
        Assert.Equal("policy.unknown-bundle", await Someone.CodeOf(
            ada.Send(HttpMethod.Get, "/v1/policies/sha256:" + new string('0', 64))));
    }

    // What is missing is said before anything is looked at, to whoever goes around the client too.
    [Theory]
    [InlineData("policies/schema.cedarschema", "change.no-schema", "schema.cedarschema")]
    [InlineData("policies/tests/t.yaml", "change.no-tests", "tests/NAME.yaml")]
    public async Task A_bundle_without_schema_or_tests_is_not_published(string left, string code, string hint)
    {
        var (realm, ada, _, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        var files = Bundle(PeopleRealm.Policy + "// other", Cases).Where(f => f.Name != left);
        var preview = await Preview(ada, [.. files]);
        var finding = Assert.Single(preview.Evidence!.Findings, f => f.Level == FindingLevel.Error);
        Assert.Contains(hint, finding.Why, StringComparison.Ordinal);
        var problem = await Someone.Problem(
            await ada.TryPropose(preview.DocumentText, PolicyReach.NewSessions, preview.Evidence));
        Assert.Equal((code, 422), (problem.Code, problem.Status));
        Assert.Contains(hint, problem.Detail, StringComparison.Ordinal);
        Assert.Equal(code, await Someone.CodeOf(ada.TryPropose(preview.DocumentText)));
        Assert.Empty(realm.Actor.State.Changes.Values.OfType<ChangeState.Pending>());
    }

    [Theory]
    [InlineData("tests: []", "policy.test-empty")]
    [InlineData("", "policy.test-empty")]
    public async Task A_file_that_tests_nothing_is_not_published(string cases, string code)
    {
        var (realm, ada, _, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        var preview = await Preview(ada, Bundle(PeopleRealm.Policy + "// other", cases));
        var finding = Assert.Single(preview.Evidence!.Findings, f => f.Level == FindingLevel.Error);
        Assert.Equal(code, finding.Code);
        Assert.StartsWith("policies/tests/t.yaml:1:", finding.Place, StringComparison.Ordinal);
        Assert.Equal("change.policy-invalid", await Someone.CodeOf(
            ada.TryPropose(preview.DocumentText, PolicyReach.NewSessions, preview.Evidence)));
    }

    [Fact]
    public async Task Evidence_that_the_control_plane_does_not_find_is_refused()
    {
        var (realm, ada, _, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        var session = await Open(ada, "staging");
        PeopleRealm.Accepted(await realm.Ask(session, "req-1", "git", "status"));
        var preview = await Preview(ada, Bundle(PeopleRealm.Policy + Tighter, Cases));
        Assert.Equal(1, preview.Evidence!.TestsFailed);
        var softened = preview.Evidence with { TestsFailed = 0 };
        Assert.Equal("change.evidence-differs", await Someone.CodeOf(
            ada.TryPropose(preview.DocumentText, PolicyReach.NewSessions, softened)));
        var silent = preview.Evidence with { Impact = preview.Evidence.Impact with { Stricter = 0, Groups = [] } };
        Assert.Equal("change.evidence-differs", await Someone.CodeOf(
            ada.TryPropose(preview.DocumentText, PolicyReach.NewSessions, silent)));
        Assert.Equal("change.tests-failed", await Someone.CodeOf(
            ada.TryPropose(preview.DocumentText, PolicyReach.NewSessions, preview.Evidence)));
    }

    [Fact]
    public async Task Evidence_of_earlier_is_found_again_at_the_same_entries()
    {
        var (realm, ada, _, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        var session = await Open(ada, "staging");
        var preview = await Preview(ada, Bundle(PeopleRealm.Policy + "// the same", Cases));
        // More looks than it remembers, and a verdict in between: it has to look at the same entries again.
        PeopleRealm.Accepted(await realm.Ask(session, "req-1", "git", "status"));
        for (var i = 0; i < 65; i++)
            await Impact(ada, PeopleRealm.Policy + $"// {i}");
        var change = await ada.TryPropose(preview.DocumentText, PolicyReach.AllSessions, preview.Evidence!);
        Assert.Equal("pending", (await Someone.Read(change, ApiJson.Default.ChangeView)).State);
    }

    [Fact]
    public async Task Powers_are_answered_for_an_agent_and_for_a_session_and_nothing_is_opened()
    {
        var (realm, ada, _, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        var session = await Open(ada, "staging");
        var agent = realm.Actor.State.OpenSession(session)!.Terms.Agent;
        var before = realm.Actor.State.Sessions.Count;
        var powers = await ada.Get($"/v1/agents/{agent}/powers", ApiJson.Default.AgentPowers);
        Assert.Equal((agent, ada.Id), (powers.Agent, powers.Sponsor));
        var place = await ada.Get($"/v1/sessions/{session}/powers", ApiJson.Default.PowerPlace);
        Assert.Equal(session, place.Session);
        Assert.Equal(
            powers.Places.Single(p => p.Environment == place.Environment && p.Closed is null).Powers
                .Select(p => (p.Verb, p.Target, p.Kind)),
            place.Powers.Select(p => (p.Verb, p.Target, p.Kind)));
        Assert.Equal(before, realm.Actor.State.Sessions.Count);
        Assert.Equal("agent.unknown", await Someone.CodeOf(ada.Send(HttpMethod.Get, "/v1/agents/ghost/powers")));
        Assert.Equal("session.unknown", await Someone.CodeOf(ada.Send(HttpMethod.Get, "/v1/sessions/ses-0/powers")));
    }

    [Fact]
    public async Task A_request_that_waits_says_what_would_have_to_be_true()
    {
        var (realm, ada, _, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        PeopleRealm.Accepted(await realm.Ask(await Open(ada, "prod"), "req-1", "ls"));
        PeopleRealm.Accepted(await realm.Ask(await Open(ada, "staging"), "req-2", "git", "status"));
        var waits = await ada.Get("/v1/requests/req-1", ApiJson.Default.RequestView);
        Assert.Equal("waiting", waits.State);
        Assert.Contains(waits.Conditions!.Value, c => c.Conditions.Any(
            text => text.Contains("context.approvals", StringComparison.Ordinal)));
        Assert.Null((await ada.Get("/v1/requests/req-2", ApiJson.Default.RequestView)).Conditions);
    }

    [Fact]
    public async Task Progress_is_nothing_of_nothing_while_nothing_is_judged_again()
    {
        var (realm, ada, _, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        var digest = realm.Actor.State.Registry.Policy.Digest;
        Assert.Equal(
            new LedgerProgress(0, 0),
            await ada.Get($"/v1/policies/{digest}/progress", ApiJson.Default.LedgerProgress));
    }

    [Fact]
    public async Task A_session_says_the_policy_it_narrows_itself_by()
    {
        var (realm, ada, _, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        var refused = await Someone.Problem(await TryOpen(ada, "permit (principal, action"));
        Assert.Equal(("session.bad-policy", 422), (refused.Code, refused.Status));
        Assert.Contains("only.cedar:1:", refused.Detail, StringComparison.Ordinal);
        var view = await Someone.Read(
            await TryOpen(ada, """@id("look") permit (principal, action == Action::"run", resource);"""),
            ApiJson.Default.SessionView);
        Assert.Equal("only.cedar", view.Terms.Policy!.Name);
        PeopleRealm.Accepted(await realm.Ask(view.Terms.Id, "req-1", "git", "status"));
        var asked = await ada.Get("/v1/requests/req-1", ApiJson.Default.RequestView);
        Assert.Equal(("policy.no-permit", "only.cedar"), (asked.Verdict!.Code, asked.Session.Policy!.Name));
        Assert.NotNull(asked.Verdict.SessionPolicyDigest);
        Assert.Contains(asked.Verdict.Grounds, g => g.Policy == "session:look");
    }

    static SourceFile[] Bundle(string policy, string cases) =>
    [
        new("policies/main.cedar", policy), new("policies/schema.cedarschema", PeopleRealm.Schema),
        new("policies/tests/t.yaml", cases),
    ];

    static async Task<Preview> Preview(Someone someone, params SourceFile[] files) => await Someone.Read(
        await someone.Post("/v1/policies/preview", new PreviewRequest([.. files]), ApiJson.Default.PreviewRequest),
        ApiJson.Default.Preview);

    static async Task<PolicyEvidence> Impact(Someone someone, string policy, DateTimeOffset? since = null) =>
        await Someone.Read(
            await someone.Post("/v1/policies/impact",
                new ImpactRequest([new SourceFile("policies/main.cedar", policy)], since),
                ApiJson.Default.ImpactRequest),
            ApiJson.Default.PolicyEvidence);

    static async Task<SessionId> Open(Someone someone, string environment) => (await Someone.Read(
        await someone.TryOpen(environment), ApiJson.Default.SessionView)).Terms.Id;

    static Task<HttpResponseMessage> TryOpen(Someone someone, string policy) => someone.Post(
        "/v1/sessions",
        new OpenSessionRequest(
            new WorkflowId("deploy"), null, new EnvironmentId("staging"), null, "look", null, PeopleRealm.AgentUid,
            "/srv/work", null, null, null, new PolicyFile("only.cedar", policy)),
        ApiJson.Default.OpenSessionRequest);
}
