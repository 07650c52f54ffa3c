using System.Globalization;
using Writ.Agents;
using Writ.People;
using Writ.Realms;
using Writ.Requests;
using Writ.Sessions;
using Writ.Shell;
using Writ.Shell.Knowledge;
using Writ.Targets;
using Writ.Workflows;

namespace Writ.Policies;

/// <summary>What a bundle would say to a line, and what the line was taken for.</summary>
/// <param name="Line">As the shell's part sees it.</param>
/// <param name="Commands">Its commands as a person is shown them.</param>
public sealed record Explained(Verdict Verdict, JudgedLine Line, ImmutableArray<CommandAccount> Commands);

/// <summary>
/// Asks a bundle about lines with no realm at hand: a session in production with one target, people in every team that
/// the bundle's gates ask, and a work tree in which the line runs.
/// </summary>
public sealed class Explanation
{
    const string OnlyTarget = "target";
    const int PeoplePerTeam = 10;

    readonly RealmState _realm;
    readonly SessionState.Open _session;

    Explanation(RealmState realm, SessionState.Open session)
    {
        _realm = realm;
        _session = session;
    }

    /// <summary>The work tree of the session that is asked about.</summary>
    public const string WorkTree = "/home/agent/work";

    /// <summary>Ready to ask, or everything that is wrong with the bundle.</summary>
    public static (Explanation? Ready, ImmutableArray<DocumentFault> Faults) Of(
        PolicySource source, DateTimeOffset now, string workTree)
    {
        var (bundle, faults) = PolicyBundle.Compile(source);
        if (bundle is null)
            return (null, faults);
        var teams = bundle.Gates.Values.Select(g => g.Team).Append(new TeamId("governance")).Distinct()
            .OrderBy(t => t.Value, StringComparer.Ordinal).ToImmutableArray();
        var (registry, broken) = Registry.From(Document(source, teams, now), []);
        if (registry is null)
            return (null, broken);
        var terms = new SessionTerms(
            new SessionId("session"), new WorkflowId("workflow"), new AgentId("agent"),
            new EnvironmentId("production"), [new TargetId(OnlyTarget)], "explain", "explain", 0, workTree, null,
            Bounds.Default, null);
        var sponsor = new PersonId("sponsor");
        var open = new SessionState.Open(
            terms, new Accountable(sponsor, sponsor, sponsor, sponsor, [sponsor]), bundle.Digest, now,
            now.AddHours(1), Usage.None, ImmutableDictionary<RequestId, RequestState>.Empty, [], null, 0);
        var realm = RealmState.None with
        {
            Name = "explain",
            Origin = "explain",
            Now = now,
            Registry = registry,
            Keys = registry.People.Keys.ToImmutableDictionary(p => p, p => new DeviceKey("", "", now)),
        };
        return (new Explanation(realm, open), []);
    }

    /// <summary>The verdict on a line, as if it were asked in a directory.</summary>
    public Explained Ask(string line, string directory, DateTimeOffset now) =>
        Ask(line, directory, _session.Terms.WorkTree, now);

    /// <summary>The verdict on a line, as if it were asked in a directory, by a session of this work tree.</summary>
    /// <param name="content">What came into the session before.</param>
    public Explained Ask(
        string line, string directory, string workTree, DateTimeOffset now,
        ContentOrigins content = ContentOrigins.None)
    {
        var session = workTree == _session.Terms.WorkTree && content == ContentOrigins.None
            ? _session
            : _session with { Terms = _session.Terms with { WorkTree = workTree }, Content = content };
        var request = new Requests.Request(
            new RequestId("request"), session.Terms.Id, new Ask.ShellLine(line), Assurance.Brokered, directory, [],
            "/usr/bin/bash", new string('0', 64), !Paths.IsWithin(workTree, directory), null);
        var facts = RequestFacts.Of(request, session.Terms, _realm.Registry.Policy.Knowledge);
        var verdict = Judge.Decide(_realm, session, request, facts, Approvals.Approved.Nothing, now);
        return new Explained(verdict, facts.Judged!, CommandAccount.Of(facts.Judged!));
    }

    static RealmDocument Document(PolicySource source, ImmutableArray<TeamId> teams, DateTimeOffset now)
    {
        var sponsor = new PersonId("sponsor");
        var people = Enumerable.Range(1, PeoplePerTeam)
            .Select(n => new PersonId(string.Create(CultureInfo.InvariantCulture, $"person{n}"))).ToImmutableArray();
        var reviewBy = DateOnly.FromDateTime(now.UtcDateTime).AddYears(1);
        var environment = new EnvironmentId("production");
        var target = new TargetId(OnlyTarget);
        var agent = new AgentId("agent");
        return new RealmDocument(
            [.. people.Append(sponsor).Select(p => new Person(p, p.Value, null))],
            [.. teams.Select(t => new Team(t, people, []))],
            [new Agent(agent, "agent", "1", teams[0], reviewBy, AgentState.Active)],
            [new Stage(environment, Production: true)],
            [new Target(target, "service", environment, Sensitivity.High, sponsor, [])],
            [
                new Workflow(
                    new WorkflowId("workflow"), "explain", sponsor, sponsor, sponsor, [teams[0]], [agent],
                    [environment], [target], Bounds.Default, Tier.T2, [], "none", reviewBy),
            ],
            new Governance(new TeamId("governance"), 1),
            source);
    }
}
