using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using Writ.Linux;
using Writ.Runs;
using Writ.Server.Running;
using Writ.Testing;
using RunOutcome = Writ.Server.Running.RunOutcome;

namespace Writ.Server.Tests.Running;

/// <summary>A real runner: bubblewrap, the published launcher, a signing key and a place for work trees.</summary>
public sealed class RunningFixture : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    static readonly string[] LauncherPlaces =
        ["out/writ-launch", "artifacts/publish/Writ.Launcher/release_linux-x64/writ-launch"];

    static int s_next;

    readonly Lazy<Parts> _parts;

    public RunningFixture() => _parts = new Lazy<Parts>(MakeParts);

    internal Runner Runner => _parts.Value.Runner;

    internal OrderSigner Signer => _parts.Value.Signer;

    internal string Launcher => _parts.Value.Launcher;

    public string Root => _parts.Value.Root;

    /// <summary>This machine gives no namespaces, because the tests were started so.</summary>
    internal static bool WithoutNamespaces { get; } =
        Environment.GetEnvironmentVariable("WRIT_TEST_WITHOUT_NAMESPACES") == "1";

    /// <summary>Sessions get users of their own, because the tests were started so.</summary>
    internal static bool WithSessionUsers { get; } =
        Environment.GetEnvironmentVariable("WRIT_TEST_WITH_SESSION_USERS") == "1";

    /// <summary>As on a host where bubblewrap gets no namespaces.</summary>
    internal static ContainmentProbe Bare(ContainmentProbe probe) => probe with
    {
        NamespacesWork = false,
        NamespacesProblem = "it is to be so",
        OverlayProblem = "there are no namespaces",
    };

    /// <summary>The tier that plans demand where a test says nothing else.</summary>
    internal static ContainmentTier Tier => WithoutNamespaces ? ContainmentTier.T1 : ContainmentTier.T2;

    /// <summary>Compiles a program of <c>tests/escapes</c> into a work tree.</summary>
    internal static string Compile(string source, string program)
    {
        if (!File.Exists("/usr/bin/cc"))
            SharedData.Unavailable("no C compiler");
        using var cc = Process.Start("/usr/bin/cc", ["-O1", "-w", "-o", program, source, "-lpthread"]);
        cc.WaitForExit();
        Assert.Equal(0, cc.ExitCode);
        return program;
    }

    internal static string Escape(string tree) => Compile(
        Path.Combine(SharedData.RepositoryRoot, "tests/escapes/escape.c"), Path.Combine(tree, "escape"));

    /// <summary>An empty work tree owned by the user the tests run as, or by another.</summary>
    public string NewTree(int? uid = null)
    {
        var tree = Directory.CreateDirectory(
            Path.Combine(Root, $"tree-{Interlocked.Increment(ref s_next)}")).FullName;
        if (uid is { } owner)
            Files.ChangeOwner(tree, owner, owner);
        return tree;
    }

    /// <summary>A plan and the writ that covers it.</summary>
    internal RunPlan Plan(string tree, string executable, params string[] arguments)
    {
        var plan = new RunPlan
        {
            Id = $"run-{Environment.ProcessId}-{Interlocked.Increment(ref s_next)}",
            WritNote = default,
            Argv = [Path.GetFileName(executable), .. arguments],
            Executable = executable,
            WorkingDirectory = tree,
            WorkTree = tree,
            WorkTreeWritable = true,
            // Without namespaces there is no scratch space, and what the system says of itself cannot be read.
            Environment =
            [
                "PATH=/usr/bin:/bin", "LANG=C.UTF-8", "HOME=/home/agent",
                .. WithoutNamespaces ? (string[])[$"TMPDIR={tree}", "GIT_CONFIG_NOSYSTEM=1"] : [],
            ],
            Limits = new RunLimits
            {
                WallTimeMax = TimeSpan.FromSeconds(50),
                ProcessesMax = 64,
                OutputBytesMax = 64 << 20,
            },
            TierMin = Tier,
            InputClosed = true,
        };
        return Seal(plan);
    }

    internal RunPlan Shell(string tree, string script) => Plan(tree, "/usr/bin/bash", "-c", script);

    /// <summary>Signs an order for the plan as it now is.</summary>
    internal RunPlan Seal(RunPlan plan, Func<WritOrder, WritOrder>? change = null)
    {
        var order = Order(plan);
        return plan with { WritNote = Encoding.UTF8.GetBytes(Signer.Sign((change?.Invoke(order) ?? order).Render())) };
    }

    internal static WritOrder Order(RunPlan plan)
    {
        var now = TimeProvider.System.GetUtcNow();
        var digest = new string('0', ActionDigests.Length);
        return new WritOrder(
            "w-1", "realm", "session", "request", digest, digest,
            ActionDigests.Argv(plan.Argv),
            ActionDigests.WorkingDirectory(plan.WorkingDirectory),
            ActionDigests.Environment(plan.Environment),
            File.Exists(plan.Executable) ? ActionDigests.Executable(File.ReadAllBytes(plan.Executable)) : digest,
            plan.TierMin.ToString(),
            now,
            now.AddMinutes(5),
            "person:sponsor", "person:workflow", "person:platform", "person:security",
            ["person:target"], ["person:approver"]);
    }

    /// <summary>Another runner with a clock and a place of its own.</summary>
    internal Runner NewRunner(TimeProvider time) =>
        new(_parts.Value.Options with { RuntimeDirectory = Path.Combine(NewTree(), "runtime") }, Runner.Probe, time);

    /// <summary>Another runner, on a machine of another kind.</summary>
    internal Runner NewRunner(UidRange? uids, Func<ContainmentProbe, ContainmentProbe>? change = null) =>
        new(
            _parts.Value.Options with
            {
                RuntimeDirectory = Path.Combine(NewTree(), "runtime"),
                HeldDirectory = Directory.CreateDirectory(Path.Combine(NewTree(), "held")).FullName,
                SessionUids = uids,
            },
            change?.Invoke(Runner.Probe) ?? Runner.Probe, TimeProvider.System);

    internal Run Start(RunPlan plan, Runner? runner = null)
    {
        var start = (runner ?? Runner).Start(plan);
        return start is RunStart.Started started
            ? started.Run
            : throw new InvalidOperationException(start.ToString());
    }

    internal async Task<Finished> Run(RunPlan plan)
    {
        var run = Start(plan);
        return await Collect(run);
    }

    internal static async Task<Finished> Collect(Run run)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        await foreach (var chunk in run.ReadOutputAsync(limit.Token))
            (chunk.IsError ? error : output).Write(chunk.Bytes.Span);
        var outcome = await run.Outcome.WaitAsync(limit.Token);
        return new Finished(outcome, output.ToArray(), error.ToArray());
    }

    public void Dispose()
    {
        if (!_parts.IsValueCreated)
            return;
        Signer.Dispose();
        TreeRemoval.Remove(Root);
    }

    static Parts MakeParts()
    {
        var signer = new OrderSigner();
        var root = Directory.CreateTempSubdirectory("writ-running-").FullName;
        Files.SetMode(root, 0b111_101_101);
        var launcher = FindLauncher();
        var (held, runtime) = (Path.Combine(root, "held"), Path.Combine(root, "runtime"));
        Directory.CreateDirectory(held, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var probe = ContainmentProbe.Run("/usr/bin/bwrap", trial: new OverlayTrial(launcher, held, runtime),
            users: new SessionUserTrial(UidRange.Default, launcher, runtime));
        if (WithSessionUsers)
            Assert.Null(probe.SessionUserProblem);
        // Root makes users for sessions where nobody else gets a namespace: there it is only left unused.
        if (WithSessionUsers && WithoutNamespaces)
            probe = Bare(probe);
        if (WithoutNamespaces)
            Assert.Equal(ContainmentTier.T1, probe.Best);
        else if (probe.Best < ContainmentTier.T2)
            SharedData.Unavailable($"no sandbox here: {probe}");
        var options = new RunnerOptions
        {
            LauncherPath = launcher,
            OrderKeyPath = signer.VerifierKeyPath,
            RuntimeDirectory = runtime,
            HeldDirectory = held,
            SessionUids = WithSessionUsers ? UidRange.Default : null,
        };
        return new Parts(new Runner(options, probe, TimeProvider.System), options, signer, launcher, root);
    }

    static string FindLauncher()
    {
        if (Environment.GetEnvironmentVariable("WRIT_LAUNCH") is { Length: > 0 } named)
            return named;
        var places = LauncherPlaces.Select(place => Path.Combine(SharedData.RepositoryRoot, place)).ToArray();
        if (places.FirstOrDefault(File.Exists) is { } found)
            return found;
        using var publish = Process.Start(new ProcessStartInfo(
            "dotnet", ["publish", "src/Writ.Launcher", "-c", "Release", "-v", "q", "-nologo"])
        {
            WorkingDirectory = SharedData.RepositoryRoot,
        })!;
        publish.WaitForExit();
        Assert.Equal(0, publish.ExitCode);
        return places[1];
    }

    sealed record Parts(
        Runner Runner, RunnerOptions Options, OrderSigner Signer, string Launcher, string Root);
}

/// <summary>A run that is over, with what it wrote.</summary>
sealed record Finished(RunOutcome Outcome, byte[] OutputBytes, byte[] ErrorBytes)
{
    public string Output => Encoding.UTF8.GetString(OutputBytes);

    public string Error => Encoding.UTF8.GetString(ErrorBytes);
}
