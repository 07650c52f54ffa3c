using System.Runtime.InteropServices;

namespace Writ.Linux;

/// <summary>
/// One execve or execveat that stands still until it is answered (seccomp_unotify(2)); or a link or linkat, of which
/// only the first name is of interest.
/// </summary>
/// <param name="Id">The kernel's name for this call; gone as soon as the caller is.</param>
/// <param name="Thread">The calling thread, numbered in the receiver's pid namespace. Not always a process.</param>
/// <param name="Path">Where in the caller's memory the path stands.</param>
/// <param name="Arguments">Where its argument vector stands.</param>
/// <param name="Environment">Where its environment stands.</param>
/// <param name="Directory">What a relative path starts from: a descriptor of the caller, or its directory.</param>
/// <param name="Flags">Those of execveat or linkat; else 0.</param>
/// <param name="Links">It gives a file a second name, and starts nothing.</param>
public readonly record struct ExecCall(
    ulong Id, int Thread, ulong Path, ulong Arguments, ulong Environment, int Directory, int Flags, bool Links = false)
{
    /// <summary><see cref="Directory"/> when a relative path starts from the working directory.</summary>
    public const int WorkingDirectory = LibC.AT_FDCWD;

    /// <summary>The path is empty and the descriptor itself is meant.</summary>
    public const int EmptyPath = LibC.AT_EMPTY_PATH;
}

/// <summary>
/// The end of a seccomp filter at which execve and execveat are answered. When nobody holds it any more, the kernel
/// answers each of them with ENOSYS: a supervisor that is gone lets nothing start.
/// </summary>
public sealed unsafe class ExecListener(Descriptor descriptor) : IDisposable
{
    /// <summary>Readable when a call waits; closed when no process under the filter is left.</summary>
    public Descriptor Descriptor { get; } = descriptor;

    /// <summary>Whether this kernel hands such calls to a supervisor, in structures as large as ours.</summary>
    public static bool IsSupported()
    {
        var action = LibC.SECCOMP_RET_USER_NOTIF;
        LibC.seccomp_notif_sizes sizes;
        return LibC.syscall_seccomp(LibC.SYS_seccomp, LibC.SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0
            && LibC.syscall_seccomp(LibC.SYS_seccomp, LibC.SECCOMP_GET_NOTIF_SIZES, 0, &sizes) == 0
            && sizes.seccomp_notif <= sizeof(LibC.seccomp_notif)
            && sizes.seccomp_notif_resp <= sizeof(LibC.seccomp_notif_resp);
    }

    /// <summary>
    /// Has the kernel wake whoever answers on the processor of the caller, which stands still meanwhile (from 6.6 on).
    /// Without that it is woken wherever there is room, which takes longer.
    /// </summary>
    public void WakeBeside() => _ = LibC.ioctl(
        Descriptor.Number, LibC.SECCOMP_IOCTL_NOTIF_SET_FLAGS, (void*)LibC.SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);

    /// <summary>The next call that waits; null when its caller has gone meanwhile.</summary>
    public ExecCall? TryReceive()
    {
        // The kernel refuses one that is not all zero.
        LibC.seccomp_notif call = default;
        if (LibC.ioctl(Descriptor.Number, LibC.SECCOMP_IOCTL_NOTIF_RECV, &call) != 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            return errno is LibC.ENOENT or LibC.EINTR
                ? null
                : throw new LinuxFaultException("ioctl(SECCOMP_IOCTL_NOTIF_RECV)", errno);
        }
        var arguments = call.data.args;
        var (id, thread) = (call.id, (int)call.pid);
        return call.data.nr switch
        {
            LibC.SYS_execve => new ExecCall(
                id, thread, arguments[0], arguments[1], arguments[2], ExecCall.WorkingDirectory, 0),
            LibC.SYS_link => new ExecCall(id, thread, arguments[0], 0, 0, ExecCall.WorkingDirectory, 0, Links: true),
            LibC.SYS_linkat => new ExecCall(
                id, thread, arguments[1], 0, 0, unchecked((int)arguments[0]), unchecked((int)arguments[4]),
                Links: true),
            _ => new ExecCall(
                id, thread, arguments[1], arguments[2], arguments[3], unchecked((int)arguments[0]),
                unchecked((int)arguments[4])),
        };
    }

    /// <summary>
    /// True while the caller still waits: what was read of the thread's number up to here was read of the caller.
    /// </summary>
    public bool IsWaiting(ulong id) => LibC.ioctl(Descriptor.Number, LibC.SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;

    /// <summary>Lets the kernel do what the caller asks, with what stands in its memory then; false when it has gone.
    /// </summary>
    public bool Continue(ulong id) => Answer(id, 0, LibC.SECCOMP_USER_NOTIF_FLAG_CONTINUE);

    /// <summary>Fails the call; false when the caller has gone.</summary>
    public bool Fail(ulong id, int errno) => Answer(id, errno, 0);

    public void Dispose() => Descriptor.Dispose();

    bool Answer(ulong id, int errno, uint flags)
    {
        var answer = new LibC.seccomp_notif_resp { id = id, error = -errno, flags = flags };
        return LibC.ioctl(Descriptor.Number, LibC.SECCOMP_IOCTL_NOTIF_SEND, &answer) == 0;
    }
}
