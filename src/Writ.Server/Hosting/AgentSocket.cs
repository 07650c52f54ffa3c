using System.Net.Sockets;
using Writ.Linux;
using Writ.Server.Sequencer;

namespace Writ.Server.Hosting;

/// <summary>Something is wrong with what the daemon was given to work with; the message is for its operator.</summary>
public sealed class HostingException(string message) : Exception(message);

/// <summary>
/// The place of the agents' Unix socket. Who may connect is settled here by modes; who somebody is, by the kernel's
/// word on each connection.
/// </summary>
static class AgentSocket
{
    const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    const UnixFileMode Traversable =
        OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
    const UnixFileMode WritableByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
    const UnixFileMode ForOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    const UnixFileMode ForEverybody =
        ForOwner | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>
    /// Makes the folder where it is missing (0700; 0755 for a daemon of the whole machine) and removes a socket that
    /// nobody answers on. One that is answered, or anything that is not a socket, is a fault.
    /// </summary>
    public static void Prepare(string path, ILogger log)
    {
        var folder = Path.GetDirectoryName(path)!;
        try
        {
            if (!Directory.Exists(folder))
                Directory.CreateDirectory(folder, ThisProcess.EffectiveUid == 0 ? Traversable : OwnerOnly);
            if (!File.Exists(path))
                return;
            if (Files.TryFacts(path) is { IsRegular: true } or { IsDirectory: true })
                throw new HostingException($"'{path}' is not a socket; it is left alone.");
            if (IsAnswered(path))
                throw new HostingException($"Another process answers on the socket '{path}'.");
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HostingException($"The socket '{path}' cannot be made: {e.Message}");
        }
        SequencerLog.StaleSocketRemoved(log, path);
    }

    /// <summary>
    /// Lets others connect where the folder is ours alone to write, so that nobody can put another socket in its place;
    /// elsewhere only the owner.
    /// </summary>
    public static void Open(string path)
    {
        var guarded = (File.GetUnixFileMode(Path.GetDirectoryName(path)!) & WritableByOthers) == 0;
        File.SetUnixFileMode(path, guarded ? ForEverybody : ForOwner);
    }

    /// <summary>Whether somebody listens there.</summary>
    internal static bool IsAnswered(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
