using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// What is chosen for one place: nothing, a value, a record of parts, or an entity with its parts and parents.
/// </summary>
sealed class Candidate
{
    public static Candidate Absent { get; } = new();

    /// <summary>The value, for whatever is neither a record nor an entity; for an entity, its name.</summary>
    public Value? Value { get; init; }

    /// <summary>Of a record or an entity: what is chosen for the parts that conditions look at.</summary>
    public ImmutableDictionary<PlaceStep, Candidate>? Parts { get; init; }

    /// <summary>What an entity is in directly.</summary>
    public ImmutableArray<EntityUid> Parents { get; init; } = [];

    public bool IsAbsent => Value is null && Parts is null;
}
