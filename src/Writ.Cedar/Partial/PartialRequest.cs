namespace Writ.Cedar;

/// <summary>
/// A request of which something is not known yet. A full request is an instance of it when it agrees with everything
/// that is known; every statement of a partial answer holds for all instances, against a store that is an instance of
/// the <see cref="PartialEntities"/>. With a <see cref="Schema"/> it holds for those that conform to the schema.
/// </summary>
public sealed record PartialRequest(
    PartialEntity Principal, PartialEntity Action, PartialEntity Resource, PartialRecord Context)
{
    /// <summary>The types that requests and entities are known to have; without it nothing is known of types.</summary>
    public CedarSchema? Schema { get; init; }

    /// <summary>A request of which only a part of the context is unknown.</summary>
    public static PartialRequest Of(EntityUid principal, EntityUid action, EntityUid resource, PartialRecord context) =>
        new(PartialEntity.Known(principal), PartialEntity.Known(action), PartialEntity.Known(resource), context);
}
