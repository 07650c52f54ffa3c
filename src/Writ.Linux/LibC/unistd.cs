using System.Runtime.InteropServices;

namespace Writ.Linux;

static unsafe partial class LibC
{
    internal const int SYS_close_range = 436;
    internal const uint CLOSE_RANGE_CLOEXEC = 4;

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int close(int fd);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int fsync(int fd);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int syncfs(int fd);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial nint read(int fd, void* buf, nuint count);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial nint write(int fd, void* buf, nuint count);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial nint readlink(byte* pathname, byte* buf, nuint bufsiz);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int pipe2(int* pipefd, int flags);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int chdir(byte* path);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int dup2(int oldfd, int newfd);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int isatty(int fd);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int setsid();

    [LibraryImport(libc)]
    internal static partial int getpid();

    [LibraryImport(libc)]
    internal static partial int getppid();

    [LibraryImport(libc)]
    internal static partial void _exit(int status);

    [LibraryImport(libc, EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint syscall_close_range(nint number, uint first, uint last, uint flags);
}
