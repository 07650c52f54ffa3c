using System.Runtime.InteropServices;

namespace Writ.Linux;

static unsafe partial class LibC
{
    internal const uint S_IFMT = 0xF000;
    internal const uint S_IFIFO = 0x1000;
    internal const uint S_IFREG = 0x8000;
    internal const uint S_IFDIR = 0x4000;

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
