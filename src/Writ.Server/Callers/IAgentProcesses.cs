namespace Writ.Server.Callers;

/// <summary>
/// The processes that have acted as an agent. What descends from one of them is inside a session and never passes for
/// a person.
/// </summary>
public interface IAgentProcesses
{
    /// <summary>Remembers an agent's process.</summary>
    /// <param name="pid">As the kernel attested it on the agents' socket.</param>
    /// <param name="startTime">Field 22 of /proc/PID/stat, so that a reused number is not mistaken.</param>
    void Note(int pid, long startTime);

    /// <summary>True when the process, or one it descends from, is an agent's, or when nobody can tell.</summary>
    bool IsInsideSession(int pid);
}
