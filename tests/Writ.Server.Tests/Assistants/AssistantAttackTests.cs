using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Writ.Assistants;
using Writ.Egress;
using Writ.Linux;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;
using Writ.Testing;

namespace Writ.Server.Tests.Assistants;

/// <summary>What an assistant tries from inside its sandbox, and others from outside of it.</summary>
public sealed class AssistantAttackTests
{
    [Fact]
    public async Task Its_hook_and_the_settings_that_hold_it_cannot_be_changed_from_inside()
    {
        await using var world = await AssistantStage.Create();
        var (session, tree) = await world.OpenSession();

        var ended = await AssistantStage.Run(world, session, tree, $$"""
            f={{AssistantPlaces.ManagedSettingsPath}}
            echo '{}' > $f; echo "write $?"
            python3 -c "
            import os
            for what in ('os.rename(p, p + str(1))', 'os.unlink(p)', 'os.chmod(p, 0o666)', 'os.open(p, os.O_RDWR)',
                         'os.mkdir(\"/etc/claude-code/managed-settings.d\")', 'os.symlink(\"/tmp/x\", \"/etc/claude-code/x\")',
                         'os.rename(\"/etc/claude-code\", \"/etc/other\")', 'os.unlink(\"{{AssistantPlaces.SocketPath}}\")',
                         'os.rename(\"/run/writ\", \"/run/other\")', 'open(\"{{AssistantPlaces.ClientPath}}\", \"ab\")'):
                p = '$f'
                try:
                    eval(what); print('DONE', what)
                except OSError as e:
                    print('no', e.errno)
            import ctypes
            c = ctypes.CDLL(None, use_errno=True)
            print('umount', c.umount2(b'$f', 2), 'mount', c.mount(b'/tmp', b'/etc/claude-code', b'', 4096, None))
            "
            grep -c '"onFailure": "block"' $f; grep -c allowManagedHooksOnly $f
            cd {{Path.GetDirectoryName(AssistantPlaces.ManagedSettingsPath)}}; ls -a
            """);

        Assert.True(ended.Exit == 0, $"{ended.Out}\n{ended.Error}");
        Assert.Contains("write 1", ended.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("DONE", ended.Out, StringComparison.Ordinal);
        Assert.Equal(10, ended.Out.Split('\n').Count(line => line.StartsWith("no ", StringComparison.Ordinal)));
        Assert.Contains("umount -1 mount -1", ended.Out, StringComparison.Ordinal);
        Assert.Contains("\n5\n1\n", ended.Out, StringComparison.Ordinal);
        Assert.EndsWith("managed-settings.json\n", ended.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_acts_in_its_own_session_and_in_nothing_that_is_for_people()
    {
        await using var world = await AssistantStage.Create();
        var (other, otherTree) = await world.OpenSession();
        var theirs = await WritCommand.Run(world, otherTree, "--", "bash", "-c", AgentWorld.Unclear + "true");
        Assert.Equal(4, theirs.Exit);
        var request = Assert.Single(world.Waiting(other));
        var (session, tree) = await world.OpenSession();
        var people = world.App.Urls.First(u => u.StartsWith("http://127.0.0.1", StringComparison.Ordinal));

        await File.WriteAllTextAsync(Path.Combine(tree, "try.py"), $$"""
            import socket
            def ask(text):
                s = socket.socket(socket.AF_UNIX); s.connect('{{AssistantPlaces.SocketPath}}')
                s.sendall(text.encode()); return s.recv(4096).decode()
            for path in ('/v1/realm', '/v1/inbox', '/v1/sessions', '/v1/kills', '/v1/requests/{{request}}'):
                print('people', ask('GET ' + path + ' HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n').split(' ')[1])
            try:
                socket.create_connection(('127.0.0.1', {{new Uri(people).Port}}), 2); print('REACHED')
            except OSError as e:
                print('tcp', e.errno)
            """);
        var ended = await AssistantStage.Run(world, session, tree, $$"""
            writ run --session {{other}} -- ls; echo "other $?"
            writ run --request {{request}}; echo "request $?"
            writ session show {{other}}; echo "show $?"
            writ session run --workflow mend --task x -- bash; echo "session $?"
            writ run --assistant -- bash -c true; echo "assistant $?"
            writ inbox; echo "inbox $?"
            python3 try.py
            ls {{world.Socket}} {{world.Root}}/data; echo "host $?"
            """);

        foreach (var line in (string[])["other 1", "request 1", "show 1", "session 3", "assistant 3", "inbox 5",
            "tcp 111", "host 2"])
            Assert.True(
                ended.Out.Contains($"{line}\n", StringComparison.Ordinal), $"{line}\n{ended.Out}\n{ended.Error}");
        Assert.Equal(5, ended.Out.Split('\n').Count(l => l is "people 403" or "people 405" or "people 404"));
        Assert.DoesNotContain("REACHED", ended.Out, StringComparison.Ordinal);
        Assert.IsType<RequestState.Waiting>(world.State.Find(request)!.Value.Request);
    }

    [Fact]
    public async Task Another_process_of_its_user_that_finds_the_socket_is_turned_away()
    {
        await using var world = await AssistantStage.Create();
        var (session, tree) = await world.OpenSession();
        var running = AssistantStage.Start(world, session, tree, "touch ready; writ session show; read -r line");
        await AwaitFile(Path.Combine(tree, "ready"));
        var path = Directory.GetFiles(Path.Combine(world.Root, "runner", "runs"), "agent", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateDirectories(Path.Combine(world.Root, "runner", "runs"))
                .Select(d => Path.Combine(d, "agent"))).First(File.Exists);

        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        var count = 0;
        try
        {
            await socket.SendAsync("GET /v1/agent/health HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
            count = await socket.ReceiveAsync(new byte[64]).WaitAsync(AgentWorld.Patience);
        }
        catch (SocketException)
        {
            // Cut off before it was sent or read: the same answer.
        }
        Assert.Equal(0, count);
        // And by the socket that is for everybody it is no process of this session.
        var outside = await WritCommand.Run(world, tree, "--session", session.Value, "--", "ls");
        Assert.Contains("[session.not-yours]", outside.Error, StringComparison.Ordinal);
        var ended = await WritCommand.Finish(running, "\n"u8.ToArray());
        Assert.Equal(0, ended.Exit);
    }

    [Fact]
    public async Task It_reaches_what_its_workflow_names_and_nothing_else()
    {
        await using var world = await AssistantStage.Create(egress: [new EgressGrant("named.test", 80)]);
        var (session, tree) = await world.OpenSession();
        await File.WriteAllTextAsync(Path.Combine(tree, "try.py"), $$"""
            import socket
            def connect(to):
                s = socket.create_connection(('127.0.0.1', 8118), 5)
                s.sendall(('CONNECT ' + to + ' HTTP/1.1\r\nHost: ' + to + '\r\n\r\n').encode())
                return s.recv(200).decode().split(' ')[1]
            print('other', connect('other.test:443'))
            for family in (socket.AF_INET, socket.AF_VSOCK):
                try:
                    s = socket.socket(family, socket.SOCK_STREAM); s.settimeout(2); s.connect(('192.0.2.1', 80)); print('REACHED')
                except (OSError, TypeError) as e:
                    print('no')
            """);
        var ended = await AssistantStage.Run(world, session, tree, """
            python3 try.py
            """);
        Assert.True(ended.Out.Contains("other 403", StringComparison.Ordinal), $"{ended.Out}\n{ended.Error}");
        Assert.Equal(2, ended.Out.Split('\n').Count(l => l == "no"));
    }

    [Fact]
    public async Task A_kill_of_the_session_ends_it_whole()
    {
        await using var world = await AssistantStage.Create();
        var (session, tree) = await world.OpenSession();
        var running = AssistantStage.Start(
            world, session, tree,
            // Its run may be gone a moment before it is, which is then no end of its own.
            "(setsid sleep 600 &) ; writ run -- sleep 600 & touch ready; wait; sleep 600; echo survived");
        await AwaitFile(Path.Combine(tree, "ready"));
        await world.Until(() => world.State.OpenSession(session)!.Requests.Values.OfType<RequestState.Running>()
            .Count() == 2);
        await world.Must(new Writ.Kills.KillMove.Order(
            new KillId("kill-1"), new Writ.Kills.Scope(Writ.Kills.ScopeKind.Session, session.Value), "test"),
            world.Person(AgentWorld.Ada));
        var ended = await WritCommand.Finish(running);
        Assert.Equal(137, ended.Exit);
        Assert.DoesNotContain("survived", ended.Out, StringComparison.Ordinal);
        await world.Until(() => world.Outcomes().Count() == 2);
        Assert.All(world.Outcomes(), o => Assert.Equal(RunEnd.Killed, o.End));
    }

    [Fact]
    public async Task A_descriptor_that_is_handed_on_acts_as_the_sandbox_it_came_from_and_ends_with_it()
    {
        await using var world = await AssistantStage.Create();
        var (session, tree) = await world.OpenSession();
        // Connect first, become another program then: it is what it was, a process of this sandbox.
        await File.WriteAllTextAsync(Path.Combine(tree, "try.py"), $$"""
            import socket, os
            s = socket.socket(socket.AF_UNIX); s.connect('{{AssistantPlaces.SocketPath}}')
            os.set_inheritable(s.fileno(), True); os.dup2(s.fileno(), 9)
            os.execv('/usr/bin/bash', ['bash', '-c',
                'printf "GET /v1/agent/session?cwd=/&session=$WRIT_SESSION HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" >&9; cat <&9'])
            """);
        var ended = await AssistantStage.Run(world, session, tree, $$"""
            python3 try.py
            """);
        Assert.True(ended.Out.Contains("200 OK", StringComparison.Ordinal), $"{ended.Out}\n{ended.Error}");
        Assert.Contains(session.Value, ended.Out, StringComparison.Ordinal);
    }

    internal static async Task AwaitFile(string path, [CallerMemberName] string test = "")
    {
        for (var since = System.Diagnostics.Stopwatch.StartNew(); !File.Exists(path);)
        {
            Assert.True(since.Elapsed < AgentWorld.Patience, $"{test}: {path} does not appear");
            await Task.Delay(20);
        }
    }
}
