using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// One entity type of a schema, all names resolved: <see cref="Name"/> and <see cref="Parents"/> carry their
/// namespaces, common types are replaced by what they stand for.
/// </summary>
public sealed record EntityTypeDeclaration
{
    public required string Name { get; init; }

    /// <summary>The attributes of its entities; none when it is an enumeration.</summary>
    public CedarType.Record Shape { get; init; } = CedarType.RecordOf([]);

    /// <summary>The type of the values of its tags; nothing when its entities may have none.</summary>
    public CedarType? Tags { get; init; }

    /// <summary>The entity types that its entities may directly be in, in the order of the schema.</summary>
    public ImmutableArray<string> Parents { get; init; } = [];

    /// <summary>For an enumeration (RFC 53), the ids of all its entities; empty for any other entity type.</summary>
    public ImmutableArray<string> EnumIds { get; init; } = [];

    public bool IsEnum => !EnumIds.IsEmpty;

    /// <summary>By name (RFC 48); an annotation written without a value has an empty one.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = Annotated.Nothing;

    /// <summary>Where it is declared, when it was read from a text.</summary>
    public SourcePosition Position { get; init; }

    public override string ToString() => Name;
}
