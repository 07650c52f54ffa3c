using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// Gathers the declarations of one namespace, from either format, and refuses names that are reserved or declared
/// twice.
/// </summary>
/// <param name="report">Takes a code, a place, what was expected there and what was found.</param>
sealed class NamespaceBuilder(string name, SourceText source, int offset, Action<string, int, string, string> report)
{
    readonly ImmutableArray<CommonTypeSyntax>.Builder _commonTypes = ImmutableArray.CreateBuilder<CommonTypeSyntax>();
    readonly ImmutableArray<EntityTypeSyntax>.Builder _entityTypes = ImmutableArray.CreateBuilder<EntityTypeSyntax>();
    readonly ImmutableArray<ActionSyntax>.Builder _actions = ImmutableArray.CreateBuilder<ActionSyntax>();
    readonly HashSet<(char Kind, string Name)> _declared = [];

    public ImmutableArray<(string Name, string? Value)> Annotations { get; set; } = [];

    public bool IsEmpty => _declared.Count == 0;

    public void Add(CommonTypeSyntax type)
    {
        // The words of the JSON format cannot be told from a common type's name there.
        var isTaken = type.Name
            is "Bool" or "Boolean" or "Entity" or "Extension" or "Long" or "Record" or "Set" or "String";
        if (isTaken || type.Name == Names.Builtins)
            report("cedar.schema.reserved", type.Offset, "a name that is not reserved", $"'{type.Name}'");
        else if (IsNew('t', type.Name, type.Offset))
            _commonTypes.Add(type);
    }

    public void Add(EntityTypeSyntax type)
    {
        if (type.Name is "Action" or Names.Builtins)
            report("cedar.schema.reserved", type.Offset, "a name that is not reserved", $"'{type.Name}'");
        else if (IsNew('e', type.Name, type.Offset))
            _entityTypes.Add(type);
    }

    public void Add(ActionSyntax action)
    {
        if (IsNew('a', action.Name, action.Offset))
            _actions.Add(action);
    }

    public NamespaceSyntax Build() => new(
        name, _commonTypes.DrainToImmutable(), _entityTypes.DrainToImmutable(), _actions.DrainToImmutable(),
        Annotations, source, offset);

    bool IsNew(char kind, string declared, int at)
    {
        if (_declared.Add((kind, declared)))
            return true;
        report("cedar.schema.duplicate", at, "each declaration once", $"'{declared}' again");
        return false;
    }
}
