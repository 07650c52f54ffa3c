using System.Collections.Immutable;
using System.Globalization;
using Writ.Egress;
using Writ.Leases;
using Writ.Policies;
using Writ.Realms;
using Writ.Requests;
using Writ.Sessions;
using Writ.Shell;
using Writ.Targets;
using Writ.Workflows;

namespace Writ.Documents;

/// <summary>
/// From the test files of a bundle to test cases, or everything that is wrong with them. A file has what its cases
/// start from (<c>given</c>) and the cases (<c>tests</c>); a case says what is asked and what has to come of it. JSON
/// is YAML.
/// </summary>
public static class PolicyTestReader
{
    /// <summary>Most cases of one bundle.</summary>
    public const int CasesMax = 5_000;

    public static (ImmutableArray<PolicyTestCase> Cases, ImmutableArray<DocumentFault> Faults) Read(PolicySource bundle)
    {
        var faults = new FaultList();
        var cases = ImmutableArray.CreateBuilder<PolicyTestCase>();
        foreach (var file in bundle.Of(PolicyFileKind.Tests))
        {
            var before = cases.Count;
            var known = faults.All.Length;
            try
            {
                if (YamlTree.Parse(file.Name, file.Text) is { } root)
                    Read(new YamlFields(root, "a test file", faults), faults, cases);
            }
            catch (YamlFaultException e)
            {
                faults.Add(e.Place, e.Code, e.Message);
            }
            if (cases.Count == before && faults.All.Length == known)
                faults.Add($"{file.Name}:1:1", "policy.test-empty",
                    "This test file tests nothing; give it cases: tests: [{name, command, expect}].");
            if (cases.Count > CasesMax)
            {
                faults.Add(file.Name, "policy.too-many-tests", $"A bundle has at most {CasesMax} test cases.");
                break;
            }
        }
        return (cases.ToImmutable(), faults.All);
    }

    static void Read(YamlFields root, FaultList faults, ImmutableArray<PolicyTestCase>.Builder cases)
    {
        var usual = root.Map("given", "given") is { } given
            ? Given(given, PolicyTestGiven.Usual, faults)
            : PolicyTestGiven.Usual;
        foreach (var item in root.Items("tests").Take(CasesMax + 1))
            cases.Add(Case(new YamlFields(item, "a test case", faults), usual, faults));
        root.NothingElse();
    }

    static PolicyTestCase Case(YamlFields f, PolicyTestGiven usual, FaultList faults)
    {
        var name = f.Text("name");
        var given = f.Map("given", "given") is { } own ? Given(own, usual, faults) : usual;
        given = Asked(f, given, faults);
        if (f.Map("approvals", "approvals") is { } approvals)
        {
            given = given with
            {
                ApprovedBy = approvals.Ids<TeamId>("teams"),
                People = approvals.Has("people") ? approvals.Number("people") : null,
            };
            if (given.People > 10)
                faults.Add(approvals.PlaceOf("people"), "realm.bad-value", "'people' is a number from 0 to 10.");
            approvals.NothingElse();
        }
        var kind = Verdict(f, faults);
        ImmutableArray<ExpectedGate>? gates = f.Has("gates")
            ? [.. f.Items("gates").Select(g => Gate(g, faults))]
            : null;
        if (gates is null && kind == VerdictKind.Approval)
            faults.Add(f.PlaceOf("expect"), "policy.test-no-gates",
                "Who is asked? An expected approval names its gates, as in gates: [1 of sre].");
        var expected = new PolicyTestExpectation(kind, gates, f.Texts("rules"), f.OptionalText("code"));
        f.NothingElse();
        return new PolicyTestCase(f.Place.ToString(), name, given, expected);
    }

    static VerdictKind Verdict(YamlFields f, FaultList faults)
    {
        switch (f.Text("expect"))
        {
            case "allow":
                return VerdictKind.Automatic;
            case "approval":
                return VerdictKind.Approval;
            case "blocked" or "":
                return VerdictKind.Blocked;
            default:
                faults.Add(f.PlaceOf("expect"), "realm.bad-value", "'expect' is allow, approval or blocked.");
                return VerdictKind.Blocked;
        }
    }

