using System.Collections.Immutable;
using System.Globalization;
using Writ.Assistants;
using Writ.Egress;
using Writ.Identity;
using Writ.Linux;
using Writ.Runs;

namespace Writ.Server.Running;

/// <summary>
/// What the inside of a sandbox looks like: bubblewrap's arguments and the Landlock grants that repeat them. Everything
/// is built from nothing; only /usr and picked files of /etc come from the host.
/// </summary>
static class SandboxLayout
{
    internal const string LauncherPath = "/run/writ/launch";
    internal const string OrderKeyPath = "/run/writ/order.vkey";
    const string EtcPath = "/run/writ/etc";
    const int HostSocketsMax = 256;

    internal static readonly string[] Namespaces =
    [
        "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net", "--unshare-cgroup-try",
        "--disable-userns", "--die-with-parent", "--cap-drop", "ALL", "--clearenv",
    ];

    // Readable by everybody on any host, and without which resolvers, linkers, clocks and TLS do not work.
    static readonly string[] HostEtc =
        ["/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime", "/etc/ssl/certs", "/etc/ssl/openssl.cnf"];

    // A work tree here, or one that contains such a directory, would replace a part of the sandbox itself.
    static readonly string[] Reserved =
        ["/usr", "/etc", "/proc", "/dev", "/sys", "/run", "/boot", "/bin", "/sbin", "/lib", "/lib64"];

    static readonly string[] TooWide =
        ["/", "/home", "/root", "/tmp", "/var", "/var/tmp", "/srv", "/opt", "/mnt", "/media"];

    /// <summary>
    /// The host's top-level links into /usr, or the directories themselves on hosts that have not merged.
    /// </summary>
    internal static IEnumerable<string> SystemLinks()
    {
        foreach (var path in (string[])["/bin", "/sbin", "/lib", "/lib64", "/lib32", "/libx32"])
        {
            if (Files.TryFacts(path) is not { IsDirectory: true })
                continue;
            string[] arguments = Files.TryReadLink(path) is { } target
                ? ["--symlink", target, path]
                : ["--ro-bind", path, path];
            foreach (var argument in arguments)
                yield return argument;
        }
    }

    /// <summary>Null when the tree can be shown to a command at its own path, else why not.</summary>
    internal static string? ProblemWithTree(string path)
    {
        if (!Path.IsPathFullyQualified(path) || Path.GetFullPath(path) != path
            || (path.Length > 1 && path.EndsWith('/')))
            return "the work tree's path is not absolute and canonical";
        if (TooWide.Contains(path) || Reserved.Any(reserved => IsWithin(path, reserved)))
            return "the work tree would replace a part of the system";
        if (!Directory.Exists(path))
            return "the work tree does not exist";
        return RealPath(path) == path ? null : "the work tree's path goes through a symbolic link";
    }

    internal static bool IsWithin(string path, string directory) =>
        path == directory || path.StartsWith(directory + "/", StringComparison.Ordinal);

