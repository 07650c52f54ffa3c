using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Writ.Linux;

/// <summary>
/// Who is at the other end of a Unix socket, as the kernel recorded it at connect time. The pid is evidence about one
/// moment; the pidfd (kernel 6.5 and later, else null) names that process for as long as it is held.
/// </summary>
public sealed record PeerCredentials(int Pid, int Uid, int Gid, Descriptor? PidDescriptor) : IDisposable
{
    public static PeerCredentials Of(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        Span<byte> raw = stackalloc byte[Unsafe.SizeOf<LibC.ucred>()];
        if (socket.GetRawSocketOption(LibC.SOL_SOCKET, LibC.SO_PEERCRED, raw) != raw.Length)
            throw new LinuxFaultException("getsockopt(SO_PEERCRED)", LibC.EINVAL);
        var peer = MemoryMarshal.Read<LibC.ucred>(raw);
        return new PeerCredentials(
            peer.pid, unchecked((int)peer.uid), unchecked((int)peer.gid), TryPidDescriptor(socket));
    }

    public void Dispose() => PidDescriptor?.Dispose();

    static Descriptor? TryPidDescriptor(Socket socket)
    {
        Span<byte> raw = stackalloc byte[sizeof(int)];
        try
        {
            return socket.GetRawSocketOption(LibC.SOL_SOCKET, LibC.SO_PEERPIDFD, raw) == raw.Length
                ? new Descriptor(MemoryMarshal.Read<int>(raw))
                : null;
        }
        catch (SocketException)
        {
            // Older kernel, or the peer has already gone: the caller sees null and falls back to the pid.
            return null;
        }
    }
}
