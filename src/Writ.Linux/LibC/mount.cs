using System.Runtime.InteropServices;

namespace Writ.Linux;

static unsafe partial class LibC
{
    internal const int CLONE_FS = 0x200;
    internal const int CLONE_NEWNS = 0x20000;
    internal const nuint MS_RDONLY = 1;
    internal const nuint MS_NOSUID = 2;
    internal const nuint MS_NODEV = 4;
    internal const nuint MS_NOEXEC = 8;
    internal const nuint MS_REMOUNT = 0x20;
    internal const nuint MS_BIND = 0x1000;
    internal const nuint MS_REC = 0x4000;
    internal const nuint MS_SLAVE = 0x80000;
    internal const int MNT_DETACH = 2;

    internal const int SYS_fchdir = 81;
    internal const int SYS_pivot_root = 155;
    internal const int SYS_chroot = 161;
    internal const int SYS_setns = 308;

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int mount(byte* source, byte* target, byte* type, nuint flags, byte* data);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int umount2(byte* target, int flags);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int unshare(int flags);

    [LibraryImport(libc, EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint syscall_pivot_root(nint number, byte* new_root, byte* put_old);
}
