using Writ.Linux;

namespace Writ.Launcher;

/// <summary>
/// The system calls a contained command may make, as one seccomp program for x86-64. Other architectures' entry points
/// kill the process; calls that would widen its world fail with EPERM; calls newer than this table do not exist.
/// </summary>
static class SystemCallFilter
{
    // Numbers are those of arch/x86/entry/syscalls/syscall_64.tbl.
    const uint Ioctl = 16;
    const uint Socket = 41;
    const uint SocketPair = 53;
    const uint Clone = 56;
    const uint Open = 2;
    const uint Link = 86;
    const uint SetSid = 112;
    const uint SetOwnLimits = 160;
    const uint SetAffinity = 203;
    const uint SetLimits = 302;
    const uint OpenAt = 257;
    const uint LinkAt = 265;
    const uint Unshare = 272;
    const uint Clone3 = 435;
    const uint OpenAt2 = 437;

    // One above mseal, the newest call that was looked at when this table was made.
    const uint FirstUnknown = 463;
    const uint X32Bit = 0x40000000;

    const uint FamilyUnix = 1;
    const uint FamilyInet = 2;
    const uint FamilyInet6 = 10;
    const uint FamilyNetlink = 16;
    const uint NetlinkRoute = 0;

    // CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET; unshare also knows NEWTIME.
    const uint NewNamespaces = 0x7E020000;
    const uint NewTimeNamespace = 0x80;

    const uint ShareDirectory = 0x200;
    const uint SameProcess = 0x10000;

    const uint TerminalInject = 0x5412;
    const uint TerminalConsole = 0x541C;
    const uint TerminalDiscipline = 0x5423;

    const uint SetUser = 0x800;
    const uint Creates = 0x40 | 0x400000;
    const uint CoreLimit = 4;

    const int NotPermitted = Errno.NotPermitted;
    const int NoSuchCall = Errno.NotImplemented;
    const int NoSuchFamily = 97;

    static ReadOnlySpan<uint> Denied =>
    [
        101, 310, 311, 312, // ptrace, process_vm_readv, process_vm_writev, kcmp
        438, 440, 448, // pidfd_getfd, process_madvise, process_mrelease
        425, 426, 427, // io_uring: its requests pass no seccomp filter
        321, 298, 323, // bpf, perf_event_open, userfaultfd
        248, 249, 250, // add_key, request_key, keyctl: the keyring is not a namespace resource
        155, 161, 165, 166, 308, // pivot_root, chroot, mount, umount2, setns
        428, 429, 430, 431, 432, 433, 442, // open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, mount_setattr
        175, 176, 313, 246, 320, // kernel modules, kexec
        163, 167, 168, 169, 179, 443, // acct, swapon, swapoff, reboot, quotactl, quotactl_fd
        159, 164, 227, 305, // adjtimex, settimeofday, clock_settime, clock_adjtime
        170, 171, 172, 173, 153, 154, // host names, iopl, ioperm, vhangup, modify_ldt
        103, 134, 135, 156, 180, 212, // syslog, uselib, personality, _sysctl, nfsservctl, lookup_dcookie
        300, 301, 304, 447, // fanotify, open_by_handle_at, memfd_secret
        256, 279, // migrate_pages, move_pages
    ];

    // What a process may do to others of its user beside signals, and what the host's processes share by name: without
    // namespaces nothing else stands between.
    static ReadOnlySpan<uint> DeniedOnHost =>
    [
        SetSid, 141, 142, 144, 251, 314, // setpriority, sched_setparam, _scheduler and _attr, ioprio_set
        29, 30, 31, 67, 64, 65, 66, 220, 68, 69, 70, 71, // shared memory, semaphores and message queues of System V
        240, 241, 242, 243, 244, 245, // mq_*
    ];

