using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Writ.Linux;

/// <summary>
/// A connection to a Unix socket by its path, blocking. The framework's sockets start a thread and an event queue with
/// the first of them, which is a good part of a short client's whole time.
/// </summary>
public sealed unsafe class LocalStream : IDisposable
{
    // struct sockaddr_un: the family, and a path with its NUL.
    const int PathOffset = sizeof(ushort);
    const int PathBytesMax = 107;

    readonly Descriptor _descriptor;

    LocalStream(Descriptor descriptor, int peerUid) => (_descriptor, PeerUid) = (descriptor, peerUid);

    /// <summary>Who listens, as the kernel recorded it.</summary>
    public int PeerUid { get; }

    /// <summary>Null when nobody listens there, with the errno.</summary>
    /// <param name="patience">How long one read or write may take, at first; whole milliseconds.</param>
    public static LocalStream? TryConnect(string path, TimeSpan patience, out int errno)
    {
        Span<byte> address = stackalloc byte[PathOffset + PathBytesMax + 1];
        address.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(address, LibC.AF_UNIX);
        errno = Errno.NameTooLong;
        if (path.Contains('\0', StringComparison.Ordinal) || Encoding.UTF8.GetByteCount(path) is 0 or > PathBytesMax)
            return null;
        var length = PathOffset + Encoding.UTF8.GetBytes(path, address[PathOffset..]) + 1;
        var number = LibC.socket(LibC.AF_UNIX, LibC.SOCK_STREAM | LibC.SOCK_CLOEXEC, 0);
        if (number < 0)
            throw LinuxFaultException.Last("socket");
        var descriptor = new Descriptor(number);
        try
        {
            Limit(descriptor, LibC.SO_SNDTIMEO, patience);
            Limit(descriptor, LibC.SO_RCVTIMEO, patience);
            int result;
            fixed (byte* start = address)
                do
                    result = LibC.connect(number, start, (uint)length);
                while (result < 0 && Marshal.GetLastPInvokeError() == LibC.EINTR);
            errno = result < 0 ? Marshal.GetLastPInvokeError() : 0;
            if (result == 0)
                return new LocalStream(descriptor, UidOf(descriptor));
            descriptor.Dispose();
            return null;
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }

    /// <summary>From now on a read waits for as long as it takes.</summary>
    public void WaitForever() => Limit(_descriptor, LibC.SO_RCVTIMEO, TimeSpan.Zero);

    /// <summary>From now on a read waits for so long.</summary>
    /// <param name="patience">A millisecond at least; whole milliseconds.</param>
    public void WaitFor(TimeSpan patience) => Limit(_descriptor, LibC.SO_RCVTIMEO, patience);

    /// <summary>Bytes read, 0 at the end, or minus the errno; EAGAIN when the patience is over.</summary>
    public int Read(Span<byte> buffer) => _descriptor.Read(buffer);

    /// <summary>Bytes written or minus the errno; EAGAIN when the patience is over.</summary>
    public int Write(ReadOnlySpan<byte> bytes) => _descriptor.Write(bytes);

    /// <summary>The connection itself, which is the caller's from now on.</summary>
    public StreamSocket Detach() => new(_descriptor);

    public void Dispose() => _descriptor.Dispose();

    // struct timeval: seconds and microseconds; zero is no limit.
    static void Limit(Descriptor descriptor, int option, TimeSpan limit)
    {
        var time = stackalloc long[2];
        (time[0], time[1]) = ((long)limit.TotalSeconds, limit.Milliseconds * 1_000L);
        if (LibC.setsockopt(descriptor.Number, LibC.SOL_SOCKET, option, time, 2 * sizeof(long)) != 0)
            throw LinuxFaultException.Last("setsockopt(timeout)");
    }

    static int UidOf(Descriptor descriptor)
    {
        LibC.ucred peer;
        var length = (uint)sizeof(LibC.ucred);
        return LibC.getsockopt(descriptor.Number, LibC.SOL_SOCKET, LibC.SO_PEERCRED, &peer, &length) == 0
            && length == sizeof(LibC.ucred)
                ? unchecked((int)peer.uid)
                : throw LinuxFaultException.Last("getsockopt(SO_PEERCRED)");
    }
}
