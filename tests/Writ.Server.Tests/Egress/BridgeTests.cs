using System.Globalization;
using Writ.Egress;
using Writ.Linux;
using Writ.Server.Egress;
using Writ.Server.Tests.Running;

namespace Writ.Server.Tests.Egress;

/// <summary>The process inside of the sandbox, and the limits of the one outside.</summary>
public sealed class BridgeTests(RunningFixture fixture) : IClassFixture<RunningFixture>
{
    static byte[] Hello => "hello\n"u8.ToArray();

    static GrantDesk Desk(LocalServer server) => new([new EgressGrant("site.test", server.Port, Private: true)]);

    static string At(int port, string text) =>
        text.Replace("PORT", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    Task<Finished> Run(string script, GrantDesk desk, EgressLimits? limits = null) =>
        EgressStage.Run(fixture, script, desk, limits: limits);

    [Fact]
    public async Task The_command_cannot_end_the_bridge()
    {
        if (LandlockRuleset.SupportedAbi() < 6)
            Writ.Testing.SharedData.Unavailable("the kernel does not scope signals");
        await using var server = LocalServer.Http(_ => Hello);
        var ended = await Run(At(server.Port, """
            found=
            for p in /proc/[0-9]*; do
              n=${p#/proc/}
              [ "$n" = 1 ] || [ "$n" = $$ ] && continue
              tr '\0' ' ' <$p/cmdline | grep -q bridge || continue
              found=1
              kill -9 $n 2>&1; kill -STOP $n 2>&1
              prlimit --pid $n --nofile=0:0 2>&1; prlimit --pid $n --cpu=0:0 2>&1
              cat $p/environ $p/maps >/dev/null 2>&1 && echo readable
              readlink $p/fd/3 $p/exe $p/cwd
              (echo >$p/mem) 2>/dev/null && echo writable
            done
            echo found=$found
            curl -sS http://site.test:PORT/
            """), Desk(server));
        var lines = ended.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["found=1", "hello"], lines[^2..]);
        Assert.True(lines.Length >= 4, ended.Output);
        Assert.All(lines[..^2], l => Assert.EndsWith("Operation not permitted", l, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_bridge_is_no_child_of_the_command_and_ends_with_it()
    {
        await using var server = LocalServer.Http(_ => Hello);
        // Waits for every child there is.
        var ended = await Run("perl -e '1 while wait() != -1; print \"none\\n\"'", Desk(server));
        Assert.Equal((0, "none\n"), (ended.Outcome.ExitCode, ended.Output));
    }

    [Fact]
    public async Task There_is_no_other_way_out()
    {
        await using var server = LocalServer.Http(_ => Hello);
        var ended = await Run(At(server.Port, """
            (exec 3<>/dev/tcp/127.0.0.1/PORT) 2>&1 | grep -q refused && echo refused
            (exec 3<>/dev/tcp/93.184.216.34/80) 2>&1 | grep -q unreachable && echo unreachable
            (exec 3<>/dev/udp/93.184.216.34/53) 2>&1 | grep -q unreachable && echo unreachable
            curl -sS --noproxy '*' http://site.test:PORT/ 2>&1 | grep -o 'Could not resolve'
            getent hosts site.test || echo no name
            """), Desk(server));
        Assert.Equal("refused\nunreachable\nunreachable\nCould not resolve\nno name\n", ended.Output);
        Assert.Equal(0, server.Connections);
    }

    [Fact]
    public async Task A_run_without_a_way_out_has_nothing_of_it()
    {
        var ended = await fixture.Run(fixture.Shell(fixture.NewTree(), """
            (exec 3<>/dev/tcp/127.0.0.1/8118) 2>&1 | grep -q refused && echo refused
            env | grep -i proxy; ls /run/writ
            """));
        Assert.Equal("refused\netc\nlaunch\norder.vkey\n", ended.Output);
    }

    [Fact]
    public async Task The_socket_behind_the_bridge_gives_no_more_than_the_bridge()
    {
        await using var server = LocalServer.Http(_ => Hello);
        var desk = Desk(server);
        var ended = await Run(At(server.Port, """
            curl -sS --unix-socket /run/writ/egress --noproxy '*' http://nowhere.test/
            """), desk);
        Assert.Contains("[net.bad-request]", ended.Output, StringComparison.Ordinal);
        Assert.Equal(EgressEnd.Refused, desk.Records.Single().End);
    }

    [Fact]
    public async Task A_head_that_never_ends_is_cut_off()
    {
        await using var server = LocalServer.Http(_ => Hello);
        var desk = Desk(server);
        var ended = await Run(At(server.Port, """
            exec 3<>/dev/tcp/127.0.0.1/8118
            printf 'GET http://site.test:PORT/ HTTP/1.1\r\n' >&3
            (while printf 'X: y\r\n' >&3; do sleep 0.2; done) 2>/dev/null &
            timeout 20 cat <&3 >/dev/null; echo over $?
            kill %1
            """), desk, new EgressLimits { HeadMax = TimeSpan.FromSeconds(1) });
        Assert.StartsWith("over 0", ended.Output, StringComparison.Ordinal);
        Assert.Equal("net.timeout", Assert.Single(desk.Records).Code);
        Assert.Equal(0, server.Connections);
    }

    [Fact]
    public async Task More_connections_than_a_run_may_have_at_once_wait()
    {
        await using var server = LocalServer.Http(_ => Hello);
        var desk = Desk(server);
        var ended = await Run(At(server.Port, """
            exec 4<>/dev/tcp/127.0.0.1/8118 5<>/dev/tcp/127.0.0.1/8118
            printf G >&4; printf G >&5
            while curl -sS -m 1 http://site.test:PORT/ >/dev/null; do sleep 0.1; done; echo waited
            curl -sS http://site.test:PORT/ & sleep 0.3
            exec 4>&- 5>&-; wait
            """), desk, new EgressLimits { ConnectionsMax = 2 });
        Assert.Equal("waited\nhello\n", ended.Output);
    }

    [Fact]
    public async Task More_connections_than_the_bridge_holds_wait_and_are_served()
    {
        await using var server = LocalServer.Http(_ => Hello);
        var desk = Desk(server);
        var ended = await Run(At(server.Port, """
            for i in $(seq 150); do exec {fd}<>/dev/tcp/127.0.0.1/8118; eval "fd$i=$fd"; done
            for i in $(seq 150); do eval "fd=\$fd$i"; exec {fd}>&-; done
            curl -sS http://site.test:PORT/
            """), desk, new EgressLimits { ConnectionsMax = 1000 });
        Assert.Equal("hello\n", ended.Output);
    }

    [Fact]
    public async Task A_run_that_asks_without_end_is_ended()
    {
        await using var server = LocalServer.Http(_ => Hello);
        var ended = await Run(At(server.Port, """
            for i in $(seq 1000); do curl -s http://site.test:PORT/ >/dev/null; done; echo through
            """), Desk(server), new EgressLimits { ConnectionsInAllMax = 5 });
        Assert.DoesNotContain("through", ended.Output, StringComparison.Ordinal);
        Assert.Equal("net.flood", ended.Outcome.StoppedBy?.Code);
    }

    [Fact]
    public async Task A_run_moves_no_more_bytes_than_it_may()
    {
        await using var server = LocalServer.Http(_ => new byte[4 << 20]);
        var desk = Desk(server);
        var ended = await Run(
            At(server.Port, "curl -sS http://site.test:PORT/ | wc -c; curl -sS http://site.test:PORT/ | wc -c"), desk,
            new EgressLimits { BytesMax = 1 << 20 });
        Assert.Contains("[net.budget]", ended.Error, StringComparison.Ordinal);
        Assert.True(desk.Records.Sum(r => r.BytesSent + r.BytesReceived) <= 1 << 20);
        Assert.All(desk.Records, r => Assert.Equal(("net.budget", EgressEnd.Cut), (r.Code, r.End)));
    }

    [Fact]
    public async Task Much_goes_through_unharmed_in_both_directions()
    {
        var much = new byte[24 << 20];
        for (var i = 0; i < much.Length; i++)
            much[i] = (byte)((i * 7919L) >> 7 & 0xFF);
        await using var server = LocalServer.Http(_ => much);
        var digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(much));
        var desk = Desk(server);
        var ended = await Run(At(server.Port, """
            for i in 1 2 3; do curl -sS http://site.test:PORT/$i | sha256sum & done; wait
            """), desk);
        Assert.Equal(3, ended.Output.Split(digest).Length - 1);
        Assert.Equal(3, desk.Records.Count(r => r.End == EgressEnd.Done && r.BytesReceived > much.Length));
    }

    [Fact]
    public async Task A_run_that_is_killed_leaves_no_connection_behind()
    {
        var held = new TaskCompletionSource();
        await using var server = LocalServer.Raw(async stream =>
        {
            held.TrySetResult();
            _ = await stream.ReadAtLeastAsync(new byte[1 << 16], 1);
            await Task.Delay(Timeout.Infinite, new CancellationTokenSource(RunningFixture.Patience).Token);
        });
        var desk = Desk(server);
        var proxy = new EgressProxy(desk, EgressStage.Local, new EgressLimits(), TimeProvider.System);
        var plan = fixture.Shell(
            fixture.NewTree(), At(server.Port, "curl -sS -x http://127.0.0.1:8118 http://site.test:PORT/"));
        var run = fixture.Start(fixture.Seal(plan with { Egress = proxy }));
        await held.Task.WaitAsync(RunningFixture.Patience);
        await run.Kill();
        await proxy.DisposeAsync();
        Assert.Equal((EgressEnd.Cut, 1), (desk.Records.Single().End, desk.Records.Count));
    }
}