    /// <summary>
    /// The program. Without namespaces nothing else keeps a command from the network, from sockets of the host and
    /// from leaving its session, so those calls are denied too. <paramref name="onExecute"/> is the answer to
    /// execve and execveat: a supervisor that decides each of them passes the notifying action here.
    /// </summary>
    /// <param name="isHeld">
    /// Changes are held back. Then the supervisor is asked about second names of files too: in the work tree there are
    /// none. Where changes are real at once, no program is left that runs as its owner whoever starts it; among held
    /// ones such a program is seen and never committed.
    /// </param>
    internal static BpfInstruction[] Build(bool hasNamespaces, uint onExecute = Bpf.Allow, bool isHeld = false)
    {
        var program = new List<BpfInstruction>(256);
        program.AddRange(
        [
            Bpf.Load(Bpf.ArchOffset),
            Bpf.IfEqual(Bpf.ArchX64, then: 1, otherwise: 0),
            Bpf.Return(Bpf.KillProcess),
            Bpf.Load(Bpf.NumberOffset),
            Bpf.IfAtLeast(X32Bit, then: 0, otherwise: 1),
            Bpf.Return(Bpf.KillProcess),
            Bpf.IfAtLeast(FirstUnknown, then: 0, otherwise: 1),
            Bpf.Return(Bpf.Fail(NoSuchCall)),
        ]);
        if (onExecute != Bpf.Allow)
        {
            Answer(program, 59, onExecute);
            Answer(program, 322, onExecute);
        }
        foreach (var call in Denied)
            Answer(program, call, Bpf.Fail(NotPermitted));
        if (!isHeld)
            DenySetUser(program);
        else if (onExecute == Bpf.Notify)
        {
            Answer(program, Link, Bpf.Notify);
            Answer(program, LinkAt, Bpf.Notify);
        }
        if (!hasNamespaces)
        {
            foreach (var call in DeniedOnHost)
                Answer(program, call, Bpf.Fail(NotPermitted));
            AllowOnItself(program, SetAffinity);
        }

        // The C library falls back to clone, whose flags can be seen by a filter.
        Answer(program, Clone3, Bpf.Fail(NoSuchCall));
        DenyBits(program, Clone, NewNamespaces);
        DenySharedDirectory(program);
        AllowOnItself(program, SetLimits);
        KeepCoreLimit(program);
        DenyBits(program, Unshare, NewNamespaces | NewTimeNamespace);
        AllowFamilies(program, Socket, hasNamespaces ? [FamilyUnix, FamilyInet, FamilyInet6] : [], hasNamespaces);
        AllowFamilies(program, SocketPair, [FamilyUnix], routeOnly: false);
        DenyTerminalTricks(program);
        program.Add(Bpf.Return(Bpf.Allow));
        return [.. program];
    }

    /// <summary>
    /// The program of the bridge: what a process needs to move bytes and to live in this runtime, sockets of the local
    /// family only, and nothing else. It opens no file, starts nothing, and reaches nobody but who it was started for.
    /// </summary>
    internal static BpfInstruction[] BuildForBridge()
    {
        var program = new List<BpfInstruction>(128);
        program.AddRange(
        [
            Bpf.Load(Bpf.ArchOffset),
            Bpf.IfEqual(Bpf.ArchX64, then: 1, otherwise: 0),
            Bpf.Return(Bpf.KillProcess),
            Bpf.Load(Bpf.NumberOffset),
        ]);
        foreach (var call in OfBridge)
            Answer(program, call, Bpf.Allow);
        AllowFamilies(program, Socket, [FamilyUnix], routeOnly: false);
        Answer(program, Socket, Bpf.Allow);
        program.Add(Bpf.Return(Bpf.Fail(NotPermitted)));
        return [.. program];
    }

    static ReadOnlySpan<uint> OfBridge =>
    [
        0, 1, 3, 7, 72, // read, write, close, poll, fcntl
        42, 44, 45, 48, 54, 55, 288, // connect, sendto, recvfrom, shutdown, setsockopt, getsockopt, accept4
        9, 10, 11, 12, 25, 28, // mmap, mprotect, munmap, brk, mremap, madvise
        13, 14, 15, 131, // rt_sigaction, rt_sigprocmask, rt_sigreturn, sigaltstack
        24, 35, 202, 230, 271, 324, // sched_yield, nanosleep, futex, clock_nanosleep, ppoll, membarrier
        39, 96, 98, 186, 204, 228, 318, 334, // getpid, gettimeofday, getrusage, gettid, sched_getaffinity, clocks
        60, 231, 234, // exit, exit_group, tgkill: how this runtime stops its own threads
    ];

    static void Answer(List<BpfInstruction> program, uint call, uint action)
    {
        program.Add(Bpf.IfEqual(call, then: 0, otherwise: 1));
        program.Add(Bpf.Return(action));
    }

    // Each block below loads an argument and must load the call number again for whoever comes next.
    static void DenyBits(List<BpfInstruction> program, uint call, uint bits, int argument = 0) =>
        program.AddRange(
        [
            Bpf.IfEqual(call, then: 0, otherwise: 4),
            Bpf.Load(Bpf.ArgumentOffset(argument)),
            Bpf.IfAnyBit(bits, then: 0, otherwise: 1),
            Bpf.Return(Bpf.Fail(NotPermitted)),
            Bpf.Load(Bpf.NumberOffset),
        ]);

    // What cannot be seen by a filter, because it stands in memory, does not exist; callers know another way.
    static void DenySetUser(List<BpfInstruction> program)
    {
        foreach (var (call, mode) in ((uint, int)[])[(85, 1), (90, 1), (91, 1), (133, 1), (259, 2), (268, 2), (452, 2)])
            DenyBits(program, call, SetUser, mode); // creat, chmod, fchmod, mknod, mknodat, fchmodat, fchmodat2
        foreach (var (call, flags) in ((uint, int)[])[(Open, 1), (OpenAt, 2)])
            program.AddRange(
            [
                Bpf.IfEqual(call, then: 0, otherwise: 6),
                Bpf.Load(Bpf.ArgumentOffset(flags)),
                Bpf.IfAnyBit(Creates, then: 0, otherwise: 3),
                Bpf.Load(Bpf.ArgumentOffset(flags + 1)),
                Bpf.IfAnyBit(SetUser, then: 0, otherwise: 1),
                Bpf.Return(Bpf.Fail(NotPermitted)),
                Bpf.Load(Bpf.NumberOffset),
            ]);
        Answer(program, OpenAt2, Bpf.Fail(NoSuchCall));
    }

