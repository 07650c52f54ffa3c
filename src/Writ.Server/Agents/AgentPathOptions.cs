using System.Globalization;
using Writ.Linux;
using Writ.Server.Running;
using Writ.Server.Sequencer;
using Writ.Server.Storage;

namespace Writ.Server.Agents;

/// <summary>Where the parts of the agents' path lie on this machine.</summary>
/// <param name="LauncherPath">The launcher binary.</param>
/// <param name="RuntimeDirectory">The runner's own directory; the users whose runs are started pass through it.</param>
/// <param name="HeldDirectory">Where the changes of runs are held back; null where no run has that.</param>
/// <param name="WritPath">The client that a rewritten command names when the asking client is not one itself.</param>
public sealed record AgentPathOptions(string LauncherPath, string RuntimeDirectory, string WritPath,
    string? HeldDirectory = null)
{
    /// <summary>The users that sessions get; null where runs belong to the owners of their files.</summary>
    public UidRange? SessionUids { get; init; }

    /// <summary>A control group that is the daemon's to divide; null for the one it is in.</summary>
    public string? ControlGroup { get; init; }

    const string RunnerPrefix = "runner-";

    /// <summary>Everything beside this program, as it is installed; the launcher may be named otherwise.</summary>
    public static AgentPathOptions Beside(DataDirectory data, string? launcherNamed)
    {
        var folder = AppContext.BaseDirectory;
        var above = Path.GetFullPath(Path.Combine(folder, ".."));
        var named = launcherNamed ?? Environment.GetEnvironmentVariable("WRIT_LAUNCH");
        var launcher = string.IsNullOrEmpty(named) ? Beside(folder, above, "writ-launch") : Path.GetFullPath(named);
        // Runs of other users cannot pass through the data directory, which is root's alone.
        var runtime = ThisProcess.EffectiveUid == 0
            ? string.Create(CultureInfo.InvariantCulture, $"/run/writ/{RunnerPrefix}{ThisProcess.Pid}")
            : Path.Combine(data.Root, "run", "runner");
        return new AgentPathOptions(launcher, runtime, Beside(folder, above, "writ"), data.HeldPath);
    }

    /// <summary>The runner, with the public order key where every run can read it.</summary>
    public Runner CreateRunner(KeyRing keys, TimeProvider time)
    {
        var above = Path.GetDirectoryName(RuntimeDirectory)!;
        if (ThisProcess.EffectiveUid == 0 && !Directory.Exists(above))
        {
            Directory.CreateDirectory(above);
            // rwx--x--x, whatever mask this process was started with: else the runs of other users cannot pass.
            Files.SetMode(above, 0x1C9);
        }
        RemoveLeftBehind(above);
        Directory.CreateDirectory(RuntimeDirectory);
        if (ThisProcess.EffectiveUid == 0)
            Files.SetMode(RuntimeDirectory, 0x1C9);
        var key = Path.Combine(RuntimeDirectory, "orders.vkey");
        File.WriteAllText(key, keys.Orders.VkeyText + "\n");
        // r--r--r--
        Files.SetMode(key, 0x124);
        var options = new RunnerOptions
        {
            LauncherPath = LauncherPath,
            OrderKeyPath = key,
            RuntimeDirectory = RuntimeDirectory,
            HeldDirectory = HeldDirectory,
            CgroupRoot = ControlGroup,
            SessionUids = ThisProcess.EffectiveUid == 0 ? SessionUids : null,
        };
        return new Runner(
            options, ContainmentProbe.Run(options.BubblewrapPath, ControlGroup, Trial(), UserTrial()), time);
    }

    // What daemons that were killed left here: nothing of theirs runs any more. One whose number another process has
    // now waits for a later start. Of daemons that start at once, one does it: the folder is locked meanwhile.
    static void RemoveLeftBehind(string above)
    {
        if (ThisProcess.EffectiveUid != 0)
            return;
        using var held = Files.TryOpenRead(above, out _);
        if (held is null || !Files.TryLock(held))
            return;
        foreach (var directory in Directory.EnumerateDirectories(above, RunnerPrefix + "*"))
            if (int.TryParse(
                    Path.GetFileName(directory)[RunnerPrefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture,
                    out var pid)
                && !Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}")))
                TreeRemoval.Remove(directory);
    }

    /// <summary>Where it is tried whether changes can be held back.</summary>
    public OverlayTrial? Trial() =>
        HeldDirectory is null ? null : new OverlayTrial(LauncherPath, HeldDirectory, RuntimeDirectory);

    /// <summary>Where it is tried whether sessions can have users of their own; null when they are not to.</summary>
    public SessionUserTrial? UserTrial() =>
        SessionUids is { } uids
            ? new SessionUserTrial(uids, LauncherPath, HeldDirectory ?? RuntimeDirectory)
            : null;

    static string Beside(string folder, string above, string name) =>
        File.Exists(Path.Combine(folder, name)) ? Path.Combine(folder, name) : Path.Combine(above, name);
}
