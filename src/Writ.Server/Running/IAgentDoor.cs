using System.Collections.Immutable;

namespace Writ.Server.Running;

/// <summary>The agents' socket of an assistant that lives in a sandbox, as the runner sees it.</summary>
public interface IAgentDoor
{
    /// <summary>Begins to listen on a socket in a directory of the run's own, for the user it runs as; its path.
    /// </summary>
    /// <param name="owner">The user for whom it acts: the one whose files it works on.</param>
    /// <exception cref="IOException">It cannot listen there.</exception>
    string Open(string directory, int uid, int gid, int owner);

    /// <summary>The run that it is for has begun.</summary>
    void Attach(Run attached);
}

/// <summary>What an assistant finds in its sandbox beside what every command does.</summary>
/// <param name="ClientPath">The client on this machine that it is shown.</param>
/// <param name="Settings">The content of the settings that it cannot change.</param>
/// <param name="Home">The directory that is kept for it, owned by its user; null for one in memory.</param>
/// <param name="Secrets"><c>NAME=value</c> entries for the launcher alone.</param>
/// <param name="Weak">What is weaker about it than it could be, for the record.</param>
public sealed record AssistantPlace(
    IAgentDoor Door, string ClientPath, string Settings, string? Home, ImmutableArray<string> Secrets,
    ImmutableArray<string> Weak)
{
    /// <summary>What the home that is kept for it may hold.</summary>
    public Trees.LayerLimits HomeLimits { get; init; } = new();

    /// <summary>What is masked in everything that the run prints.</summary>
    public IEnumerable<string> Values => Secrets.Select(s => s[(s.IndexOf('=', StringComparison.Ordinal) + 1)..]);
}
