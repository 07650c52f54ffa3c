using System.Runtime.InteropServices;

namespace Writ.Linux;

static unsafe partial class LibC
{
    internal const uint S_IFMT = 0xF000;
    internal const uint S_IFIFO = 0x1000;
    internal const uint S_IFREG = 0x8000;
    internal const uint S_IFDIR = 0x4000;

    internal const uint STATX_BASIC_STATS = 0x7FF;
    internal const uint STATX_MNT_ID = 0x1000;

    // x86-64 layout of struct stat.
    internal struct stat_t
    {
        internal ulong st_dev;
        internal ulong st_ino;
        internal ulong st_nlink;
        internal uint st_mode;
        internal uint st_uid;
        internal uint st_gid;
        readonly int _pad;
        internal ulong st_rdev;
        internal long st_size;
        internal long st_blksize;
        internal long st_blocks;
        internal timespec st_atim;
        internal timespec st_mtim;
        internal timespec st_ctim;
        fixed long _reserved[3];
    }

    internal struct statx_timestamp
    {
        internal long tv_sec;
        internal uint tv_nsec;
        readonly int _reserved;
    }

    internal struct statx_t
    {
        internal uint stx_mask;
        internal uint stx_blksize;
        internal ulong stx_attributes;
        internal uint stx_nlink;
        internal uint stx_uid;
        internal uint stx_gid;
        internal ushort stx_mode;
        readonly ushort _pad;
        internal ulong stx_ino;
        internal ulong stx_size;
        internal ulong stx_blocks;
        internal ulong stx_attributes_mask;
        internal statx_timestamp stx_atime;
        internal statx_timestamp stx_btime;
        internal statx_timestamp stx_ctime;
        internal statx_timestamp stx_mtime;
        internal uint stx_rdev_major;
        internal uint stx_rdev_minor;
        internal uint stx_dev_major;
        internal uint stx_dev_minor;
        internal ulong stx_mnt_id;
        fixed ulong _later[13];
    }

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int statx(int dirfd, byte* pathname, int flags, uint mask, statx_t* statxbuf);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int fstat(int fd, stat_t* statbuf);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int stat(byte* pathname, stat_t* statbuf);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int chmod(byte* pathname, uint mode);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int lchown(byte* pathname, uint owner, uint group);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int chown(byte* pathname, uint owner, uint group);
}
