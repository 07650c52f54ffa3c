using System.Collections.Immutable;

namespace Writ.Shell.Knowledge;

/// <summary>Each item of a list once, in order. Most lists have one.</summary>
static class Different
{
    const int FewMax = 8;

    public static ImmutableArray<T> Of<T>(List<T> items)
        where T : IEquatable<T>
    {
        if (items.Count == 0)
            return [];
        if (items.Count == 1)
            return [items[0]];
        if (items.Count > FewMax)
            return [.. items.Distinct()];
        var found = ImmutableArray.CreateBuilder<T>(items.Count);
        foreach (var item in items)
            if (!found.Contains(item))
                found.Add(item);
        return found.DrainToImmutable();
    }
}