    /// <summary>The path with every symbolic link on the way resolved.</summary>
    internal static string RealPath(string path)
    {
        if (Files.TryRealPath(path) is { } real)
            return real;
        var current = "/";
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Combine(current, part);
            FileSystemInfo entry = Directory.Exists(next) ? new DirectoryInfo(next) : new FileInfo(next);
            current = entry.Exists ? entry.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? next : next;
        }
        return current;
    }

    internal static List<string> Arguments(
        RunPlan plan, string launcher, string orderKey, string etcDirectory, string? executableCopy,
        string? wayOut = null, string? identity = null, ShownAssistant? assistant = null)
    {
        List<string> list = [.. Namespaces];
        list.AddRange(["--hostname", "writ", "--ro-bind", "/usr", "/usr", .. SystemLinks()]);
        list.AddRange([.. Fresh(plan), "--dir", "/var"]);
        if (!ShowsInVarTmp(plan))
            list.AddRange(["--symlink", "/tmp", "/var/tmp"]);
        foreach (var path in HostEtc)
            list.AddRange(["--ro-bind-try", path, path]);
        list.AddRange(["--ro-bind", launcher, LauncherPath, "--ro-bind", orderKey, OrderKeyPath]);
        list.AddRange(["--ro-bind", etcDirectory, EtcPath]);
        foreach (var name in EtcFiles.Names)
            list.AddRange(["--symlink", $"{EtcPath}/{name}", $"/etc/{name}"]);
        if (wayOut is not null)
            list.AddRange(["--ro-bind", wayOut, EgressDoor.SocketPath]);
        foreach (var (outside, inside) in plan.Egress?.Shown ?? [])
            list.AddRange(["--ro-bind", outside, inside]);
        if (identity is not null)
            list.AddRange(["--ro-bind", identity, IdentityDoor.SocketPath]);
        if (assistant is not null)
            list.AddRange(assistant.Arguments());
        foreach (var path in plan.ReadOnlyPaths)
            list.AddRange(["--ro-bind", path, path]);
        list.AddRange([plan.WorkTreeWritable ? "--bind" : "--ro-bind", plan.WorkTree, plan.WorkTree]);
        foreach (var socket in HostSockets([plan.WorkTree, .. plan.ReadOnlyPaths]))
            list.AddRange(["--ro-bind", "/dev/null", socket]);
        if (executableCopy is not null)
            list.AddRange(["--ro-bind", executableCopy, plan.Executable]);
        // After every mount point has been made in it. The launcher goes on to the working directory.
        list.AddRange(["--remount-ro", "/", "--chdir", plan.WorkTree]);
        return list;
    }

    // What each sandbox has for itself.
    static IEnumerable<string> Fresh(RunPlan plan)
    {
        var size = plan.Limits.ScratchBytesMax.ToString(CultureInfo.InvariantCulture);
        return
        [
            "--proc", "/proc", "--dev", "/dev",
            .. ((string[])["/tmp", "/home", "/run", "/dev/shm"]).SelectMany(
                scratch => (string[])["--size", size, "--tmpfs", scratch]),
            "--dir", "/home/agent",
        ];
    }

    // One scratch space under both names, unless what is shown inside has to lie there.
    static bool ShowsInVarTmp(RunPlan plan) =>
        plan.ReadOnlyPaths.Append(plan.WorkTree).Any(path => IsWithin(path, "/var/tmp"));

    /// <summary>
    /// The same for bubblewrap in a session's room: it finds the root put together there (<see cref="RoomSteps"/>). It
    /// reads the table of mounts once more after each of its own, so this is the fewest.
    /// </summary>
    internal static List<string> ArgumentsInRoom(RunPlan plan) =>
    [
        .. Namespaces, "--hostname", "writ", "--ro-bind", RoomPlan.Root, "/", .. Fresh(plan),
        "--ro-bind", RoomPlan.Launch, Path.GetDirectoryName(LauncherPath)!,
        .. plan.ReadOnlyPaths.SelectMany(path => (string[])["--ro-bind", RoomPlan.Of(plan, path), path]),
        plan.WorkTreeWritable ? "--bind" : "--ro-bind", RoomPlan.Of(plan, plan.WorkTree), plan.WorkTree,
        .. HostSockets([plan.WorkTree, .. plan.ReadOnlyPaths]).SelectMany(
            socket => (string[])["--ro-bind", "/dev/null", socket]),
        "--chdir", plan.WorkTree,
    ];

    /// <summary>What of the root of a sandbox does not depend on the run; the room's own links lead there.</summary>
    internal static IEnumerable<RoomStep> RoomSteps(RunPlan plan)
    {
        var links = SystemLinks().Chunk(3).ToList();
        return
        [
            .. links.Select(link => link[0] == "--symlink"
                ? new RoomStep("link", link[1], RoomPlan.Root + link[2])
                : new RoomStep("show", link[1], RoomPlan.Root + link[2])),
            .. links.Select(link => new RoomStep("link", RoomPlan.Root[1..] + link[2], link[2])),
            .. ((string[])["/proc", "/dev", "/tmp", "/home", "/run", "/var"]).Select(
                folder => new RoomStep("folder", "-", RoomPlan.Root + folder)),
            .. ShowsInVarTmp(plan) ? (RoomStep[])[] : [new RoomStep("link", "/tmp", RoomPlan.Root + "/var/tmp")],
            .. HostEtc.Where(path => Files.TryFacts(path) is not null)
                .Select(path => new RoomStep("show", RealPath(path), RoomPlan.Root + path)),
            .. EtcFiles.Names.Select(
                name => new RoomStep("link", $"{EtcPath}/{name}", $"{RoomPlan.Root}/etc/{name}")),
        ];
    }

    // Whoever can name a socket can connect to it, however read-only its folder is, and nothing below Landlock's ninth
    // version says otherwise. Those that processes of the host listen on in what is shown are covered; one that is
    // opened later is not, and is told of afterwards.
    static List<string> HostSockets(IReadOnlyCollection<string> shown)
    {
        var found = OpenSockets(shown);
        return found.Count <= HostSocketsMax
            ? found
            : throw new IOException("more sockets of the host lie in the work tree than can be covered");
    }

    /// <summary>
    /// The sockets that processes of the host have there now and that were not covered: a run could have connected to
    /// them. Not over a held tree, where the kernel shows sockets of its own in the place of the host's.
    /// </summary>
    internal static IEnumerable<string> OpenedLater(RunPlan plan, ContainmentTier tier, IEnumerable<string> arguments)
    {
        List<string> shown = [.. plan.ReadOnlyPaths];
        if (tier != ContainmentTier.T3)
            shown.Add(plan.WorkTree);
        return OpenSockets(shown).Except(arguments);
    }

    static List<string> OpenSockets(IReadOnlyCollection<string> shown)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var line in File.ReadAllText("/proc/net/unix").AsSpan().EnumerateLines())
        {
            // No column before the path has such a sign in it, and an abstract name begins with another.
            var at = line.IndexOf(" /", StringComparison.Ordinal) + 1;
            if (at == 0 || found.Count > HostSocketsMax)
                continue;
            var path = line[at..].ToString();
            if (shown.Any(folder => IsWithin(path, folder))
                && Files.TryFacts(path) is { IsDirectory: false, IsRegular: false })
                found.Add(path);
        }
        return [.. found];
    }

    /// <summary>The same view once more as Landlock grants, for the inside of the sandbox.</summary>
    internal static ImmutableArray<PathGrant> Grants(RunPlan plan)
    {
        var grants = ImmutableArray.CreateBuilder<PathGrant>();
        grants.Add(new(PathGrantKind.ReadExecute, "/usr"));
        foreach (var path in (string[])["/bin", "/sbin", "/lib", "/lib64"])
            if (Files.TryFacts(path) is { IsDirectory: true } && Files.TryReadLink(path) is null)
                grants.Add(new(PathGrantKind.ReadExecute, path));
        grants.Add(new(PathGrantKind.ReadOnly, "/etc"));
        grants.Add(new(PathGrantKind.ReadConnect, "/run"));
        grants.Add(new(PathGrantKind.ReadOnly, "/proc"));
        grants.Add(new(PathGrantKind.Devices, "/dev"));
        grants.Add(new(PathGrantKind.ReadWrite, "/dev/shm"));
        grants.Add(new(plan.ScratchExecutes ? PathGrantKind.ReadWriteExecute : PathGrantKind.ReadWrite, "/tmp"));
        grants.Add(new(PathGrantKind.ReadWrite, "/home"));
        foreach (var path in plan.ReadOnlyPaths)
            grants.Add(new(PathGrantKind.ReadExecute, path));
        if (plan.Assistant is not null)
        {
            grants.Add(new(PathGrantKind.ReadExecute, AssistantPlaces.ClientFolder));
            if (!IsShown(plan, plan.Executable))
                grants.Add(new(PathGrantKind.ReadExecute, plan.Executable));
        }
        grants.Add(new(
            plan.WorkTreeWritable ? PathGrantKind.ReadWriteExecute : PathGrantKind.ReadExecute, plan.WorkTree));
        return grants.ToImmutable();
    }

    /// <summary>Whether a path of the host is seen inside without being shown by itself.</summary>
    internal static bool IsShown(RunPlan plan, string path) =>
        plan.ReadOnlyPaths.Append(plan.WorkTree).Append("/usr").Any(folder => IsWithin(path, folder));

    /// <summary>
    /// Grants on the host's own tree, when there are no namespaces: no run-time files, and a scratch space only where
    /// the run's user is shown one of its own.
    /// </summary>
    internal static ImmutableArray<PathGrant> GrantsOnHost(RunPlan plan, bool hasQuarters)
    {
        var grants = ImmutableArray.CreateBuilder<PathGrant>();
        grants.Add(new(PathGrantKind.ReadExecute, "/usr"));
        foreach (var path in (string[])["/bin", "/sbin", "/lib", "/lib64"])
            if (Directory.Exists(path))
                grants.Add(new(PathGrantKind.ReadExecute, path));
        foreach (var path in HostEtc.Concat(EtcFiles.Names.Select(name => $"/etc/{name}")).Append("/etc/gitconfig"))
            if (Path.Exists(path))
                grants.Add(new(PathGrantKind.ReadOnly, path));
        grants.Add(new(PathGrantKind.ReadOnly, "/proc"));
        foreach (var name in (string[])["null", "zero", "full", "random", "urandom", "tty"])
            if ($"/dev/{name}" is var path && Path.Exists(path))
                grants.Add(new(PathGrantKind.Devices, path));
        foreach (var path in hasQuarters ? SessionQuarters.Scratch : [])
            // Below this one are the homes of others, where the session is shown something of theirs.
            grants.Add(path == "/home" ? new(PathGrantKind.ReadWrite, SessionQuarters.Home)
                : new(plan.ScratchExecutes && path == "/tmp" ? PathGrantKind.ReadWriteExecute
                    : PathGrantKind.ReadWrite, path));
        foreach (var path in plan.ReadOnlyPaths)
            grants.Add(new(PathGrantKind.ReadExecute, path));
        grants.Add(new(
            plan.WorkTreeWritable ? PathGrantKind.ReadWriteExecute : PathGrantKind.ReadExecute, plan.WorkTree));
        return grants.ToImmutable();
    }
}

/// <summary>Where on the host lies what an assistant is shown, each at its fixed place inside.</summary>
/// <param name="Home">Null for one in memory.</param>
sealed record ShownAssistant(string Socket, string Client, string Settings, string? Home)
{
    internal IEnumerable<string> Arguments() =>
    [
        "--ro-bind", Socket, AssistantPlaces.SocketPath, "--ro-bind", Client, AssistantPlaces.ClientPath,
        "--ro-bind", Settings, AssistantPlaces.ManagedSettingsPath,
        .. Home is null ? (string[])[] : ["--bind", Home, AssistantPlaces.HomePath],
    ];
}
