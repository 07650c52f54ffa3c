using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Writ.Linux;
using Writ.Server.Assistants;

namespace Writ.Server.Agents;

/// <summary>
/// Who is at the other end of the agents' socket, as the kernel says: the only identity an agent has here.
/// </summary>
static class AgentPeer
{
    const int PathMax = 4_096;

    /// <summary>Null on any connection that is no Unix socket, and on one that has ended meanwhile.</summary>
    public static Actor.Agent? TryAttest(HttpContext context)
    {
        if (context.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket
            || TryCredentials(socket) is not { } peer)
            return null;
        using (peer)
        {
            var within = context.Features.Get<RunPeer>();
            return new Actor.Agent(within?.Owner ?? peer.Uid, peer.Pid, ExecutableOf(peer.Pid), within?.Run);
        }
    }

    // Who has left while it was asked for is nobody, and nobody waits for the answer.
    static PeerCredentials? TryCredentials(Socket socket)
    {
        try
        {
            return socket.AddressFamily == AddressFamily.Unix ? PeerCredentials.Of(socket) : null;
        }
        catch (Exception gone) when (gone is ObjectDisposedException or SocketException)
        {
            return null;
        }
    }

    // Evidence for the record, never identity: the process may have become another one since, or be gone.
    static string ExecutableOf(int pid)
    {
        try
        {
            var path = File.ResolveLinkTarget($"/proc/{pid}/exe", returnFinalTarget: false)?.FullName ?? "";
            return path.Length <= PathMax ? path : "";
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
