using Writ.Policies;
using Writ.Requests;

namespace Writ.Tests.Policies;

public sealed class JudgeTests
{
    const string All = "@id(\"all\") permit (principal, action, resource);\n";

    [Fact]
    public void The_strictest_effect_decides()
    {
        // Reading alone is automatic; the same command that also reads a secret is not.
        const string policy = All + """
            @id("secret") @approval("team:security") @reason("A secret.")
            forbid (principal, action in Action::"secret", resource)
            unless { context.approvals.teams.contains("security") };
            """;
        Assert.Equal(VerdictKind.Automatic, Judged(policy, "cat", "x").Kind);
        var verdict = Judged(policy, "cat", "x", ".env");
        Assert.Equal(VerdictKind.Approval, verdict.Kind);
        Assert.Equal(new Gate("secret", new TeamId("security"), 1, "A secret."), Assert.Single(verdict.Gates));
        Assert.Equal(VerdictKind.Blocked, Judged(policy
            + "@id(\"no-reads\") forbid (principal, action == Action::\"fs.read\", resource);", "cat", ".env").Kind);
    }

    [Fact]
    public void Gates_of_all_effects_are_collected_each_once()
    {
        var verdict = Judged(All + """
            @id("a") @approval("team:sre") forbid (principal, action in Action::"read", resource)
            unless { context.approvals.teams.contains("sre") };
            @id("b") @approval("team:security") @quorum("2") forbid (principal, action in Action::"secret", resource)
            unless { context.approvals.teams.contains("security") && context.approvals.count >= 2 };
            """, "cat", "x", "y", ".env");
        Assert.Equal(VerdictKind.Approval, verdict.Kind);
        Assert.Equal(["a", "b"], verdict.Gates.Select(g => g.Policy).Order());
        Assert.Equal(2, verdict.Gates.Single(g => g.Policy == "b").Quorum);
    }

    [Fact]
    public void A_gate_whose_quorum_cannot_be_met_blocks_at_once()
    {
        var verdict = Judged(All + """
            @id("b") @approval("team:security") @quorum("3") forbid (principal, action, resource)
            unless { context.approvals.teams.contains("security") };
            """, "ls");
        Assert.Equal("approval.nobody-left", verdict.Code);
    }

    [Fact]
    public void A_permit_that_fails_permits_nothing_and_a_forbid_that_fails_forbids()
    {
        Assert.Equal("policy.no-permit",
            Judged("@id(\"all\") permit (principal, action, resource) when { context.no.field };", "ls").Code);
        var verdict = Judged(All + "@id(\"bad\") forbid (principal, action, resource) when { 1 < \"a\" };", "ls");
        Assert.Equal("policy.error", verdict.Code);
        Assert.NotEmpty(verdict.Errors);
    }

    [Fact]
    public void A_block_is_not_softened_by_a_gate()
    {
        var verdict = Judged(All + """
            @id("gate") @approval("team:sre") forbid (principal, action, resource)
            unless { context.approvals.teams.contains("sre") };
            @id("never") @reason("Never.") forbid (principal, action, resource);
            """, "ls");
        Assert.Equal(("policy.blocked", "Never."), (verdict.Code, verdict.Why));
        Assert.NotEmpty(verdict.Gates);
    }

    [Theory]
    [InlineData("novel-program", "x")]
    [InlineData("sh", "-c", "$X")]
    [InlineData("find", ".", "-exec", "rm", "{}", ";")]
    [InlineData("git", "-c", "core.pager=x", "log")]
    public void No_permit_is_wide_enough_for_what_is_not_understood(params string[] argv)
    {
        var verdict = Judged(All, argv);
        Assert.NotEmpty(verdict.Unresolved);
        Assert.Equal((VerdictKind.Blocked, "policy.not-understood"), (verdict.Kind, verdict.Code));
    }

    [Fact]
    public void No_policy_at_all_blocks() => Assert.Equal("policy.no-permit", Judged("", "ls").Code);

