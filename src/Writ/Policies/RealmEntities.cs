using System.Collections.Concurrent;
using System.Collections.Frozen;
using Writ.Agents;
using Writ.Cedar;
using Writ.Realms;
using Writ.Requests;
using Writ.Targets;

namespace Writ.Policies;

/// <summary>
/// The realm as Cedar sees it: targets in environments and groups, verbs in groups. Built once per document. An agent
/// is a layer on top, because it belongs to the workflow it works in and to no other; layers are remembered, so that a
/// request builds none.
/// </summary>
sealed class RealmEntities(RealmDocument document)
{
    /// <summary>The resource of everything that stays inside a session's work tree.</summary>
    public static readonly EntityUid WorkTree = new("Target", "worktree");

    static readonly RecordShape _agent = new("kind", "version");
    static readonly RecordShape _stage = new("production");
    static readonly RecordShape _target = new("kind", "sensitivity");

    static readonly FrozenDictionary<string, EntityUid> _actions = Verbs.Groups.Keys.Concat(Verbs.GroupParents.Keys)
        .ToFrozenDictionary(verb => verb, verb => new EntityUid("Action", verb), StringComparer.Ordinal);

    readonly EntityStore _realm = Of(document);
    readonly FrozenDictionary<TargetId, EntityUid> _targets =
        document.Targets.ToFrozenDictionary(t => t.Id, t => new EntityUid("Target", t.Id.Value));

    // What is here follows from the document alone; it saves time and is never asked what is true. An agent that a
    // workflow does not name has no session in it, so there is at most one layer for each pair of the document.
    readonly ConcurrentDictionary<(WorkflowId, AgentId), AgentLayer> _agents = new();

    public static EntityUid ActionOf(string verb) =>
        _actions.TryGetValue(verb, out var action) ? action : new EntityUid("Action", verb);

    public EntityUid TargetOf(TargetId? target) =>
        target is not { } id ? WorkTree
        : _targets.TryGetValue(id, out var known) ? known : new EntityUid("Target", id.Value);

    /// <summary>The agent as a principal, and the realm with it in it.</summary>
    public AgentLayer In(WorkflowId workflow, Agent agent)
    {
        if (_agents.TryGetValue((workflow, agent.Id), out var known))
            return known;
        var principal = new EntityUid("Agent", agent.Id.Value);
        var layer = new AgentLayer(principal, _realm.With(new Entity(
            principal, _agent.Of(new CedarString(agent.Kind), new CedarString(agent.Version)), [
                new EntityUid("Workflow", workflow.Value),
                new EntityUid("Team", agent.OwnerTeam.Value),
            ])).Value);
        _agents.TryAdd((workflow, agent.Id), layer);
        return layer;
    }

    static EntityStore Of(RealmDocument document)
    {
        var entities = new List<Entity>();
        foreach (var (group, parents) in Verbs.GroupParents)
            entities.Add(new Entity(ActionOf(group), CedarRecord.Empty, [.. parents.Select(ActionOf)]));
        foreach (var (verb, groups) in Verbs.Groups)
            entities.Add(new Entity(ActionOf(verb), CedarRecord.Empty, [.. groups.Select(ActionOf)]));
        foreach (var stage in document.Environments)
            entities.Add(new Entity(
                new EntityUid("Environment", stage.Id.Value),
                _stage.Of(CedarBool.Of(stage.Production)), []));
        foreach (var team in document.Teams)
            entities.Add(new Entity(new EntityUid("Team", team.Id.Value), CedarRecord.Empty, []));
        foreach (var workflow in document.Workflows)
            entities.Add(new Entity(new EntityUid("Workflow", workflow.Id.Value), CedarRecord.Empty, []));
        // A group may not be declared; it exists by being named.
        foreach (var group in document.Targets.SelectMany(t => t.Groups).Append("worktree")
            .Distinct(StringComparer.Ordinal))
            entities.Add(new Entity(new EntityUid("TargetGroup", group), CedarRecord.Empty, []));
        entities.Add(new Entity(WorkTree, TargetAttributes("worktree", Sensitivity.Low),
            [new EntityUid("TargetGroup", "worktree")]));
        foreach (var target in document.Targets)
            entities.Add(new Entity(
                new EntityUid("Target", target.Id.Value), TargetAttributes(target.Kind, target.Sensitivity), [
                new EntityUid("Environment", target.Environment.Value),
                .. target.Groups.Distinct(StringComparer.Ordinal).Select(g => new EntityUid("TargetGroup", g)),
            ]));
        return EntityStore.Create(entities).Value;
    }

    static CedarRecord TargetAttributes(string kind, Sensitivity sensitivity) => _target.Of(
        new CedarString(kind), new CedarString(sensitivity.ToString().ToLowerInvariant()));

    /// <summary>One agent in one workflow: the principal of its requests, and the store they are judged
    /// against.</summary>
    public sealed record AgentLayer(EntityUid Principal, EntityStore Entities);
}
