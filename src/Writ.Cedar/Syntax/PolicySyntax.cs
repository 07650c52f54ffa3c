using System.Collections.Immutable;

namespace Writ.Cedar;

enum ScopeOperator
{
    Any,
    Equal,
    In,
    Is,
    IsIn,
}

/// <summary>The principal's or resource's part of a scope. The entity may be a slot, which a link fills.</summary>
sealed record EntityScope(
    ScopeOperator Operator, string? EntityType, EntityUid? Uid, bool IsSlot, SourcePosition Position)
{
    public EntityScope Fill(EntityUid? uid) => IsSlot ? this with { Uid = uid, IsSlot = false } : this;
}

/// <summary>The action's part of a scope: any, one, or one of several or their members.</summary>
sealed record ActionScope(ScopeOperator Operator, ImmutableArray<EntityUid> Uids, SourcePosition Position);

/// <summary>One <c>when</c> or <c>unless</c>.</summary>
sealed record Condition(bool IsUnless, Expression Body, SourcePosition Position);

/// <summary>
/// A policy or template as it was read. Of one that came from JSON the source and all places are the document's, and
/// its text is printed. An annotation written without a value has none.
/// </summary>
sealed record PolicySyntax(
    Effect Effect,
    ImmutableArray<(string Name, string? Value)> Annotations,
    EntityScope Principal,
    ActionScope Action,
    EntityScope Resource,
    ImmutableArray<Condition> Conditions,
    CedarExperiments Experiments,
    SourceText Source,
    int Start,
    int End)
{
    public bool IsTemplate => Principal.IsSlot || Resource.IsSlot;

    public SourcePosition Position => Source.PositionAt(Start);

    public string Text => Source.IsJson ? PolicyPrinter.Print(this) : Source.Text[Start..End];
}
