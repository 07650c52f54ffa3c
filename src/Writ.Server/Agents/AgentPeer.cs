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

    /// <summary>Null on any connection that is no Unix socket.</summary>
    public static Actor.Agent? TryAttest(HttpContext context)
    {
        if (context.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket
            || socket.AddressFamily != System.Net.Sockets.AddressFamily.Unix)
            return null;
        using var peer = PeerCredentials.Of(socket);
        var within = context.Features.Get<RunPeer>();
        return new Actor.Agent(within?.Owner ?? peer.Uid, peer.Pid, ExecutableOf(peer.Pid), within?.Run);
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
