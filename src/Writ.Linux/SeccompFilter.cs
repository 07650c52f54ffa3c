using System.Runtime.InteropServices;

namespace Writ.Linux;

/// <summary>One classic BPF instruction as seccomp runs it.</summary>
public readonly record struct BpfInstruction(int Code, int JumpTrue, int JumpFalse, uint Operand);

/// <summary>The words a filter program is written in (linux/seccomp.h, linux/bpf_common.h), x86-64.</summary>
public static class Bpf
{
    public const uint ArchX64 = LibC.AUDIT_ARCH_X86_64;
    public const uint KillProcess = LibC.SECCOMP_RET_KILL_PROCESS;
    public const uint Allow = LibC.SECCOMP_RET_ALLOW;

    /// <summary>The call waits for whoever holds the filter's listener.</summary>
    public const uint Notify = LibC.SECCOMP_RET_USER_NOTIF;

    /// <summary>Offsets into the data a filter sees: call number, architecture, low half of argument n.</summary>
    public const uint NumberOffset = 0;
    public const uint ArchOffset = 4;

    public static uint ArgumentOffset(int index) => 16 + (8 * (uint)index);

    public static uint Fail(int errno) => LibC.SECCOMP_RET_ERRNO | (uint)errno;

    public static BpfInstruction Load(uint offset) => new(LibC.BPF_LD | LibC.BPF_W | LibC.BPF_ABS, 0, 0, offset);

    public static BpfInstruction Return(uint action) => new(LibC.BPF_RET | LibC.BPF_K, 0, 0, action);

    public static BpfInstruction IfEqual(uint value, int then, int otherwise) =>
        new(LibC.BPF_JMP | LibC.BPF_JEQ | LibC.BPF_K, then, otherwise, value);

    public static BpfInstruction IfAtLeast(uint value, int then, int otherwise) =>
        new(LibC.BPF_JMP | LibC.BPF_JGE | LibC.BPF_K, then, otherwise, value);

    public static BpfInstruction IfAnyBit(uint bits, int then, int otherwise) =>
        new(LibC.BPF_JMP | LibC.BPF_JSET | LibC.BPF_K, then, otherwise, bits);
}

/// <summary>Installing a seccomp program on the calling thread (seccomp(2)); requires no_new_privs.</summary>
public static unsafe class SeccompFilter
{
    const int InstructionsMax = 4096;

    /// <summary>Whether this kernel filters system calls at all.</summary>
    public static bool IsSupported()
    {
        var action = LibC.SECCOMP_RET_KILL_PROCESS;
        return LibC.syscall_seccomp(LibC.SYS_seccomp, LibC.SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
    }

    public static void Install(ReadOnlySpan<BpfInstruction> program) => Install(program, flags: 0);

    /// <summary>Installs a program on every thread of this process.</summary>
    public static void InstallOnAll(ReadOnlySpan<BpfInstruction> program)
    {
        // What is not nought is a thread that could not be brought under it.
        if (Install(program, LibC.SECCOMP_FILTER_FLAG_TSYNC) != 0)
            throw new LinuxFaultException("seccomp: a thread has another filter", LibC.EBUSY);
    }

    /// <summary>
    /// Installs a program that contains <see cref="Bpf.Notify"/> and returns its listener. A call that waits is
    /// disturbed by nothing but death where the kernel can do that (from 5.19 on); before, a signal fails it with
    /// EINTR.
    /// </summary>
    public static Descriptor InstallWithListener(ReadOnlySpan<BpfInstruction> program)
    {
        try
        {
            return new(Install(
                program, LibC.SECCOMP_FILTER_FLAG_NEW_LISTENER | LibC.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV));
        }
        catch (LinuxFaultException fault) when (fault.Errno == LibC.EINVAL)
        {
            return new(Install(program, LibC.SECCOMP_FILTER_FLAG_NEW_LISTENER));
        }
    }

    static int Install(ReadOnlySpan<BpfInstruction> program, uint flags)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(program.Length, InstructionsMax);
        var native = new LibC.sock_filter[program.Length];
        for (var i = 0; i < program.Length; i++)
            native[i] = new LibC.sock_filter
            {
                code = checked((ushort)program[i].Code),
                jt = checked((byte)program[i].JumpTrue),
                jf = checked((byte)program[i].JumpFalse),
                k = program[i].Operand,
            };
        fixed (LibC.sock_filter* start = native)
        {
            var whole = new LibC.sock_fprog { len = (ushort)native.Length, filter = start };
            var result = LibC.syscall_seccomp(LibC.SYS_seccomp, LibC.SECCOMP_SET_MODE_FILTER, flags, &whole);
            return result < 0 ? throw LinuxFaultException.Last("seccomp") : checked((int)result);
        }
    }
}
