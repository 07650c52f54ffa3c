using System.Globalization;

namespace Writ.Linux;

/// <summary>
/// What a process has started, found without namespaces and control groups: everything below it, and the members of a
/// session. Orphans stay below a process that is their reaper (prctl(2), PR_SET_CHILD_SUBREAPER).
/// </summary>
public static class ProcessTree
{
    /// <summary>
    /// The processes below one that are not dead yet, each held so that its number stays its own; never that one
    /// itself.
    /// </summary>
    /// <param name="root">The process that is above all of them.</param>
    /// <param name="session">A session whose members count as well; 0 for none.</param>
    public static List<ProcessHandle> Below(int root, int session)
    {
        var found = new List<ProcessHandle>();
        foreach (var pid in Numbers(root, session))
        {
            if (ProcessHandle.TryOpen(pid) is not { } process)
                continue;
            // The number may have changed hands before it was held.
            if (IsBelow(pid, root, session))
                found.Add(process);
            else
                process.Dispose();
        }
        return found;
    }

    /// <summary>Signals all of them once; how many there were.</summary>
    public static int Signal(int root, int session, int signal)
    {
        var found = Below(root, session);
        foreach (var process in found)
            using (process)
                _ = process.Signal(signal);
        return found.Count;
    }

    // Read once for all: a parent's number is smaller or larger as it happens, so the set grows until it is whole.
    static HashSet<int> Numbers(int root, int session)
    {
        var places = new Dictionary<int, ProcessPlace>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(
                    Path.GetFileName(directory.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                && ProcessSight.TryPlace(pid) is { IsDead: false } place)
                places[pid] = place;
        var below = new HashSet<int>();
        int before;
        do
        {
            before = below.Count;
            foreach (var (pid, place) in places)
                if (pid != root && (place.Parent == root || below.Contains(place.Parent)
                    || (session != 0 && place.Session == session)))
                    below.Add(pid);
        }
        while (below.Count > before);
        return below;
    }

    static bool IsBelow(int pid, int root, int session)
    {
        const int depthMax = 4096;
        var at = pid;
        for (var depth = 0; depth < depthMax && ProcessSight.TryPlace(at) is { } place; depth++)
        {
            if (place.Parent == root || (at == pid && session != 0 && place.Session == session))
                return at != pid || !place.IsDead;
            at = place.Parent;
        }
        return false;
    }
}
