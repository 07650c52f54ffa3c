using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Writ.Identity;
using Writ.Linux;
using Writ.Server.Tests.Leasing;
using Writ.Testing;

namespace Writ.Server.Tests.Issuing;

/// <summary>
/// Real programs that want to be a run of another agent: from its memory, its descriptors or its namespaces
/// (<c>tests/escapes/spoof.c</c>), from a sandbox beside it, as another user, and at the doors of its credentials.
/// </summary>
[Slow]
public sealed class SameUserTests
{
    const int Agent = 4_711;
    const int Other = 4_712;

    static readonly string[] _tricks =
    [
        "seize", "attach", "process_vm_readv", "pidfd_getfd", "its memory", "its root", "its descriptors",
        "its environment", "its user namespace", "its process namespace", "both namespaces", "its mounts",
    ];

    static string Compile(string tree)
    {
        var program = Path.Combine(tree, "spoof");
        using var compiler = Process.Start(
            "cc", ["-O1", "-o", program, Path.Combine(SharedData.RepositoryRoot, "tests", "escapes", "spoof.c")]);
        compiler.WaitForExit();
        Assert.Equal(0, compiler.ExitCode);
        return program;
    }

    static Dictionary<string, string> Answers(string text) => text.Split('\n')
        .Where(l => l.Length > 25).ToDictionary(l => l[..24].TrimEnd(), l => l[25..]);

