using System.Runtime.InteropServices;

namespace Writ.Linux;

static unsafe partial class LibC
{
    internal const int SYS_pidfd_open = 434;
    internal const int SYS_pidfd_send_signal = 424;
    internal const int SYS_pidfd_getfd = 438;
    internal const uint PIDFD_SIGNAL_PROCESS_GROUP = 4;
    internal const int P_PID = 1;
    internal const int P_PIDFD = 3;
    internal const int WNOHANG = 1;
    internal const int WEXITED = 4;
    internal const int WNOWAIT = 0x1000000;
    internal const int CLD_EXITED = 1;
    internal const int CLD_KILLED = 2;
    internal const int CLD_DUMPED = 3;

    [StructLayout(LayoutKind.Explicit, Size = 128)]
    internal struct siginfo_t
    {
        [FieldOffset(0)]
        internal int si_signo;
        [FieldOffset(4)]
        internal int si_errno;
        [FieldOffset(8)]
        internal int si_code;
        [FieldOffset(16)]
        internal int si_pid;
        [FieldOffset(24)]
        internal int si_status;
    }

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int waitid(int idtype, uint id, siginfo_t* infop, int options);

    [LibraryImport(libc, EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint syscall_pidfd_open(nint number, int pid, uint flags);

    [LibraryImport(libc, EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint syscall_pidfd_send_signal(nint number, int pidfd, int sig, void* info, uint flags);

    [LibraryImport(libc, EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint syscall_pidfd_getfd(nint number, int pidfd, int targetfd, uint flags);
}
