namespace Writ.Cedar;

/// <summary>
/// What is known of the principal, action or resource of a request: which entity it is, or only its type, or nothing.
/// </summary>
public sealed class PartialEntity
{
    PartialEntity(EntityUid? uid, string? type) => (Uid, Type) = (uid, type);

    /// <summary>Any entity of any type.</summary>
    public static PartialEntity Unknown { get; } = new(null, null);

    /// <summary>The entity, when it is known.</summary>
    public EntityUid? Uid { get; }

    /// <summary>Its type, when that is known.</summary>
    public string? Type { get; }

    public static PartialEntity Known(EntityUid uid) => new(uid, uid.Type);

    /// <summary>Some entity of this type; a type that is not a Cedar name is a bug of the caller and throws.</summary>
    public static PartialEntity OfType(string type) => Names.IsEntityType(type)
        ? new PartialEntity(null, type)
        : throw new ArgumentException($"'{type}' is not the name of an entity type", nameof(type));

    public override string ToString() => Uid?.ToString() ?? $"some {Type ?? "entity"}";
}
