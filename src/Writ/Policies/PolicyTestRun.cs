using Writ.Agents;
using Writ.Approvals;
using Writ.Findings;
using Writ.Leases;
using Writ.People;
using Writ.Realms;
using Writ.Requests;
using Writ.Sessions;
using Writ.Shell;
using Writ.Shell.Knowledge;
using Writ.Targets;
using Writ.Workflows;

namespace Writ.Policies;

/// <summary>
/// Runs test cases against a bundle: each in a small realm of its own, in which every team that a gate asks has as many
/// people as it asks for, and through the same judging as a real request.
/// </summary>
public static class PolicyTestRun
{
    public const string WorkTree = "/srv/tree";

    public static ImmutableArray<PolicyTestResult> Of(PolicyBundle bundle, IEnumerable<PolicyTestCase> cases) =>
        [.. cases.Select(c => Of(bundle, c))];

    static PolicyTestResult Of(PolicyBundle bundle, PolicyTestCase test)
    {
        var verdict = Judged(bundle, test.Given, out var why);
        if (verdict is null)
            return new PolicyTestResult(test.Place, test.Name, Words(test.Expected), "nothing", [why]);
        var differences = ImmutableArray.CreateBuilder<string>();
        var expected = test.Expected;
        if (verdict.Kind != expected.Kind)
            differences.Add($"the verdict is {Word(verdict.Kind)}, not {Word(expected.Kind)}");
        if (expected.Gates is { } gates)
            CompareGates(gates, verdict, differences);
        foreach (var rule in expected.Rules.Where(r => !verdict.Grounds.Any(g => g.Policy == r)))
            differences.Add($"rule {rule} did not decide");
        if (expected.Code is { } code && verdict.Code != code)
            differences.Add($"the code is {verdict.Code}, not {code}");
        return new PolicyTestResult(
            test.Place, test.Name, Words(expected), Words(verdict), differences.ToImmutable());
    }

    static void CompareGates(
        ImmutableArray<ExpectedGate> gates, Verdict verdict, ImmutableArray<string>.Builder differences)
    {
        foreach (var gate in gates.Where(g => !verdict.Gates.Any(v => Is(g, v))))
            differences.Add($"nobody is asked for {Words(gate)}");
        foreach (var gate in verdict.Gates.Where(v => !gates.Any(g => Is(g, v))))
            differences.Add($"rule {gate.Policy} asks {gate.Quorum} of {gate.Team}, which is not expected");
    }

    static bool Is(ExpectedGate expected, Gate gate) => expected.Team == gate.Team && expected.Quorum == gate.Quorum
        && (expected.Rule is null || expected.Rule == gate.Policy);

    static Verdict? Judged(PolicyBundle bundle, PolicyTestGiven given, out string why)
    {
        why = "";
        PolicyBundle? narrowing = null;
        if (given.SessionPolicy is { } own)
        {
            var (compiled, faults) = PolicyBundle.Compile(new PolicySource([own]));
            if (compiled is null)
            {
                why = $"the session policy is unusable: {faults[0].Path}: {faults[0].Why}";
                return null;
            }
            narrowing = compiled;
        }
        var asked = bundle.Gates.Values.Concat(narrowing?.Gates.Values ?? []).ToImmutableArray();
        if (Realm(given, asked) is not { } realm)
        {
            why = "the case's names do not make a realm";
            return null;
        }
        var session = Session(given, bundle.Digest, narrowing?.Digest);
        realm = realm.With(session) with
        {
            Pinned = narrowing is null ? realm.Pinned : realm.Pinned.SetItem(narrowing.Digest, narrowing),
        };
        var request = Request(given);
        var facts = Facts(given, request, session.Terms, bundle.Knowledge);
        return Judge.Decide(realm, session, bundle, request, facts, Agreed(realm, given, asked), given.At);
    }

    static RealmState? Realm(PolicyTestGiven given, ImmutableArray<PolicyGate> asked)
    {
        var teams = asked.GroupBy(g => g.Team).ToImmutableDictionary(g => g.Key, g => g.Max(gate => gate.Quorum));
        foreach (var team in given.ApprovedBy.Append(given.AgentTeam).Where(t => !teams.ContainsKey(t)))
            teams = teams.SetItem(team, given.People ?? 1);
        var members = teams.ToImmutableDictionary(
            t => t.Key, t => Members(t.Key, Math.Max(t.Value, given.People ?? 1)));
        var people = members.Values.SelectMany(m => m).Append(given.Sponsor).Distinct().ToImmutableArray();
        var document = new RealmDocument(
            [.. people.Select(p => new Person(p, p.Value, null))],
            [.. members.Select(t => new Team(t.Key, t.Value, []))],
            [new Agent(given.Agent, given.AgentKind, given.AgentVersion, given.AgentTeam, DateOnly.MaxValue,
                AgentState.Active)],
            [new Stage(given.Environment, given.Production)],
            [.. given.Targets.Select((t, i) => new Target(
                t.Id, t.Kind, given.Environment, t.Sensitivity, given.Sponsor, t.Groups,
                i == 0 && !given.Credentials.IsEmpty ? Profiles(given) : null))],
            [new Workflow(
                given.Workflow, given.Purpose, given.Sponsor, given.Sponsor, given.Sponsor, [], [given.Agent],
                [given.Environment], [.. given.Targets.Select(t => t.Id)],
                Bounds.Default with { Credentials = given.Credentials.Length }, given.Tier,
                [.. Profiles(given).Select(p => p.Id)], null, DateOnly.MaxValue)],
            new Governance(given.AgentTeam, 1), PolicySource.Empty);
        return Registry.From(document, []).Registry is not { } registry
            ? null
            : RealmState.None with
            {
                Origin = "test",
                Registry = registry,
                Found = FindingBook.Empty with
                {
                    Standing = given.Found.Distinct().Select(kind => Found(given, kind))
                        .ToImmutableDictionary(f => f.Id),
                },
                Keys = people.ToImmutableDictionary(p => p, p => new DeviceKey(p.Value, "", given.At)),
            };
    }

