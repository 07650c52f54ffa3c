using System.Collections.Immutable;
using Writ.Changes;
using Writ.Policies;
using Writ.Realms;
using Writ.Sessions;

namespace Writ.Tests.Realms;

/// <summary>What the publication of bundles and the opening of sessions with a policy are refused for.</summary>
static class PolicyLifeRefusals
{
    public static ImmutableArray<RefusalCase> Cases { get; } =
    [
        new("change.no-evidence", w => Refused(w.ProposeExactly(Tested("1"), "alice").Decided)),
        new("change.no-evidence", w =>
        {
            var next = Tested("1");
            var (change, _) = w.ProposeExactly(next, "alice", PolicyReach.NewSessions, Given.Evidence(next));
            return Refused(w.ReviewExactly(change, "bob", approves: true, evidence: null));
        }),
        new("change.no-schema", w => Unfit(w, PolicyFileKind.Schema)),
        new("change.no-tests", w => Unfit(w, PolicyFileKind.Tests)),
        // The founder alone starts with a whole bundle, too.
        new("change.no-schema", _ => Refused(World.Founded().ProposeExactly(
            Without(PolicyFileKind.Schema), "alice", null, Given.Evidence(Without(PolicyFileKind.Schema))).Decided)),
        new("change.no-evidence", _ => Refused(World.Founded().ProposeExactly(Tested("1"), "alice").Decided)),
        new("change.bad-evidence", w => Proposed(w, e => e with { Impact = null! })),
        new("change.bad-evidence", w => Proposed(w, e => e with
        {
            Findings = [PolicyFinding.Warning("x", new string('x', 40_000), "")],
        })),
        new("change.other-evidence", w => Proposed(w, e => e with { PolicyDigest = w.State.Registry.Policy.Digest })),
        new("change.policy-invalid", w => Proposed(w, e => e with
        {
            Findings = [PolicyFinding.Error("policy.gate-nobody", "p.cedar:1:1", "Nobody.")],
        })),
        new("change.tests-failed", w => Proposed(w, e => e with { TestsFailed = 1 })),
        new("change.tests-failed", w => Proposed(w, e => e with { Tests = 0 })),
        new("change.too-many-policies", w =>
        {
            for (var i = 0; i < 16; i++)
            {
                w.OpenSession();
                Given.Publish(w, Tested($"{i}"), PolicyReach.NewSessions);
            }
            w.OpenSession();
            var last = Tested("last");
            return Refused(w.ProposeExactly(last, "alice", PolicyReach.NewSessions, Given.Evidence(last)).Decided);
        }),
        new("session.bad-policy", w => Opening(w, "permit (principal, action, resource)")),
        new("session.bad-policy", w => Opening(w, new string(' ', 16_001))),
        new("session.bad-policy", w => Opening(w, """
            @id("a") permit (principal, action, resource);
            @id("g") @approval("team:ghosts") forbid (principal, action, resource);
            """)),
        new("session.policy-permits-nothing", w => Opening(w, """@id("a") forbid (principal, action, resource);""")),
        new("session.too-many-policies", w =>
        {
            for (var i = 0; i < 256; i++)
                Given.OpenNarrowed(w, $"@id(\"r{i}\") permit (principal, action, resource);");
            return Opening(w, """@id("a") permit (principal, action, resource);""");
        }),
    ];

    /// <summary>The usual realm with a bundle that has tests.</summary>
    public static RealmDocument Tested(string mark) => Given.Publishable(Given.Document with
    {
        Policy = new PolicySource([
            new PolicyFile("test.cedar", Given.Policy), new PolicyFile("tests/t.yaml", mark),
        ]),
    });

    // What has the same rules and lacks the files of one kind.
    static RealmDocument Without(PolicyFileKind kind)
    {
        var whole = Tested("1");
        var lacking = whole.Policy.Of(kind).ToHashSet();
        return whole with { Policy = new PolicySource([.. whole.Policy.Files.Where(f => !lacking.Contains(f))]) };
    }

    static string Unfit(World w, PolicyFileKind kind)
    {
        var next = Without(kind);
        return Refused(w.ProposeExactly(next, "alice", PolicyReach.NewSessions, Given.Evidence(next)).Decided);
    }

    static string Proposed(World w, Func<PolicyEvidence, PolicyEvidence> change)
    {
        var next = Tested("1");
        return Refused(w.ProposeExactly(next, "alice", null, change(Given.Evidence(next))).Decided);
    }

    static string Opening(World w, string policy) => w.Refuses(
        new SessionMove.Open(Given.Terms(new SessionId(w.NewId("session")), "release-prod") with
        {
            Policy = new PolicyFile("only.cedar", policy),
        }), w.As("alice"));

    static string Refused(Decided decided) => decided is Decided.Refused no ? no.Refusal.Code : "accepted";
}
