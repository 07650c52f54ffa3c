using System.Collections.Immutable;

namespace Writ.Shell.Knowledge;

/// <summary>What a saved plan would do to one object of the infrastructure.</summary>
/// <param name="Address">As terraform writes it, such as <c>module.db.aws_db_instance.main[0]</c>.</param>
/// <param name="Action"><c>create</c>, <c>update</c>, <c>delete</c>, <c>replace</c> or <c>forget</c>.</param>
public sealed record PlannedChange(string Address, string Action);

/// <summary>What is in a saved plan of terraform, read from the very file that would be applied.</summary>
/// <param name="Changes">What it changes; what it only reads or leaves as it is, is not among them.</param>
/// <param name="Workspace">Empty when the plan does not say.</param>
/// <param name="RunsCode">Its configuration has provisioners, which run programs.</param>
/// <param name="Doubt">Why it may do more than this; null when it is whole.</param>
public sealed record PlanFact(
    ImmutableArray<PlannedChange> Changes, string Workspace, bool RunsCode, string? Doubt)
{
    /// <summary>A plan of which nothing is known.</summary>
    public static PlanFact Unreadable(string why) => new([], "", RunsCode: false, why);

    /// <summary>For people: <c>1 create, 2 delete</c>.</summary>
    public string Counts() => Changes.IsEmpty
        ? "no changes"
        : string.Join(", ", Changes.GroupBy(c => c.Action).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => $"{g.Count()} {g.Key}"));
}