    /// <summary>The number that a run's shell has on the host.</summary>
    static async Task<int> Victim(string tree)
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < AgentWorld.Patience; await Task.Delay(50))
            foreach (var process in Directory.EnumerateDirectories("/proc"))
                if (int.TryParse(Path.GetFileName(process), out var pid)
                    && Files.TryReadLink($"{process}/cwd") == tree && File.Exists(Path.Combine(tree, "begun"))
                    && Files.TryReadLink($"{process}/ns/pid") != Files.TryReadLink("/proc/self/ns/pid")
                    && Files.TryReadLink($"{process}/exe")?.EndsWith("/bash", StringComparison.Ordinal) == true)
                    return pid;
        throw new TimeoutException("the run never began");
    }

    static Task<Ended> As(int uid, string program, string tree, params string[] words) => WritCommand.Finish(
        WritCommand.Start(
            "setpriv", [$"--reuid={uid}", $"--regid={uid}", "--clear-groups", program, .. words], tree));

    static async Task<(Task<Ended> Running, int Pid, string Tree)> Run(AgentWorld world, int uid)
    {
        var (session, tree) = await world.OpenSession(uid: uid);
        var running = WritCommand.Finish(WritCommand.Start(
            "setpriv",
            [
                $"--reuid={uid}", $"--regid={uid}", "--clear-groups", AgentWorld.Binary("writ"), "run", "--wait", "--",
                "bash", "-c", AgentWorld.Unclear + "touch begun; while [ ! -e done ]; do sleep 0.05; done",
            ],
            tree, ("WRIT_SOCKET", world.Socket)));
        await world.ApproveNext(session);
        return (running, await Victim(tree), tree);
    }

    static async Task<AgentWorld> World()
    {
        if (ThisProcess.EffectiveUid != 0)
            SharedData.Unavailable("agents of other users need a daemon of root");
        var world = await AgentWorld.Create();
        var document = world.State.Registry.Document;
        await world.Apply(document with
        {
            Identity = new RealmIdentity(IdentityStage.Domain),
            Workflows =
            [
                .. document.Workflows.Select(w => w with { Identity = new IdentityGrant([IdentityTier.Read], []) }),
            ],
        });
        return world;
    }

    [Fact]
    public async Task Another_user_gets_nothing_of_a_run()
    {
        await using var world = await World();
        var (running, pid, tree) = await Run(world, Agent);
        var program = Compile(world.Root);
        Files.SetMode(program, 0x1ED);
        var tried = Answers((await As(
            Other, program, "/", pid.ToString(CultureInfo.InvariantCulture))).Out);
        Assert.Equal("OK", tried["pidfd_open"]);
        Assert.All(_tricks, t => Assert.NotEqual((t, "OK"), (t, tried[t])));
        File.WriteAllText(Path.Combine(tree, "done"), "");
        Assert.Equal(0, (await running).Exit);
        Assert.Empty(world.Happened<IdentityEvent.Issued>());
    }

    [Fact]
    public async Task A_sandbox_beside_it_of_the_same_user_gets_nothing_of_a_run()
    {
        await using var world = await World();
        var (running, pid, tree) = await Run(world, Agent);
        var (session, other) = await world.OpenSession(uid: Agent);
        var program = Compile(other);
        Files.SetMode(program, 0x1ED);
        var attack = WritCommand.Finish(WritCommand.Start(
            "setpriv",
            [
                $"--reuid={Agent}", $"--regid={Agent}", "--clear-groups", AgentWorld.Binary("writ"), "run", "--wait",
                "--", "bash", "-c",
                // By the number it has on the host, and every number there is inside.
                $"{AgentWorld.Unclear}for p in {pid} $(seq 1 9); do echo \"pid $p\"; ./spoof $p; done; true",
            ],
            other, ("WRIT_SOCKET", world.Socket)));
        await world.ApproveNext(session);
        var said = (await attack).Out.Split("pid ", StringSplitOptions.RemoveEmptyEntries);
        var tried = Answers(said.Single(s => s.StartsWith($"{pid}\n", StringComparison.Ordinal)));
        Assert.All(_tricks.Append("pidfd_open"), t => Assert.NotEqual((t, "OK"), (t, tried[t])));
        File.WriteAllText(Path.Combine(tree, "done"), "");
        Assert.Equal(0, (await running).Exit);
        Assert.Empty(world.Happened<IdentityEvent.Issued>());
    }

    // Outside of every sandbox the kernel lets a process of the same user into the run, as the threat model says. What
    // comes in like that is in the namespaces and not in the control group, and its connection is closed unanswered.
    [Fact]
    public async Task Who_enters_the_namespaces_of_a_run_is_not_one_of_it()
    {
        await using var world = await World();
        var (running, pid, tree) = await Run(world, Agent);
        if (Server.Running.RunNamespace.ControlGroupOf(pid) is null)
            SharedData.Unavailable("runs have no control group here");
        var program = Compile(world.Root);
        Files.SetMode(program, 0x1ED);
        var tried = Answers((await As(
            Agent, program, "/", pid.ToString(CultureInfo.InvariantCulture))).Out);
        Assert.Equal(("OK", "closed"), (tried["both namespaces"], tried["entered"]));
        File.WriteAllText(Path.Combine(tree, "done"), "");
        Assert.Equal(0, (await running).Exit);
        Assert.Empty(world.Happened<IdentityEvent.Issued>());
        var evidence = world.Ledger().Where(e => e.Data.Refusal?.Code == "identity.unattested")
            .Select(e => e.Data.Move).OfType<IdentityMove.Issue>().Select(m => m.Attestation).ToList();
        Assert.Contains(evidence, a => a.By == AttestedBy.Nothing && a.Uid == Agent
            && a.Executable?.EndsWith("spoof", StringComparison.Ordinal) == true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_door_of_a_credential_is_for_its_run_alone(bool execs)
    {
        await using var redis = await LocalRedis.Start();
        await using var world = await LeaseWorld.Create(
            redis.Profile, LocalRedis.Broker, LocalRedis.BrokerPassword);
        var (session, tree) = await LeaseWorld.Open(world);
        var running = WritCommand.Run(
            world, tree, "--wait", "--", "bash", "-c", AgentWorld.Unclear
            + "redis-cli -s /run/writ/credentials/migrate/redis.sock SET orders:1 mine; touch begun; "
            + "while [ ! -e done ]; do sleep 0.05; done");
        await world.ApproveNext(session);
        for (var waited = Stopwatch.StartNew(); !File.Exists(Path.Combine(tree, "begun")); await Task.Delay(20))
            Assert.True(waited.Elapsed < AgentWorld.Patience && !running.IsCompleted, "the run begins");
        var door = Directory.GetFiles(
            Path.Combine(world.Root, "runner", "runs"), "redis.sock", SearchOption.AllDirectories).Single();
        // Connects, and asks itself or becomes a trusted program with the connection in its hand.
        const string connect = "import socket,os,sys\ns=socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\n";
        var said = await WritCommand.Finish(WritCommand.Start("/usr/bin/python3",
        [
            "-c", connect + (execs
                ? "os.dup2(s.fileno(),0)\nos.dup2(s.fileno(),3)\nos.set_inheritable(3,True)\n"
                    + "os.execv('/usr/bin/bash',['bash','-c','echo GET orders:1 >&3; cat <&3'])\n"
                : "s.sendall(b'GET orders:1\\r\\n')\nprint(s.recv(100).decode())\n"),
            door,
        ], tree));
        Assert.DoesNotContain("mine", said.Out, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(tree, "done"), "");
        var ended = await running;
        Assert.True(ended.Exit == 0 && ended.Out.StartsWith("OK\n", StringComparison.Ordinal), ended.Out + ended.Error);
        Assert.Equal("mine", await redis.Ask("GET", "orders:1"));
    }
}
