using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>One namespace of a schema as it is written, in either format; the names in it are not resolved.</summary>
/// <param name="Name">With <c>::</c> between its parts; empty for what stands in no namespace.</param>
/// <param name="Offset">Where it begins in <paramref name="Source"/>, as every offset of its parts.</param>
sealed record NamespaceSyntax(
    string Name,
    ImmutableArray<CommonTypeSyntax> CommonTypes,
    ImmutableArray<EntityTypeSyntax> EntityTypes,
    ImmutableArray<ActionSyntax> Actions,
    ImmutableArray<(string Name, string? Value)> Annotations,
    SourceText Source,
    int Offset)
{
    /// <summary>The full name of what this namespace declares under a plain one.</summary>
    public string Qualify(string name) => Name.Length == 0 ? name : $"{Name}::{name}";
}

sealed record CommonTypeSyntax(
    string Name, TypeSyntax Type, ImmutableArray<(string Name, string? Value)> Annotations, int Offset);

/// <summary>An entity type: an enumeration when it has <see cref="EnumIds"/>, then it has nothing else.</summary>
sealed record EntityTypeSyntax(
    string Name,
    ImmutableArray<NameSyntax> Parents,
    TypeSyntax? Shape,
    TypeSyntax? Tags,
    ImmutableArray<string> EnumIds,
    ImmutableArray<(string Name, string? Value)> Annotations,
    int Offset);

/// <summary>An action. The JSON format tells a missing list of groups from an empty one.</summary>
sealed record ActionSyntax(
    string Name,
    ImmutableArray<ActionReference>? Groups,
    AppliesToSyntax? AppliesTo,
    ImmutableArray<(string Name, string? Value)> Annotations,
    int Offset);

sealed record AppliesToSyntax(
    ImmutableArray<NameSyntax> Principals, ImmutableArray<NameSyntax> Resources, TypeSyntax? Context)
{
    public static AppliesToSyntax Nothing { get; } = new([], [], null);
}

/// <summary>An action named as a group; without a type it is one of the same namespace or of none.</summary>
sealed record ActionReference(string? Type, string Id, int Offset);

sealed record NameSyntax(string Text, int Offset);

/// <summary>What a name in the place of a type may stand for.</summary>
enum TypeNameKind
{
    /// <summary>A common type, or else an entity type (RFC 24). The text format has only these.</summary>
    EntityOrCommon,
    Common,
    Entity,

    /// <summary><c>Bool</c>, <c>Long</c> or <c>String</c>, whatever else is called so.</summary>
    Primitive,

    /// <summary>An extension type, whatever else is called so.</summary>
    Extension,
}

/// <summary>A type as it is written.</summary>
abstract record TypeSyntax(int Offset)
{
    public sealed record Named(string Name, TypeNameKind Kind, int Offset) : TypeSyntax(Offset);

    public sealed record SetOf(TypeSyntax Element, int Offset) : TypeSyntax(Offset);

    public sealed record Record(ImmutableArray<AttributeSyntax> Attributes, int Offset) : TypeSyntax(Offset);

    /// <summary>Whether it is <c>{}</c>, which both formats may leave out.</summary>
    public bool IsEmptyRecord => this is Record { Attributes.IsEmpty: true };
}

sealed record AttributeSyntax(
    string Name,
    TypeSyntax Type,
    bool IsRequired,
    ImmutableArray<(string Name, string? Value)> Annotations,
    int Offset);
