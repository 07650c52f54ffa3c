using System.Collections.Immutable;
using System.Collections.ObjectModel;

namespace Writ.Cedar;

/// <summary>The annotations of a declaration by name.</summary>
static class Annotated
{
    /// <summary>What a declaration without annotations has.</summary>
    public static IReadOnlyDictionary<string, string> Nothing => ReadOnlyDictionary<string, string>.Empty;

    public static IReadOnlyDictionary<string, string> Index(ImmutableArray<(string Name, string? Value)> annotations) =>
        annotations.IsEmpty
            ? Nothing
            : annotations
                .ToDictionary(pair => pair.Name, pair => pair.Value ?? "", StringComparer.Ordinal).AsReadOnly();
}