    static ImmutableArray<CredentialProfile> Profiles(PolicyTestGiven given) =>
    [
        .. given.Credentials.Select((c, i) => new CredentialProfile(
            $"given-{i}", c.Tier, "given", 60, 60, 1, new CredentialBackend.Plugin("given", c.Revocation, [], []))),
    ];

    static KnownFinding Found(PolicyTestGiven given, FindingKind kind) => new(
        new FindingId($"given-{FindingKinds.Word(kind)}"),
        new FindingCause(kind, "given", "", "", new FindingScope(Agent: given.Agent), []), given.Sponsor, given.At,
        given.At);

    static ImmutableArray<PersonId> Members(TeamId team, int count) =>
        [.. Enumerable.Range(1, count).Select(i => new PersonId($"{team}-{i}"))];

    static SessionState.Open Session(PolicyTestGiven given, string policyDigest, string? own)
    {
        var opened = given.At - TimeSpan.FromMinutes(given.AgeMinutes);
        var terms = new SessionTerms(
            new SessionId("session"), given.Workflow, given.Agent, given.Environment,
            [.. given.Targets.Select(t => t.Id)], given.Task, given.Purpose, 1000, WorkTree, given.Branch,
            new Bounds(given.AgeMinutes + given.MinutesLeft, given.CommandsLeft, given.WritesLeft, given.DeletionsLeft,
                given.Targets.Length, 0), null, given.SessionPolicy);
        return new SessionState.Open(
            terms, new Accountable(given.Sponsor, given.Sponsor, given.Sponsor, given.Sponsor, []), policyDigest,
            opened, given.At + TimeSpan.FromMinutes(given.MinutesLeft), Usage.None,
            ImmutableDictionary<RequestId, RequestState>.Empty, [], null, given.Findings, own,
            given.Content);
    }

    static Request Request(PolicyTestGiven given)
    {
        var ask = given.Ask ?? new Ask.Exec([given.Program.Length > 0 ? given.Program : "given"]);
        var executable = given.Executable ?? (ask is Ask.Exec { Argv: [var program, ..] }
            ? program.StartsWith('/') ? program : "/usr/bin/" + Paths.Name(program)
            : null);
        var client = given.Client.Length == 0 && !given.Prompted && !given.SubAgent
            ? null
            : new ClientCall(
                given.Client, "test", given.Prompted ? "prompt" : null, null, given.SubAgent ? "sub" : null);
        return new Request(
            new RequestId("request"), new SessionId("session"), ask, given.Assurance, WorkTree, [], executable,
            executable is null ? null : new string('0', 64), given.OutsidePath, client, Attested: given.Attested);
    }

    static RequestFacts Facts(
        PolicyTestGiven given, Request request, SessionTerms terms, ProgramKnowledge known)
    {
        if (given.Ask is not null)
            return RequestFacts.Of(request, terms, known) with
            {
                Execution = given.Execution,
                Egress = given.Egress,
            };
        var objects = given.Effects.Select(e => e.Object).Distinct(StringComparer.Ordinal).ToImmutableArray();
        return new RequestFacts(
            "exec", given.Program, objects, string.Join(' ', objects.Prepend(given.Program)), given.Effects,
            [.. given.Unresolved.Select(u => new Unresolved("given", u))])
        { Execution = given.Execution, Egress = given.Egress };
    }

    // As many of every team that agreed as its strictest gate asks, or as many as the case says.
    static Approved Agreed(RealmState realm, PolicyTestGiven given, ImmutableArray<PolicyGate> asked)
    {
        var people = ImmutableHashSet.CreateBuilder<PersonId>();
        var teams = ImmutableHashSet.CreateBuilder<TeamId>();
        foreach (var team in given.ApprovedBy)
        {
            var quorum = asked.Where(g => g.Team == team).Select(g => g.Quorum).DefaultIfEmpty(1).Max();
            var count = given.People ?? quorum;
            people.UnionWith(realm.Registry.ActiveMembers(team)
                .OrderBy(p => p.Value, StringComparer.Ordinal).Take(count));
            if (count >= quorum)
                teams.Add(team);
        }
        return new Approved(teams.ToImmutable(), people.ToImmutable());
    }

    static string Words(PolicyTestExpectation expected) => Word(expected.Kind)
        + (expected.Gates is { Length: > 0 } gates ? ", asks " + string.Join(" and ", gates.Select(Words)) : "")
        + (expected.Rules.IsEmpty ? "" : $", by {string.Join(", ", expected.Rules)}");

    static string Words(ExpectedGate gate) =>
        $"{gate.Quorum} of {gate.Team}" + (gate.Rule is { } rule ? $" (rule {rule})" : "");

    static string Words(Verdict verdict) => $"{Word(verdict.Kind)} [{verdict.Code}]"
        + (verdict.Gates.IsEmpty
            ? ""
            : ", asks " + string.Join(" and ", verdict.Gates.Select(g => $"{g.Quorum} of {g.Team} (rule {g.Policy})")))
        + (verdict.Grounds.IsEmpty
            ? ""
            : ", by " + string.Join(", ", verdict.Grounds.Select(g => g.Policy).Distinct(StringComparer.Ordinal)))
        + (verdict.Errors.IsEmpty ? "" : $"; {verdict.Errors[0]}");

    static string Word(VerdictKind kind) => kind switch
    {
        VerdictKind.Automatic => "allow",
        VerdictKind.Approval => "approval",
        _ => "blocked",
    };
}
