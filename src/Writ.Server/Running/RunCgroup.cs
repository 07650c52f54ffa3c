using System.Globalization;
using Writ.Linux;

namespace Writ.Server.Running;

/// <summary>Which control group interface can hold runs. The default is none.</summary>
public enum CgroupKind
{
    None,
    Version1,
    Version2,
}

/// <summary>
/// The control group of one run: limits its processes (and memory, where that controller exists) whoever its uid is.
/// Removing it fails while a process is inside, so its absence afterwards is evidence that the run is gone.
/// </summary>
sealed class RunCgroup
{
    const string Mount = "/sys/fs/cgroup";
    const string Tasks = "tasks";

    // What the kernel takes for the thread that writes.
    const int Itself = 0;

    // The kernel says so when everything stands; what waits for whoever decides cannot be told to, and waits anyway.
    static readonly TimeSpan StandsMax = TimeSpan.FromMilliseconds(25);

    static long s_probes;

    readonly CgroupKind _kind;
    readonly string[] _directories;

    RunCgroup(CgroupKind kind, string[] directories, bool limitsMemory) =>
        (_kind, _directories, LimitsMemory) = (kind, directories, limitsMemory);

    /// <summary>Whether it keeps the run's memory below a limit.</summary>
    internal bool LimitsMemory { get; }

    /// <summary>Whether it ends as a whole when its memory is used up; else the kernel picks one process.</summary>
    internal bool EndsWhole => LimitsMemory && _kind == CgroupKind.Version2;

    /// <param name="memory">Whether memory can be limited too.</param>
    /// <param name="problem">Why there are none.</param>
    internal static CgroupKind Probe(string? root, out bool memory, out string? problem)
    {
        (memory, problem) = (false, null);
        try
        {
            var (kind, directory) = Base(root);
            Directory.CreateDirectory(directory);
            // That the folder is there says little: another user's daemon may have made it.
            var name = string.Create(CultureInfo.InvariantCulture, $"probe-{Interlocked.Increment(ref s_probes)}");
            var group = Make(directory, name);
            Write(group, "pids.max", 1);
            Directory.Delete(group);
            memory = TryMemory(root) is not null;
            return kind;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            problem = fault.Message;
            return CgroupKind.None;
        }
    }

    internal static RunCgroup Create(string? root, string id, RunLimits limits)
    {
        var directories = new List<string>();
        var (kind, place) = Base(root);
        var pids = Make(place, id);
        directories.Add(pids);
        // bubblewrap's own two processes are in the group too.
        Write(pids, "pids.max", limits.ProcessesMax + 2);
        var memory = limits.MemoryBytesMax > 0 ? TryMemory(root) : null;
        if (memory is not null && kind == CgroupKind.Version2)
        {
            Write(pids, "memory.max", limits.MemoryBytesMax);
            WriteWhereThere(pids, "memory.swap.max", 0);
            // A command that has lost one of its processes to this does half of its work: all of it ends.
            WriteWhereThere(pids, "memory.oom.group", 1);
        }
        else if (memory is not null)
        {
            directories.Add(Make(memory, id));
            Write(directories[1], "memory.limit_in_bytes", limits.MemoryBytesMax);
            WriteWhereThere(directories[1], "memory.memsw.limit_in_bytes", limits.MemoryBytesMax);
        }
        return new RunCgroup(kind, [.. directories], memory is not null);
    }

    /// <summary>
    /// True when this thread itself has gone in, so that what it starts is inside from its first instruction; it must
    /// <see cref="Leave"/> again. Only version 1 has threads in groups. To move another process takes a lock of the
    /// whole machine, which on an idle one waits seven milliseconds for the kernel; to move oneself takes none.
    /// </summary>
    internal bool TryEnter()
    {
        if (_kind != CgroupKind.Version1)
            return false;
        foreach (var directory in _directories)
            Write(directory, Tasks, Itself);
        return true;
    }

