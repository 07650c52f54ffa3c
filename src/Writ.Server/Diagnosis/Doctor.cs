using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Writ.Identity;
using Writ.Findings;
using Writ.Linux;
using Writ.Realms;
using Writ.Server.Agents;
using Writ.Server.Endpoints;
using Writ.Server.Hosting;
using Writ.Server.Running;
using Writ.Server.Sequencer;
using Writ.Server.Storage;
using Writ.Sessions;
using Writ.Wire;

namespace Writ.Server.Diagnosis;

/// <summary>
/// Looks for what is weaker on this machine than it could be. It tries what it can, and believes nothing.
/// </summary>
public sealed class Doctor(
    RealmActor realm, ILedgerStore store, DataDirectory directory, WritdOptions options, IServer server,
    AgentPathOptions paths, TimeProvider clock)
{
    const string Bubblewrap = "/usr/bin/bwrap";
    const long TilesLagMax = 4_096;
    static readonly TimeSpan _probeLife = TimeSpan.FromMinutes(1);

    readonly Lock _gate = new();
    Task<ContainmentProbe>? _probe;
    DateTimeOffset _probedAt;

    public async Task<DoctorView> Look(CancellationToken cancel)
    {
        var probe = await Probe().WaitAsync(cancel);
        var (state, now) = (realm.State, clock.GetUtcNow());
        return new DoctorView(RealmEndpoints.Version,
        [
            .. Containment(probe), .. Egress(probe, state), .. Identities(probe, state),
            .. Assistants(probe, state),
            .. Users(state), SessionUsers(probe), .. People(state), .. Found(state, now), .. Owners(state, now),
            .. Files(),
            .. Publishing(),
            .. Listeners(), .. Libraries(),
        ]);
    }

    /// <summary>Probing starts processes, so its answer is kept for a minute and made once at a time.</summary>
    Task<ContainmentProbe> Probe()
    {
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            if (_probe is null || _probe.IsFaulted || now - _probedAt > _probeLife)
                (_probe, _probedAt) = (Task.Run(() => ContainmentProbe.Run(
                    Bubblewrap, paths.ControlGroup, paths.Trial(), paths.UserTrial())), now);
            return _probe;
        }
    }

    static IEnumerable<DoctorFinding> Containment(ContainmentProbe probe)
    {
        yield return probe.Best >= ContainmentTier.T2
            ? Ok("host.containment", $"Runs are contained at {probe.Best} (kernel {probe.Kernel}).")
            : Weak("host.containment", $"The best containment here is {probe.Best} (kernel {probe.Kernel}).",
                "Correct the findings below; workflows that demand more are refused.");
        if (probe.BubblewrapVersion is null)
            yield return Broken("host.no-bubblewrap", $"{Bubblewrap} is not installed.",
                "Install the package bubblewrap.");
        else if (!probe.NamespacesWork)
            yield return Weak("host.no-namespaces", $"User namespaces do not work: {probe.NamespacesProblem}.",
                "Install bubblewrap 0.8 or newer, and let unprivileged user namespaces "
                    + "(kernel.unprivileged_userns_clone=1, or an "
                + "AppArmor profile for bwrap).");
        if (probe.LandlockAbi == 0)
            yield return Weak("host.no-landlock", "The kernel has no Landlock.",
                "Boot with lsm=landlock,... on Linux 5.13 or newer.");
        else if (probe.LandlockAbi < 6)
            yield return Note("host.old-landlock", $"Landlock ABI {probe.LandlockAbi} does not scope signals and "
                + $"abstract sockets.",
                "Linux 6.12 or newer does.");
        yield return probe.MediationProblem is { } unmediated
            ? Weak("host.no-mediation", $"The programs that a run starts cannot be decided: {unmediated}.",
                "Without that no tier above T0 is given; use a kernel and settings that allow it.")
            : Ok("host.mediation", "Every program that a run starts is decided, when it is asked for and when it is "
                + "there.");
        yield return probe.OverlayProblem is { } uncovered
            ? Note("host.no-overlay",
                $"Changes cannot be held back until they are committed (tier T3): {uncovered}.",
                "Workflows with tierMin T3 are refused; others run at T2, and their changes are real at once.")
            : Ok("host.overlay", "Workflows with tierMin T3 have the changes of their runs held back until they are "
                + "committed.");
        if (!probe.Seccomp)
            yield return Weak("host.no-seccomp", "The kernel has no seccomp filters.",
                "Use a kernel with CONFIG_SECCOMP_FILTER.");
        var version = probe.Cgroup == CgroupKind.Version2 ? 2 : 1;
        if (probe.CgroupProblem is null)
            yield return probe.LimitsMemory
                ? Ok("host.cgroup", $"Control groups (version {version}) limit processes and memory of each run.")
                : Note("host.no-cgroup", $"Control groups (version {version}) limit the processes of each run; memory "
                    + "is not limited, because there is no memory controller.",
                    "Delegate that controller too (Delegate=pids memory).");
        if (probe.CgroupProblem is { } problem)
            yield return Note("host.no-cgroup", $"Runs are not limited by a cgroup: {problem}. Instead each user's "
                + "processes are counted together (RLIMIT_NPROC, not for root), and memory is not limited.",
                "Delegate a cgroup to the control plane's service (Delegate=yes).");
    }

    static IEnumerable<DoctorFinding> Egress(ContainmentProbe probe, RealmState state)
    {
        var reaching = state.Registry.Document.Workflows.Where(w => w.HasEgress).ToList();
        if (reaching.Count == 0)
            yield break;
        var names = string.Join(", ", reaching.Select(w => w.Id.Value));
        if (probe.Best < ContainmentTier.T2)
            yield return Broken("host.egress", $"Workflows with a way out are refused here: {names}.",
                "They demand a sandbox with namespaces; correct the findings above.");
        else if (probe.LandlockAbi < 6)
            yield return Note("host.egress", $"A run can end its own way out ({names}); then it reaches nothing.",
                "Linux 6.12 or newer keeps a command from signalling the bridge.");
        else
            yield return Ok("host.egress", $"What runs of {names} reach goes through proxies of their own.");
        foreach (var grant in reaching.SelectMany(w => w.Egress!.Value)
            .Where(g => g.AllowsPlain || (g.Host[0] == '*' && !g.Intercepts))
            .Select(g => g.ToString()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            yield return Note("workflow.wide-egress", $"A workflow grants {grant}: much that goes there is not seen.",
                "Name single hosts, and leave plain out where TLS or HTTP is spoken.");
        foreach (var file in reaching.SelectMany(w => w.Egress!.Value).Select(g => g.Credential?.File).OfType<string>()
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            yield return Note("workflow.long-lived", $"A workflow adds the long-lived credential {file} to requests.",
                "Have a credential profile mint one for each run, where the service can do that.");
    }

    IEnumerable<DoctorFinding> Identities(ContainmentProbe probe, RealmState state)
    {
        if (state.Registry.Document.Identity is not { } identity)
            yield break;
        var giving = state.Registry.Document.Workflows.Where(w => w.Identity is not null).ToList();
        var names = string.Join(", ", giving.Select(w => w.Id.Value));
        var now = clock.GetUtcNow();
        if (Enum.GetValues<IdentityTier>().Any(t => Enum.GetValues<IssuerUse>()
            .Any(u => state.Issuer.Current(t, u, now) is null)))
            yield return Broken("identity.keys", $"Trust domain {identity.TrustDomain} lacks keys that sign.",
                "Look at writd's diagnostics: keys are made within seconds, below keys/identity in its data.");
        else
            yield return Ok("identity.keys", $"Trust domain {identity.TrustDomain} has every key that it needs.");
        if (giving.Count > 0 && probe.Best < ContainmentTier.T2)
            yield return Broken("host.identity", $"Workflows that give identities are refused here: {names}.",
                "They demand a sandbox with namespaces; correct the findings above.");
    }

    static IEnumerable<DoctorFinding> Assistants(ContainmentProbe probe, RealmState state)
    {
        var lived = state.Registry.Document.Workflows.Where(w => w.Assistant is not null).ToList();
        if (lived.Count == 0)
            yield break;
        var names = string.Join(", ", lived.Select(w => w.Id.Value));
        yield return probe.Best < ContainmentTier.T2
            ? Broken("host.assistants", $"No assistant can live in a sandbox here ({names}).",
                "They demand a sandbox with namespaces; correct the findings above.")
            : Ok("host.assistants", $"Assistants of {names} can live in a sandbox.");
        foreach (var secret in lived.SelectMany(w => w.Assistant!.Secrets).Distinct())
            yield return Note("workflow.long-lived-secret",
                $"Assistants are started with {secret.Name} from {secret.File}, which lives as long as that file.",
                "Give it a short life and few rights, and change it often.");
    }

    static IEnumerable<DoctorFinding> Users(RealmState state)
    {
        var own = DurableFiles.EffectiveUser;
        var shared = state.Sessions.Values.OfType<SessionState.Open>().Where(s => s.Terms.Uid == own)
            .Select(s => s.Terms.Agent.Value).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        if (shared.Count > 0)
            yield return Weak("host.same-uid",
                $"The control plane runs as the user of its agents (uid {own}: {string.Join(", ", shared)}), so they "
                    + $"can read its "
                + "keys and end it.", "Run writd as a user of its own.");
        else
            yield return Ok("host.same-uid", $"No open session is for the control plane's own user (uid {own}).");
        if (own == 0)
            yield return Note("host.root", "The control plane runs as root.",
                "It needs root only to run commands as other users.");
    }

    DoctorFinding SessionUsers(ContainmentProbe probe) => probe.SessionUserProblem is { } problem
        ? Note("host.session-uids",
            $"Sessions have no users of their own: {(paths.SessionUids is null ? "that is switched off" : problem)}. "
                + "Their runs belong to the user whose files they work on, so two sessions of one person are told "
                + "apart by their sandboxes alone.",
            "Run writd as root with --session-uids.")
        : Ok("host.session-uids", $"Each session runs as a user of its own ({paths.SessionUids}); what it makes in its "
            + "work tree belongs to the tree's owner. Where a file system cannot do that, the run's record says so.");

    static IEnumerable<DoctorFinding> People(RealmState state)
    {
        var enrolled = state.Keys.Keys.Count(state.Registry.IsActive);
        if (enrolled < 2)
            yield return Weak("realm.one-person", enrolled == 0
                    ? "Nobody has enrolled a key."
                    : "One person is enrolled, so nobody can approve what they sponsor, nor review their changes.",
                "Invite a second person: writ invite");
        else
            yield return Ok("realm.one-person", $"{enrolled} people are enrolled.");
        var team = state.Registry.Document.Governance.Team;
        var governing = state.Registry.ActiveMembers(team).Count(state.Keys.ContainsKey);
        if (governing < state.Registry.Document.Governance.Quorum + 1)
            yield return Note("realm.small-governance",
                $"{governing} enrolled people govern; a change of one of them "
                    + $"needs {state.Registry.Document.Governance.Quorum} others.",
                "Add people to the governing team.");
        foreach (var stop in state.Stops.Keys.Select(s => s.ToString()).Order(StringComparer.Ordinal))
            yield return Note("realm.stopped", $"{stop} is stopped by the kill switch.", "Resume it with: writ resume");
    }

    static IEnumerable<DoctorFinding> Found(RealmState state, DateTimeOffset now)
    {
        var kinds = state.Found.Standing.Values.Where(f => f.IsOpen(now)).GroupBy(f => f.Cause.Kind)
            .OrderBy(g => g.Key).Select(g => $"{g.Count()} {FindingKinds.Word(g.Key)}").ToList();
        if (kinds.Count > 0)
            yield return Weak("realm.findings", $"Findings are open: {string.Join(", ", kinds)}.",
                "Look at them: writ findings");
        if (state.Found.Dropped > 0)
            yield return Weak("realm.findings-dropped",
                $"{state.Found.Dropped} findings were not kept: {FindingBook.StandingMax} stand already.",
                "Settle those that stand: writ findings");
    }

    static IEnumerable<DoctorFinding> Owners(RealmState state, DateTimeOffset now)
    {
        var production = state.Registry.Environments.Values.Where(e => e.Production).Select(e => e.Id).ToHashSet();
        foreach (var workflow in state.Registry.Document.Workflows.Where(w => w.Environments.Any(production.Contains)))
        {
            var targets = workflow.Targets.Select(t => state.Registry.Targets.GetValueOrDefault(t))
                .Where(t => t is not null && production.Contains(t.Environment)).Select(t => t!);
            var missing = workflow.MissingOwners(state.Registry, targets);
            if (!missing.IsEmpty)
                yield return Broken("workflow.no-owner",
                    $"Workflow {workflow.Id} is closed for production: it lacks its {string.Join(", its ", missing)}.",
                    "Name the missing owner and apply.");
            if (DateOnly.FromDateTime(now.UtcDateTime) > workflow.ReviewBy)
                yield return Broken("workflow.review-overdue",
                    $"Workflow {workflow.Id} was to be reviewed by {workflow.ReviewBy:yyyy-MM-dd}.",
                    "Review it and move the date.");
        }
    }

    IEnumerable<DoctorFinding> Files()
    {
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        var mode = File.GetUnixFileMode(directory.Root);
        yield return (mode & others) == 0
            ? Ok("storage.permissions", "The data directory is private.")
            : Weak("storage.permissions", $"The data directory has mode {Convert.ToString((int)mode, 8)}.",
            "Make it 0700.");
        var room = new DriveInfo(directory.Root).AvailableFreeSpace;
        if (room < 1L << 30)
            yield return Weak("storage.little-room", $"{room >> 20} MiB are left for the ledger.",
                "Make room; a full disk stops everything.");
    }

    IEnumerable<DoctorFinding> Publishing()
    {
        var size = store.Head.Size;
        var published = PublishedSize();
        yield return published is not { } shown
            ? Weak("ledger.not-published", "No checkpoint is published.", "Look at the control plane's diagnostics.")
            : size - shown > TilesLagMax
                ? Weak("ledger.tiles-lag", $"The published ledger is {size - shown} entries behind.",
                "Look at the control plane's diagnostics.")
                : Ok("ledger.tiles-lag", $"The ledger of {size} entries is published up to {shown}.");
        var witnesses = System.Text.Encoding.UTF8.GetString(store.Head.CheckpointNote).Split('\n')
            .Count(line => line.StartsWith("— ", StringComparison.Ordinal)) - 1;
        if (witnesses < 1)
            yield return Weak("ledger.no-witness", "No witness cosigns the ledger, so its operator could show two "
                + "histories.",
                "Let somebody outside keep checkpoints; until then, export them regularly.");
    }

    /// <summary>The size on the second line of the published checkpoint (tlog-checkpoint).</summary>
    long? PublishedSize()
    {
        var path = Path.Combine(directory.TilesPath, "checkpoint");
        return File.Exists(path) && File.ReadLines(path).Skip(1).FirstOrDefault() is { } line
            && long.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var size)
                ? size
                : null;
    }

    IEnumerable<DoctorFinding> Listeners()
    {
        foreach (var address in server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [])
            if (Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttp
                && !uri.IsLoopback
                && !address.Contains("unix:", StringComparison.Ordinal))
                yield return Broken("host.no-tls", $"{address} can be reached from other machines without TLS.",
                    "Listen on loopback, or give --cert and --key.");
        if (File.Exists(options.Socket) && (File.GetUnixFileMode(options.Socket) & UnixFileMode.OtherWrite) != 0)
            yield return Note("host.open-socket", "Every user of this machine may connect to the agents' socket; "
                + "sessions are still bound to their user.", "Put the socket into a folder of the agents' group.");
    }

    static IEnumerable<DoctorFinding> Libraries()
    {
        yield return Ok("host.sqlite", $"SQLite {SqliteLibrary.Load()} of the distribution.");
        var version = SafeEvpPKeyHandle.OpenSslVersion;
        // MNNFFPPS, and from 3.0 on MNN00PP0 (OPENSSL_VERSION_NUMBER(3)).
        var (major, minor, patch) = (version >> 28, (version >> 20) & 0xFF, (version >> 4) & 0xFF);
        yield return major >= 3
            ? Ok("host.libcrypto", $"libcrypto {major}.{minor}.{patch} of the distribution.")
            : Weak("host.libcrypto", $"libcrypto {major}.{minor} is out of support.",
            "Update the distribution's OpenSSL.");
    }

    static DoctorFinding Ok(string code, string text) => new("ok", code, text, Next: null);

    static DoctorFinding Note(string code, string text, string next) => new("note", code, text, next);

    static DoctorFinding Weak(string code, string text, string next) => new("weak", code, text, next);

    static DoctorFinding Broken(string code, string text, string next) => new("broken", code, text, next);
}
