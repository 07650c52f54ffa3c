using System.Runtime.InteropServices;

namespace Writ.Linux;

static unsafe partial class LibC
{
    internal const int PTRACE_DETACH = 17;
    internal const int PTRACE_SEIZE = 0x4206;
    internal const int PTRACE_INTERRUPT = 0x4207;
    internal const int PTRACE_GET_SYSCALL_INFO = 0x420E;
    internal const int PTRACE_O_TRACEEXEC = 0x10;
    internal const int PTRACE_O_EXITKILL = 0x100000;
    internal const int PTRACE_EVENT_EXEC = 4;
    internal const int PTRACE_EVENT_STOP = 128;

    internal const int __WNOTHREAD = 0x20000000;
    internal const int __WALL = 0x40000000;

    internal const ulong AT_NULL = 0;
    internal const ulong AT_EXECFN = 31;

    internal struct ptrace_syscall_info
    {
        internal byte op;
        internal uint arch;
        internal ulong instruction_pointer;
        internal ulong stack_pointer;
        fixed ulong _call[8];
    }

    [LibraryImport(libc, SetLastError = true)]
    internal static partial nint ptrace(int request, int pid, nint addr, nint data);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int waitpid(int pid, int* wstatus, int options);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial nint process_vm_readv(
        int pid, iovec* local_iov, nuint liovcnt, iovec* remote_iov, nuint riovcnt, nuint flags);
}
