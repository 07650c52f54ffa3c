using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>Which of these principals may do which of these actions on which of these resources is asked.</summary>
public sealed record PowerQuery(
    ImmutableArray<EntityUid> Principals,
    ImmutableArray<EntityUid> Actions,
    ImmutableArray<EntityUid> Resources,
    PartialRecord Context)
{
    /// <summary>Combinations that the schema does not allow are left out.</summary>
    public CedarSchema? Schema { get; init; }
}
