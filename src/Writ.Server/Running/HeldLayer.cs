using System.Globalization;
using Writ.Linux;

namespace Writ.Server.Running;

/// <summary>
/// Where the changes of one run are held back: the layer over its work tree, and the directory in which the kernel
/// prepares them. Both belong to the tree's own user; nobody else, and the session's user if it is another, gets to
/// them.
/// </summary>
/// <param name="Directory">The run's own, in the data directory.</param>
/// <param name="Place">Where the run's user finds it; the same, where that user can pass through the data directory.
/// </param>
sealed record HeldLayer(string Directory, string Place)
{
    const int OwnerOnly = 0x1C0;

    /// <summary>A file in a run's directory whose change time is the run's beginning.</summary>
    internal const string BeganName = "began";

    /// <summary>What the command has changed, as the kernel keeps it.</summary>
    internal static string UpperOf(string runDirectory) => Path.Combine(runDirectory, "layer", "upper");

    internal string Upper => Path.Combine(Place, "upper");

    internal string Work => Path.Combine(Place, "work");

    /// <summary>Makes an empty layer over a work tree.</summary>
    /// <param name="runDirectory">The run's directory among the held changes; it must be new.</param>
    internal static HeldLayer Create(string runDirectory, string tree, RunIdentity identity, string? place)
    {
        if (System.IO.Directory.Exists(runDirectory))
            throw new InvalidOperationException($"{runDirectory} exists: runs are single-use");
        var layer = Path.Combine(runDirectory, "layer");
        var mode = Files.TryFacts(tree)?.Mode ?? OwnerOnly;
        foreach (var path in (string[])[runDirectory, layer, Path.Combine(layer, "upper"), Path.Combine(layer, "work")])
        {
            System.IO.Directory.CreateDirectory(path);
            // The layer's own top stands for the work tree's.
            Files.SetMode(path, Path.GetFileName(path) == "upper" ? mode : OwnerOnly);
            if (identity.Changes && path != runDirectory)
                Files.ChangeOwner(path, identity.Owner.Uid, identity.Owner.Gid);
        }
        // Last: by the kernel's own clock, everything in the tree that changes from now on is younger.
        File.WriteAllBytes(Path.Combine(runDirectory, BeganName), []);
        return new HeldLayer(layer, place ?? layer);
    }

    /// <summary>
    /// What is put before the sandbox's own program: a user namespace in which mounting is allowed, and in it the
    /// launcher's stage that mounts.
    /// </summary>
    internal IEnumerable<string> Stages(string bubblewrap, string launcher, string tree) =>
    [
        "bwrap", "--unshare-user", "--cap-add", "CAP_SYS_ADMIN", "--cap-add", "CAP_DAC_OVERRIDE", "--die-with-parent",
        "--dev-bind", "/", "/", "--", launcher, "cover", tree, Upper, Work, bubblewrap,
    ];
}

/// <summary>
/// Finds out by doing it whether changes of a work tree can be held back: file systems, kernels and security modules
/// all have a say in that.
/// </summary>
/// <param name="LauncherPath">The launcher binary.</param>
/// <param name="HeldDirectory">Where changes are held.</param>
/// <param name="RuntimeDirectory">A directory that the users of runs can pass through.</param>
public sealed record OverlayTrial(string LauncherPath, string HeldDirectory, string RuntimeDirectory)
{
    const int Nobody = 65_534;
    const int Traversable = 0x1C9;

    static long s_trials;

    internal string? Problem(string bubblewrap, Func<string, string[], (int Exit, string Output)> run)
    {
        if (!File.Exists(LauncherPath))
            return $"the launcher {LauncherPath} is not there";
        var name = string.Create(CultureInfo.InvariantCulture, $"trial-{Interlocked.Increment(ref s_trials)}");
        var held = Path.Combine(HeldDirectory, name);
        var room = Path.Combine(RuntimeDirectory, name);
        try
        {
            return Problem(bubblewrap, held, room, run);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or LinuxFaultException)
        {
            return fault.Message;
        }
        finally
        {
            foreach (var directory in (string[])[held, room])
                TreeRemoval.Remove(directory);
        }
    }

    string? Problem(
        string bubblewrap, string held, string room, Func<string, string[], (int Exit, string Output)> run)
    {
        var root = ThisProcess.EffectiveUid == 0;
        var identity = root
            ? new RunIdentity(Nobody, Nobody, Changes: true)
            : new RunIdentity(ThisProcess.EffectiveUid, ThisProcess.EffectiveGid, Changes: false);
        var (tree, place) = (Path.Combine(room, "tree"), Path.Combine(room, "held"));
        foreach (var directory in (string[])[room, tree, place])
        {
            Directory.CreateDirectory(directory);
            Files.SetMode(directory, Traversable);
        }
        if (identity.Changes)
            Files.ChangeOwner(tree, identity.Uid, identity.Gid);
        var layer = HeldLayer.Create(held, tree, identity, root ? place : null);
        var made = Path.Combine(tree, "made");
        List<string> argv =
        [
            .. layer.Stages(bubblewrap, LauncherPath, tree), "bwrap", .. SandboxLayout.Namespaces,
            "--ro-bind", "/usr", "/usr", .. SandboxLayout.SystemLinks(), "--proc", "/proc", "--dev", "/dev",
            "--bind", tree, tree, "--", "/usr/bin/touch", made,
        ];
        if (identity.Changes)
            argv.InsertRange(0, ["show", "1", layer.Directory, place, Text(Nobody), Text(Nobody), bubblewrap]);
        var (exit, output) = identity.Changes
            ? run(LauncherPath, [.. argv])
            : run(bubblewrap, [.. argv.Skip(1)]);
        if (exit != 0)
            return string.Create(CultureInfo.InvariantCulture, $"a trial ended with {exit}: {output.Trim()}");
        return !File.Exists(made) && File.Exists(Path.Combine(layer.Directory, "upper", "made"))
            ? null
            : "what a trial wrote was not held back";
    }

    static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
