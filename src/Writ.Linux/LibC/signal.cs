using System.Runtime.InteropServices;

namespace Writ.Linux;

static unsafe partial class LibC
{
    internal const int SIGHUP = 1;
    internal const int SIGINT = 2;
    internal const int SIGQUIT = 3;
    internal const int SIGKILL = 9;
    internal const int SIGUSR1 = 10;
    internal const int SIGUSR2 = 12;
    internal const int SIGPIPE = 13;
    internal const int SIGTERM = 15;
    internal const int SIGCHLD = 17;
    internal const int SIGCONT = 18;
    internal const int SIGSTOP = 19;
    internal const int SIGTSTP = 20;
    internal const int SIGWINCH = 28;

    internal const int SIG_BLOCK = 0;
    internal const int SIG_SETMASK = 2;
    internal const nint SIG_DFL = 0;
    internal const nint SIG_IGN = 1;

    [StructLayout(LayoutKind.Sequential, Size = 128)]
    internal struct sigset_t
    {
        ulong _first;
    }

    internal const int SYS_rt_sigaction = 13;

    // The kernel's layout, not that of <signal.h>: the C library refuses to touch the two signals it keeps for itself.
    internal struct kernel_sigaction
    {
        internal nint sa_handler;
        internal ulong sa_flags;
        internal nint sa_restorer;
        internal ulong sa_mask;
    }

    [LibraryImport(libc, EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint syscall_rt_sigaction(
        nint number, int signum, kernel_sigaction* act, kernel_sigaction* oldact, nuint sigsetsize);

    [LibraryImport(libc)]
    internal static partial int sigemptyset(sigset_t* set);

    [LibraryImport(libc)]
    internal static partial int sigfillset(sigset_t* set);

    // Returns the error instead of setting errno.
    [LibraryImport(libc)]
    internal static partial int pthread_sigmask(int how, sigset_t* set, sigset_t* oldset);

    [LibraryImport(libc, SetLastError = true)]
    internal static partial int kill(int pid, int sig);
}
