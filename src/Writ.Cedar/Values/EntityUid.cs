using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Writ.Cedar;

/// <summary>
/// The name of an entity, such as <c>App::User::"alice"</c>: a type name and an id. It is a Cedar value; whether such
/// an entity exists is a question to an <see cref="EntityStore"/>. The hash is computed once, so it is a cheap key.
/// </summary>
public sealed class EntityUid : Value, IEquatable<EntityUid>
{
    readonly int _hash;

    /// <summary>A type that is not a Cedar name is a bug of the caller and throws.</summary>
    public EntityUid(string type, string id)
    {
        if (!Names.IsEntityType(type))
            throw new ArgumentException($"'{type}' is not the name of an entity type", nameof(type));
        Type = type;
        Id = id;
        _hash = HashCode.Combine(
            type.GetHashCode(StringComparison.Ordinal), id.GetHashCode(StringComparison.Ordinal));
    }

    /// <summary>The type with its namespaces, without spaces: <c>App::User</c>.</summary>
    public string Type { get; }

    /// <summary>The id with escapes resolved; may be empty.</summary>
    public string Id { get; }

    public override string TypeName => "entity";

    /// <summary>Reads the Cedar form <c>Type::"id"</c>.</summary>
    public static ParseResult<EntityUid> Parse(string text) => new Parser(new SourceText(text, null)).ParseSingleUid();

    public static bool TryParse(string text, [NotNullWhen(true)] out EntityUid? uid) =>
        Parse(text).TryGetValue(out uid);

    public bool Equals(EntityUid? other) =>
        ReferenceEquals(this, other)
        || (other is not null && other._hash == _hash && other.Id == Id && other.Type == Type);

    public override bool Equals(object? obj) => Equals(obj as EntityUid);

    public override bool Equals(Value? other) => Equals(other as EntityUid);

    public override int GetHashCode() => _hash;

    internal override void Write(StringBuilder text)
    {
        text.Append(Type).Append("::");
        Escapes.Quote(text, Id);
    }
}