    [Theory]
    [InlineData("principal == Agent::\"claude\"")]
    [InlineData("principal in Workflow::\"release-prod\"")]
    [InlineData("principal in Team::\"platform\"")]
    [InlineData("principal.kind == \"claude-code\" && principal.version == \"2.1\"")]
    [InlineData("context.command.kind == \"exec\" && context.command.program == \"ls\"")]
    [InlineData("context.command.args.contains(\"-l\") && context.command.line == \"ls -l x\"")]
    [InlineData("context.command.resolved && context.command.verbs == [\"fs.read\"]")]
    [InlineData("context.session.id like \"session-*\" && context.session.environment == \"prod\"")]
    [InlineData("context.session.production && context.session.task == \"task\" && context.session.purpose == "
        + "\"purpose\"")]
    [InlineData("context.session.sponsor == \"alice\" && context.session.ageMinutes == 5 && "
        + "context.session.minutesLeft == 55")]
    [InlineData("context.session.commandsLeft == 200 && context.session.writesLeft == 50 && "
        + "context.session.deletionsLeft == 5")]
    [InlineData("context.session.findings == 0")]
    [InlineData("context.repository.path == \"/home/agent/work\" && context.repository.branch == \"main\"")]
    [InlineData("context.time.weekday == 1 && context.time.minuteOfDay == 545")]
    [InlineData("context.time.now == datetime(\"2026-11-16T09:05:00Z\")")]
    [InlineData("context.provenance.client == \"claude-code\" && context.provenance.prompted && "
        + "context.provenance.subAgent")]
    [InlineData("context.assurance == \"brokered\" && context.tier == \"T2\"")]
    [InlineData("context.approvals.teams == [] && context.approvals.people == [] && context.approvals.count == 0")]
    [InlineData("action == Action::\"run\" || context.effect.object == \"x\"")]
    [InlineData("action == Action::\"run\" || !context.effect.outside")]
    [InlineData("action == Action::\"run\" || (action in Action::\"read\" && resource in TargetGroup::\"worktree\")")]
    [InlineData("action != Action::\"run\" || (resource == Target::\"db-prod\" && resource in Environment::\"prod\")")]
    [InlineData("action != Action::\"run\" || (resource in TargetGroup::\"databases\" && resource.sensitivity == "
        + "\"high\")")]
    [InlineData("action != Action::\"run\" || resource.kind == \"database\"")]
    public void Every_field_is_there_for_policy(string condition)
    {
        var verdict = Judged($"@id(\"all\") permit (principal, action, resource) when {{ {condition} }};", "ls", "-l",
            "x");
        Assert.True(verdict.Kind == VerdictKind.Automatic, $"{verdict.Code} {string.Join("; ", verdict.Errors)}");
    }

    [Theory]
    [InlineData("/etc/passwd", true)]
    [InlineData("../x", true)]
    [InlineData("/home/agent/work/x", false)]
    [InlineData("sub/../x", false)]
    [InlineData("/home/agent/worker", true)]
    public void What_leaves_the_work_tree_is_said(string path, bool outside)
    {
        const string policy = All + """
            @id("outside") @reason("outside") forbid (principal, action, resource) when { context.effect.outside };
            """;
        Assert.Equal(outside ? VerdictKind.Blocked : VerdictKind.Automatic, Judged(policy, "cat", path).Kind);
    }

    [Fact]
    public void The_digest_of_a_bundle_tells_names_and_texts_apart()
    {
        static string Digest(params (string Name, string Text)[] files) =>
            new PolicySource([.. files.Select(f => new PolicyFile(f.Name, f.Text))]).Digest();
        Assert.Equal(Digest(("a", "1"), ("b", "2")), Digest(("b", "2"), ("a", "1")));
        Assert.Equal(5, new[]
        {
            Digest(("a", "1"), ("b", "2")), Digest(("a", "2"), ("b", "1")), Digest(("a", "1b"), ("", "2")),
            Digest(("a", "1")), Digest(),
        }.Distinct().Count());
    }

    static Verdict Judged(string policy, params ReadOnlySpan<string> argv)
    {
        var world = World.WithEverybody(d => d with { Policy = new PolicySource([new PolicyFile("p.cedar", policy)]) });
        var session = world.OpenSession();
        world.Now = World.Start.AddMinutes(5);
        var request = Given.Exec(world, session, [.. argv]) with
        {
            Client = new ClientCall("claude-code", "c", "prompt", null, "sub"),
        };
        var happened = world.Must(new RequestMove.Submit(request), World.Agent);
        return Assert.IsType<RequestEvent.Judged>(Assert.Single(happened)).Verdict;
    }
}
