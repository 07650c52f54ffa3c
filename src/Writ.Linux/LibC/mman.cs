using System.Runtime.InteropServices;

namespace Writ.Linux;

static unsafe partial class LibC
{
    internal const int MADV_DONTNEED = 4;

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int madvise(void* addr, nuint length, int advice);
}
