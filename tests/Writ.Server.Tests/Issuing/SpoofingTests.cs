using System.Net.Sockets;
using Writ.Identity;
using Writ.Testing;

namespace Writ.Server.Tests.Issuing;

/// <summary>Tricks by which somebody might be given the identity of an agent that they are not.</summary>
public sealed class SpoofingTests
{
    static string DoorOf(AgentWorld world) =>
        Directory.GetFiles(Path.Combine(world.Root, "runner", "runs"), "identity", SearchOption.AllDirectories)
            .Single();

    static IEnumerable<Attestation> Unattested(AgentWorld world) => world.Ledger()
        .Where(e => e.Data.Refusal?.Code == "identity.unattested").Select(e => e.Data.Move)
        .OfType<IdentityMove.Issue>().Select(m => m.Attestation);

    // A run that stays, with its Workload API open.
    static async Task<(Task<Ended> Running, SessionId Session, string Tree)> Waiting(AgentWorld world, string line)
    {
        var (session, tree) = await IdentityStage.Open(world);
        var running = WritCommand.Run(world, tree, ["--wait", "--", "bash", "-c", AgentWorld.Unclear + line]);
        await world.ApproveNext(session);
        var limit = DateTime.UnixEpoch;
        while (!File.Exists(Path.Combine(tree, "begun")))
        {
            Assert.False(running.IsCompleted, running.IsCompleted ? running.Result.Error : "");
            await Task.Delay(20);
            limit = limit.AddMilliseconds(20);
            Assert.True(limit < DateTime.UnixEpoch + AgentWorld.Patience, "the run never began");
        }
        return (running, session, tree);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Another_process_of_the_same_user_is_nobody_even_when_it_becomes_a_trusted_program(bool execs)
    {
        await using var world = await IdentityStage.World();
        var (running, _, tree) = await Waiting(world, "touch begun; while [ ! -e done ]; do sleep 0.05; done");
        // Connects, and then either asks itself or becomes node with the connection in its hand.
        var script = execs
            ? "import socket,os,sys\ns=socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\nos.dup2(s.fileno(),3)\n"
                + "os.set_inheritable(3,True)\nos.execv('/usr/bin/node',['node',sys.argv[2]])\n"
            : "import socket,os,sys,subprocess\ns=socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\n"
                + "os.dup2(s.fileno(),3)\nsys.exit(subprocess.call(['/usr/bin/node',sys.argv[2]],pass_fds=[3]))\n";
        var asked = await WritCommand.Finish(WritCommand.Start(
            "/usr/bin/python3", ["-c", script, DoorOf(world), Path.Combine(IdentityStage.Source, "held.mjs")], tree));
        Assert.Equal(("closed\n", ""), (asked.Out, asked.Error));
        await world.Until(() => Unattested(world).Any());
        var evidence = Assert.Single(Unattested(world));
        Assert.Equal(AttestedBy.Nothing, evidence.By);
        Assert.NotNull(evidence.Executable);
        File.WriteAllText(Path.Combine(tree, "done"), "");
        Assert.Equal(0, (await running).Exit);
        Assert.Empty(world.Happened<IdentityEvent.Issued>());
    }

    [Fact]
    public async Task A_connection_that_was_passed_on_is_worth_nothing_once_its_process_is_gone()
    {
        await using var world = await IdentityStage.World();
        var (running, _, tree) = await Waiting(world, """
            cat > give.py <<'P'
            import socket,time,os
            door=socket.socket(socket.AF_UNIX); door.connect('/run/writ/identity')
            while not os.path.exists('ready'): time.sleep(0.05)
            to=socket.socket(socket.AF_UNIX); to.connect('taker.sock')
            socket.send_fds(to,[b'x'],[door.fileno()])
            P
            touch begun; python3 give.py; touch gone; while [ ! -e done ]; do sleep 0.05; done
            """);
        const string take = """
            import socket,os,sys,time
            l=socket.socket(socket.AF_UNIX); l.bind('taker.sock'); l.listen(1); open('ready','w').close()
            c,_=l.accept(); _,fds,_,_=socket.recv_fds(c,1,1)
            while not os.path.exists('gone'): time.sleep(0.05)
            os.dup2(fds[0],3)
            os.execv('/usr/bin/node',['node',sys.argv[1]])
            """;
        var taken = await WritCommand.Finish(WritCommand.Start(
            "/usr/bin/python3", ["-c", take, Path.Combine(IdentityStage.Source, "held.mjs")], tree));
        Assert.Contains(taken.Out, (string[])["closed\n", "status 7\n"]);
        File.WriteAllText(Path.Combine(tree, "done"), "");
        Assert.Equal(0, (await running).Exit);
        Assert.Empty(world.Happened<IdentityEvent.Issued>());
    }

    [Fact]
    public async Task One_interpreter_in_two_sessions_is_two_agents_and_neither_reaches_the_others_door()
    {
        await using var world = await IdentityStage.World();
        var (first, second) = (await IdentityStage.Open(world), await IdentityStage.Open(world));
        var ids = new List<string>();
        foreach (var place in ((SessionId, string)[])[first, second])
        {
            var said = Assert.Single(await IdentityStage.Run(world, place, "all"));
            ids.Add(WorkloadTests.Text(said.GetProperty("svids")[0], "id"));
        }
        Assert.Equal(2, ids.Distinct().Count());
        var evidence = world.Ledger().Where(e => e.Data.Refusal is null).Select(e => e.Data.Move)
            .OfType<IdentityMove.Issue>().Select(m => m.Attestation).ToList();
        Assert.Single(evidence.Select(a => a.ExecutableDigest).Distinct());
        Assert.Equal(2, evidence.Select(a => a.Namespace).Distinct().Count());
    }

    [Fact]
    public async Task A_run_without_a_grant_has_no_door_and_a_door_is_gone_with_its_run()
    {
        await using var world = await IdentityStage.World();
        var (running, session, tree) = await Waiting(
            world, "touch begun; while [ ! -e done ]; do sleep 0.05; done");
        var door = DoorOf(world);
        await world.Close(session);
        await running;
        Assert.False(File.Exists(door));
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await Assert.ThrowsAnyAsync<SocketException>(() => socket.ConnectAsync(new UnixDomainSocketEndPoint(door)));
        var document = world.State.Registry.Document;
        await world.Apply(document with
        {
            Workflows = [.. document.Workflows.Select(w => w with { Identity = null })],
        });
        var (_, other) = await world.OpenSession();
        var listed = await WritCommand.Run(world, other, "--", "ls", "/run/writ");
        Assert.DoesNotContain("identity", listed.Out, StringComparison.Ordinal);
    }
}
