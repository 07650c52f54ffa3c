using System.Globalization;
using System.Text;
using Writ.Linux;

namespace Writ.Server.Running;

/// <summary>
/// Finds out by doing it whether sessions can have users of their own: the kernel, a security module, a container, the
/// file system and where this is installed all have a say in that.
/// </summary>
/// <param name="LauncherPath">The launcher binary, which such a user has to be able to start.</param>
/// <param name="Place">
/// On a file system that work trees may be on. In memory (/run) files have other owners only since Linux 6.3.
/// </param>
public sealed record SessionUserTrial(UidRange Uids, string LauncherPath, string Place)
{
    const int Owner = 65_534;
    const int Traversable = 0x1C9;
    const int OwnerOnly = 0x1C0;
    const int SaidBytesMax = 4096;
    static readonly TimeSpan TrialMax = TimeSpan.FromSeconds(10);

    static long s_trials;

    internal string? Problem()
    {
        if (ThisProcess.EffectiveUid != 0)
            return "the control plane is not root";
        if (!File.Exists(LauncherPath))
            return $"the launcher {LauncherPath} is not there";
        var room = Path.Combine(
            Place,
            string.Create(CultureInfo.InvariantCulture, $"own-{Interlocked.Increment(ref s_trials)}"));
        try
        {
            return Problem(room);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or LinuxFaultException)
        {
            return fault is LinuxFaultException call
                ? string.Create(CultureInfo.InvariantCulture, $"{call.Operation} failed with errno {call.Errno}")
                : fault.Message;
        }
        finally
        {
            TreeRemoval.Remove(room);
        }
    }

    // A tree behind a closed folder, in which somebody else's session makes a file and starts the launcher.
    string? Problem(string room)
    {
        var closed = Path.Combine(room, "closed");
        var tree = Path.Combine(closed, "tree");
        (string, int)[] folders = [(room, Traversable), (closed, OwnerOnly), (tree, OwnerOnly)];
        foreach (var (directory, mode) in folders)
        {
            Directory.CreateDirectory(directory);
            Files.SetMode(directory, mode);
        }
        Files.ChangeOwner(tree, Owner, Owner);
        var user = new FileOwner(Uids.First, Uids.First);
        using var mapping = IdMapping.Create(new FileOwner(Owner, Owner), user);
        var made = Path.Combine(tree, "made");
        var uid = user.Uid.ToString(CultureInfo.InvariantCulture);
        var (exit, said) = Run(
            mapping,
            [
                "writ-launch", "own", SpawnOrder.MappingNumber.ToString(CultureInfo.InvariantCulture), uid, uid,
                "2", "room", "-", SessionQuarters.Closed([tree], []).First(), "map", tree, tree, "/bin/sh", "sh", "-c",
                ": > \"$1\" && test -r \"$2\" && test -x \"$2\"", "sh", made, LauncherPath,
            ]);
        if (exit != 0)
            return string.Create(CultureInfo.InvariantCulture, $"a trial ended with {exit}: {said.Trim()}");
        return Files.TryFacts(made) is { OwnerUid: Owner, OwnerGid: Owner }
            ? null
            : "what a trial made did not belong to the tree's owner";
    }

    (int Exit, string Said) Run(Descriptor mapping, IReadOnlyList<string> argv)
    {
        using var nothing = Files.TryOpenRead("/dev/null", out var errno)
            ?? throw new LinuxFaultException("open /dev/null", errno);
        var error = Pipe.Create();
        using var reader = error.Reader;
        ProcessHandle started;
        using (error.Writer)
            started = Spawning.Start(
                LauncherPath, argv, [],
                [
                    new(nothing, 0), new(nothing, 1), new(error.Writer, 2), new(mapping, SpawnOrder.MappingNumber),
                ]);
        using var trial = started;
        Span<PollEntry> ended = [new PollEntry { Number = trial.Descriptor.Number, WantsRead = true }];
        if (!Polling.Wait(ended, (int)TrialMax.TotalMilliseconds))
            _ = trial.Signal(Signals.Kill);
        _ = Polling.Wait(ended, -1);
        reader.SetNonBlocking();
        Span<byte> said = stackalloc byte[SaidBytesMax];
        var count = reader.Read(said);
        return (trial.TryReap()?.ShellStatus ?? -1, Encoding.UTF8.GetString(said[..Math.Max(0, count)]));
    }
}