    // With a limit of one byte the kernel hands a dying process to no program of the host, with nought it does
    // (core(5), fs/coredump.c): what it would be handed is the command's to choose. So the limit stays as it is.
    static void KeepCoreLimit(List<BpfInstruction> program) =>
        program.AddRange(
        [
            Bpf.IfEqual(SetOwnLimits, then: 0, otherwise: 4),
            Bpf.Load(Bpf.ArgumentOffset(0)),
            Bpf.IfEqual(CoreLimit, then: 0, otherwise: 1),
            Bpf.Return(Bpf.Fail(NotPermitted)),
            Bpf.Load(Bpf.NumberOffset),

            Bpf.IfEqual(SetLimits, then: 0, otherwise: 8),
            Bpf.Load(Bpf.ArgumentOffset(1)),
            Bpf.IfEqual(CoreLimit, then: 0, otherwise: 5),
            // Only asking what it is has no new value, in both halves of the pointer.
            Bpf.Load(Bpf.ArgumentOffset(2)),
            Bpf.IfEqual(0, then: 0, otherwise: 2),
            Bpf.Load(Bpf.ArgumentOffset(2) + sizeof(uint)),
            Bpf.IfEqual(0, then: 1, otherwise: 0),
            Bpf.Return(Bpf.Fail(NotPermitted)),
            Bpf.Load(Bpf.NumberOffset),
        ]);

    // A process that shares its working directory with another starts a program in one directory and has it work in
    // another. Threads share it too, and are gone when a program has started.
    static void DenySharedDirectory(List<BpfInstruction> program) =>
        program.AddRange(
        [
            Bpf.IfEqual(Clone, then: 0, otherwise: 5),
            Bpf.Load(Bpf.ArgumentOffset(0)),
            Bpf.IfAnyBit(SameProcess, then: 2, otherwise: 0),
            Bpf.IfAnyBit(ShareDirectory, then: 0, otherwise: 1),
            Bpf.Return(Bpf.Fail(NotPermitted)),
            Bpf.Load(Bpf.NumberOffset),
        ]);

    // The first argument names a process, and 0 is the caller: by the limits of another of the same user that one is
    // starved.
    static void AllowOnItself(List<BpfInstruction> program, uint call) =>
        program.AddRange(
        [
            Bpf.IfEqual(call, then: 0, otherwise: 4),
            Bpf.Load(Bpf.ArgumentOffset(0)),
            Bpf.IfEqual(0, then: 1, otherwise: 0),
            Bpf.Return(Bpf.Fail(NotPermitted)),
            Bpf.Load(Bpf.NumberOffset),
        ]);

    static void AllowFamilies(List<BpfInstruction> program, uint call, uint[] families, bool routeOnly)
    {
        var netlink = routeOnly ? 3 : 0;
        var block = new List<BpfInstruction> { Bpf.Load(Bpf.ArgumentOffset(0)) };
        for (var i = 0; i < families.Length; i++)
            block.Add(Bpf.IfEqual(families[i], then: families.Length - i - 1 + netlink + 1, otherwise: 0));
        if (routeOnly)
        {
            block.Add(Bpf.IfEqual(FamilyNetlink, then: 0, otherwise: 2));
            block.Add(Bpf.Load(Bpf.ArgumentOffset(2)));
            block.Add(Bpf.IfEqual(NetlinkRoute, then: 1, otherwise: 0));
        }
        block.Add(Bpf.Return(Bpf.Fail(NoSuchFamily)));
        block.Add(Bpf.Load(Bpf.NumberOffset));
        program.Add(Bpf.IfEqual(call, then: 0, otherwise: block.Count));
        program.AddRange(block);
    }

    // The kernel looks only at the low half of an ioctl request, and so does this.
    static void DenyTerminalTricks(List<BpfInstruction> program) =>
        program.AddRange(
        [
            Bpf.IfEqual(Ioctl, then: 0, otherwise: 6),
            Bpf.Load(Bpf.ArgumentOffset(1)),
            Bpf.IfEqual(TerminalInject, then: 2, otherwise: 0),
            Bpf.IfEqual(TerminalDiscipline, then: 1, otherwise: 0),
            Bpf.IfEqual(TerminalConsole, then: 0, otherwise: 1),
            Bpf.Return(Bpf.Fail(NotPermitted)),
            Bpf.Load(Bpf.NumberOffset),
        ]);
}