    /// <summary>Takes this thread back to where the daemon is.</summary>
    internal void Leave()
    {
        foreach (var directory in _directories)
            Write(Path.GetDirectoryName(Path.GetDirectoryName(directory))!, Tasks, Itself);
    }

    /// <summary>Moves a process in; its later children follow.</summary>
    internal void Add(int pid)
    {
        foreach (var directory in _directories)
            Write(directory, "cgroup.procs", pid);
    }

    /// <summary>
    /// Has all its processes stand still, those that are just being born too. Only version 2 can: elsewhere each of
    /// them is told by itself, which the caller does in either case.
    /// </summary>
    internal void Freeze(TimeProvider time)
    {
        if (_kind != CgroupKind.Version2)
            return;
        Write(_directories[0], "cgroup.freeze", 1);
        var events = Path.Combine(_directories[0], "cgroup.events");
        for (var since = time.GetTimestamp(); time.GetElapsedTime(since) < StandsMax; Thread.Sleep(1))
            if (File.ReadAllText(events).Contains("frozen 1", StringComparison.Ordinal))
                return;
    }

    /// <summary>
    /// Ends all its processes by one word to the kernel, which no fork gets away from; false where there is none.
    /// </summary>
    internal bool TryKill() => _kind == CgroupKind.Version2 && TryKill(_directories[0]);

    /// <summary>How many of its processes the kernel has ended because the run's memory was used up.</summary>
    internal long CountOutOfMemory()
    {
        const string key = "oom_kill ";
        return EndsWhole && File.ReadAllLines(Path.Combine(_directories[0], "memory.events")).FirstOrDefault(
            line => line.StartsWith(key, StringComparison.Ordinal)) is { } line
                ? long.Parse(line.AsSpan(key.Length), NumberStyles.None, CultureInfo.InvariantCulture)
                : 0;
    }

    /// <summary>From now on no process in it gets a child.</summary>
    internal void ForbidChildren() => Write(_directories[0], "pids.max", 0);

    /// <summary>The processes in it now, each held so that its number stays its own.</summary>
    /// <param name="known">Those that are not of interest any more.</param>
    internal List<ProcessHandle> Members(IReadOnlyDictionary<int, ProcessHandle> known)
    {
        var list = Path.Combine(_directories[0], "cgroup.procs");
        var held = new List<ProcessHandle>();
        foreach (var line in File.ReadAllLines(list))
            if (int.Parse(line, CultureInfo.InvariantCulture) is var pid && pid != Environment.ProcessId
                && !known.ContainsKey(pid) && ProcessHandle.TryOpen(pid) is { } member)
                held.Add(member);
        if (held.Count == 0)
            return held;
        // A number from the first list may have changed hands before it was held.
        var still = File.ReadAllLines(list).Select(l => int.Parse(l, CultureInfo.InvariantCulture)).ToHashSet();
        foreach (var gone in held.Where(m => !still.Contains(m.Pid)))
            gone.Dispose();
        held.RemoveAll(m => !still.Contains(m.Pid));
        return held;
    }

    internal void KillMembers() => KillMembersOf(_directories[0]);

