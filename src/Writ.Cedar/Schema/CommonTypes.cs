using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>Reports what is wrong at a place of a namespace.</summary>
delegate void SchemaReport(NamespaceSyntax space, int offset, string code, string expected, string found);

/// <summary>
/// Resolves types, and first the common types that they are made of: depth first with an explicit stack, so that a long
/// chain of common types costs memory and not the thread's stack. What cannot be resolved is reported and then
/// <see cref="CedarType.Never"/>.
/// </summary>
sealed class CommonTypes(SchemaNames names, SchemaReport report)
{
    readonly Dictionary<string, CedarType> _resolved = new(StringComparer.Ordinal);
    readonly HashSet<string> _open = new(StringComparer.Ordinal);
    readonly Stack<(string Name, ImmutableArray<string> Uses, int Next)> _stack = [];

    public void ResolveAll()
    {
        foreach (var name in names.CommonTypes.Keys)
            if (!_resolved.ContainsKey(name))
                Resolve(name);
    }

    /// <summary>A type as it is written somewhere; the common types are resolved before.</summary>
    public CedarType TypeOf(NamespaceSyntax space, TypeSyntax syntax)
    {
        var type = Convert(space, syntax);
        if (type.Height <= CedarLimits.TypeDepthMax && type.Size <= CedarLimits.TypeSizeMax)
            return type;
        FormattableString limit =
            $"at most {CedarLimits.TypeSizeMax} types in one, {CedarLimits.TypeDepthMax} deep, common types replaced";
        report(space, syntax.Offset, "cedar.limit.schema", FormattableString.Invariant(limit), "more");
        return CedarType.Never;
    }

    void Resolve(string start)
    {
        Open(start);
        while (_stack.TryPop(out var top))
        {
            if (top.Next == top.Uses.Length)
            {
                var (space, declared) = names.CommonTypes[top.Name];
                _resolved[top.Name] = TypeOf(space, declared.Type);
                _open.Remove(top.Name);
                continue;
            }
            _stack.Push((top.Name, top.Uses, top.Next + 1));
            var used = top.Uses[top.Next];
            if (_open.Contains(used))
                ReportCycle(used);
            else if (!_resolved.ContainsKey(used))
                Open(used);
        }
    }

    void Open(string name)
    {
        var (space, type) = names.CommonTypes[name];
        var uses = new HashSet<string>(StringComparer.Ordinal);
        CollectUses(space, type.Type, uses);
        _open.Add(name);
        _stack.Push((name, [.. uses], 0));
    }

    void CollectUses(NamespaceSyntax space, TypeSyntax syntax, HashSet<string> uses)
    {
        switch (syntax)
        {
            case TypeSyntax.Named { Name: var name, Kind: var kind }:
                if (names.Find(space, name, kind) is { IsCommon: true } meaning
                    && names.CommonTypes.ContainsKey(meaning.Name))
                    uses.Add(meaning.Name);
                break;
            case TypeSyntax.SetOf set:
                CollectUses(space, set.Element, uses);
                break;
            case TypeSyntax.Record record:
                foreach (var attribute in record.Attributes)
                    CollectUses(space, attribute.Type, uses);
                break;
        }
    }

    CedarType Convert(NamespaceSyntax space, TypeSyntax syntax) => syntax switch
    {
        TypeSyntax.SetOf set => CedarType.SetOf(Convert(space, set.Element)),
        TypeSyntax.Record record => CedarType.RecordOf(record.Attributes.Select(
            attribute => new CedarAttribute(attribute.Name, Convert(space, attribute.Type), attribute.IsRequired))),
        TypeSyntax.Named named => Convert(space, named),
        _ => throw new InvalidOperationException(syntax.GetType().Name),
    };

    CedarType Convert(NamespaceSyntax space, TypeSyntax.Named named)
    {
        if (names.Find(space, named.Name, named.Kind) is not { } meaning)
        {
            var expected = named.Kind switch
            {
                TypeNameKind.Common => "a declared common type",
                TypeNameKind.Entity => "a declared entity type",
                _ => "a declared entity type or common type",
            };
            report(
                space, named.Offset, "cedar.schema.undeclared", expected,
                Suggestions.Found($"'{named.Name}'", names.Nearest(named.Name, named.Kind)));
            return CedarType.Never;
        }
        if (!meaning.IsCommon)
            return CedarType.OfEntity(meaning.Name);
        if (names.CommonTypes.ContainsKey(meaning.Name))
            return _resolved.GetValueOrDefault(meaning.Name, CedarType.Never);
        return BuiltinTypes.Find(SchemaNames.BuiltinOf(meaning.Name)!);
    }

    void ReportCycle(string name)
    {
        // The stack has the newest on top, so what follows is the way round, backwards.
        var way = _stack.Select(step => step.Name).TakeWhile(step => step != name).Reverse().Prepend(name).Append(name);
        var (space, type) = names.CommonTypes[name];
        report(
            space, type.Offset, "cedar.schema.cycle", "common types without a cycle",
            string.Join(" -> ", way.Take(8).Select(step => $"'{step}'")));
    }
}
