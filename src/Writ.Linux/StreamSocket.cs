using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Writ.Linux;

/// <summary>One end of a connection that is pumped by hand.</summary>
public sealed unsafe class StreamSocket : IDisposable
{
    internal StreamSocket(Descriptor descriptor) => Descriptor = descriptor;

    public Descriptor Descriptor { get; }

    /// <summary>Bytes read, 0 at the end, or minus the errno.</summary>
    public int Read(Span<byte> buffer) => Descriptor.Read(buffer);

    /// <summary>Bytes taken or minus the errno; a peer that is gone is an errno here and no signal.</summary>
    public int Send(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            nint count;
            do
                count = LibC.send(Descriptor.Number, start, (nuint)bytes.Length, LibC.MSG_NOSIGNAL);
            while (count < 0 && Marshal.GetLastPInvokeError() == LibC.EINTR);
            return count < 0 ? -Marshal.GetLastPInvokeError() : checked((int)count);
        }
    }

    /// <summary>The peer reads to the end of what was sent; false when it is gone.</summary>
    public bool EndWrites() => LibC.shutdown(Descriptor.Number, LibC.SHUT_WR) == 0;

    public void Dispose() => Descriptor.Dispose();
}

/// <summary>A TCP port of this network namespace's own loopback device.</summary>
public sealed unsafe class LoopbackListener : IDisposable
{
    const int Backlog = 128;
    const uint Loopback = 0x7F000001;

    // struct sockaddr_in: family, port, address, and eight bytes that are nothing.
    const int AddressBytes = 16;

    LoopbackListener(Descriptor descriptor) => Descriptor = descriptor;

    public Descriptor Descriptor { get; }

    /// <summary>Listens on 127.0.0.1; who connects waits until somebody accepts.</summary>
    public static LoopbackListener Open(int port)
    {
        var number = LibC.socket(LibC.AF_INET, LibC.SOCK_STREAM | LibC.SOCK_CLOEXEC | LibC.SOCK_NONBLOCK, 0);
        if (number < 0)
            throw LinuxFaultException.Last("socket(AF_INET)");
        var descriptor = new Descriptor(number);
        try
        {
            Span<byte> address = stackalloc byte[AddressBytes];
            address.Clear();
            BinaryPrimitives.WriteUInt16LittleEndian(address, LibC.AF_INET);
            BinaryPrimitives.WriteUInt16BigEndian(address[2..], checked((ushort)port));
            BinaryPrimitives.WriteUInt32BigEndian(address[4..], Loopback);
            fixed (byte* start = address)
                if (LibC.bind(number, start, AddressBytes) != 0)
                    throw LinuxFaultException.Last("bind(127.0.0.1)");
            if (LibC.listen(number, Backlog) != 0)
                throw LinuxFaultException.Last("listen");
            return new LoopbackListener(descriptor);
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }

    /// <summary>One that another process opened and left to this one.</summary>
    public static LoopbackListener Inherited(int number) => new(Descriptor.Inherited(number));

    /// <summary>The next connection, which does not block; null when there is none, or it is gone again.</summary>
    public StreamSocket? TryAccept()
    {
        var number = LibC.accept4(Descriptor.Number, null, null, LibC.SOCK_CLOEXEC | LibC.SOCK_NONBLOCK);
        if (number < 0)
            return null;
        var one = 1;
        // Answers come in small pieces; that they come late is all that a failure here would mean.
        _ = LibC.setsockopt(number, LibC.IPPROTO_TCP, LibC.TCP_NODELAY, &one, sizeof(int));
        return new StreamSocket(new Descriptor(number));
    }

    public void Dispose() => Descriptor.Dispose();
}
