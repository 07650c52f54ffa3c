using System.Globalization;
using System.Net;

namespace Writ.Server.Callers;

/// <summary>
/// One end of a TCP connection: the inode that /proc/PID/fd shows for it, and the user it belongs to.
/// </summary>
public readonly record struct SocketFacts(long Inode, int Uid);

/// <summary>The TCP sockets of this machine: /proc/net/tcp and tcp6 (proc_net_tcp(5)).</summary>
public sealed class SocketTable(string root = "/proc")
{
    const int LinesMax = 262_144;

    /// <summary>
    /// The socket whose own address is <paramref name="own"/> and whose peer is <paramref name="peer"/>.
    /// </summary>
    public SocketFacts? Find(IPEndPoint own, IPEndPoint peer) => FindIn("tcp", own, peer) ?? FindIn("tcp6", own, peer);

    SocketFacts? FindIn(string table, IPEndPoint own, IPEndPoint peer)
    {
        var path = $"{root}/self/net/{table}";
        if (!File.Exists(path))
            return null;
        var isVersion6 = table == "tcp6";
        if (Word(own, isVersion6) is not { } ownWord || Word(peer, isVersion6) is not { } peerWord)
            return null;
        foreach (var line in File.ReadLines(path).Take(LinesMax))
        {
            if (!line.Contains(ownWord, StringComparison.Ordinal))
                continue;
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > 9 && fields[1] == ownWord && fields[2] == peerWord
                && int.TryParse(fields[7], NumberStyles.None, CultureInfo.InvariantCulture, out var uid)
                && long.TryParse(fields[9], NumberStyles.None, CultureInfo.InvariantCulture, out var inode))
                return new SocketFacts(inode, uid);
        }
        return null;
    }

    /// <summary>An address as the table writes it: 32-bit words in the machine's order, then the port.</summary>
    static string? Word(IPEndPoint end, bool isVersion6)
    {
        var address = end.Address;
        if (!isVersion6)
        {
            if (address.IsIPv4MappedToIPv6)
                address = address.MapToIPv4();
            if (address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetwork)
                return null;
        }
        var bytes = isVersion6 ? address.MapToIPv6().GetAddressBytes() : address.GetAddressBytes();
        var words = Enumerable.Range(0, bytes.Length / 4)
            .Select(i => BitConverter.ToUInt32(bytes, i * 4).ToString("X8", CultureInfo.InvariantCulture));
        return string.Concat(words) + ":" + end.Port.ToString("X4", CultureInfo.InvariantCulture);
    }
}
