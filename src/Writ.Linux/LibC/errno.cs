namespace Writ.Linux;

/// <summary>The C library as it is: native names, native constants, no logic. One file per family of calls.</summary>
static unsafe partial class LibC
{
    // The exact soname: right under the JIT, right in a native image, and never the linker script of a -dev package.
    internal const string libc = "libc.so.6";

    internal const int EPERM = 1;
    internal const int ENOENT = 2;
    internal const int ESRCH = 3;
    internal const int EINTR = 4;
    internal const int EIO = 5;
    internal const int E2BIG = 7;
    internal const int ENOEXEC = 8;
    internal const int EBADF = 9;
    internal const int ECHILD = 10;
    internal const int EAGAIN = 11;
    internal const int EACCES = 13;
    internal const int EBUSY = 16;
    internal const int EEXIST = 17;
    internal const int ENOTDIR = 20;
    internal const int EINVAL = 22;
    internal const int ENOTTY = 25;
    internal const int EPIPE = 32;
    internal const int ERANGE = 34;
    internal const int ECONNRESET = 104;
    internal const int ENAMETOOLONG = 36;
    internal const int ENOSYS = 38;
    internal const int ELOOP = 40;
    internal const int ENOPROTOOPT = 92;
    internal const int EAFNOSUPPORT = 97;
    internal const int EOPNOTSUPP = 95;
}
