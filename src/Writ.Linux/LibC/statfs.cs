using System.Runtime.InteropServices;

namespace Writ.Linux;

static unsafe partial class LibC
{
    internal const long ST_RDONLY = 1;
    internal const long ST_NOEXEC = 8;
    internal const long CGROUP_SUPER_MAGIC = 0x27e0eb;
    internal const long CGROUP2_SUPER_MAGIC = 0x63677270;
    internal const long OVERLAYFS_SUPER_MAGIC = 0x794c7630;
    internal const long EXT4_SUPER_MAGIC = 0xef53;
    internal const long XFS_SUPER_MAGIC = 0x58465342;
    internal const long BTRFS_SUPER_MAGIC = 0x9123683e;
    internal const long F2FS_SUPER_MAGIC = 0xf2f52010;
    internal const long TMPFS_MAGIC = 0x1021994;

    internal struct statfs_t
    {
        internal long f_type;
        internal long f_bsize;
        internal ulong f_blocks;
        internal ulong f_bfree;
        internal ulong f_bavail;
        internal ulong f_files;
        internal ulong f_ffree;
        internal ulong f_fsid;
        internal long f_namelen;
        internal long f_frsize;
        internal long f_flags;
        internal fixed long f_spare[4];
    }

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int fstatfs(int fd, statfs_t* buf);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int statfs(byte* path, statfs_t* buf);
}
