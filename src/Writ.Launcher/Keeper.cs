using System.Globalization;
using Writ.Linux;

namespace Writ.Launcher;

/// <summary>
/// The first process of a run that has no pid namespace: what the kernel does there when the namespace's first process
/// ends, this one does. It ends everything below it when the command has ended, and when whoever started it is gone.
/// It stands outside of the command's restrictions, which keep the command from signalling it (Linux 6.12).
/// </summary>
static class Keeper
{
    const int DocumentNumber = 5;
    const int ControlNumber = 6;
    const int LookMs = 100;
    const int Killed = 128 + Signals.Kill;
    static readonly TimeSpan StandStillMax = TimeSpan.FromMilliseconds(200);

    /// <param name="lifeNumber">
    /// A pipe that ends with its writer. One byte comes by it, when this process has been put where its children are to
    /// be: in its run's control group.
    /// </param>
    internal static int Run(int lifeNumber, string program, string[] argv)
    {
        ThisProcess.CloseOnExecFrom(3);
        using var life = Descriptor.Inherited(lifeNumber);
        if (life.Read(stackalloc byte[1]) != 1)
            return Killed;
        ThisProcess.AdoptOrphans();
        using var command = Start(program, argv);
        Span<PollEntry> entries =
        [
            new PollEntry { Number = life.Number, WantsRead = true },
            new PollEntry { Number = command.Descriptor.Number, WantsRead = true },
        ];
        while (!Polling.Wait(entries, LookMs))
            ProcessHandle.ReapOthers(command.Pid);
        var wanted = !entries[0].CanRead && !entries[0].Closed;
        EndAll(command.Pid);
        return wanted && command.TryPeek() is { } ended ? ended.ShellStatus : Killed;
    }

    // Its session is its own, and its number stays taken while it is not reaped. Nothing of it stays open here.
    static ProcessHandle Start(string program, string[] argv)
    {
        // The stage that comes next may take one more.
        int[] mapping = argv is [_, "own", var number, ..]
            ? [int.Parse(number, NumberStyles.None, CultureInfo.InvariantCulture)]
            : [];
        ChildDescriptor[] table =
        [
            .. ((int[])[0, 1, 2, DocumentNumber, ControlNumber, .. mapping])
                .Select(number => new ChildDescriptor(Descriptor.Inherited(number), number)),
        ];
        var command = Spawning.Start(program, argv, [], table, newSession: true);
        foreach (var entry in table)
            entry.Ours.Dispose();
        return command;
    }

    // First all stand still, so that nobody starts another while one after the other ends.
    static void EndAll(int session)
    {
        var limit = ThisProcess.UnixMilliseconds + (long)StandStillMax.TotalMilliseconds;
        var before = 0;
        while (ProcessTree.Signal(ThisProcess.Pid, session, Signals.Stop) is var found && found > before
            && ThisProcess.UnixMilliseconds < limit)
            before = found;
        while (ProcessTree.Signal(ThisProcess.Pid, session, Signals.Kill) > 0)
            ProcessHandle.ReapOthers(session);
    }
}
