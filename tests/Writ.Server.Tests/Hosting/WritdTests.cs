using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Writ.Server.Hosting;
using Writ.Server.Sequencer;
using Writ.Server.Storage;
using Writ.Server.Tests.Sequencer;
using Writ.Server.Tests.Storage;

namespace Writ.Server.Tests.Hosting;

public sealed class WritdTests
{
    [Fact]
    public async Task A_host_listens_while_it_runs_and_leaves_nothing_locked()
    {
        using var folder = new TemporaryFolder();
        using var sample = await SampleRealm.Create(folder["data"], TimeProvider.System);
        var options = Options(folder);
        for (var round = 0; round < 2; round++)
        {
            await using var app = Writd.Build(options);
            await app.StartAsync(TestContext.Current.CancellationToken);
            Assert.True(IsAnswered(options.Socket));
            // The folder is ours alone to write, so everybody may connect; who they are, the kernel says.
            Assert.Equal((UnixFileMode)0x1B6, File.GetUnixFileMode(options.Socket));
            Assert.Equal(1, app.Services.GetRequiredService<ILedgerStore>().Head.Size);
            var second = Assert.Throws<LedgerFaultException>(() => Writd.Build(options with
            {
                Socket =
                folder["other.sock"]
            }));
            Assert.Equal(StorageCodes.Locked, second.Code);
            await app.StopAsync(TestContext.Current.CancellationToken);
            Assert.False(File.Exists(options.Socket));
        }
    }

    [Fact]
    public async Task Who_connects_and_is_silent_keeps_nobody_from_an_answer()
    {
        using var folder = new TemporaryFolder();
        using var sample = await SampleRealm.Create(folder["data"], TimeProvider.System);
        var options = Options(folder);
        await using var app = Writd.Build(options);
        await app.StartAsync(TestContext.Current.CancellationToken);
        var silent = Enumerable.Range(0, 40).Select(_ => Connected(options.Socket)).ToList();

        using var asking = Connected(options.Socket);
        var question = "GET /v1/realm HTTP/1.1\r\nHost: writ\r\nConnection: close\r\n\r\n"u8.ToArray();
        // In two pieces, the second after whoever accepts has given up waiting for the whole.
        asking.Send(question.AsSpan(0, 10));
        await Task.Delay(50, TestContext.Current.CancellationToken);
        asking.Send(question.AsSpan(10));
        asking.ReceiveTimeout = 10_000;
        // Whatever it is: this is for people.
        var answer = new byte[12];
        Assert.Equal(answer.Length, asking.Receive(answer));
        Assert.Equal("HTTP/1.1 403"u8.ToArray(), answer);

        silent.ForEach(s => s.Dispose());
        await app.StopAsync(TestContext.Current.CancellationToken);
        Assert.False(File.Exists(options.Socket));
    }

    static Socket Connected(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    [Fact]
    public async Task A_socket_left_behind_is_removed_and_one_that_answers_is_not()
    {
        using var folder = new TemporaryFolder();
        using var sample = await SampleRealm.Create(folder["data"], TimeProvider.System);
        var options = Options(folder);
        Directory.CreateDirectory(Path.GetDirectoryName(options.Socket)!);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(options.Socket));
        listener.Listen();
        Assert.Throws<HostingException>(() => Writd.Build(options));

        // A killed process leaves the name without anybody behind it.
        File.Move(options.Socket, folder["moved"]);
        listener.Dispose();
        File.Move(folder["moved"], options.Socket);
        await using (Writd.Build(options))
        {
        }

        File.Delete(options.Socket);
        await File.WriteAllTextAsync(options.Socket, "not a socket", TestContext.Current.CancellationToken);
        Assert.Throws<HostingException>(() => Writd.Build(options));
        Assert.True(File.Exists(options.Socket));
    }

    [Fact]
    public async Task A_realm_is_created_once_and_a_bad_order_leaves_nothing_behind()
    {
        using var folder = new TemporaryFolder();
        var ids = new IdSource();
        var order = new InceptionOrder("Realm", "a b", new PersonId("ada"), "Ada");
        var (answer, refusal) = await Inception.Create(folder["data"], order, TimeProvider.System, ids);
        Assert.Null(answer);
        Assert.Equal("realm.malformed", refusal?.Code);
        Assert.False(Directory.Exists(folder["data"]));
        (answer, _) = await Inception.Create(folder["data"], order with { Origin = "a/b" }, TimeProvider.System, ids);
        Assert.NotNull(answer);
        var again = await Assert.ThrowsAsync<LedgerFaultException>(
            () => Inception.Create(folder["data"], order with { Origin = "a/b" }, TimeProvider.System, ids));
        Assert.Equal(StorageCodes.Exists, again.Code);
        Assert.Equal((UnixFileMode)0x180, File.GetUnixFileMode(folder["data/keys/log.key"]));
    }

    static WritdOptions Options(TemporaryFolder folder) => new()
    {
        Data = folder["data"],
        Socket = folder["run/agent.sock"],
        Urls = [$"http://{IPAddress.Loopback}:0"],
    };

    static bool IsAnswered(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(path));
        return socket.Connected;
    }
}
