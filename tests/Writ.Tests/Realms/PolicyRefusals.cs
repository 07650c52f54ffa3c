using System.Collections.Immutable;
using Writ.Policies;
using Writ.Realms;
using Writ.Requests;

namespace Writ.Tests.Realms;

/// <summary>What bundles are refused for, and the codes of verdicts.</summary>
static class PolicyRefusals
{
    public static ImmutableArray<RefusalCase> Cases { get; } =
    [
        new("policy.automatic", w => w.Submit(w.OpenSession(), "git", "status") is var r
            ? ((RequestState.Ready)w.StateOf(r)).Verdict.Code : ""),
        new("policy.approval", w => w.Submit(w.OpenSession(), "terraform", "apply") is var r
            ? ((RequestState.Waiting)w.StateOf(r)).Verdict.Code : ""),
        new("policy.blocked", w => w.ClosedBy(w.Submit(w.OpenSession(), "sudo", "id"))),
        new("policy.no-permit", w => w.ClosedBy(w.Submit(w.OpenSession(), "cat", ".env"))),
        new("policy.not-understood", _ => Judged(
            """@id("all") permit (principal, action, resource);""", "novel-program")),
        new("policy.error", _ => Judged("""
            @id("all") permit (principal, action, resource);
            @id("no") forbid (principal, action, resource) when { context.nothing == 1 };
            """)),
        new("policy.gate-unsatisfiable", _ => Judged("""
            @id("all") permit (principal, action, resource);
            @id("gate") @approval("team:sre") forbid (principal, action, resource);
            """)),
        new("policy.gate-unsatisfiable", _ => Judged("""
            @id("all") permit (principal, action, resource);
            @id("gate") @approval("team:sre") forbid (principal, action, resource)
            unless { context.approvals.teams.contains("security") };
            """)),
        new("policy.too-large", _ => Fault(new PolicyFile("a.cedar", new string(' ', (1024 * 1024) + 1)))),
        new("policy.too-large", _ => Fault([.. Enumerable.Range(0, 257).Select(i => new PolicyFile($"{i}.cedar",
            ""))])),
        new("policy.bad-knowledge", _ => Fault(new PolicyFile("knowledge/x.json", "{}}"))),
        new("policy.bad-knowledge", _ => Fault(new PolicyFile(
            "policies/knowledge/x.json", """{"programs": {"a": 1}}"""))),
        new("policy.gate-on-permit", _ => Fault("""@id("gate") @approval("team:sre") permit (principal, action, resource);""")),
        new("policy.bad-gate", _ => Fault("""@id("gate") @approval("sre") forbid (principal, action, resource);""")),
        new("policy.bad-gate", _ => Fault("""@id("gate") @approval("team:") forbid (principal, action, resource);""")),
        new("policy.bad-quorum", _ => Fault("""@id("gate") @approval("team:sre") @quorum("0") forbid (principal, action, resource);""")),
        new("policy.bad-quorum", _ => Fault("""@id("gate") @approval("team:sre") @quorum("11") forbid (principal, action, resource);""")),
        new("policy.bad-quorum", _ => Fault("""@id("gate") @approval("team:sre") @quorum("+1") forbid (principal, action, resource);""")),
        new("policy.unknown-team", _ => Fault("""@id("gate") @approval("team:ghosts") forbid (principal, action, resource);""")),
    ];

    public static ImmutableArray<RefusalCase> Findings { get; } =
    [
        new("policy.template", _ => Finding(Good + """
            @id("t") @reason("r") @owner("o") permit (principal == ?principal, action, resource);
            """)),
        new("policy.permits-nothing", _ => Finding("")),
        new("policy.no-tests", _ => PolicyLint.Of(Compiled(Good, tests: false)).Single().Code),
        new("policy.no-reason", _ => Finding("""@id("a") @owner("o") permit (principal, action, resource);""")),
        new("policy.no-owner", _ => Finding("""@id("a") @reason("r") permit (principal, action, resource);""")),
        new("policy.unknown-annotation", _ => Finding("""@aproval("x") """ + Good)),
        new("policy.reserved-id", _ => Finding(Good.Replace("\"a\"", "\"session:a\"", StringComparison.Ordinal))),
        new("policy.quorum-alone", _ => Finding("""@quorum("2") """ + Good)),
        new("policy.gate-without-condition", _ => Finding(Good + """
            @id("g") @reason("r") @owner("o") @approval("team:sre") forbid (principal, action, resource)
            when { context.session.production };
            """)),
        new("policy.no-schema", _ => PolicyValidation.Of(Compiled(Good, tests: true)).Single().Code),
        new("policy.several-schemas", _ => PolicyValidation.Of(PolicyBundle.Compile(new PolicySource([
            new PolicyFile("a.cedarschema", ""), new PolicyFile("b.cedarschema.json", "{}"),
        ])).Bundle!).Single().Code),
        new("policy.gate-nobody", w => Gate(w, 4)),
        new("policy.gate-own-sponsors", _ => Gate(World.WithEverybody(d => d with
        {
            Teams =
            [
                .. d.Teams.Select(t => t.Id.Value == "sre" ? t with { Members = [.. d.People.Select(p => p.Id)] } : t),
            ],
        }), 4)),
        new("policy.gate-sponsor", w => Gate(w, 3)),
        new("policy.gate-not-enrolled", w =>
        {
            w.Assume(w.State with { Keys = w.State.Keys.Remove(new PersonId("carol")).Remove(new PersonId("bob")) });
            return Gate(w, 2);
        }),
    ];

    const string Good = """@id("a") @reason("r") @owner("o") permit (principal, action, resource);""";

    static string Finding(string policy) => PolicyLint.Of(Compiled(policy, tests: true)).Single().Code;

    static PolicyBundle Compiled(string policy, bool tests)
    {
        ImmutableArray<PolicyFile> files = [new PolicyFile("p.cedar", policy)];
        return PolicyBundle.Compile(new PolicySource(tests ? files.Add(new PolicyFile("t.yaml", "")) : files)).Bundle!;
    }

    static string Gate(World w, int quorum) => GateAnalysis.Of(w.State.Registry, Compiled(Good + $$"""
        @id("g") @approval("team:sre") @quorum("{{quorum}}") forbid (principal, action, resource)
        unless { context.approvals.teams.contains("sre") };
        """, tests: true), w.State.Keys).Single().Code;

    static string Judged(string policy, params ReadOnlySpan<string> argv)
    {
        var w = World.WithEverybody(d => d with { Policy = new PolicySource([new PolicyFile("p.cedar", policy)]) });
        return w.ClosedBy(w.Submit(w.OpenSession(), argv.IsEmpty ? ["git", "status"] : [.. argv]));
    }

    static string Fault(string policy) => Fault(new PolicyFile("p.cedar", policy));

    static string Fault(params ImmutableArray<PolicyFile> files)
    {
        var (registry, faults) = Registry.From(Given.Document with { Policy = new PolicySource(files) }, []);
        Assert.Null(registry);
        return Assert.Single(faults).Code;
    }
}
