using System.Runtime.InteropServices;

namespace Writ.Linux;

static unsafe partial class LibC
{
    [LibraryImport(libc, SetLastError = true)]
    internal static partial int execve(byte* pathname, byte** argv, byte** envp);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int execveat(int dirfd, byte* pathname, byte** argv, byte** envp, int flags);
}
