using System.Runtime.InteropServices;

namespace Writ.Linux;

static unsafe partial class LibC
{
    internal const int PR_SET_PDEATHSIG = 1;
    internal const int PR_SET_DUMPABLE = 4;
    internal const int PR_CAPBSET_DROP = 24;
    internal const int PR_SET_CHILD_SUBREAPER = 36;
    internal const int PR_SET_NO_NEW_PRIVS = 38;
    internal const int PR_GET_NO_NEW_PRIVS = 39;
    internal const int PR_CAP_AMBIENT = 47;
    internal const int PR_CAP_AMBIENT_CLEAR_ALL = 4;

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int prctl(int option, nuint arg2, nuint arg3, nuint arg4, nuint arg5);
}
