using System.Net.Sockets;
using System.Text;
using Writ.Leases;
using Writ.Linux;
using Writ.Server.Leasing;

namespace Writ.Server.Tests.Leasing;

/// <summary>Users of a real Redis: made, used, cut off, removed; and how that goes wrong.</summary>
public sealed class RedisBackendTests
{
    const string Account = "w_0000000000000testtest";
    static readonly CancellationToken _none = CancellationToken.None;

    static DateTimeOffset Soon => TimeProvider.System.GetUtcNow().AddMinutes(5);

    [Fact]
    public async Task A_user_may_do_what_its_profile_says_and_is_gone_with_everybody_in_it()
    {
        await using var redis = await LocalRedis.Start();
        var backend = redis.Backend();
        var issued = await backend.Issue(Account, Soon, _none);
        Assert.Empty(issued.Files);
        Assert.Equal(Delivery.RedisSocket, issued.Door!.SocketName);
        await using var link = await issued.Door.Connect(_none);
        Assert.Contains($"user={Account} ", await redis.Ask("CLIENT", "LIST"), StringComparison.Ordinal);
        Assert.StartsWith("+OK", await Say(link, "SET orders:1 paid"), StringComparison.Ordinal);
        foreach (var more in (string[])["SET others:1 x", "DEL orders:1", "FLUSHALL", "ACL LIST", "CONFIG GET *"])
            Assert.StartsWith("-NOPERM", await Say(link, more), StringComparison.Ordinal);
        Assert.Equal([Account], await backend.Enumerate("w_", _none));

        Assert.Equal(1, await backend.Revoke(Account, _none));
        Assert.Equal(0, await link.ReadAsync(new byte[1], _none));
        await Assert.ThrowsAsync<IOException>(() => issued.Door.Connect(_none));
        Assert.Empty(await redis.Accounts());
        Assert.Equal("paid", await redis.Ask("GET", "orders:1"));
        // Gone already is a success, and nothing is made by looking.
        Assert.Equal(0, await backend.Revoke(Account, _none));
        Assert.Equal(0, await backend.TerminateSessions(Account, _none));
        Assert.Empty(await redis.Accounts());
    }

    [Fact]
    public async Task The_server_is_told_a_digest_of_the_password_and_the_ledger_a_part_of_that()
    {
        await using var redis = await LocalRedis.Start();
        var issued = await redis.Backend().Issue(Account, Soon, _none);
        var listed = await redis.Ask("ACL", "LIST");
        Assert.Contains(issued.Fingerprint["sha256:".Length..], listed, StringComparison.Ordinal);
        Assert.DoesNotContain(Assert.Single(issued.Secrets), listed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_done_by_half_is_done_again()
    {
        await using var redis = await LocalRedis.Start();
        var backend = redis.Backend();
        await redis.Ask("ACL", "SETUSER", Account, "on", "nopass", "+@all", "~*");
        var issued = await backend.Issue(Account, Soon, _none);
        await using (var link = await issued.Door!.Connect(_none))
            Assert.StartsWith("-NOPERM", await Say(link, "FLUSHALL"), StringComparison.Ordinal);
        await redis.Ask("ACL", "SETUSER", Account, "off");
        await backend.Revoke(Account, _none);
        Assert.Empty(await redis.Accounts());
    }

    [Theory]
    [InlineData("open", "lease.backend-unsafe")]
    [InlineData("down", "lease.backend-down")]
    [InlineData("stranger", "lease.backend-down")]
    [InlineData("flood", "lease.backend-down")]
    [InlineData("wrong-password", "lease.backend-denied")]
    [InlineData("no-permission", "lease.backend-denied")]
    [InlineData("no-such-command", "lease.backend-fault")]
    public async Task What_goes_wrong_has_a_code_and_no_secret(string what, string code)
    {
        await using var redis = await LocalRedis.Start(isOpen: what == "open");
        var (admin, profile) = (redis.Admin, redis.Profile);
        switch (what)
        {
            case "down":
                redis.Stop();
                break;
            case "stranger":
                profile = profile with { Host = Stranger(redis.Root, "HTTP/1.1 400 No\r\n\r\n"u8.ToArray(), 1) };
                break;
            case "flood":
                // One reply of 48 GiB, in pieces that are each small enough.
                byte[] piece = [.. "$1000000\r\n"u8, .. new byte[1_000_000], .. "\r\n"u8];
                profile = profile with { Host = Stranger(redis.Root, [.. "*50000\r\n"u8, .. piece], 50_000) };
                break;
            case "wrong-password":
                admin = admin with { Password = "another" };
                break;
            case "no-permission":
                await redis.Ask("ACL", "SETUSER", LocalRedis.Broker, "-acl|setuser");
                break;
            case "no-such-command":
                profile = profile with { Commands = ["+nosuchcommand"] };
                break;
        }
        var fault = await Assert.ThrowsAsync<BackendFaultException>(
            () => redis.Backend(admin, profile).Issue(Account, Soon, _none));
        Assert.Equal(code, fault.Code);
        Assert.DoesNotContain(LocalRedis.BrokerPassword, fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_forgot_its_users_has_none_to_take_back()
    {
        await using var redis = await LocalRedis.Start();
        var backend = redis.Backend();
        await backend.Issue(Account, Soon, _none);
        // As a restart does: what was not saved is gone.
        await redis.Ask("ACL", "LOAD");
        Assert.Equal(0, await backend.Revoke(Account, _none));
    }

    [Fact]
    public async Task A_run_uses_it_by_Redis_s_own_client_and_holds_no_secret()
    {
        await using var redis = await LocalRedis.Start();
        await using var world = await LeaseWorld.Create(redis.Profile, LocalRedis.Broker, LocalRedis.BrokerPassword);
        var (_, tree) = await LeaseWorld.Open(world);
        var ended = await LeaseWorld.Run(world, tree, "/bin/sh", "-c",
            "c='/usr/bin/redis-cli -s /run/writ/credentials/migrate/redis.sock'; "
            + "$c set orders:7 shipped; $c get others:1; ls /run/writ/credentials/migrate; "
            + "echo $REDIS_URL");
        Assert.True(ended.Exit == 0, ended.Error);
        var lease = world.State.Leases.Ended.Values.Single();
        Assert.Equal(
            ["OK", "redis.sock", "unix:///run/writ/credentials/migrate/redis.sock"],
            ended.Out.Split('\n').Where(l => l.Length > 0 && !l.Contains("NOPERM", StringComparison.Ordinal)));
        Assert.Contains("NOPERM", ended.Out + ended.Error, StringComparison.Ordinal);
        Assert.Equal("lease.run-ended", lease.Code);
        Assert.Empty(await redis.Accounts());
        Assert.Equal("shipped", await redis.Ask("GET", "orders:7"));
    }

    static async Task<string> Say(Stream link, string command)
    {
        await link.WriteAsync(Encoding.ASCII.GetBytes($"{command}\r\n"), _none);
        var buffer = new byte[4096];
        return Encoding.ASCII.GetString(buffer, 0, await link.ReadAsync(buffer, _none));
    }

    // Somebody else's server: it says something else, as often as anybody listens.
    static string Stranger(string root, byte[] says, int times)
    {
        var path = Path.Combine(root, "stranger.sock");
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(1);
        _ = Task.Run(async () =>
        {
            using (listener)
            using (var client = await listener.AcceptAsync())
                for (var i = 0; i < times; i++)
                    await client.SendAsync(i == 0 ? says : says[8..]);
        });
        return path;
    }
}
