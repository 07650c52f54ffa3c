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
        new("policy.gate-on-permit", _ => Fault("""@id("gate") @approval("team:sre") permit (principal, action, resource);""")),
        new("policy.bad-gate", _ => Fault("""@id("gate") @approval("sre") forbid (principal, action, resource);""")),
        new("policy.bad-gate", _ => Fault("""@id("gate") @approval("team:") forbid (principal, action, resource);""")),
        new("policy.bad-quorum", _ => Fault("""@id("gate") @approval("team:sre") @quorum("0") forbid (principal, action, resource);""")),
        new("policy.bad-quorum", _ => Fault("""@id("gate") @approval("team:sre") @quorum("11") forbid (principal, action, resource);""")),
        new("policy.bad-quorum", _ => Fault("""@id("gate") @approval("team:sre") @quorum("+1") forbid (principal, action, resource);""")),
        new("policy.unknown-team", _ => Fault("""@id("gate") @approval("team:ghosts") forbid (principal, action, resource);""")),
    ];

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
