using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Writ.Linux;

/// <summary>One open file descriptor, always close-on-exec, closed when disposed. Its default is none (-1).</summary>
public sealed unsafe class Descriptor : SafeHandleMinusOneIsInvalid
{
    public Descriptor()
        : base(ownsHandle: true)
    {
    }

    internal Descriptor(int number, bool owned = true)
        : base(owned) => SetHandle(number);

    /// <summary>A descriptor this process was started with; ownership moves to the returned value.</summary>
    public static Descriptor Inherited(int number) => new(number);

    /// <summary>One of the three standard descriptors, which stay open.</summary>
    public static Descriptor Standard(int number) => new(number, owned: false);

    /// <summary>
    /// One of the three standard descriptors, which stay open. One that this process was started without is replaced by
    /// something empty: reading it ends at once, writing it fails. Its number would belong to whatever is opened next,
    /// be it a connection of ours; so all three are asked for, in order, before anything is opened.
    /// </summary>
    public static Descriptor StandardOrEmpty(int number)
    {
        var flags = LibC.fcntl(number, LibC.F_GETFD, 0);
        // Nothing close-on-exec survives the execve that started us: such a one is the runtime's own, opened since.
        if (flags >= 0 && (flags & LibC.FD_CLOEXEC) == 0)
            return Standard(number);
        using var native = NativeStrings.One("/dev/null");
        var empty = LibC.open(native.First, LibC.O_RDONLY | LibC.O_CLOEXEC, 0);
        return empty < 0 ? throw LinuxFaultException.Last("open /dev/null") : new Descriptor(empty, owned: false);
    }

    /// <summary>The number, for poll sets and child tables; meaningful only while this value is alive.</summary>
    public int Number => checked((int)handle);

    /// <summary>Bytes read, 0 at the end, or minus the errno (EAGAIN and EIO are ordinary answers here).</summary>
    public int Read(Span<byte> buffer)
    {
        var held = false;
        try
        {
            DangerousAddRef(ref held);
            fixed (byte* start = buffer)
            {
                nint count;
                do
                    count = LibC.read(Number, start, (nuint)buffer.Length);
                while (count < 0 && Marshal.GetLastPInvokeError() == LibC.EINTR);
                return count < 0 ? -Marshal.GetLastPInvokeError() : checked((int)count);
            }
        }
        finally
        {
            if (held)
                DangerousRelease();
        }
    }

    /// <summary>Everything from here to the end, however long that is in coming; refuses more than the limit.</summary>
    public byte[] ReadToEnd(int bytesMax)
    {
        var buffer = new byte[Math.Min(bytesMax, 4096)];
        var length = 0;
        while (true)
        {
            if (length == buffer.Length)
            {
                if (length >= bytesMax)
                    throw new LinuxFaultException("read: more than its limit", LibC.EINVAL);
                Array.Resize(ref buffer, (int)Math.Min(bytesMax, buffer.Length * 4L));
            }
            var count = Read(buffer.AsSpan(length));
            if (count < 0)
                throw new LinuxFaultException("read", -count);
            if (count == 0)
                return buffer.AsSpan(0, length).ToArray();
            length += count;
        }
    }

    /// <summary>Bytes written (perhaps fewer than given) or minus the errno.</summary>
    public int Write(ReadOnlySpan<byte> bytes)
    {
        var held = false;
        try
        {
            // Another thread may close this value meanwhile; the number must not become somebody else's before we end.
            DangerousAddRef(ref held);
            fixed (byte* start = bytes)
            {
                nint count;
                do
                    count = LibC.write(Number, start, (nuint)bytes.Length);
                while (count < 0 && Marshal.GetLastPInvokeError() == LibC.EINTR);
                return count < 0 ? -Marshal.GetLastPInvokeError() : checked((int)count);
            }
        }
        finally
        {
            if (held)
                DangerousRelease();
        }
    }

    /// <summary>Writes everything or throws.</summary>
    public void WriteAll(ReadOnlySpan<byte> bytes, string operation)
    {
        while (!bytes.IsEmpty)
        {
            var count = Write(bytes);
            if (count < 0)
                throw new LinuxFaultException(operation, -count);
            bytes = bytes[count..];
        }
    }

    /// <summary>Makes what was written to the file durable.</summary>
    public void Sync()
    {
        if (LibC.fsync(Number) != 0)
            throw LinuxFaultException.Last("fsync");
    }

    /// <summary>A close-on-exec copy whose number is not below the given one.</summary>
    public Descriptor DuplicateFrom(int lowest)
    {
        var number = LibC.fcntl(Number, LibC.F_DUPFD_CLOEXEC, lowest);
        return number < 0 ? throw LinuxFaultException.Last("fcntl(F_DUPFD_CLOEXEC)") : new Descriptor(number);
    }

    public void SetNonBlocking()
    {
        var flags = LibC.fcntl(Number, LibC.F_GETFL, 0);
        if (flags < 0 || LibC.fcntl(Number, LibC.F_SETFL, flags | LibC.O_NONBLOCK) != 0)
            throw LinuxFaultException.Last("fcntl(O_NONBLOCK)");
    }

    protected override bool ReleaseHandle() => LibC.close(Number) == 0;
}
