namespace Writ.Server.Running;

/// <summary>Where a run asks for its identity, as the runner sees it.</summary>
public interface IIdentityDoor
{
    /// <summary>Begins to listen on a socket in a directory of the run's own, for the user it runs as; its path.
    /// </summary>
    /// <exception cref="IOException">It cannot listen there.</exception>
    string Open(string directory, int uid, int gid);

    /// <summary>The run is about to begin.</summary>
    /// <param name="firstPid">The first process of its namespace, which stands still.</param>
    void Begun(int firstPid);
}
