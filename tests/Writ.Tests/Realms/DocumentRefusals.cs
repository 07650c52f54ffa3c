using System.Collections.Immutable;
using Writ.Egress;
using Writ.Holds;
using Writ.People;
using Writ.Realms;
using Writ.Workflows;

namespace Writ.Tests.Realms;

/// <summary>What makes a realm document unacceptable, one fault at a time.</summary>
static class DocumentRefusals
{
    static EgressGrant[] BadPlaces =>
    [
        new("", 443), new("A.example", 443), new("a.example.", 443), new("a b", 443), new("*.example", 443),
        new("*.1.2.3.4", 443), new("*", 443), new("a.*.example", 443), new("127.1", 443), new("a.example", 0),
        new("a.example", 65_536), new("*.a.example", 443, Private: true), new("[::1]", 443), new("::0:1", 443),
        new("bücher.example", 443),
    ];

    public static ImmutableArray<RefusalCase> Cases { get; } =
    [
        Fault("realm.bad-id", d => d with { People = [.. d.People, Given.Someone("Not An Id")] }),
        Fault("realm.bad-id", d => d with { People = [.. d.People, new Person(default, "nobody", null)] }),
        Fault("realm.bad-id", d => d with { Environments = [.. d.Environments, new(new EnvironmentId("-x"), false)] }),
        Fault("realm.bad-id", d => d with { Teams = [.. d.Teams, new Team(new TeamId(new string('x', 97)), [], [])] }),
        Fault("realm.bad-id", d => d with { Targets = [.. d.Targets.Select(t => t with { Groups = ["a, b"] }).Take(1),
            d.Targets[1]] }),
        Fault("realm.duplicate", d => d with { People = [.. d.People, Given.Someone("alice")] }),
        Fault("realm.duplicate", d => d with { Agents = [.. d.Agents, d.Agents[0]] }),
        Fault("realm.too-many", d => d with
        {
            People = [.. d.People, .. Enumerable.Range(0, 10_000).Select(i => Given.Someone($"p{i}"))],
        }),
        Fault("realm.bad-text", d => Workflow(d, w => w with { Purpose = new string('x', 5_000) })),
        Fault("realm.bad-text", d => Workflow(d, w => w with { Rollback = "a\u001b[2Jb" })),
        Fault("realm.cyclic-team", d => d with { Teams = [.. d.Teams, Includes("x", "x")] }),
        Fault("realm.unknown-person", d => d with { Teams = [.. d.Teams, new Team(new TeamId("x"), Given.Ids("ghost"),
            [])] }),
        Fault("realm.unknown-person", d => Workflow(d, w => w with { SecurityOwner = new PersonId("ghost") })),
        Fault("realm.unknown-team", d => d with { Teams = [.. d.Teams, Includes("x", "ghosts")] }),
        Fault("realm.unknown-team", d => Workflow(d, w => w with { ApproverTeams = [new TeamId("ghosts")] })),
        Fault("realm.unknown-team", d => d with { Agents = [d.Agents[0] with { OwnerTeam = default }, d.Agents[1]] }),
        Fault("realm.unknown-team", d => d with { Governance = new Governance(new TeamId("ghosts"), 1) }),
        Fault("realm.unknown-agent", d => Workflow(d, w => w with { Agents = [new AgentId("ghost")] })),
        Fault("realm.unknown-environment", d => Workflow(d, w => w with { Environments = [new EnvironmentId(
            "ghost")] })),
        Fault("realm.unknown-target", d => Workflow(d, w => w with { Targets = [new TargetId("ghost")] })),
        Fault("realm.bad-quorum", d => d with { Governance = d.Governance with { Quorum = 0 } }),
        Fault("realm.bad-quorum", d => d with { Governance = d.Governance with { Quorum = 11 } }),
        Fault("realm.bad-bounds", d => Workflow(d, w => w with { Bounds = Bounds.Default with { Minutes = 0 } })),
        Fault("realm.bad-bounds", d => Workflow(d, w => w with { Bounds = Bounds.Default with { Writes = -1 } })),
        Fault("realm.bad-bounds", d => Workflow(d, w => w with { Bounds = Bounds.Default with { Minutes = 10_081 } })),
        .. BadPlaces.Select(p => Fault("realm.bad-egress", d => Workflow(d, w => w with { Egress = [p] }))),
        Fault("realm.bad-egress", d => Workflow(d, w => w with
        {
            Egress = [new("a.example", 1), new("a.example", 1)],
        })),
        Fault("realm.bad-egress", d => Workflow(d, w => w with
        {
            Egress = [.. Enumerable.Range(1, EgressGrant.CountMax + 1).Select(i => new EgressGrant("a.example", i))],
        })),
        Fault("realm.egress-tier", d => Workflow(d, w => w with
        {
            TierMin = Tier.T1,
            Egress = [new("a.example", 443)],
        })),
        Fault("realm.missing", d => Workflow(d, w => w with { Egress = [new(null!, 443)] })),
        Fault("realm.bad-rollback", d => Workflow(d, w => w with { RollbackCommand = ["git", "{ghost}"] })),
        Fault("realm.bad-memory", d => Workflow(d, w => w with { MemoryMiB = 15 })),
        Fault("realm.bad-memory", d => Workflow(d, w => w with { MemoryMiB = (16 << 20) + 1 })),
        Fault("realm.bad-held", d => Workflow(d, w => w with { Held = new HoldBounds(0, 60) })),
        Fault("realm.bad-held", d => Workflow(d, w => w with { Held = new HoldBounds(17, 60) })),
        Fault("realm.bad-held", d => Workflow(d, w => w with { Held = new HoldBounds(1, 0) })),
        Fault("realm.bad-held", d => Workflow(d, w => w with { Held = new HoldBounds(1, 3_601) })),
        Fault("realm.missing", d => d with { People = default }),
        Fault("realm.missing", d => d with { Policy = null! }),
        Fault("realm.missing", d => d with { Agents = [.. d.Agents.Select(a => a with { Kind = null! }).Take(1),
            d.Agents[1]] }),
        Fault("realm.missing", d => Workflow(d, w => w with { Bounds = null! })),
        Fault("realm.missing", d => Workflow(d, w => w with { Targets = default })),
    ];

    static RefusalCase Fault(string code, Func<RealmDocument, RealmDocument> change) => new(code, _ =>
    {
        var (registry, faults) = Registry.From(change(Given.Document), []);
        Assert.Null(registry);
        return Assert.Single(faults).Code;
    });

    static Team Includes(string id, string team) => new(new TeamId(id), [], [new TeamId(team)]);

    static RealmDocument Workflow(RealmDocument document, Func<Workflow, Workflow> change) =>
        document with { Workflows = [change(document.Workflows[0]), document.Workflows[1]] };
}
