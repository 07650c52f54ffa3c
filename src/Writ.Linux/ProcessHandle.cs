using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Writ.Linux;

/// <summary>How a child ended: an exit code, or the signal that killed it.</summary>
public readonly record struct ExitStatus(int Code, int Signal)
{
    /// <summary>As a shell reads it in <c>$?</c>: 128 + n for a signal.</summary>
    public int ShellStatus => Signal == 0 ? Code : 128 + Signal;
}

/// <summary>
/// A process by pidfd: signals reach exactly this process or nobody, never a later owner of the number.
/// </summary>
public sealed unsafe class ProcessHandle : IDisposable
{
    ProcessHandle(int pid, Descriptor descriptor)
    {
        Pid = pid;
        Descriptor = descriptor;
    }

    public int Pid { get; }

    /// <summary>Becomes readable when the process has ended.</summary>
    public Descriptor Descriptor { get; }

    /// <summary>Opens a process that the caller knows to be alive or unreaped; null when there is none.</summary>
    public static ProcessHandle? TryOpen(int pid)
    {
        var number = LibC.syscall_pidfd_open(LibC.SYS_pidfd_open, pid, 0);
        if (number >= 0)
            return new ProcessHandle(pid, new Descriptor(checked((int)number)));
        var errno = Marshal.GetLastPInvokeError();
        return errno == LibC.ESRCH ? null : throw new LinuxFaultException("pidfd_open", errno);
    }

    /// <summary>Sends a signal; false when the process has already ended.</summary>
    public bool Signal(int signal)
    {
        if (LibC.syscall_pidfd_send_signal(LibC.SYS_pidfd_send_signal, Descriptor.Number, signal, null, 0) == 0)
            return true;
        var errno = Marshal.GetLastPInvokeError();
        return errno == LibC.ESRCH ? false : throw new LinuxFaultException("pidfd_send_signal", errno);
    }

    /// <summary>Signals the whole process group this process is in; false when the process has ended.</summary>
    public bool SignalGroup(int signal)
    {
        if (LibC.syscall_pidfd_send_signal(
            LibC.SYS_pidfd_send_signal, Descriptor.Number, signal, null, LibC.PIDFD_SIGNAL_PROCESS_GROUP) == 0)
            return true;
        var errno = Marshal.GetLastPInvokeError();
        if (errno == LibC.ESRCH)
            return false;
        // Kernels before 6.9 do not know the flag; there the number is used while the process is known to be alive.
        if (errno != LibC.EINVAL)
            throw new LinuxFaultException("pidfd_send_signal", errno);
        return IsAlive && Signals.SendToGroup(Pid, signal);
    }

    public bool IsAlive => Signal(0);

    /// <summary>Reaps this child once it has ended; null while it runs. A child reaped elsewhere is a fault.</summary>
    public ExitStatus? TryReap() => TryWait(LibC.WEXITED | LibC.WNOHANG);

    /// <summary>How this child ended, leaving it unreaped so that its number stays taken; null while it runs.</summary>
    public ExitStatus? TryPeek() => TryWait(LibC.WEXITED | LibC.WNOHANG | LibC.WNOWAIT);

    ExitStatus? TryWait(int options)
    {
        LibC.siginfo_t info = default;
        int result;
        do
            result = LibC.waitid(LibC.P_PIDFD, (uint)Descriptor.Number, &info, options);
        while (result != 0 && Marshal.GetLastPInvokeError() == LibC.EINTR);
        if (result != 0)
            throw LinuxFaultException.Last("waitid");
        if (info.si_pid == 0)
            return null;
        return info.si_code == LibC.CLD_EXITED
            ? new ExitStatus(info.si_status, 0)
            : new ExitStatus(0, info.si_status);
    }

    public void Dispose() => Descriptor.Dispose();

    /// <summary>Reaps the children of this process that have ended, but for one, whose number stays taken.</summary>
    public static void ReapOthers(int kept)
    {
        const int bytesMax = 1 << 20;
        using var list = Files.TryOpenRead("/proc/thread-self/children", out _);
        foreach (var number in Encoding.ASCII.GetString(list?.ReadToEnd(bytesMax) ?? []).Split(' '))
        {
            LibC.siginfo_t info = default;
            if (int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && pid != kept)
                _ = LibC.waitid(LibC.P_PID, (uint)pid, &info, LibC.WEXITED | LibC.WNOHANG);
        }
    }
}

/// <summary>The signals Writ sends or forwards.</summary>
public static class Signals
{
    public const int Hangup = LibC.SIGHUP;
    public const int Interrupt = LibC.SIGINT;
    public const int Quit = LibC.SIGQUIT;
    public const int Kill = LibC.SIGKILL;
    public const int User1 = LibC.SIGUSR1;
    public const int User2 = LibC.SIGUSR2;
    public const int Terminate = LibC.SIGTERM;
    public const int Continue = LibC.SIGCONT;
    public const int Stop = LibC.SIGSTOP;
    public const int TerminalStop = LibC.SIGTSTP;
    public const int WindowChanged = LibC.SIGWINCH;

    /// <summary>Signals a whole process group; false when it has no process left.</summary>
    public static bool SendToGroup(int processGroup, int signal) => Send(-processGroup, signal);

    /// <summary>Signals by number: only for a process that cannot end in between, such as an unreaped child.</summary>
    public static bool Send(int pid, int signal)
    {
        if (LibC.kill(pid, signal) == 0)
            return true;
        var errno = Marshal.GetLastPInvokeError();
        return errno == LibC.ESRCH ? false : throw new LinuxFaultException("kill", errno);
    }
}
