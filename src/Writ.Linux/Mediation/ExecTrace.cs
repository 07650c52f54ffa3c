using System.Runtime.InteropServices;

namespace Writ.Linux;

/// <summary>What became of an execve that was let go. The default is that the caller has gone.</summary>
public enum ExecEnd
{
    Gone,

    /// <summary>The program failed to start; its caller goes on.</summary>
    Failed,

    /// <summary>The program is there, and stands still before its first instruction.</summary>
    Started,
}

/// <summary>
/// Watching one execve from the moment it is let go (ptrace(2)). Where a program has started, its memory is its own,
/// no other thread is left that could change it, and none of its instructions has run. All of this belongs to the
/// calling thread: only it may wait for what it has seized, and when it ends the kernel kills that.
/// </summary>
public static unsafe class ExecTrace
{
    // What the kernel fills in of a process that is in no system call.
    const int StackKnownBytes = 24;

    /// <summary>Begins to watch a thread without stopping it; false when the kernel refuses, or it has gone.</summary>
    public static bool TrySeize(int thread) => LibC.ptrace(
        LibC.PTRACE_SEIZE, thread, 0, LibC.PTRACE_O_TRACEEXEC | LibC.PTRACE_O_EXITKILL) == 0;

    /// <summary>
    /// Has no SIGCHLD sent to this process when a child of it, or a process that it watches, stops (sigaction(2),
    /// SA_NOCLDSTOP): who watches waits for that. When one ends, it is sent as before.
    /// </summary>
    public static void QuietStops()
    {
        LibC.kernel_sigaction action;
        if (LibC.syscall_rt_sigaction(LibC.SYS_rt_sigaction, LibC.SIGCHLD, null, &action, sizeof(ulong)) != 0
            || (action.sa_flags & LibC.SA_NOCLDSTOP) != 0)
            return;
        action.sa_flags |= LibC.SA_NOCLDSTOP;
        _ = LibC.syscall_rt_sigaction(LibC.SYS_rt_sigaction, LibC.SIGCHLD, &action, null, sizeof(ulong));
    }

    /// <summary>
    /// Waits for what becomes of a seized thread's execve, which must have been answered. It is interrupted, so that it
    /// stops even where the call fails. A process that started stands still under its own number.
    /// </summary>
    public static (ExecEnd End, int Process) Await(int thread)
    {
        _ = LibC.ptrace(LibC.PTRACE_INTERRUPT, thread, 0, 0);
        while (true)
        {
            int status;
            var who = LibC.waitpid(-1, &status, LibC.__WALL | LibC.__WNOTHREAD);
            if (who < 0 && Marshal.GetLastPInvokeError() != LibC.EINTR)
                return (ExecEnd.Gone, thread);
            if (who < 0)
                continue;
            if (!IsStop(status))
            {
                if (who == thread)
                    return (ExecEnd.Gone, thread);
                continue;
            }
            if (EventOf(status) == LibC.PTRACE_EVENT_EXEC)
                return (ExecEnd.Started, who);
            // The interruption, or a signal that came before it: either way the call is over and has failed.
            var signal = EventOf(status) == LibC.PTRACE_EVENT_STOP ? 0 : SignalOf(status);
            _ = LibC.ptrace(LibC.PTRACE_DETACH, who, 0, signal);
            return (ExecEnd.Failed, who);
        }
    }

    /// <summary>The stack of a program that has started and stands still; 0 when it is none of this machine's.
    /// </summary>
    internal static ulong StackOf(int process)
    {
        LibC.ptrace_syscall_info info;
        var known = LibC.ptrace(
            LibC.PTRACE_GET_SYSCALL_INFO, process, sizeof(LibC.ptrace_syscall_info), (nint)(&info));
        return known >= StackKnownBytes && info.arch == LibC.AUDIT_ARCH_X86_64
            ? info.stack_pointer
            : 0;
    }

    /// <summary>Lets a program that has started run, unwatched.</summary>
    public static void Release(int process) => _ = LibC.ptrace(LibC.PTRACE_DETACH, process, 0, 0);

    /// <summary>
    /// Ends a program that has started, before its first instruction. It has to be waited for here, or its parent never
    /// hears of it.
    /// </summary>
    public static void Kill(int process)
    {
        _ = LibC.kill(process, LibC.SIGKILL);
        while (true)
        {
            int status;
            var who = LibC.waitpid(process, &status, LibC.__WALL | LibC.__WNOTHREAD);
            if (who < 0 && Marshal.GetLastPInvokeError() != LibC.EINTR)
                return;
            if (who == process && !IsStop(status))
                return;
        }
    }

    static bool IsStop(int status) => (status & 0xFF) == 0x7F;

    static int EventOf(int status) => status >> 16;

    static int SignalOf(int status) => (status >> 8) & 0xFF;
}
