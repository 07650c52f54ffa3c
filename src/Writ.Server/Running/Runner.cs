using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Writ.Linux;
using Writ.Runs;
using Writ.Server.Assistants;

namespace Writ.Server.Running;

/// <summary>Where the runner finds its parts; validated by whoever reads the configuration.</summary>
public sealed record RunnerOptions
{
    /// <summary>The launcher binary; it must be readable by the users that runs belong to.</summary>
    public required string LauncherPath { get; init; }

    /// <summary>The control plane's public key in note verifier form, as a file.</summary>
    public required string OrderKeyPath { get; init; }

    /// <summary>A directory of the runner's own, traversable by the users that runs belong to.</summary>
    public required string RuntimeDirectory { get; init; }

    /// <summary>
    /// Where the changes of runs are held back: a private directory that lasts. Null: no run has that.
    /// </summary>
    public string? HeldDirectory { get; init; }

    public string BubblewrapPath { get; init; } = "/usr/bin/bwrap";

    /// <summary>
    /// The users that sessions get, each its own, where the daemon may become whom it wants; null: runs belong to the
    /// user whose files they work on.
    /// </summary>
    public UidRange? SessionUids { get; init; }

    /// <summary>A version 2 control group delegated to the daemon; null means the one it is in.</summary>
    public string? CgroupRoot { get; init; }
}

/// <summary>
/// Executes writs. It decides nothing: the plan says what, the launcher checks it against the signed order, and the
/// tier is the best this host has, never below what the plan demands.
/// </summary>
public sealed partial class Runner : IDisposable
{
    const int PathsMax = 64;
    const int NoGroup = 65534;

    // rwx--x--x, r-xr-xr-x, r--r--r--, --x--x--x
    const int Traversable = 0x1C9;
    const int Executable = 0x16D;
    const int ReadableOnly = 0x124;
    const int AnyExecute = 0x49;

    readonly RunnerOptions _options;
    readonly TimeProvider _time;
    readonly SpareSandboxes _spares;
    readonly SessionUsers? _users;

    public Runner(RunnerOptions options, ContainmentProbe probe, TimeProvider time)
    {
        _options = options;
        _time = time;
        _spares = new SpareSandboxes(time);
        Probe = probe;
        if (options.SessionUids is { } range && probe.SessionUserProblem is null)
            _users = new SessionUsers(range);
        if (probe.Cgroup != CgroupKind.None)
            RunCgroup.Sweep(options.CgroupRoot);
        foreach (var name in (string[])["", "etc", "runs"])
        {
            var directory = Path.Combine(options.RuntimeDirectory, name);
            Directory.CreateDirectory(directory);
            Files.SetMode(directory, Traversable);
        }
    }

    public ContainmentProbe Probe { get; }

    /// <summary>What a run that demands this is given here; it may be less.</summary>
    public ContainmentTier TierFor(ContainmentTier demanded) =>
        Probe.For(demanded) is var tier && tier == ContainmentTier.T3 && _options.HeldDirectory is null
            ? ContainmentTier.T2
            : tier;

    /// <summary>Starts a run, or says why not. What fails after this point is in the run's outcome.</summary>
    public RunStart Start(RunPlan plan)
    {
        if (ProblemWith(plan) is { } problem)
            return problem;
        var tier = TierFor(plan.TierMin);
        if (tier < plan.TierMin)
            return new RunStart.Refused(
                "run.no-sandbox", $"this host gives {tier}, the plan demands {plan.TierMin}: {Shortcoming()}");
        if (plan.Assistant is not null && tier < ContainmentTier.T2)
            return new RunStart.Refused("run.no-sandbox", $"an assistant lives at T2 or T3, and this would be {tier}");
        if (plan.Credentials is not null && tier < ContainmentTier.T2)
            return new RunStart.Refused("run.no-sandbox", $"there is no place for credentials in {tier}");
        if (plan.Foreseen is { } foreseen && TryBegin(plan, tier, foreseen) is { } begun)
            return begun;
        var identity = Identity(plan, tier);
        var kept = false;
        try
        {
            return identity.Stay is null && plan.DemandsOwnUser
                ? new RunStart.Refused("run.no-own-uid", $"the session gets no user of its own: {identity.Shortcoming}")
                : Start(plan, tier, identity, out kept);
        }
        finally
        {
            if (!kept)
                identity.Stay?.Dispose();
        }
    }

