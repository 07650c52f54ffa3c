using System.Runtime.InteropServices;

namespace Writ.Linux;

static unsafe partial class LibC
{
    [StructLayout(LayoutKind.Sequential, Size = 48)]
    internal struct passwd
    {
        ulong _opaque;
    }

    [StructLayout(LayoutKind.Sequential, Size = 32)]
    internal struct group
    {
        ulong _opaque;
    }

    [LibraryImport(libc)]
    internal static partial int getpwuid_r(uint uid, passwd* pwd, byte* buf, nuint buflen, passwd** result);

    [LibraryImport(libc)]
    internal static partial int getgrgid_r(uint gid, group* grp, byte* buf, nuint buflen, group** result);
}
