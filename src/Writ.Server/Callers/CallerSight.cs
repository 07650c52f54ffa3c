using System.Net;

namespace Writ.Server.Callers;

/// <summary>Who stands behind a TCP connection, when that is on this machine.</summary>
public sealed class CallerSight(
    SocketTable sockets, ProcessTable processes, IAgentProcesses agents)
{
    /// <summary>The processes that hold the other end, or why they cannot be seen.</summary>
    public ConnectionPeers Look(IPEndPoint own, IPEndPoint peer)
    {
        if (sockets.Find(own: peer, peer: own) is not { } socket)
            return IPAddress.IsLoopback(peer.Address) ? ConnectionPeers.Unseen(uid: -1) : ConnectionPeers.Elsewhere;
        // Inode 0: the process has closed its end already and waits for nobody's answer.
        var holders = socket.Inode == 0 ? [] : processes.HoldersOf(socket.Inode);
        return holders.Count == 0 ? ConnectionPeers.Unseen(socket.Uid) : ConnectionPeers.Seen(socket.Uid, holders);
    }

    /// <summary>
    /// True when an agent's process stands behind the connection. A process of another user that cannot be seen is
    /// taken for an agent's when a session is open for that user: nobody can tell the two apart.
    /// </summary>
    /// <param name="sessionUids">The users that sessions are open for.</param>
    public bool IsInsideSession(ConnectionPeers peers, Func<int, bool> sessionUids) => peers.Kind switch
    {
        PeerKind.Elsewhere => false,
        PeerKind.Seen => peers.Pids.Any(agents.IsInsideSession),
        _ => peers.Uid < 0 || sessionUids(peers.Uid),
    };
}

/// <summary>How much is known of a connection's other end. Member 0 is the one that is trusted least.</summary>
public enum PeerKind
{
    Unseen,
    Seen,
    Elsewhere,
}

/// <summary>The other end of a connection.</summary>
public sealed record ConnectionPeers(PeerKind Kind, int Uid, IReadOnlyList<int> Pids)
{
    public static ConnectionPeers Elsewhere { get; } = new(PeerKind.Elsewhere, -1, []);

    public static ConnectionPeers Unseen(int uid) => new(PeerKind.Unseen, uid, []);

    public static ConnectionPeers Seen(int uid, IReadOnlyList<int> pids) => new(PeerKind.Seen, uid, pids);
}
