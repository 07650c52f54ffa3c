using System.Runtime.InteropServices;

namespace Writ.Linux;

static unsafe partial class LibC
{
    internal const int SYS_seccomp = 317;
    internal const uint SECCOMP_SET_MODE_FILTER = 1;
    internal const uint SECCOMP_GET_ACTION_AVAIL = 2;
    internal const uint SECCOMP_GET_NOTIF_SIZES = 3;
    internal const uint SECCOMP_FILTER_FLAG_NEW_LISTENER = 8;
    internal const uint SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV = 32;

    internal const uint SECCOMP_RET_KILL_PROCESS = 0x80000000;
    internal const uint SECCOMP_RET_ERRNO = 0x00050000;
    internal const uint SECCOMP_RET_USER_NOTIF = 0x7fc00000;
    internal const uint SECCOMP_RET_ALLOW = 0x7fff0000;

    internal const nuint SECCOMP_IOCTL_NOTIF_RECV = 0xC0502100;
    internal const nuint SECCOMP_IOCTL_NOTIF_SEND = 0xC0182101;
    internal const nuint SECCOMP_IOCTL_NOTIF_ID_VALID = 0x40082102;
    internal const nuint SECCOMP_IOCTL_NOTIF_SET_FLAGS = 0x40082104;
    internal const uint SECCOMP_USER_NOTIF_FLAG_CONTINUE = 1;
    internal const ulong SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP = 1;

    internal const int SYS_execve = 59;
    internal const int SYS_link = 86;
    internal const int SYS_linkat = 265;
    internal const int SYS_execveat = 322;

    internal const uint AUDIT_ARCH_X86_64 = 0xC000003E;

    internal const ushort BPF_LD = 0x00;
    internal const uint SECCOMP_FILTER_FLAG_TSYNC = 1;
    internal const ushort BPF_JMP = 0x05;
    internal const ushort BPF_RET = 0x06;
    internal const ushort BPF_W = 0x00;
    internal const ushort BPF_ABS = 0x20;
    internal const ushort BPF_JEQ = 0x10;
    internal const ushort BPF_JGE = 0x30;
    internal const ushort BPF_JSET = 0x40;
    internal const ushort BPF_K = 0x00;

    internal struct seccomp_data
    {
        internal int nr;
        internal uint arch;
        internal ulong instruction_pointer;
        internal fixed ulong args[6];
    }

    internal struct seccomp_notif
    {
        internal ulong id;
        internal uint pid;
        internal uint flags;
        internal seccomp_data data;
    }

    internal struct seccomp_notif_resp
    {
        internal ulong id;
        internal long val;
        internal int error;
        internal uint flags;
    }

    internal struct seccomp_notif_sizes
    {
        internal ushort seccomp_notif;
        internal ushort seccomp_notif_resp;
        internal ushort seccomp_data;
    }

    internal struct sock_filter
    {
        internal ushort code;
        internal byte jt;
        internal byte jf;
        internal uint k;
    }

    internal struct sock_fprog
    {
        internal ushort len;
        internal sock_filter* filter;
    }

    [LibraryImport(libc, EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint syscall_seccomp(nint number, uint operation, uint flags, void* args);
}
