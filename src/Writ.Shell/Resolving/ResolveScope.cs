using System.Collections.Immutable;

namespace Writ.Shell.Resolving;

/// <summary>Where the resolver is: what runs the commands here, and how sure it is that they run.</summary>
/// <param name="Place">Of the commands.</param>
/// <param name="Via">Of the commands.</param>
/// <param name="Depth">Of code in code.</param>
/// <param name="Input">What stands on standard input, when that is known.</param>
/// <param name="IsCertain">False when even the code read here is only likely what runs.</param>
sealed record ResolveScope(
    CommandPlace Place, ImmutableArray<string> Via, int Depth, string? Input, bool IsCertain)
{
    public static ResolveScope Outermost { get; } = new(CommandPlace.None, [], 0, null, IsCertain: true);

    public ResolveScope In(CommandPlace place) => this with { Place = Place | place };

    public ResolveScope Through(string via) => this with { Via = Via.Add(via), Depth = Depth + 1 };
}