    // '2 of sre', or {team, quorum, rule}.
    static ExpectedGate Gate(YamlNode node, FaultList faults)
    {
        if (node is not YamlNode.Text text)
        {
            var f = new YamlFields(node, "a gate", faults);
            var gate = new ExpectedGate(f.Id<TeamId>("team"), f.Number("quorum", otherwise: 1), f.OptionalText("rule"));
            f.NothingElse();
            return gate;
        }
        var words = text.Value.Split(' ');
        if (words is [var count, "of", var team] && IdRules.IsWellFormed(team)
            && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var quorum))
            return new ExpectedGate(new TeamId(team), quorum, null);
        faults.Add(node.Place, "realm.bad-value", "A gate is written '2 of TEAM', or {team, quorum, rule}.");
        return new ExpectedGate(default, 0, null);
    }

    static PolicyTestGiven Asked(YamlFields f, PolicyTestGiven given, FaultList faults)
    {
        var said = new List<Ask>();
        if (f.Texts("command") is { IsEmpty: false } argv)
            said.Add(new Ask.Exec(argv));
        if (f.OptionalText("shell") is { } line)
            said.Add(new Ask.ShellLine(line));
        if (f.OptionalText("write") is { } path)
            said.Add(new Ask.WriteFile(path, "sha256:" + new string('0', 64), 0));
        if (f.OptionalText("connect") is { } url)
            said.Add(new Ask.Connect(url));
        if (f.OptionalText("tool") is { } tool)
            said.Add(new Ask.CallTool(tool, "sha256:" + new string('0', 64), f.OptionalText("input") ?? ""));
        ImmutableArray<Effect> effects = [.. f.Items("effects").Select(e => EffectOf(e, given, faults))];
        if (said.Count + (f.Has("effects") ? 1 : 0) != 1)
            faults.Add(f.Place, "policy.test-asks", "A case asks exactly one thing: command, shell, write, connect, "
                + "tool or effects.");
        return given with
        {
            Ask = said.FirstOrDefault(),
            Executable = f.OptionalText("executable") ?? given.Executable,
            OutsidePath = f.Has("outside") ? f.Flag("outside") : given.OutsidePath,
            Effects = effects,
            Program = f.OptionalText("program") ?? given.Program,
            Unresolved = f.Texts("unresolved"),
            Execution = new ExecutionCircumstances(
                f.OptionalText("origin") ?? "", f.Texts("via"), f.Texts("loaders")),
            Egress = f.Map("net", "a connection") is { } net ? EgressOf(net, faults) : null,
        };
    }

    static EgressFacts EgressOf(YamlFields f, FaultList faults)
    {
        var via = f.OptionalText("via") switch
        {
            "http" => EgressVia.Http,
            "connect" => EgressVia.Tunnel,
            "socks" => EgressVia.Socks,
            _ => EgressVia.Unknown,
        };
        if (via == EgressVia.Unknown)
            faults.Add(f.PlaceOf("via"), "realm.bad-value", "'via' is http, connect or socks.");
        var address = EgressAddress.Parse(f.Text("address"));
        if (address is null)
            faults.Add(f.PlaceOf("address"), "realm.bad-value", "'address' is the address that would be dialled.");
        var facts = new EgressFacts(
            new EgressAttempt(
                via, new EgressDestination(f.Text("host"), f.Number("port")), f.OptionalText("method") ?? "",
                f.OptionalText("path") ?? "", f.Has("encrypted") && f.Flag("encrypted")),
            address ?? default);
        f.NothingElse();
        return facts;
    }

    static Effect EffectOf(YamlNode node, PolicyTestGiven given, FaultList faults)
    {
        var f = new YamlFields(node, "an effect", faults);
        var verb = f.Text("verb");
        if (verb.Length > 0 && !Verbs.Groups.ContainsKey(verb))
            faults.Add(f.PlaceOf("verb"), "realm.bad-value",
                $"'verb' is one of {string.Join(", ", Verbs.Groups.Keys)}.");
        TargetId? target = f.Has("target") ? f.Id<TargetId>("target") : null;
        if (target is { Value: not "" } named && !given.Targets.Any(t => t.Id == named))
            faults.Add(f.PlaceOf("target"), "realm.unknown-target", $"There is no target '{named}' in the case.");
        var effect = new Effect(verb, f.OptionalText("object") ?? "", target);
        f.NothingElse();
        return effect;
    }

    static PolicyTestGiven Given(YamlFields f, PolicyTestGiven usual, FaultList faults)
    {
        var given = usual;
        if (f.Map("agent", "an agent") is { } agent)
        {
            given = given with
            {
                Agent = agent.Has("id") ? agent.Id<AgentId>("id") : given.Agent,
                AgentKind = agent.OptionalText("kind") ?? given.AgentKind,
                AgentVersion = agent.OptionalText("version") ?? given.AgentVersion,
                AgentTeam = agent.Has("team") ? agent.Id<TeamId>("team") : given.AgentTeam,
            };
            agent.NothingElse();
        }
        given = given with
        {
            Workflow = f.Has("workflow") ? f.Id<WorkflowId>("workflow") : given.Workflow,
            Environment = f.Has("environment") ? f.Id<EnvironmentId>("environment") : given.Environment,
            Production = f.Has("production") ? f.Flag("production") : given.Production,
            Targets = f.Has("targets") ? [.. f.Items("targets").Select(t => TargetOf(t, faults))] : given.Targets,
        };
        if (given.Targets.IsEmpty)
            faults.Add(f.PlaceOf("targets"), "realm.bad-value", "A session has at least one target.");
        if (f.Map("session", "a session") is { } session)
            given = Session(session, given);
        if (f.Map("context", "a context") is { } context)
            given = Context(context, given, faults);
        f.NothingElse();
        return given;
    }

    static TestTarget TargetOf(YamlNode node, FaultList faults)
    {
        var f = new YamlFields(node, "a target", faults);
        var target = new TestTarget(
            f.Id<TargetId>("id"), f.OptionalText("kind") ?? "service",
            f.Word<Sensitivity>("sensitivity", otherwise: Sensitivity.Low), f.Texts("groups"));
        f.NothingElse();
        return target;
    }

    static PolicyTestGiven Session(YamlFields f, PolicyTestGiven given)
    {
        given = given with
        {
            Sponsor = f.Has("sponsor") ? f.Id<PersonId>("sponsor") : given.Sponsor,
            Task = f.OptionalText("task") ?? given.Task,
            Purpose = f.OptionalText("purpose") ?? given.Purpose,
            Branch = f.OptionalText("branch") ?? given.Branch,
            AgeMinutes = f.Number("ageMinutes", given.AgeMinutes),
            MinutesLeft = f.Number("minutesLeft", given.MinutesLeft),
            CommandsLeft = f.Number("commandsLeft", given.CommandsLeft),
            WritesLeft = f.Number("writesLeft", given.WritesLeft),
            DeletionsLeft = f.Number("deletionsLeft", given.DeletionsLeft),
            Findings = f.Number("findings", given.Findings),
            SessionPolicy = f.OptionalText("policy") is { } text
                ? new PolicyFile("session policy", text)
                : given.SessionPolicy,
        };
        f.NothingElse();
        return given;
    }

    // 'deploy', or {tier, revocation}.
    static (CredentialTier Tier, RevocationClass Revocation) CredentialOf(YamlNode node, FaultList faults)
    {
        if (node is YamlNode.Text { Value: var word })
        {
            if (Enum.GetValues<CredentialTier>().FirstOrDefault(
                t => t.ToString().Equals(word, StringComparison.OrdinalIgnoreCase)) is var tier
                && tier.ToString().Equals(word, StringComparison.OrdinalIgnoreCase))
                return (tier, RevocationClass.Immediate);
            faults.Add(node.Place, "realm.bad-value", "A credential is deploy, write or read, or {tier, revocation}.");
            return default;
        }
        var f = new YamlFields(node, "a credential", faults);
        var credential = (f.Word<CredentialTier>("tier"),
            f.Word<RevocationClass>("revocation", otherwise: RevocationClass.Immediate));
        f.NothingElse();
        return credential;
    }

    static PolicyTestGiven Context(YamlFields f, PolicyTestGiven given, FaultList faults)
    {
        if (f.Has("content"))
        {
            var content = Provenance.From(f.Texts("content"));
            if (content is null)
                faults.Add(f.PlaceOf("content"), "realm.bad-value",
                    $"'content' is a list of {Provenance.Words(Provenance.All)}.");
            given = given with { Content = content ?? ContentOrigins.None };
        }
        if (f.Has("credentials"))
            given = given with { Credentials = [.. f.Items("credentials").Select(c => CredentialOf(c, faults))] };
        if (f.Has("attested"))
            given = given with { Attested = f.Word<Identity.AttestedBy>("attested") };
        if (f.Has("findings"))
            given = given with { Found = FindingFields.Kinds(f, "findings", faults) };
        given = given with
        {
            At = f.Instant("at", given.At),
            Assurance = f.Word<Assurance>("assurance", otherwise: given.Assurance),
            Tier = f.Word<Tier>("tier", otherwise: given.Tier),
            Client = f.OptionalText("client") ?? given.Client,
            Prompted = f.Has("prompted") ? f.Flag("prompted") : given.Prompted,
            SubAgent = f.Has("subAgent") ? f.Flag("subAgent") : given.SubAgent,
        };
        f.NothingElse();
        return given;
    }
}
