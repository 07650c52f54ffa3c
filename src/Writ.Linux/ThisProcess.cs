using System.Runtime.InteropServices;

namespace Writ.Linux;

/// <summary>The resource limits that the launcher sets.</summary>
public enum ResourceLimit
{
    CpuSeconds = LibC.RLIMIT_CPU,
    FileSizeBytes = LibC.RLIMIT_FSIZE,
    CoreBytes = LibC.RLIMIT_CORE,
    Processes = LibC.RLIMIT_NPROC,
    OpenFiles = LibC.RLIMIT_NOFILE,
}

/// <summary>What a process may do to itself on the way to becoming a command. Each either works or throws.</summary>
public static unsafe class ThisProcess
{
    public static int EffectiveUid => unchecked((int)LibC.geteuid());

    public static int EffectiveGid => unchecked((int)LibC.getegid());

    public static int Pid => LibC.getpid();

    public static int ParentPid => LibC.getppid();

    /// <summary>Whole milliseconds since 1970, from the kernel's clock.</summary>
    public static long UnixMilliseconds
    {
        get
        {
            LibC.timespec now;
            Check(LibC.clock_gettime(LibC.CLOCK_REALTIME, &now), "clock_gettime");
            return (now.tv_sec * 1000) + (now.tv_nsec / 1_000_000);
        }
    }

    public static void DenyNewPrivileges()
    {
        Check(LibC.prctl(LibC.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl(PR_SET_NO_NEW_PRIVS)");
        if (LibC.prctl(LibC.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
            throw new LinuxFaultException("prctl(PR_GET_NO_NEW_PRIVS)", LibC.EINVAL);
    }

    /// <summary>
    /// Asks for SIGKILL when the thread that started this process ends; survives execve of plain programs.
    /// </summary>
    public static void DieWithParent() =>
        Check(LibC.prctl(LibC.PR_SET_PDEATHSIG, LibC.SIGKILL, 0, 0, 0), "prctl(PR_SET_PDEATHSIG)");

    /// <summary>Orphans below this process become its children.</summary>
    public static void AdoptOrphans() =>
        Check(LibC.prctl(LibC.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl(PR_SET_CHILD_SUBREAPER)");

    /// <summary>A session of our own; a process that already leads one keeps it.</summary>
    public static void StartSession()
    {
        if (LibC.setsid() < 0 && Marshal.GetLastPInvokeError() != LibC.EPERM)
            throw LinuxFaultException.Last("setsid");
    }

    public static void TakeControllingTerminal(Descriptor terminal) =>
        Check(LibC.ioctl(terminal.Number, LibC.TIOCSCTTY, null), "ioctl(TIOCSCTTY)");

    public static void ChangeDirectory(string path)
    {
        using var native = NativeStrings.One(path);
        Check(LibC.chdir(native.First), $"chdir {path}");
    }

    public static void Limit(ResourceLimit limit, long soft, long hard)
    {
        var value = new LibC.rlimit { rlim_cur = (ulong)soft, rlim_max = (ulong)hard };
        // Not by Check: to say which limit it is takes longer than to set it.
        if (LibC.setrlimit((int)limit, &value) != 0)
            throw LinuxFaultException.Last($"setrlimit({limit})");
    }

    public static (ulong Soft, ulong Hard) GetLimit(ResourceLimit limit)
    {
        LibC.rlimit value;
        Check(LibC.getrlimit((int)limit, &value), $"getrlimit({limit})");
        return (value.rlim_cur, value.rlim_max);
    }

    /// <summary>
    /// Default disposition for every signal and an empty mask: the runtime's own choices survive execve.
    /// </summary>
    public static void ResetSignals()
    {
        LibC.kernel_sigaction normal = default;
        for (var signal = 1; signal <= 64; signal++)
        {
            if (signal is LibC.SIGKILL or LibC.SIGSTOP)
                continue;
            Check(
                (int)LibC.syscall_rt_sigaction(LibC.SYS_rt_sigaction, signal, &normal, null, sizeof(ulong)),
                "rt_sigaction");
        }
        LibC.sigset_t none;
        _ = LibC.sigemptyset(&none);
        var error = LibC.pthread_sigmask(LibC.SIG_SETMASK, &none, null);
        if (error != 0)
            throw new LinuxFaultException("pthread_sigmask", error);
    }

    /// <summary>Marks every descriptor from this number up close-on-exec, whoever left it open.</summary>
    public static void CloseOnExecFrom(int first) =>
        Check(
            (int)LibC.syscall_close_range(
                LibC.SYS_close_range, (uint)first, uint.MaxValue, LibC.CLOSE_RANGE_CLOEXEC),
            "close_range");

    /// <summary>
    /// Gives up a privileged identity for good: no supplementary groups, all three ids changed and checked.
    /// </summary>
    public static void Become(int uid, int gid)
    {
        var (u, g) = ((uint)uid, (uint)gid);
        Check(LibC.setgroups(0, null), "setgroups");
        Check(LibC.setresgid(g, g, g), "setresgid");
        Check(LibC.setresuid(u, u, u), "setresuid");
        uint real, effective, saved;
        Check(LibC.getresuid(&real, &effective, &saved), "getresuid");
        if (real != u || effective != u || saved != u || LibC.setresuid(0, 0, 0) == 0 && uid != 0)
            throw new LinuxFaultException("setresuid did not hold", LibC.EPERM);
        Check(LibC.getresgid(&real, &effective, &saved), "getresgid");
        if (real != g || effective != g || saved != g)
            throw new LinuxFaultException("setresgid did not hold", LibC.EPERM);
    }

    /// <summary>What the program that this process becomes would get without asking.</summary>
    public static void ClearAmbientCapabilities() => Check(
        LibC.prctl(LibC.PR_CAP_AMBIENT, LibC.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0),
        "prctl(PR_CAP_AMBIENT_CLEAR_ALL)");

    /// <summary>Empties the bounding set of a root process, so that the program it becomes has no capability.</summary>
    public static void DropCapabilities()
    {
        ClearAmbientCapabilities();
        for (nuint capability = 0; capability < 64; capability++)
        {
            if (LibC.prctl(LibC.PR_CAPBSET_DROP, capability, 0, 0, 0) == 0)
                continue;
            // EINVAL: the kernel has no capability of this number, nor of any higher one.
            if (Marshal.GetLastPInvokeError() == LibC.EINVAL && capability > 0)
                return;
            throw LinuxFaultException.Last("prctl(PR_CAPBSET_DROP)");
        }
    }

    /// <summary>Becomes the program; returns the errno only when that failed.</summary>
    public static int Execute(string path, IReadOnlyList<string> argv, IReadOnlyList<string> environment)
    {
        using var nativePath = NativeStrings.One(path);
        using var nativeArgv = new NativeStrings(argv);
        using var nativeEnvironment = new NativeStrings(environment);
        _ = LibC.execve(nativePath.First, nativeArgv.Vector, nativeEnvironment.Vector);
        return Marshal.GetLastPInvokeError();
    }

    static void Check(int result, string operation)
    {
        if (result != 0)
            throw LinuxFaultException.Last(operation);
    }
}
