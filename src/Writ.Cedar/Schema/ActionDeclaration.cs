using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// One action of a schema, all names resolved. An action that applies to nothing (a group) has no principal types and
/// no resource types.
/// </summary>
public sealed record ActionDeclaration
{
    public required EntityUid Uid { get; init; }

    /// <summary>The actions that it is directly in, in the order of the schema.</summary>
    public ImmutableArray<EntityUid> Groups { get; init; } = [];

    /// <summary>The entity types that may do it, in the order of the schema.</summary>
    public ImmutableArray<string> PrincipalTypes { get; init; } = [];

    /// <summary>The entity types that it may be done to, in the order of the schema.</summary>
    public ImmutableArray<string> ResourceTypes { get; init; } = [];

    public CedarType.Record Context { get; init; } = CedarType.RecordOf([]);

    /// <summary>By name (RFC 48); an annotation written without a value has an empty one.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = Annotated.Nothing;

    /// <summary>Where it is declared, when it was read from a text.</summary>
    public SourcePosition Position { get; init; }

    public override string ToString() => Uid.ToString();
}