    // A loop that was made for it keeps the identity's stay until nothing of the run is left.
    RunStart.Started Start(RunPlan plan, ContainmentTier tier, RunIdentity identity, out bool kept)
    {
        kept = false;
        var document = Document(plan, tier, identity).Render();
        var copies = tier >= ContainmentTier.T2 && NeedsCopy(plan);
        var shows = tier == ContainmentTier.T3 && identity.Changes;
        var reaches = tier >= ContainmentTier.T2 && plan.Egress is not null;
        var given = plan.Credentials;
        var isKnown = tier >= ContainmentTier.T2 && plan.Identity is not null;
        var directory = copies || shows || reaches || isKnown || given is not null || plan.Assistant is not null
            ? PrepareDirectory(plan.Id) : null;
        var copy = copies ? CopyExecutable(plan, directory!)
            : plan.Assistant is not null && !SandboxLayout.IsShown(plan, plan.Executable) ? plan.Executable
            : null;
        var layer = tier == ContainmentTier.T3
            ? HeldLayer.Create(
                Path.Combine(_options.HeldDirectory!, plan.Id), plan.WorkTree, identity,
                shows ? Directory.CreateDirectory(Path.Combine(directory!, "held")).FullName : null)
            : null;
        var way = reaches ? plan.Egress!.Open(directory!, identity.Uid, identity.Gid) : null;
        var door = isKnown ? plan.Identity!.Open(directory!, identity.Uid, identity.Gid) : null;
        var assistant = plan.Assistant is { } lives ? Show(lives, directory!, identity) : null;
        var order = Sandbox(plan, tier, identity, copy, layer, way, door, assistant);
        if (given is not null)
            order = order.With(given, directory!, identity);
        if (order.Isolated && order.Terminal is null && directory is null && layer is null
            && plan.Session is { } session
            && _spares.TryBegin(session, () => SandboxBasis.Of(order, plan.Limits), plan, document) is { } run)
            return new RunStart.Started(run);
        var loop = Loop(plan.Id, order, plan.Limits, tier, identity);
        kept = true;
        var begun = loop.Begin(plan, document, directory);
        plan.Egress?.Attach(begun);
        plan.Assistant?.Door.Attach(begun);
        return new RunStart.Started(begun);
    }

    /// <summary>
    /// The session is over: takes down what was prepared for it, and its user goes with the last that has it.
    /// </summary>
    public void Dismiss(string session)
    {
        _spares.Dismiss(session);
        _users?.End(session);
    }

    /// <summary>How many users of sessions are in use.</summary>
    public int SessionUserCount => _users?.Count ?? 0;

    /// <summary>How many sandboxes there are without a run, those included that are being taken down.</summary>
    public int SpareCount => _spares.Count;

    /// <summary>Takes down everything prepared, and prepares nothing more.</summary>
    public void Dispose()
    {
        _spares.Dispose();
        _users?.Dispose();
    }

    // A run that stands alone is a session of its own.
    RunIdentity Identity(RunPlan plan, ContainmentTier tier)
    {
        var owner = IdentityIn(plan.WorkTree);
        if (_users is null || tier == ContainmentTier.T0)
            return owner with
            {
                Shortcoming = _options.SessionUids is null ? "this runner has none to give"
                    : _users is null ? Probe.SessionUserProblem : "nothing contains it",
            };
        var session = plan.Session ?? $"run {plan.Id}";
        var stay = _users.TryEnter(session, owner.Owner, SessionQuarters.Mapped(plan), out var why);
        if (plan.Session is null)
            _users.End(session);
        return stay is null
            ? owner with { Shortcoming = why }
            : new RunIdentity(stay.User.Uid, stay.User.Gid, Changes: true) { Stay = stay };
    }

