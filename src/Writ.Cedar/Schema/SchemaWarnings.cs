using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>Names that are allowed and that readers stumble over: they hide another name from all plain uses.</summary>
static class SchemaWarnings
{
    public static ImmutableArray<ParseError> Of(IReadOnlyList<NamespaceSyntax> namespaces)
    {
        var warnings = ImmutableArray.CreateBuilder<ParseError>();
        void Warn(NamespaceSyntax space, int offset, string code, string expected, string found)
        {
            if (warnings.Count < CedarLimits.ErrorsMax)
                warnings.Add(space.Source.ErrorAt(offset, code, expected, found));
        }

        foreach (var space in namespaces)
        {
            var entityTypes = space.EntityTypes.Select(type => type.Name).ToHashSet(StringComparer.Ordinal);
            foreach (var type in space.CommonTypes)
                if (entityTypes.Contains(type.Name))
                    Warn(
                        space, type.Offset, "cedar.schema.hides-entity-type",
                        "a common type with a name of its own", $"'{type.Name}', which is also an entity type");
            var declared = space.CommonTypes.Select(type => (type.Name, type.Offset))
                .Concat(space.EntityTypes.Select(type => (type.Name, type.Offset)));
            foreach (var (name, offset) in declared)
                if (BuiltinTypes.IsBuiltin(name))
                    Warn(
                        space, offset, "cedar.schema.hides-builtin", "a name that no builtin type has",
                        $"'{name}'; the builtin type is now only '{Names.Builtins}::{name}'");
        }
        return warnings.DrainToImmutable();
    }
}
