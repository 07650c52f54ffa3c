using System.Runtime.InteropServices;

namespace Writ.Linux;

static unsafe partial class LibC
{
    internal const int CLONE_NEWNS = 0x20000;
    internal const nuint MS_NOSUID = 2;
    internal const nuint MS_NODEV = 4;
    internal const nuint MS_NOEXEC = 8;
    internal const nuint MS_BIND = 0x1000;
    internal const nuint MS_REC = 0x4000;
    internal const nuint MS_SLAVE = 0x80000;

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int mount(byte* source, byte* target, byte* type, nuint flags, byte* data);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int unshare(int flags);
}
