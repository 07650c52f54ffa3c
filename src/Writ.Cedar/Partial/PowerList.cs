using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// The powers that were found, principals first, then actions, then resources, in the order of the query.
/// </summary>
public sealed record PowerList(ImmutableArray<Power> Powers);
