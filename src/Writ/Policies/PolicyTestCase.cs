using Writ.Egress;
using Writ.Findings;
using Writ.Leases;
using Writ.Requests;
using Writ.Sessions;
using Writ.Shell;
using Writ.Targets;
using Writ.Workflows;

namespace Writ.Policies;

/// <summary>One target of a test's world.</summary>
public sealed record TestTarget(TargetId Id, string Kind, Sensitivity Sensitivity, ImmutableArray<string> Groups);

/// <summary>
/// What a test case starts from. Everything that is not said has a harmless value, so that a case says only what it is
/// about.
/// </summary>
/// <param name="Ask">What the agent asks; null when the effects are given instead.</param>
/// <param name="Effects">The effects themselves, for rules about what no command has yet.</param>
/// <param name="People">How many people of <paramref name="ApprovedBy"/> have agreed.</param>
public sealed record PolicyTestGiven(
    AgentId Agent, string AgentKind, string AgentVersion, TeamId AgentTeam, WorkflowId Workflow,
    EnvironmentId Environment, bool Production, ImmutableArray<TestTarget> Targets, PersonId Sponsor, string Task,
    string Purpose, string? Branch, int AgeMinutes, int MinutesLeft, int CommandsLeft, int WritesLeft,
    int DeletionsLeft, int Findings, DateTimeOffset At, Assurance Assurance, Tier Tier, string Client, bool Prompted,
    bool SubAgent, Ask? Ask, string? Executable, bool OutsidePath, ImmutableArray<Effect> Effects, string Program,
    ImmutableArray<string> Unresolved, ImmutableArray<TeamId> ApprovedBy, int? People, PolicyFile? SessionPolicy,
    ContentOrigins Content = ContentOrigins.None)
{
    /// <summary>How the program is started, for rules about what happens inside a run.</summary>
    public ExecutionCircumstances Execution { get; init; } = ExecutionCircumstances.None;

    /// <summary>What a run's way out sees, for rules about that; null elsewhere.</summary>
    public EgressFacts? Egress { get; init; }

    /// <summary>The credentials that a run would get, each by what it may do and what taking it back reaches.</summary>
    public ImmutableArray<(CredentialTier Tier, RevocationClass Revocation)> Credentials { get; init; } = [];

    /// <summary>Kinds of findings that are open and concern the session.</summary>
    public ImmutableArray<FindingKind> Found { get; init; } = [];

    /// <summary>How it is known who asks; null for not recorded.</summary>
    public Identity.AttestedBy? Attested { get; init; }

    public static PolicyTestGiven Usual { get; } = new(
        new AgentId("agent"), "claude-code", "1", new TeamId("platform"), new WorkflowId("workflow"),
        new EnvironmentId("staging"), Production: false,
        [new TestTarget(new TargetId("target"), "service", Sensitivity.Low, [])], new PersonId("sponsor"), "task",
        "purpose", Branch: null, AgeMinutes: 1, MinutesLeft: 59, CommandsLeft: 100, WritesLeft: 50, DeletionsLeft: 5,
        Findings: 0, new DateTimeOffset(2026, 11, 16, 9, 0, 0, TimeSpan.Zero), Assurance.Brokered, Tier.T2, Client: "",
        Prompted: false, SubAgent: false, Ask: null, Executable: null, OutsidePath: false, [], "", [], [], People: null,
        SessionPolicy: null);
}

/// <summary>One gate that a test expects.</summary>
public sealed record ExpectedGate(TeamId Team, int Quorum, string? Rule);

/// <summary>What a test case expects. What is null is not looked at.</summary>
/// <param name="Gates">Exactly these gates.</param>
/// <param name="Rules">Rules that have to be among those that decided.</param>
/// <param name="Code">The verdict's code.</param>
public sealed record PolicyTestExpectation(
    VerdictKind Kind, ImmutableArray<ExpectedGate>? Gates, ImmutableArray<string> Rules, string? Code);

/// <summary>One case of a test file beside the policies.</summary>
/// <param name="Place">Where it stands, as <c>file:line:column</c>.</param>
public sealed record PolicyTestCase(
    string Place, string Name, PolicyTestGiven Given, PolicyTestExpectation Expected);

/// <summary>What a test case gave: passed, or in which ways it differs.</summary>
public sealed record PolicyTestResult(
    string Place, string Name, string Expected, string Actual, ImmutableArray<string> Differences)
{
    public bool Passed() => Differences.IsEmpty;
}
