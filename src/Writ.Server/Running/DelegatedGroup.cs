using System.Globalization;
using Writ.Linux;

namespace Writ.Server.Running;

/// <summary>
/// The part of the version 2 tree of control groups that is the daemon's own: it lives in one leaf of that, its runs
/// each in another. In between there are no processes, because the kernel gives controllers to the groups below only
/// where a group has none itself.
/// </summary>
/// <param name="Runs">The group above all runs.</param>
/// <param name="Memory">Whether the memory of a run can be limited there.</param>
sealed record DelegatedGroup(string Runs, bool Memory)
{
    /// <summary>Where runs' groups lie, in either version.</summary>
    internal const string Folder = "writ-runs";

    /// <summary>Where a daemon lives that was alone in the group it was started in.</summary>
    internal const string Leaf = "writ-daemon";

    const string Mount = "/sys/fs/cgroup";
    const string Processes = "cgroup.procs";
    const string Available = "cgroup.controllers";
    const string Below = "cgroup.subtree_control";

    // Only the root of the whole tree has none, and only there processes and controllers go together.
    const string Kind = "cgroup.type";
    const string Itself = "0";
    const int ShownMax = 4;

    static readonly string[] Wanted = ["pids", "memory"];
    static readonly Lock Gate = new();

    /// <summary>Finds the group and prepares it, as often as it is asked.</summary>
    /// <param name="named">The group that the daemon was told is its own; null for the one that it is in.</param>
    /// <exception cref="IOException">Why there is none, in words for whoever can change that.</exception>
    internal static DelegatedGroup Prepare(string? named)
    {
        // Two of this process at once would find each other half-way.
        lock (Gate)
        {
            var own = named is null ? Own() : null;
            var group = named ?? (Path.GetFileName(own) == Leaf ? Path.GetDirectoryName(own)! : own!);
            if (Files.TryMount(group)?.FileSystemMagic != Files.Cgroup2Magic)
                throw new IOException($"{group} is no control group of version 2");
            var available = Words(group, Available);
            if (!available.Contains("pids"))
                throw new IOException(
                    $"the control group {group} is not given the pids controller by the one above it");
            var missing = Wanted.Where(available.Contains).Except(Words(group, Below)).ToList();
            if (missing.Count > 0)
                Hand(group, missing, isIn: own == group);
            var runs = Directory.CreateDirectory(Path.Combine(group, Folder)).FullName;
            Enable(runs, [.. Words(runs, Available).Intersect(Wanted).Except(Words(runs, Below))]);
            return new DelegatedGroup(runs, Words(runs, Below).Contains("memory"));
        }
    }

    // Gives controllers to the groups below. Whoever else lives in the group is not ours to move.
    static void Hand(string group, List<string> controllers, bool isIn)
    {
        if (File.Exists(Path.Combine(group, Kind)))
        {
            var itself = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
            var others = File.ReadAllLines(Path.Combine(group, Processes)).Where(pid => pid != itself).ToList();
            if (others.Count > 0)
                throw new IOException($"other processes live in the control group {group} too "
                    + $"({string.Join(", ", others.Take(ShownMax))}{(others.Count > ShownMax ? ", …" : "")})");
            if (isIn)
                File.WriteAllText(
                    Path.Combine(Directory.CreateDirectory(Path.Combine(group, Leaf)).FullName, Processes), Itself);
        }
        Enable(group, controllers);
    }

    static void Enable(string group, IReadOnlyCollection<string> controllers)
    {
        if (controllers.Count > 0)
            File.WriteAllText(Path.Combine(group, Below), string.Join(' ', controllers.Select(name => $"+{name}")));
    }

    // Beside version 1 the tree of version 2 is mounted one level deeper, and has what that one has left.
    static string Own()
    {
        var line = File.ReadAllLines("/proc/self/cgroup")
                .FirstOrDefault(l => l.StartsWith("0::/", StringComparison.Ordinal))
            ?? throw new IOException("the kernel has no control groups of version 2");
        var mount = new[] { Mount, Path.Combine(Mount, "unified") }.FirstOrDefault(
                place => Files.TryMount(place)?.FileSystemMagic == Files.Cgroup2Magic)
            ?? throw new IOException($"no control groups are mounted at {Mount}");
        var path = line["0::".Length..];
        if (path.StartsWith("/..", StringComparison.Ordinal))
            throw new IOException("the control group of this process lies outside of what is mounted here");
        return Path.TrimEndingDirectorySeparator(mount + path);
    }

    static string[] Words(string group, string file) =>
        File.ReadAllText(Path.Combine(group, file)).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
}
