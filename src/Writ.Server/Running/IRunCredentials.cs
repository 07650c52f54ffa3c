using System.Collections.Immutable;

namespace Writ.Server.Running;

/// <summary>What a run is given beside its command, as the runner sees it: sockets and files in the sandbox.</summary>
public interface IRunCredentials
{
    /// <summary>Opens the sockets in a directory of the run's own, for the user it runs as.</summary>
    /// <returns>Where each is, and where it is to be in the sandbox.</returns>
    /// <exception cref="IOException">One cannot be opened.</exception>
    ImmutableArray<(string Outside, string Inside)> Open(string directory, int uid, int gid);

    /// <summary>The run is about to begin: from now on its processes are known.</summary>
    /// <param name="firstPid">The first process of its namespace, which stands still.</param>
    void Begun(int firstPid);

    /// <summary>Files that are only in the sandbox's own memory, readable by its user alone.</summary>
    ImmutableArray<SecretFile> Files { get; }

    /// <summary>What is masked in the output, live and recorded.</summary>
    ImmutableArray<string> Secrets { get; }
}

/// <summary>A file that goes through a pipe into the sandbox and is nowhere else.</summary>
/// <param name="Path">In the sandbox.</param>
public readonly record struct SecretFile(string Path, ReadOnlyMemory<byte> Content)
{
    /// <summary>What fits into a pipe before anybody reads from it.</summary>
    public const int BytesMax = 32 * 1024;

    public const int CountMax = 64;
}
