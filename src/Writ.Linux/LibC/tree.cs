using System.Runtime.InteropServices;

namespace Writ.Linux;

static unsafe partial class LibC
{
    internal const uint S_IFLNK = 0xA000;
    internal const uint S_IFCHR = 0x2000;
    internal const int SEEK_CUR = 1;
    internal const int O_EXCL = 0x80;
    internal const int AT_SYMLINK_NOFOLLOW = 0x100;
    internal const int AT_REMOVEDIR = 0x200;
    internal const uint RENAME_NOREPLACE = 1;
    internal const int ENOTEMPTY = 39;
    internal const int EXDEV = 18;

    internal const int SYS_setfsuid = 122;
    internal const int SYS_setfsgid = 123;

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int fstatat(int dirfd, byte* pathname, stat_t* statbuf, int flags);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int openat(int dirfd, byte* pathname, int flags, uint mode);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int mkdirat(int dirfd, byte* pathname, uint mode);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int unlinkat(int dirfd, byte* pathname, int flags);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int symlinkat(byte* target, int newdirfd, byte* linkpath);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial nint readlinkat(int dirfd, byte* pathname, byte* buf, nuint bufsiz);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int renameat2(
        int olddirfd, byte* oldpath, int newdirfd, byte* newpath, uint flags);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int fchmod(int fd, uint mode);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial nint lgetxattr(byte* path, byte* name, void* value, nuint size);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial nint llistxattr(byte* path, byte* list, nuint size);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int ftruncate(int fd, long length);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial long lseek(int fd, long offset, int whence);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int futimens(int fd, timespec* times);

    [LibraryImport(libc, EntryPoint = "syscall")]
    internal static partial nint syscall_setfs(nint number, int id);
}
