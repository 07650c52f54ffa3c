using Writ.Linux;

namespace Writ.Server.Running;

/// <summary>Freezing a run before it is ended, so that what it was can be seen.</summary>
sealed partial class RunLoop
{
    // What has not stood still by then is ended as it is; the kill never waits for the evidence of it.
    static readonly TimeSpan StandStillMax = TimeSpan.FromMilliseconds(100);

    StandStill? _frozen;

    // Null when it could not be done: the kill follows in any case.
    StandStill? StandStill()
    {
        if (_startedAt is null)
            return null;
        var since = _time.GetTimestamp();
        var limit = After(StandStillMax);
        var stopped = new Dictionary<int, ProcessHandle>();
        try
        {
            _cgroup?.ForbidChildren();
            _cgroup?.Freeze(_time);
            // Whoever was just being born when the list was read is in the next one.
            while (StopOthers(stopped) && _time.GetTimestamp() < limit)
                continue;
            return Running.StandStill.Of(
                _time.GetElapsedTime(since), [.. stopped.Values.Where(p => p.IsAlive).Select(p => p.Pid).Order()]);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or LinuxFaultException)
        {
            return null;
        }
        finally
        {
            foreach (var process in stopped.Values)
                process.Dispose();
        }
    }

    // True when somebody was found who had not been told to stop yet.
    bool StopOthers(Dictionary<int, ProcessHandle> stopped)
    {
        var found = false;
        foreach (var process in _cgroup?.Members(stopped) ?? Inside())
            // The outer process is ours: it only waits, and its end is how the run's end is seen.
            if (process.Pid != _outer!.Pid && stopped.TryAdd(process.Pid, process))
                found |= process.Signal(Signals.Stop);
            else
                process.Dispose();
        return found;
    }

    // Without a control group: the members of the pid namespace, or who is below the keeper where there is none.
    List<ProcessHandle> Inside()
    {
        if (!_spawn.Isolated)
            return ProcessTree.Below(_outer!.Pid, _command?.Pid ?? 0);
        var world = _inner is null ? null : ProcessSight.TryLink(_inner.Pid, "ns/pid");
        var held = new List<ProcessHandle>();
        foreach (var directory in world is null ? [] : Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), out var pid) || ProcessSight.TryLink(pid, "ns/pid") != world)
                continue;
            if (ProcessHandle.TryOpen(pid) is not { } process)
                continue;
            if (ProcessSight.TryLink(pid, "ns/pid") == world)
                held.Add(process);
            else
                process.Dispose();
        }
        return held;
    }
}
