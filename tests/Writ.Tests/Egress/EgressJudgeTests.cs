using System.Collections.Immutable;
using Writ.Egress;
using Writ.Kills;
using Writ.Policies;
using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;
using Writ.Testing;

namespace Writ.Tests.Egress;

/// <summary>What a run may reach: what its workflow names, at an address that it grants, as policy says.</summary>
public sealed class EgressJudgeTests
{
    const string Gates = """
        @id("posts") @approval("team:security") @reason("This sends something.")
        forbid (principal, action == Action::"net.connect", resource)
        when { context.effect.net.method == "POST" }
        unless { context.approvals.teams.contains("security") };
        @id("no-secrets-out") @reason("A secret and the network in one command.")
        forbid (principal, action == Action::"run", resource)
        when { context.command.verbs.containsAll(["secret.read", "net.connect"]) };
        @id("secrets-stay") @reason("Never there.")
        forbid (principal, action == Action::"net.connect", resource)
        when { context.effect.net.path like "/admin*" || context.effect.net.reach == "private" };
        """;

    static readonly EgressAddress _public = EgressAddress.Parse("8.8.8.8")!.Value;

    readonly World _world = World.WithEverybody(d => d with
    {
        Workflows =
        [
            .. d.Workflows.Select(w => w with
            {
                Egress = [new("a.example", 80), new("a.example", 443), new("in.example", 80, Private: true)],
            }),
        ],
        Policy = new PolicySource(
        [
            .. d.Policy.Files.Where(f => f.Name != "test.cedar"), new PolicyFile("test.cedar", Given.Policy + Gates),
        ]),
    });

    readonly SessionId _session;

    public EgressJudgeTests() => _session = _world.OpenSession(workflow: "release-staging");

    RunBounds Run(params ImmutableArray<string> argv)
    {
        var submitted = _world.Submit(Given.Exec(_world, _session, argv));
        return _world.StateOf(submitted) switch
        {
            RequestState.Waiting w => new RunBounds(submitted, w.Verdict, [], _world.Now),
            RequestState.Ready r => new RunBounds(submitted, r.Verdict, [], _world.Now),
            var other => throw new InvalidOperationException(other.ToString()),
        };
    }

    static EgressAttempt Http(string method, string path, string host = "a.example") =>
        new(EgressVia.Http, new EgressDestination(host, 80), method, path, Encrypted: false);

    EgressVerdict Decide(RunBounds run, EgressAttempt attempt, EgressAddress? address = null) =>
        EgressJudge.Decide(_world.State, run, attempt, address ?? _public, _world.Now);

    [Fact]
    public void What_the_workflow_names_and_policy_allows_goes()
    {
        var verdict = Decide(Run("git", "status"), Http("GET", "/x"));
        Assert.Equal((EgressAnswer.Allowed, "net.automatic"), (verdict.Answer, verdict.Code));
        Assert.Equal("net.automatic", Decide(Run("git", "status"), new EgressAttempt(
            EgressVia.Tunnel, new EgressDestination("a.example", 443), "", "", Encrypted: true)).Code);
    }

    [Theory]
    [InlineData("b.example", "8.8.8.8", "GET", "/", "net.not-granted")]
    [InlineData("a.example", "10.0.0.1", "GET", "/", "net.address-refused")]
    [InlineData("a.example", "::1", "GET", "/", "net.address-refused")]
    [InlineData("a.example", "8.8.8.8", "GET", "/admin/x", "net.blocked")]
    [InlineData("in.example", "10.0.0.1", "GET", "/", "net.blocked")]
    [InlineData("in.example", "127.0.0.1", "GET", "/", "net.automatic")]
    [InlineData("a.example", "8.8.8.8", "POST", "/", "net.approval-needed")]
    public void Every_part_of_an_attempt_can_refuse_it(
        string host, string address, string method, string path, string code) =>
        Assert.Equal(
            code, Decide(Run("git", "status"), Http(method, path, host), EgressAddress.Parse(address)).Code);

