using System.Collections.ObjectModel;

namespace Writ.Cedar;

/// <summary>What a declaration without annotations has.</summary>
static class Annotated
{
    public static IReadOnlyDictionary<string, string> Nothing => ReadOnlyDictionary<string, string>.Empty;
}
