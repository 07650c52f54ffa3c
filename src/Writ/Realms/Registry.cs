using Writ.Agents;
using Writ.People;
using Writ.Policies;
using Writ.Targets;
using Writ.Workflows;

namespace Writ.Realms;

/// <summary>
/// A realm document that holds together, ready to be asked: every reference resolves, no team contains itself, every
/// policy parses. It also knows who has left, because leaving takes effect before the document is changed.
/// </summary>
public sealed class Registry
{
    readonly ImmutableDictionary<TeamId, ImmutableHashSet<PersonId>> _membersByTeam;

    Registry(RealmDocument document, PolicyBundle policy, ImmutableHashSet<PersonId> offboarded)
    {
        Document = document;
        Policy = policy;
        Offboarded = offboarded;
        People = document.People.ToImmutableDictionary(p => p.Id);
        Teams = document.Teams.ToImmutableDictionary(t => t.Id);
        Agents = document.Agents.ToImmutableDictionary(a => a.Id);
        Environments = document.Environments.ToImmutableDictionary(e => e.Id);
        Targets = document.Targets.ToImmutableDictionary(t => t.Id);
        Workflows = document.Workflows.ToImmutableDictionary(w => w.Id);
        Entities = new RealmEntities(document);
        _membersByTeam = Teams.Keys.ToImmutableDictionary(id => id, Flatten);
    }

    public static Registry Empty { get; } = new(RealmDocument.Empty, PolicyBundle.Empty, []);

    public RealmDocument Document { get; }

    public PolicyBundle Policy { get; }

    /// <summary>The document as Cedar's entities.</summary>
    internal RealmEntities Entities { get; }

    /// <summary>People who have left. They stay named in history and count for nothing from that moment on.</summary>
    public ImmutableHashSet<PersonId> Offboarded { get; }

    public ImmutableDictionary<PersonId, Person> People { get; }

    public ImmutableDictionary<TeamId, Team> Teams { get; }

    public ImmutableDictionary<AgentId, Agent> Agents { get; }

    public ImmutableDictionary<EnvironmentId, Stage> Environments { get; }

    public ImmutableDictionary<TargetId, Target> Targets { get; }

    public ImmutableDictionary<WorkflowId, Workflow> Workflows { get; }

    /// <summary>The registry of an acceptable document, or everything that is wrong with it at once.</summary>
    public static (Registry? Registry, ImmutableArray<DocumentFault> Faults) From(
        RealmDocument document, ImmutableHashSet<PersonId> offboarded)
    {
        var missing = DocumentShape.Missing(document);
        if (!missing.IsEmpty)
            return (null, missing);
        var (bundle, policyFaults) = PolicyBundle.Compile(document.Policy);
        var faults = RegistryRules.Check(document).AddRange(policyFaults);
        if (bundle is not null)
            faults = faults.AddRange(bundle.GatesWithoutTeam(document));
        return faults.IsEmpty && bundle is not null
            ? (new Registry(document, bundle, offboarded), [])
            : (null, faults);
    }

    public Registry Without(PersonId person) => new(Document, Policy, Offboarded.Add(person));

    public bool IsActive(PersonId person) => People.ContainsKey(person) && !Offboarded.Contains(person);

    /// <summary>The people of a team, through the teams it includes, who are still here.</summary>
    public ImmutableHashSet<PersonId> ActiveMembers(TeamId team) =>
        _membersByTeam.TryGetValue(team, out var members) ? members.Except(Offboarded) : [];

    public bool IsActiveMember(TeamId team, PersonId person) =>
        IsActive(person) && _membersByTeam.TryGetValue(team, out var members) && members.Contains(person);

    /// <summary>The teams a person belongs to, directly or through inclusion, in ordinal order.</summary>
    public ImmutableArray<TeamId> TeamsOf(PersonId person) =>
        [.. Teams.Keys.Where(t => IsActiveMember(t, person)).OrderBy(t => t.Value, StringComparer.Ordinal)];

    // Each included team is looked at once, however many ways lead to it.
    ImmutableHashSet<PersonId> Flatten(TeamId id)
    {
        var seen = new HashSet<TeamId> { id };
        var next = new Queue<TeamId>([id]);
        var members = ImmutableHashSet.CreateBuilder<PersonId>();
        while (next.TryDequeue(out var team))
        {
            members.UnionWith(Teams[team].Members);
            foreach (var included in Teams[team].Includes.Where(seen.Add))
                next.Enqueue(included);
        }
        return members.ToImmutable();
    }
}
