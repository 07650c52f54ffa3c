using System.Globalization;
using Writ.Linux;

namespace Writ.Server.Running;

/// <summary>
/// The processes of one run, told from everybody else's of the same user by their process namespace, and by their
/// control group where the run has one: who enters the namespace from outside is not in that. Until the run begins
/// nobody is one of them.
/// </summary>
sealed class RunNamespace
{
    volatile Place? _own;

    /// <param name="firstPid">The first process of it, which stands still.</param>
    public void Begun(int firstPid)
    {
        if (NameOf(firstPid) is { } name)
            _own ??= new Place(name, ControlGroupOf(firstPid));
    }

    /// <summary>Whether a process that connected is one of them, by the kernel's word of now.</summary>
    public bool Holds(PeerCredentials peer) => Holds(peer, NameOf(peer.Pid), ControlGroupOf(peer.Pid));

    /// <summary>The same for a process whose place was read already.</summary>
    public bool Holds(PeerCredentials peer, string? name, string? group) =>
        _own is { } own && own.Name == name && (own.Group is null || own.Group == group)
        // Asked last, whether it still lives: else the place could be that of a later owner of the number. A kernel
        // without process descriptors (before 6.5) cannot be asked.
        && (peer.PidDescriptor is null || IsAlive(peer));

    /// <summary>Whether the process that connected has not ended; false where nobody can tell.</summary>
    public static bool IsAlive(PeerCredentials peer)
    {
        // A process descriptor can be read from once its process has ended.
        if (peer.PidDescriptor is not { } held)
            return false;
        Span<PollEntry> entry = [new() { Number = held.Number, WantsRead = true }];
        return !Polling.Wait(entry, 0);
    }

    /// <summary>As the kernel names it; null for a process that is gone.</summary>
    public static string? NameOf(int pid) =>
        Files.TryReadLink(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/pid"));

    // The group of the controller that counts processes, or the only one there is (cgroups(7)).
    public static string? ControlGroupOf(int pid)
    {
        try
        {
            var lines = File.ReadAllLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/cgroup"));
            var line = lines.FirstOrDefault(
                    l => l.Split(':', 3) is [_, var names, _] && names.Split(',').Contains("pids"))
                ?? lines.FirstOrDefault(l => l.StartsWith("0::", StringComparison.Ordinal));
            var group = line?.Split(':', 3)[2];
            return group?.Contains("/writ-runs/", StringComparison.Ordinal) == true ? group : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    sealed record Place(string Name, string? Group);
}
