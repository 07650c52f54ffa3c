using System.Runtime.InteropServices;

namespace Writ.Linux;

static unsafe partial class LibC
{
    internal const int CLONE_FILES = 0x400;
    internal const int CLONE_NEWUSER = 0x10000000;

    internal const int SYS_open_tree = 428;
    internal const int SYS_move_mount = 429;
    internal const int SYS_mount_setattr = 442;

    internal const uint OPEN_TREE_CLONE = 1;
    internal const uint OPEN_TREE_CLOEXEC = O_CLOEXEC;
    internal const uint AT_RECURSIVE = 0x8000;
    internal const uint MOVE_MOUNT_F_EMPTY_PATH = 4;
    internal const uint MOVE_MOUNT_T_EMPTY_PATH = 0x40;
    internal const ulong MOUNT_ATTR_RDONLY = 1;
    internal const ulong MOUNT_ATTR_NOSUID = 2;
    internal const ulong MOUNT_ATTR_NODEV = 4;
    internal const ulong MOUNT_ATTR_IDMAP = 0x100000;

    internal struct mount_attr
    {
        internal ulong attr_set;
        internal ulong attr_clr;
        internal ulong propagation;
        internal ulong userns_fd;
    }

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int clone(delegate* unmanaged<void*, int> fn, void* stack, int flags, void* arg);

    [LibraryImport(libc, EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint syscall_open_tree(nint number, int dirfd, byte* filename, uint flags);

    [LibraryImport(libc, EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint syscall_move_mount(
        nint number, int from_dfd, byte* from_path, int to_dfd, byte* to_path, uint flags);

    [LibraryImport(libc, EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint syscall_mount_setattr(
        nint number, int dirfd, byte* path, uint flags, mount_attr* attr, nuint size);
}
