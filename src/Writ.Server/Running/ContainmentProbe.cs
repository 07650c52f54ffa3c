using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Writ.Linux;

namespace Writ.Server.Running;

/// <summary>What this host can contain, found by trying; for <c>doctor</c> and for refusing runs.</summary>
public sealed record ContainmentProbe(
    string Kernel,
    string? BubblewrapVersion,
    bool NamespacesWork,
    string? NamespacesProblem,
    int LandlockAbi,
    bool Seccomp,
    CgroupKind Cgroup,
    string? CgroupProblem,
    string? MediationProblem)
{
    /// <summary>Why changes of the work tree cannot be held back here; null when they can.</summary>
    public string? OverlayProblem { get; init; } = "it was not tried";

    /// <summary>Whether control groups limit the memory of runs here too.</summary>
    public bool LimitsMemory { get; init; }

    /// <summary>Why sessions get no users of their own here; null when they do.</summary>
    public string? SessionUserProblem { get; init; } = "it was not tried";

    static readonly Version BubblewrapMin = new(0, 8, 0);
    static readonly TimeSpan TrialMax = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The best tier this host can give. Every tier above T0 includes that each program is decided, so without that it
    /// is T0, and what demands more is refused instead of running in less than it is called.
    /// </summary>
    public ContainmentTier Best =>
        LandlockAbi == 0 || !Seccomp || MediationProblem is not null ? ContainmentTier.T0
        : !NamespacesWork ? ContainmentTier.T1
        : OverlayProblem is null ? ContainmentTier.T3
        : ContainmentTier.T2;

    /// <summary>
    /// What a run is given here: the best there is, save that changes are held back only where that is demanded.
    /// </summary>
    public ContainmentTier For(ContainmentTier demanded) =>
        demanded < ContainmentTier.T3 && Best == ContainmentTier.T3 ? ContainmentTier.T2 : Best;

    /// <summary>What stays weak on this host whatever the plan says.</summary>
    public ImmutableArray<string> Weaknesses(
        ContainmentTier tier, bool asRoot, bool asOwnUser, bool processLimitInForce, bool memoryLimitMissing)
    {
        var weak = ImmutableArray.CreateBuilder<string>();
        if (tier == ContainmentTier.T0)
            weak.Add("tier.t0: nothing contains the command");
        if (tier == ContainmentTier.T1)
            weak.Add(asOwnUser
                ? "tier.t1: no namespaces but of mounts; processes of one session see each other"
                : "tier.t1: no namespaces; other processes and their command lines in /proc are visible, "
                    + "no private /tmp");
        if (asRoot)
            weak.Add(tier >= ContainmentTier.T2
                ? "uid.root: runs as the host's root without capabilities, in a user namespace; root's own files apply"
                : "uid.root: runs as the host's root without capabilities");
        if (tier != ContainmentTier.T0 && LandlockAbi < 6)
            weak.Add($"landlock.abi-{LandlockAbi}: signals and abstract sockets are not scoped");
        // Without namespaces there are no sockets at all.
        if (tier >= ContainmentTier.T2 && LandlockAbi < LandlockRuleset.ConnectAbi)
            weak.Add(tier == ContainmentTier.T3
                ? "landlock.unix-connect: sockets that the host opens in extra paths later can be connected to"
                : "landlock.unix-connect: sockets that the host opens later in the work tree and extra paths can be "
                    + "connected to");
        if (!processLimitInForce)
            weak.Add("limit.processes: no limit is in force");
        if (memoryLimitMissing)
            weak.Add("limit.memory: the workflow's limit is not in force");
        return weak.ToImmutable();
    }

    /// <param name="trial">Where it is tried whether changes can be held back; null when that is not asked.</param>
    /// <param name="users">The same about users of sessions.</param>
    public static ContainmentProbe Run(
        string bubblewrapPath, string? cgroupRoot = null, OverlayTrial? trial = null, SessionUserTrial? users = null)
    {
        var version = Version(bubblewrapPath);
        string? problem = version is null
            ? $"{bubblewrapPath} is not installed"
            : version < BubblewrapMin
                ? $"bubblewrap {version} is older than {BubblewrapMin}"
                : TryNamespaces(bubblewrapPath);
        var cgroup = RunCgroup.Probe(cgroupRoot, out var memory, out var cgroupProblem);
        return new ContainmentProbe(
            File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
            version?.ToString(),
            problem is null,
            problem,
            LandlockRuleset.SupportedAbi(),
            SeccompFilter.IsSupported(),
            cgroup,
            cgroupProblem,
            Mediation())
        {
            LimitsMemory = memory,
            OverlayProblem = problem is not null ? "there are no namespaces"
                : trial is null ? "it was not tried"
                : trial.Problem(bubblewrapPath, Try),
            SessionUserProblem = users is null ? "it was not tried" : users.Problem(),
        };
    }

    // Yama can forbid to watch any process, whoever asks (ptrace_scope 3).
    static string? Mediation()
    {
        const string scope = "/proc/sys/kernel/yama/ptrace_scope";
        if (!ExecListener.IsSupported())
            return "the kernel does not hand system calls to a supervisor (Linux 5.5 or newer does)";
        return File.Exists(scope) && File.ReadAllText(scope).Trim() == "3"
            ? "kernel.yama.ptrace_scope is 3, so no process may be watched"
            : null;
    }

    static Version? Version(string bubblewrapPath)
    {
        if (!File.Exists(bubblewrapPath))
            return null;
        var (exit, output) = Try(bubblewrapPath, ["--version"]);
        var text = output.Trim().Split(' ')[^1];
        return exit == 0 && System.Version.TryParse(text, out var version) ? version : null;
    }

    static string? TryNamespaces(string bubblewrapPath)
    {
        string[] arguments =
        [
            .. SandboxLayout.Namespaces, "--ro-bind", "/usr", "/usr", .. SandboxLayout.SystemLinks(),
            "--proc", "/proc", "--dev", "/dev", "--", "/usr/bin/true",
        ];
        var (exit, output) = Try(bubblewrapPath, arguments);
        return exit == 0
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"bubblewrap ended with {exit}: {output.Trim()}");
    }

    static (int Exit, string Output) Try(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"cannot start {program}");
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TrialMax))
        {
            process.Kill(entireProcessTree: true);
            return (-1, "did not end in time");
        }
        return (process.ExitCode, output.GetAwaiter().GetResult() + error.GetAwaiter().GetResult());
    }
}
