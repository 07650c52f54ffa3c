namespace Writ.Server.Callers;

/// <summary>
/// Notes who speaks on the agents' socket. A hook is a short-lived child, so the assistant that started it is noted as
/// well: the nearest ancestor that bears the assistant's name. The name is evidence, never identity; it only decides
/// who is trusted less.
/// </summary>
public sealed class AgentCallers(IAgentProcesses agents, ProcessTable processes)
{
    const int AncestorsMax = 16;

    /// <param name="pid">As the kernel attested it.</param>
    /// <param name="assistant">The word in the names of the assistant's own processes; null when none is known.</param>
    public void Note(int pid, string? assistant)
    {
        if (processes.Find(pid) is not { } caller)
            return;
        agents.Note(caller.Pid, caller.StartTime);
        var parent = caller.Parent;
        for (var depth = 0; assistant is not null && depth < AncestorsMax && parent > 1; depth++)
        {
            if (processes.Find(parent) is not { } ancestor)
                return;
            if (processes.IsNamed(parent, assistant))
            {
                agents.Note(ancestor.Pid, ancestor.StartTime);
                return;
            }
            parent = ancestor.Parent;
        }
    }
}