    /// <summary>
    /// Ends what daemons that are no more have left behind, for instance by a crash in the middle of a start.
    /// </summary>
    internal static void Sweep(string? root)
    {
        foreach (var parent in (string?[])[Base(root).Directory, TryMemory(root)])
        {
            if (parent is null || !Directory.Exists(parent))
                continue;
            foreach (var group in Directory.GetDirectories(parent))
            {
                var owner = Path.GetFileName(group).Split('-')[0];
                if (int.TryParse(owner, NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                    && !Directory.Exists($"/proc/{owner}") && pid > 0)
                    ClearLeftOver(group);
            }
        }
    }

    // Another daemon that starts at the same time does the same.
    static void ClearLeftOver(string group)
    {
        try
        {
            if (!HasStrangers(group))
                Clear(group);
        }
        catch (IOException) when (IsGoing(group))
        {
            return;
        }
    }

    // The kernel takes a group's files away before the group.
    static bool IsGoing(string group)
    {
        const int attemptsMax = 100;
        for (var attempt = 0; attempt < attemptsMax && Directory.Exists(group); attempt++)
            Thread.Sleep(1);
        return !Directory.Exists(group);
    }

    // A daemon in another pid namespace of this machine is no daemon that has died: what lives there has no number
    // here. Version 2 writes 0 for it (cgroups(7)); version 1 leaves it out, and only the group's own staying tells.
    static bool HasStrangers(string group) => Members(group).Contains("0");

    static void Clear(string group)
    {
        const int attemptsMax = 1000;
        const int unseenMax = 100;
        for (var attempt = 0; Directory.Exists(group); attempt++)
        {
            KillMembersOf(group);
            try
            {
                Directory.Delete(group);
            }
            catch (IOException) when (attempt < attemptsMax)
            {
                // Whoever has just ended is gone by now.
                if (attempt >= unseenMax && Members(group) is [])
                    return;
                Thread.Sleep(1);
            }
        }
    }

    static string[] Members(string group) => File.ReadAllLines(Path.Combine(group, "cgroup.procs"));

    // A number read from the list may have changed hands when the handle is open, so the list is asked again.
    static void KillMembersOf(string directory)
    {
        if (TryKill(directory))
            return;
        foreach (var line in File.ReadAllLines(Path.Combine(directory, "cgroup.procs")))
        {
            var pid = int.Parse(line, CultureInfo.InvariantCulture);
            // A thread of this daemon that could not leave again is no member to be killed.
            if (pid == Environment.ProcessId)
                continue;
            using var member = ProcessHandle.TryOpen(pid);
            if (member is not null && File.ReadAllLines(Path.Combine(directory, "cgroup.procs")).Contains(line))
                _ = member.Signal(Signals.Kill);
        }
    }

    internal void Remove()
    {
        foreach (var directory in _directories)
            Directory.Delete(directory);
    }

    // Linux 5.14; version 1 never has it.
    static bool TryKill(string directory)
    {
        var kill = Path.Combine(directory, "cgroup.kill");
        if (!File.Exists(kill))
            return false;
        File.WriteAllText(kill, "1");
        return true;
    }

    static string Make(string parent, string id) => Directory.CreateDirectory(Path.Combine(
        parent, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}-{id}"))).FullName;

    // Where groups that limit memory are made.
    static string? TryMemory(string? root) => Base(root) is (CgroupKind.Version2, var directory)
        ? DelegatedGroup.Prepare(root).Memory ? directory : null
        : TryVersion1("memory");

    // Version 1 has a tree per controller; in version 2 one group has them all.
    static (CgroupKind Kind, string Directory) Base(string? root) =>
        root is null && TryVersion1("pids") is { } directory
            ? (CgroupKind.Version1, directory)
            : (CgroupKind.Version2, DelegatedGroup.Prepare(root).Runs);

    static string? TryVersion1(string controller)
    {
        foreach (var line in File.ReadAllLines("/proc/self/cgroup"))
        {
            var parts = line.Split(':', 3);
            var tree = Path.Combine(Mount, parts[1]);
            if (parts[1].Split(',').Contains(controller) && Files.TryMount(tree)?.FileSystemMagic == Files.Cgroup1Magic)
                return Path.Combine(tree, parts[2].TrimStart('/'), DelegatedGroup.Folder);
        }
        return null;
    }

    static void WriteWhereThere(string directory, string file, long value)
    {
        if (File.Exists(Path.Combine(directory, file)))
            Write(directory, file, value);
    }

    static void Write(string directory, string file, long value) =>
        File.WriteAllText(Path.Combine(directory, file), value.ToString(CultureInfo.InvariantCulture));
}
