using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Writ.Linux;

/// <summary>fsync(2) of directories, flock(2) and statx(2), with the names and numbers of the C headers.</summary>
static partial class DurableCalls
{
    const string libc = "libc";

    internal const int O_RDWR = 2;
    internal const int O_CREAT = 0x40;
    internal const int O_NOFOLLOW = 0x20000;
    internal const int O_DIRECTORY = 0x10000;
    internal const int O_CLOEXEC = 0x80000;
    internal const uint OwnerReadWrite = 0x180;
    internal const int LOCK_EX = 2;
    internal const int LOCK_NB = 4;
    internal const int LOCK_UN = 8;
    internal const int EINTR = 4;
    internal const int EWOULDBLOCK = 11;
    internal const int AT_FDCWD = -100;
    internal const uint STATX_UID = 0x8;
    internal const int StatxBytes = 256;
    internal const int StatxUidOffset = 20;

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int open(byte[] pathname, int flags, uint mode);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int fsync(int fd);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int close(int fd);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int flock(SafeFileHandle fd, int operation);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int statx(int dirfd, byte[] pathname, int flags, uint mask, ref byte statxbuf);

    [LibraryImport(libc)]
    internal static partial uint geteuid();
}
