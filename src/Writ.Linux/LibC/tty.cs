using System.Runtime.InteropServices;

namespace Writ.Linux;

static unsafe partial class LibC
{
    internal const nuint TIOCSCTTY = 0x540E;
    internal const nuint TIOCSTI = 0x5412;
    internal const nuint TIOCGWINSZ = 0x5413;
    internal const nuint TIOCSWINSZ = 0x5414;
    internal const nuint TIOCLINUX = 0x541C;
    internal const nuint TIOCGPTPEER = 0x5441;
    internal const int TCSANOW = 0;
    internal const int TCSADRAIN = 1;

    internal struct winsize
    {
        internal ushort ws_row;
        internal ushort ws_col;
        internal ushort ws_xpixel;
        internal ushort ws_ypixel;
    }

    internal struct termios
    {
        internal uint c_iflag;
        internal uint c_oflag;
        internal uint c_cflag;
        internal uint c_lflag;
        internal byte c_line;
        internal fixed byte c_cc[32];
        internal uint c_ispeed;
        internal uint c_ospeed;
    }

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int ioctl(int fd, nuint request, void* argp);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int posix_openpt(int flags);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int grantpt(int fd);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int unlockpt(int fd);

    [LibraryImport(libc)]
    internal static partial int ptsname_r(int fd, byte* buf, nuint buflen);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int tcgetattr(int fd, termios* termios_p);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int tcsetattr(int fd, int optional_actions, termios* termios_p);

    [LibraryImport(libc)]
    internal static partial void cfmakeraw(termios* termios_p);
}
