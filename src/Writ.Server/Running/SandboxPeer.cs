using System.Net.Sockets;
using Writ.Linux;

namespace Writ.Server.Running;

/// <summary>
/// Whether who connected is a process of one sandbox, by its process namespace at the moment of connecting: another
/// process of the same user that finds the path is none.
/// </summary>
sealed class SandboxPeer(Run run, int uid)
{
    string? _namespace;

    // What is read of a process number is that process's only if it is still there afterwards.
    public bool IsOf(Socket socket)
    {
        using var peer = PeerCredentials.Of(socket);
        _namespace ??= run.FirstProcess is > 0 and var first ? ProcessSight.TryLink(first, "ns/pid") : null;
        return peer.Uid == uid && _namespace is not null && peer.Pid > 0
            && ProcessSight.TryLink(peer.Pid, "ns/pid") == _namespace && IsThere(peer);
    }

    static bool IsThere(PeerCredentials peer)
    {
        if (peer.PidDescriptor is { } descriptor)
        {
            Span<PollEntry> ended = [new PollEntry { Number = descriptor.Number, WantsRead = true }];
            return !Polling.Wait(ended, 0);
        }
        // Before Linux 6.5 the number is all there is; a namespace is entered by being born in it.
        return ProcessSight.TryPlace(peer.Pid) is not null;
    }
}
