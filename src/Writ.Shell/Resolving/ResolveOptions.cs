using System.Collections.Immutable;

namespace Writ.Shell.Resolving;

/// <summary>What is known before the line runs. The default is nothing.</summary>
public sealed record ResolveOptions
{
    /// <summary>The absolute directory in which the line runs.</summary>
    public string? Directory { get; init; }

    /// <summary>Variables with their values.</summary>
    public ImmutableDictionary<string, string> Variables { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>No variable is set but those, as in a run with an environment of its own.</summary>
    public bool AreVariablesComplete { get; init; }

    public static ResolveOptions Default { get; } = new();
}
