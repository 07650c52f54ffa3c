using Writ.Cedar;
using Writ.Realms;
using Writ.Requests;
using Writ.Targets;

namespace Writ.Policies;

/// <summary>
/// The realm as Cedar sees it: targets in environments and groups, verbs in groups. Built once per document; an agent
/// is
/// added per session, because it belongs to the workflow it works in and to no other.
/// </summary>
static class RealmEntities
{
    /// <summary>The resource of everything that stays inside a session's work tree.</summary>
    public static readonly EntityUid WorkTree = new("Target", "worktree");

    public static EntityUid ActionOf(string verb) => new("Action", verb);

    public static EntityUid TargetOf(TargetId? target) => target is { } id ? new EntityUid("Target", id.Value)
        : WorkTree;

    public static EntityStore Of(RealmDocument document)
    {
        var entities = new List<Entity>();
        foreach (var (group, parents) in Verbs.GroupParents)
            entities.Add(new Entity(ActionOf(group), CedarRecord.Empty, [.. parents.Select(ActionOf)]));
        foreach (var (verb, groups) in Verbs.Groups)
            entities.Add(new Entity(ActionOf(verb), CedarRecord.Empty, [.. groups.Select(ActionOf)]));
        foreach (var stage in document.Environments)
            entities.Add(new Entity(
                new EntityUid("Environment", stage.Id.Value),
                Record(("production", CedarBool.Of(stage.Production))), []));
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
            entities.Add(new Entity(TargetOf(target.Id), TargetAttributes(target.Kind, target.Sensitivity), [
                new EntityUid("Environment", target.Environment.Value),
                .. target.Groups.Distinct(StringComparer.Ordinal).Select(g => new EntityUid("TargetGroup", g)),
            ]));
        return EntityStore.Create(entities).Value;
    }

    static CedarRecord TargetAttributes(string kind, Sensitivity sensitivity) => Record(
        ("kind", new CedarString(kind)), ("sensitivity", new CedarString(sensitivity.ToString().ToLowerInvariant())));

    static CedarRecord Record(params ReadOnlySpan<(string Name, Value Value)> fields)
    {
        var record = new RecordBuilder();
        foreach (var (name, value) in fields)
            record.Add(name, value);
        return record.Build();
    }
}
