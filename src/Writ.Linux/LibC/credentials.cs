using System.Runtime.InteropServices;

namespace Writ.Linux;

static unsafe partial class LibC
{
    internal const int SYS_setgroups = 116;
    internal const int SYS_setresuid = 117;
    internal const int SYS_setresgid = 119;

    [LibraryImport(libc)]
    internal static partial uint geteuid();

    [LibraryImport(libc)]
    internal static partial uint getegid();

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int getresuid(uint* ruid, uint* euid, uint* suid);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int getresgid(uint* rgid, uint* egid, uint* sgid);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int getgroups(int size, uint* list);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int setgroups(nuint size, uint* list);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int setresgid(uint rgid, uint egid, uint sgid);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int setresuid(uint ruid, uint euid, uint suid);
}
