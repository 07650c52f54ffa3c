using Writ.Linux;

namespace Writ.Server.Running;

/// <summary>
/// The process namespace of one run, by which its processes are told from everybody else's of the same user. Until it
/// is known nobody is in it.
/// </summary>
sealed class RunNamespace
{
    readonly TaskCompletionSource<string> _own = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="firstPid">The first process of it, which stands still.</param>
    public void Begun(int firstPid) => _own.TrySetResult(NameOf(firstPid) ?? "");

    /// <summary>Whether a process that connected is there, by the kernel's word of now.</summary>
    public bool Holds(PeerCredentials peer)
    {
        var place = NameOf(peer.Pid);
        // Read first, then asked whether it still lives: else it could be of a later owner of the number. A kernel
        // without process descriptors (before 6.5) cannot be asked.
        return (peer.PidDescriptor is null || IsAlive(peer))
            && _own.Task is { IsCompletedSuccessfully: true, Result: { Length: > 0 } own } && own == place;
    }

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
    public static string? NameOf(int pid) => Files.TryReadLink($"/proc/{pid}/ns/pid");
}