    /// <summary>Whom files in a work tree belong to: its owner, where the daemon may become that.</summary>
    internal static RunIdentity IdentityIn(string workTree)
    {
        var owner = Files.TryFacts(workTree)
            ?? throw new DirectoryNotFoundException($"the work tree {workTree} is not there any more");
        var ownUid = ThisProcess.EffectiveUid;
        var (uid, gid) = ownUid == 0 && owner.OwnerUid != 0
            ? (owner.OwnerUid, owner.OwnerGid == 0 ? NoGroup : owner.OwnerGid)
            : (ownUid, ThisProcess.EffectiveGid);
        return new RunIdentity(uid, gid, Changes: uid != ownUid);
    }

    RunLoop Loop(string name, SpawnOrder order, RunLimits limits, ContainmentTier tier, RunIdentity identity)
    {
        var cgroup = HasCgroup ? RunCgroup.Create(_options.CgroupRoot, name, limits) : null;
        return new RunLoop(
            name, order, Record(tier, identity, limits.MemoryBytesMax > 0 && cgroup?.LimitsMemory is not true), cgroup,
            _time);
    }

    bool HasCgroup => Probe.Cgroup != CgroupKind.None;

    RunStart.Refused? ProblemWith(RunPlan plan)
    {
        if (plan.Id.Length is 0 or > 64
            || plan.Id.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-'))
            return new("run.plan-invalid", "the run's id is not a plain name");
        if (plan.Argv.IsDefaultOrEmpty || plan.Limits.ProcessesMax < 1 || plan.Limits.OutputBytesMax < 0
            || plan.Limits.WallTimeMax <= TimeSpan.Zero || plan.ReadOnlyPaths.Length > PathsMax)
            return new("run.plan-invalid", "arguments or limits are missing");
        if (HasNul(plan))
            return new("run.plan-invalid", "a value contains NUL");
        if (SandboxLayout.ProblemWithTree(plan.WorkTree) is { } problem)
            return new("run.tree-refused", problem);
        if (!SandboxLayout.IsWithin(plan.WorkingDirectory, plan.WorkTree)
            || Path.GetFullPath(plan.WorkingDirectory) != plan.WorkingDirectory)
            return new("run.directory-refused", "the working directory is not in the work tree");
        foreach (var path in plan.ReadOnlyPaths)
            if (SandboxLayout.ProblemWithTree(path) is { } extra)
                return new("run.path-refused", $"{path}: {extra}");
        if (!Path.IsPathFullyQualified(plan.Executable) || Path.GetFullPath(plan.Executable) != plan.Executable)
            return new("run.executable-refused", "the executable's path is not absolute and canonical");
        if (!SandboxLayout.IsWithin(plan.Executable, "/usr") && File.Exists(plan.Executable)
            && SandboxLayout.RealPath(plan.Executable) != plan.Executable
            && SandboxLayout.RealPath(plan.Executable) != "/usr" + plan.Executable)
            return new("run.executable-refused", "the executable's path goes through a symbolic link");
        return null;
    }

    static bool HasNul(RunPlan plan) =>
        plan.Argv.Concat(plan.Environment).Concat(plan.ReadOnlyPaths)
            .Append(plan.Executable).Append(plan.WorkTree).Append(plan.WorkingDirectory)
            .Any(value => value.Contains('\0', StringComparison.Ordinal));

    string Shortcoming() =>
        Probe.LandlockAbi == 0 ? "Landlock is not available"
        : !Probe.Seccomp ? "seccomp is not available"
        : Probe.MediationProblem is { } unmediated ? unmediated
        : Probe.NamespacesProblem ?? Probe.OverlayProblem ?? "this runner has no place to hold changes back";

    string PrepareDirectory(string id)
    {
        var directory = Path.Combine(_options.RuntimeDirectory, "runs", id);
        if (Directory.Exists(directory))
            throw new InvalidOperationException($"a run named {id} exists: writs are single-use");
        Directory.CreateDirectory(directory);
        Files.SetMode(directory, Traversable);
        return directory;
    }

    // What is hashed must be what is executed. Files below /usr belong to root; any other could be rewritten from
    // outside between the two, so the command gets a copy, mounted read-only over the original's path. An assistant may
    // be large, and is not copied where nobody but root can rewrite it.
    static bool NeedsCopy(RunPlan plan) =>
        !SandboxLayout.IsWithin(SandboxLayout.RealPath(plan.Executable), "/usr") && File.Exists(plan.Executable)
        && !(plan.Assistant is not null && IsOfRootAlone(plan.Executable));

    static bool IsOfRootAlone(string path)
    {
        const int writableByOthers = 0x12;
        for (var at = path; ; at = Path.GetDirectoryName(at)!)
        {
            if (Files.TryFacts(at) is not { OwnerUid: 0 } facts || (facts.Mode & writableByOthers) != 0)
                return false;
            if (at == "/")
                return true;
        }
    }

    // In the run's own directory, which nobody but the control plane can write.
    static ShownAssistant Show(AssistantPlace place, string directory, RunIdentity identity)
    {
        var settings = Path.Combine(directory, "settings");
        File.WriteAllText(settings, place.Settings);
        Files.SetMode(settings, ReadableOnly);
        var home = place.Home;
        if (home is not null)
            AssistantDesk.MakeHome(home, identity.Owner.Uid, identity.Owner.Gid);
        // Another user's sandbox cannot pass through the control plane's own data: it is shown elsewhere, to it alone.
        if (home is not null && identity.Changes)
            home = Directory.CreateDirectory(Path.Combine(directory, "home")).FullName;
        var socket = place.Door.Open(directory, identity.Uid, identity.Gid, identity.Owner.Uid);
        return new ShownAssistant(socket, place.ClientPath, settings, home);
    }

    static string CopyExecutable(RunPlan plan, string directory)
    {
        var copy = Path.Combine(directory, "executable");
        File.Copy(plan.Executable, copy);
        var original = Files.TryFacts(plan.Executable)?.Mode ?? 0;
        Files.SetMode(copy, (original & AnyExecute) != 0 ? Executable : ReadableOnly);
        return copy;
    }

    // Without a control group the kernel counts all that a user has: in a user namespace what is in there, else
    // everything on this machine, this daemon's own threads included.
    LaunchDocument Document(RunPlan plan, ContainmentTier tier, RunIdentity identity) => new()
    {
        Note = Encoding.UTF8.GetString(plan.WritNote.Span),
        Executable = plan.Executable,
        WorkingDirectory = plan.WorkingDirectory,
        Argv = plan.Argv,
        Environment = plan.Environment,
        Tier = tier.ToString(),
        TakesTerminal = plan.Terminal is not null,
        DiesWithParent = tier < ContainmentTier.T2,
        Mediates = plan.Desk is not null && tier != ContainmentTier.T0,
        ProcessesMax = HasCgroup || identity.Uid == 0 ? 0
            : plan.Limits.ProcessesMax + (tier < ContainmentTier.T2 ? Accounts.ThreadsOf(identity.Uid) : 0),
        OpenFilesMax = plan.Limits.OpenFilesMax,
        Secrets = plan.Assistant?.Secrets ?? [],
        Reaches = tier >= ContainmentTier.T2 && plan.Egress is not null,
        Paths = tier switch
        {
            ContainmentTier.T2 or ContainmentTier.T3 => SandboxLayout.Grants(plan),
            ContainmentTier.T1 => SandboxLayout.GrantsOnHost(plan, identity.Stay is not null),
            _ => [],
        },
    };

    SpawnOrder Sandbox(
        RunPlan plan, ContainmentTier tier, RunIdentity identity, string? copy, HeldLayer? layer,
        string? way = null, string? door = null, ShownAssistant? assistant = null)
    {
        var isolated = tier >= ContainmentTier.T2;
        List<string> argv = isolated
            ?
            [
                "bwrap", "--args", Number(SpawnOrder.ArgumentsNumber),
                "--json-status-fd", Number(SpawnOrder.StatusNumber), "--", SandboxLayout.LauncherPath,
            ]
            : ["writ-launch"];
        argv.AddRange(
        [
            "run", Number(SpawnOrder.DocumentNumber), Number(SpawnOrder.ControlNumber),
            isolated ? SandboxLayout.OrderKeyPath : _options.OrderKeyPath,
        ]);
        var program = isolated ? _options.BubblewrapPath : _options.LauncherPath;
        if (layer is not null)
            argv.InsertRange(0, layer.Stages(_options.BubblewrapPath, _options.LauncherPath, plan.WorkTree));
        var etc = EtcFiles.Prepare(_options.RuntimeDirectory, identity.Uid, identity.Gid);
        var room = isolated && layer is null && copy is null && way is null && door is null && assistant is null
            ? RoomFor(plan, identity, etc) : null;
        if (identity.Changes && room is null)
        {
            List<(string From, string At)> shown = layer is not null ? [(layer.Directory, layer.Place)] : [];
            if (plan.Assistant?.Home is { } home)
                shown.Add((home, assistant!.Home!));
            argv.InsertRange(0, Becoming(plan, identity, shown, isolated ? null : etc).Append(program));
            program = _options.LauncherPath;
        }
        if (!isolated)
        {
            argv.InsertRange(0, ["writ-launch", "keep", Number(SpawnOrder.LifeNumber), program]);
            program = _options.LauncherPath;
        }
        return new SpawnOrder(
            program,
            argv,
            room is not null ? SandboxLayout.ArgumentsInRoom(plan)
                : isolated ? SandboxLayout.Arguments(
                    plan, _options.LauncherPath, _options.OrderKeyPath, etc, copy, way, door, assistant)
                : [],
            plan.Terminal,
            isolated)
        { Stay = identity.Stay, Room = room };
    }

    // A sandbox that has something for its run alone is put together from the beginning.
    SessionRoom? RoomFor(RunPlan plan, RunIdentity identity, string etc) =>
        plan.Terminal is null && plan.Credentials is null && identity.Stay is { } stay
        && RoomPlan.For(
            plan, stay.Owner, _options.BubblewrapPath, _options.LauncherPath, _options.OrderKeyPath, etc,
            _options.RuntimeDirectory) is { } room
            ? stay.TryRoom(room)
            : null;

    // The stage in which root becomes the run's user.
    IEnumerable<string> Becoming(
        RunPlan plan, RunIdentity identity, List<(string From, string At)> shown, string? etc)
    {
        var (uid, gid) = (Number(identity.Uid), Number(identity.Gid));
        return
        [
            "writ-launch",
            .. identity.Stay is not null
                ?
                [
                    "own", Number(SpawnOrder.MappingNumber), uid, gid,
                    .. SessionQuarters.Steps(plan, shown, [_options.LauncherPath, _options.OrderKeyPath], etc),
                ]
                : shown is [] ? ["as", uid, gid]
                : (string[])
                [
                    "show", Number(shown.Count), .. shown.SelectMany(pair => (string[])[pair.From, pair.At]), uid, gid,
                ],
        ];
    }

    Containment Record(ContainmentTier tier, RunIdentity identity, bool memoryLimitMissing)
    {
        var byRlimit = !HasCgroup && identity.Uid != 0;
        var weak = Probe.Weaknesses(
            tier, identity.Uid == 0, identity.Stay is not null, HasCgroup || byRlimit, memoryLimitMissing);
        if (identity.Stay is null && _options.SessionUids is not null)
            weak = weak.Add($"uid.shared: runs as the user whose files they are ({identity.Shortcoming})");
        return new Containment(
            tier,
            Probe.Kernel,
            tier >= ContainmentTier.T2 ? Probe.BubblewrapVersion : null,
            tier == ContainmentTier.T0 ? 0 : Probe.LandlockAbi,
            tier != ContainmentTier.T0,
            Probe.Cgroup switch
            {
                CgroupKind.Version2 => "cgroup2",
                CgroupKind.Version1 => "cgroup1",
                _ => byRlimit ? "rlimit" : "none",
            },
            identity.Uid,
            identity.Gid,
            weak)
        { Owner = identity.Stay?.Owner.Uid };
    }

    static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
