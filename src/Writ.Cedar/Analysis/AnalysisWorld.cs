using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>What holds in all requests that an analysis speaks of.</summary>
public sealed record AnalysisWorld
{
    public static AnalysisWorld Anything { get; } = new();

    /// <summary>
    /// Entities that are as they are here. All others may be anything that the schema allows. Without a schema, actions
    /// are in other actions only as it is written here.
    /// </summary>
    public EntityStore Entities { get; init; } = EntityStore.Empty;

    /// <summary>
    /// The types of requests and entities: only requests that conform to it count, and the entities they speak of
    /// exist. Without it any attribute may be absent or of any type.
    /// </summary>
    public CedarSchema? Schema { get; init; }

    /// <summary>
    /// Cedar expressions that are true of all requests that count, such as
    /// <c>resource in Environment::"prod"</c>. A mistake in one is reported when the question is asked.
    /// </summary>
    public ImmutableArray<string> Assumptions { get; init; } = [];

    /// <summary>
    /// Whether a forbid that fails denies too, as in Writ. In Cedar it is left out, and then whoever can make it fail
    /// gets past it.
    /// </summary>
    public bool FailingForbidDenies { get; init; }

    /// <summary>What an answer means here.</summary>
    internal bool Allows(Answer answer) =>
        answer.Decision == Decision.Allow
        && !(FailingForbidDenies && answer.Errors.Any(error => error.Policy.Effect == Effect.Forbid));
}
