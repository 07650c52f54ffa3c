using System.Collections.Immutable;

namespace Writ.Shell.Knowledge;

/// <summary>What is known of where a line would run.</summary>
/// <param name="Directory">The absolute working directory.</param>
/// <param name="Home">The home directory; null when it is not known.</param>
/// <param name="WorkTree">The folder whose own files are trusted as much as the session; null: the working
/// directory.</param>
public sealed record LineCircumstances(string Directory, string? Home = null, string? WorkTree = null)
{
    /// <summary>What is in saved plans of terraform, by their absolute paths.</summary>
    public ImmutableDictionary<string, PlanFact> Plans { get; init; } = ImmutableDictionary<string, PlanFact>.Empty;

    public string Root => WorkTree ?? Directory;

    /// <summary>Where programs of the system live; a program anywhere else is code of unknown origin.</summary>
    public static ImmutableArray<string> SystemFolders { get; } =
        ["/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/", "/usr/local/bin/", "/usr/local/sbin/", "/usr/lib/", "/opt/"];
}
