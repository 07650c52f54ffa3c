using System.Runtime.InteropServices;

namespace Writ.Linux;

static unsafe partial class LibC
{
    [LibraryImport(libc)]
    internal static partial uint geteuid();

    [LibraryImport(libc)]
    internal static partial uint getegid();

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int getresuid(uint* ruid, uint* euid, uint* suid);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int getresgid(uint* rgid, uint* egid, uint* sgid);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int setgroups(nuint size, uint* list);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int setresgid(uint rgid, uint egid, uint sgid);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int setresuid(uint ruid, uint euid, uint suid);
}
