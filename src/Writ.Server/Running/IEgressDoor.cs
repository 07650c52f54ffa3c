using System.Collections.Immutable;

namespace Writ.Server.Running;

/// <summary>What a run has as its way out of the sandbox, as the runner sees it.</summary>
public interface IEgressDoor
{
    /// <summary>Begins to listen on a socket in a directory of the run's own, for the user it runs as; its path.
    /// </summary>
    /// <exception cref="IOException">It cannot listen there.</exception>
    string Open(string directory, int uid, int gid);

    /// <summary>Files that the sandbox shows read-only, once it is open: where each is, and where it is inside.
    /// </summary>
    ImmutableArray<(string Outside, string Inside)> Shown { get; }

    /// <summary>The run that it is for has begun.</summary>
    void Attach(Run run);
}