    [Fact]
    public void What_is_gated_says_whom_it_asks_and_by_which_rule()
    {
        var verdict = Decide(Run("git", "status"), Http("POST", "/x"));
        Assert.Equal((EgressAnswer.Gated, "posts"), (verdict.Answer, verdict.Rule));
        Assert.Equal(("security", 1), (verdict.Gates.Single().Team.Value, verdict.Gates.Single().Quorum));
        Assert.Equal("secrets-stay", Decide(Run("git", "status"), Http("GET", "/admin")).Rule);
    }

    [Fact]
    public void Who_agreed_to_a_run_that_was_shown_as_reaching_a_place_agreed_to_that()
    {
        // 'make' asks security, and shows no place; 'curl' shows one.
        var approval = new Approval(new PersonId("dave"), "", _world.Now, _world.Now.AddHours(1));
        var make = Run("make") with { Approvals = [approval] };
        Assert.Equal("net.approval-needed", Decide(make, Http("POST", "/x")).Code);
        var shown = make with
        {
            Verdict = make.Verdict with
            {
                Effects = make.Verdict.Effects.Add(new Effect(Verbs.NetConnect, "http://a.example/x", null)),
            },
        };
        Assert.Equal("net.covered", Decide(shown, Http("POST", "/x")).Code);
        Assert.Equal("net.approval-needed", Decide(shown with { Approvals = [] }, Http("POST", "/x")).Code);
        Assert.Equal("net.blocked", Decide(shown, Http("POST", "/admin")).Code);
        var elsewhere = shown with
        {
            Verdict = make.Verdict with
            {
                Effects = [new Effect(Verbs.NetConnect, "https://a.example/x", null)],
            },
        };
        Assert.Equal("net.approval-needed", Decide(elsewhere, Http("POST", "/x")).Code);
    }

    [Fact]
    public void A_run_that_reads_a_secret_connects_nowhere()
    {
        var run = Run("git", "status");
        Assert.Equal("net.automatic", Decide(run, Http("GET", "/x")).Code);
        var reads = run with
        {
            Verdict = run.Verdict with { Effects = [new Effect(Verbs.SecretRead, "/srv/tree/.env", null)] },
        };
        var verdict = Decide(reads, Http("GET", "/x"));
        Assert.Equal(("net.blocked", "no-secrets-out"), (verdict.Code, verdict.Rule));
    }

    [Fact]
    public void A_tunnel_that_is_not_tls_has_to_be_granted_as_plain() => Assert.Equal(
        "net.not-tls", Decide(Run("git", "status"), new EgressAttempt(
            EgressVia.Socks, new EgressDestination("a.example", 443), "", "", Encrypted: false)).Code);

    [Fact]
    public void A_session_that_is_over_or_stopped_reaches_nothing()
    {
        var run = Run("git", "status");
        var copy = _world.Copy();
        copy.Kill(new Scope(ScopeKind.Agent, "claude"));
        Assert.Equal("net.session-over", EgressJudge.Decide(
            copy.State, run, Http("GET", "/"), _public, _world.Now).Code);
        Assert.Equal("net.session-over", EgressJudge.Decide(
            _world.State, run, Http("GET", "/"), _public, _world.Now.AddDays(2)).Code);
    }

    [Fact]
    public void Without_a_line_in_the_workflow_nothing_is_reached()
    {
        var world = World.WithEverybody();
        var session = world.OpenSession(workflow: "release-staging");
        var request = world.Submit(session, "git", "status");
        var bounds = new RunBounds(
            request, ((RequestState.Ready)world.StateOf(request)).Verdict, [], world.Now);
        Assert.Equal("net.not-granted", EgressJudge.Look(
            world.State, bounds, new EgressDestination("a.example", 80), world.Now).Refused!.Code);
    }
}
