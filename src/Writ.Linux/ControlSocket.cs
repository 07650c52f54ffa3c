using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Writ.Linux;

/// <summary>
/// What arrived on a control socket: the bytes, who the kernel says sent them, and at most one descriptor.
/// </summary>
public readonly record struct ControlMessage(int Length, int SenderPid, Descriptor? Passed);

/// <summary>
/// One end of a sequenced Unix socket pair between the runner and the launcher. Messages keep their borders; the
/// kernel attests the sender's process id, translated into the receiver's pid namespace; a descriptor can travel along.
/// </summary>
public sealed unsafe class ControlSocket : IDisposable
{
    const int ControlBytes = 64;

    ControlSocket(Descriptor descriptor) => Descriptor = descriptor;

    public Descriptor Descriptor { get; }

    public static (ControlSocket Ours, ControlSocket Theirs) CreatePair()
    {
        var ends = stackalloc int[2];
        if (LibC.socketpair(LibC.AF_UNIX, LibC.SOCK_SEQPACKET | LibC.SOCK_CLOEXEC, 0, ends) != 0)
            throw LinuxFaultException.Last("socketpair");
        return (new ControlSocket(new Descriptor(ends[0])), new ControlSocket(new Descriptor(ends[1])));
    }

    public static ControlSocket Inherited(int number) => new(Descriptor.Inherited(number));

    /// <summary>From now on every message received here carries the sender's credentials.</summary>
    public void ReceiveCredentials()
    {
        var one = 1;
        if (LibC.setsockopt(Descriptor.Number, LibC.SOL_SOCKET, LibC.SO_PASSCRED, &one, sizeof(int)) != 0)
            throw LinuxFaultException.Last("setsockopt(SO_PASSCRED)");
    }

    /// <summary>Sends one message, with a descriptor when given.</summary>
    public void Send(ReadOnlySpan<byte> bytes, Descriptor? passed = null)
    {
        var control = stackalloc byte[ControlBytes];
        fixed (byte* start = bytes)
        {
            var part = new LibC.iovec { iov_base = start, iov_len = (nuint)bytes.Length };
            var message = new LibC.msghdr { msg_iov = &part, msg_iovlen = 1 };
            if (passed is not null)
            {
                var header = (LibC.cmsghdr*)control;
                header->cmsg_level = LibC.SOL_SOCKET;
                header->cmsg_type = LibC.SCM_RIGHTS;
                header->cmsg_len = (nuint)(sizeof(LibC.cmsghdr) + sizeof(int));
                Unsafe.WriteUnaligned(control + sizeof(LibC.cmsghdr), passed.Number);
                message.msg_control = control;
                message.msg_controllen = (nuint)(sizeof(LibC.cmsghdr) + sizeof(long));
            }
            nint sent;
            do
                sent = LibC.sendmsg(Descriptor.Number, &message, LibC.MSG_NOSIGNAL);
            while (sent < 0 && Marshal.GetLastPInvokeError() == LibC.EINTR);
            if (sent < 0)
                throw LinuxFaultException.Last("sendmsg");
        }
    }

    /// <summary>One message; Length 0 means that the other side is gone.</summary>
    public ControlMessage Receive(Span<byte> buffer)
    {
        var control = stackalloc byte[ControlBytes];
        fixed (byte* start = buffer)
        {
            var part = new LibC.iovec { iov_base = start, iov_len = (nuint)buffer.Length };
            var message = new LibC.msghdr
            {
                msg_iov = &part,
                msg_iovlen = 1,
                msg_control = control,
                msg_controllen = ControlBytes,
            };
            nint count;
            do
                count = LibC.recvmsg(Descriptor.Number, &message, LibC.MSG_CMSG_CLOEXEC);
            while (count < 0 && Marshal.GetLastPInvokeError() == LibC.EINTR);
            // Who ended with something unread is gone like any other.
            if (count < 0 && Marshal.GetLastPInvokeError() == LibC.ECONNRESET)
                return default;
            if (count < 0)
                throw LinuxFaultException.Last("recvmsg");
            var (pid, passed) = ReadControl(control, message.msg_controllen);
            if ((message.msg_flags & LibC.MSG_CTRUNC) != 0)
            {
                passed?.Dispose();
                throw new LinuxFaultException("recvmsg: control data cut off", LibC.EINVAL);
            }
            return new ControlMessage(checked((int)count), pid, passed);
        }
    }

    public void Dispose() => Descriptor.Dispose();

    static (int Pid, Descriptor? Passed) ReadControl(byte* control, nuint length)
    {
        var pid = 0;
        Descriptor? passed = null;
        nuint offset = 0;
        while (offset + (nuint)sizeof(LibC.cmsghdr) <= length)
        {
            var header = (LibC.cmsghdr*)(control + offset);
            if (header->cmsg_len < (nuint)sizeof(LibC.cmsghdr))
                break;
            var body = control + offset + sizeof(LibC.cmsghdr);
            if (header->cmsg_level == LibC.SOL_SOCKET && header->cmsg_type == LibC.SCM_CREDENTIALS)
                pid = Unsafe.ReadUnaligned<LibC.ucred>(body).pid;
            if (header->cmsg_level == LibC.SOL_SOCKET && header->cmsg_type == LibC.SCM_RIGHTS)
                passed = new Descriptor(Unsafe.ReadUnaligned<int>(body));
            offset += (header->cmsg_len + 7) & ~(nuint)7;
        }
        return (pid, passed);
    }
}
