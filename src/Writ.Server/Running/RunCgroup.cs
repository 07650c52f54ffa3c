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
    const string Folder = "writ-runs";
    const string Tasks = "tasks";

    // What the kernel takes for the thread that writes.
    const int Itself = 0;

    static int s_probes;

    readonly CgroupKind _kind;
    readonly string[] _directories;

    RunCgroup(CgroupKind kind, string[] directories) => (_kind, _directories) = (kind, directories);

    internal static CgroupKind Probe(string? root, out string? problem)
    {
        problem = null;
        try
        {
            if (TryBase(root, "pids") is not (var kind, { } directory))
                return NoneBecause("no pids controller is delegated to this process", out problem);
            Directory.CreateDirectory(directory);
            // That the folder is there says little: another user's daemon may have made it.
            // Several may look at once in one process, and each takes its own away again.
            var number = Interlocked.Increment(ref s_probes);
            var group = Make(root, "pids", string.Create(CultureInfo.InvariantCulture, $"probe-{number}"));
            Write(group, "pids.max", 1);
            Directory.Delete(group);
            return kind;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return NoneBecause(fault.Message, out problem);
        }
    }

    internal static RunCgroup Create(string? root, string id, RunLimits limits)
    {
        var directories = new List<string>();
        var (pidsKind, _) = TryBase(root, "pids");
        var pids = Make(root, "pids", id);
        directories.Add(pids);
        // bubblewrap's own two processes are in the group too.
        Write(pids, "pids.max", limits.ProcessesMax + 2);
        if (limits.MemoryBytesMax > 0 && TryBase(root, "memory") is (var kind, not null))
        {
            var memory = Make(root, "memory", id);
            if (memory != pids)
                directories.Add(memory);
            Write(memory, kind == CgroupKind.Version1 ? "memory.limit_in_bytes" : "memory.max", limits.MemoryBytesMax);
        }
        return new RunCgroup(pidsKind, [.. directories]);
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
        foreach (var controller in (string[])["pids", "memory"])
        {
            if (TryBase(root, controller) is not (_, { } parent) || !Directory.Exists(parent))
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
        catch (IOException) when (!Directory.Exists(group))
        {
            return;
        }
    }

    // A daemon in another pid namespace of this machine is no daemon that has died: what lives there has no number
    // here, which the kernel writes as 0 (cgroups(7)).
    static bool HasStrangers(string group) =>
        File.ReadLines(Path.Combine(group, "cgroup.procs")).Contains("0");

    static void Clear(string group)
    {
        const int attemptsMax = 1000;
        for (var attempt = 0; Directory.Exists(group); attempt++)
        {
            KillMembersOf(group);
            try
            {
                Directory.Delete(group);
            }
            catch (IOException) when (attempt < attemptsMax)
            {
                Thread.Sleep(1);
            }
        }
    }

    // A number read from the list may have changed hands when the handle is open, so the list is asked again.
    static void KillMembersOf(string directory)
    {
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

    static CgroupKind NoneBecause(string why, out string? problem)
    {
        problem = why;
        return CgroupKind.None;
    }

    static string Make(string? root, string controller, string id)
    {
        var (_, parent) = TryBase(root, controller);
        var directory = Path.Combine(
            parent ?? throw new IOException($"no {controller} control group"),
            string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}-{id}"));
        return Directory.CreateDirectory(directory).FullName;
    }

    // Version 1 has a tree per controller; in version 2 the controller must be delegated to our own group.
    static (CgroupKind Kind, string? Directory) TryBase(string? root, string controller)
    {
        if (root is not null)
            return (CgroupKind.Version2, Path.Combine(root, Folder));
        foreach (var line in File.ReadAllLines("/proc/self/cgroup"))
        {
            var parts = line.Split(':', 3);
            var own = parts[2].TrimStart('/');
            if (parts[1].Split(',').Contains(controller))
            {
                var tree = Path.Combine(Mount, parts[1]);
                return Files.TryMount(tree)?.FileSystemMagic == Files.Cgroup1Magic
                    ? (CgroupKind.Version1, Path.Combine(tree, own, Folder))
                    : (CgroupKind.None, null);
            }
            if (parts[1].Length == 0 && Files.TryMount(Mount)?.FileSystemMagic == Files.Cgroup2Magic)
            {
                var group = Path.Combine(Mount, own);
                var delegated = File.ReadAllText(Path.Combine(group, "cgroup.subtree_control")).Split(' ', '\n');
                return delegated.Contains(controller)
                    ? (CgroupKind.Version2, Path.Combine(group, Folder))
                    : (CgroupKind.None, null);
            }
        }
        return (CgroupKind.None, null);
    }

    static void Write(string directory, string file, long value) =>
        File.WriteAllText(Path.Combine(directory, file), value.ToString(CultureInfo.InvariantCulture));
}
