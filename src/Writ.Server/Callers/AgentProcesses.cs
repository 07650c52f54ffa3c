namespace Writ.Server.Callers;

/// <summary>
/// Agents' processes by number and start time. The memory is bounded: processes that have ended are forgotten first,
/// and when none has, the oldest.
/// </summary>
public sealed class AgentProcesses(ProcessTable processes) : IAgentProcesses
{
    public const int NotedMax = 4_096;
    const int AncestorsMax = 64;

    readonly Lock _gate = new();
    readonly Dictionary<int, long> _startByPid = [];
    readonly Queue<(int Pid, long Start)> _order = new();

    public void Note(int pid, long startTime)
    {
        lock (_gate)
        {
            if (_startByPid.TryGetValue(pid, out var known) && known == startTime)
                return;
            if (_order.Count >= NotedMax)
                Forget_NeedsLock();
            _startByPid[pid] = startTime;
            _order.Enqueue((pid, startTime));
        }
    }

    public bool IsInsideSession(int pid)
    {
        for (var depth = 0; depth < AncestorsMax; depth++)
        {
            if (pid <= 1)
                return false;
            // Gone while we look: nobody can say any more what it descended from.
            if (processes.Find(pid) is not { } process || IsNoted(process) || processes.NamesSession(pid))
                return true;
            pid = process.Parent;
        }
        return true;
    }

    bool IsNoted(ProcessFacts process)
    {
        lock (_gate)
            return _startByPid.TryGetValue(process.Pid, out var start) && start == process.StartTime;
    }

    void Forget_NeedsLock()
    {
        var alive = _order.Where(p => processes.Find(p.Pid)?.StartTime == p.Start).ToArray();
        _order.Clear();
        _startByPid.Clear();
        foreach (var process in alive.Skip(Math.Max(0, alive.Length - NotedMax + 1)))
        {
            _order.Enqueue(process);
            _startByPid[process.Pid] = process.Start;
        }
    }
}
