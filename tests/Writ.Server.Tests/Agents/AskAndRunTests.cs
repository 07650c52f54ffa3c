using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Writ.Requests;
using Writ.Runs;
using Writ.Server.Agents;
using Writ.Sessions;
using Writ.Testing;
using Writ.Wire;

namespace Writ.Server.Tests.Agents;

/// <summary>The one connection that asks and is the run: frame by frame, as any client could speak it.</summary>
public sealed class AskAndRunTests
{
    [Fact]
    public async Task One_connection_asks_runs_and_says_how_it_ended_and_the_record_is_as_of_two()
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        using var connection = await Connection.Open(world);
        await connection.Ask($$"""{"cwd":"{{tree}}","argv":["cat"]}""");
        Assert.Equal((RunFrameKind.Begun, ""), await connection.Next());
        await connection.Send(RunFrameKind.Stdin, "words"u8.ToArray());
        await connection.Send(RunFrameKind.Stdin, []);
        Assert.Equal((RunFrameKind.Stdout, "words"), await connection.Next());
        Assert.Equal((RunFrameKind.Exit, "\0\0\0\0"), await connection.Next());
        Assert.True(await connection.IsAtEnd());

        // The same again on the other way: asked, and then carried out by its id.
        using var agent = world.Client();
        await agent.PostAsync("/v1/agent/requests", new StringContent($$"""{"cwd":"{{tree}}","argv":["cat"]}"""));
        var ready = world.State.OpenSession(session)!.Requests.Values.OfType<RequestState.Ready>().Single().Id;
        using var second = await Connection.Open(world, $"/v1/agent/requests/{ready}/run");
        await second.Send(RunFrameKind.Stdin, []);
        Assert.Equal((RunFrameKind.Exit, "\0\0\0\0"), await second.Next());

        var moves = world.Ledger().Where(e => e.Data.Move is RequestMove or RunMove)
            .Select(e => (e.Data.Move.GetType(), e.Data.Actor.GetType(), e.Data.Refusal,
                string.Join(',', (e.Data.Events ?? []).Select(v => v.GetType().Name)))).ToArray();
        // Asked, ordered, used, what it started, ended.
        Assert.Equal(10, moves.Length);
        Assert.Equal(moves[..5], moves[5..]);
        var digests = world.Happened<RequestEvent.Judged>().Select(j => j.Digest).Distinct();
        Assert.Single(digests);
    }

    [Fact]
    public async Task What_waits_for_people_is_answered_by_its_view_and_nothing_runs()
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        using var connection = await Connection.Open(world);
        await connection.Ask(JsonSerializer.Serialize(
            new SubmitRequest(null, tree, ["bash", "-c", AgentWorld.Unclear + "touch made"], null, null, null),
            ApiJson.Default.SubmitRequest));
        var (kind, text) = await connection.Whole();
        var view = JsonSerializer.Deserialize(text, ApiJson.Default.RequestView)!;
        Assert.Equal(
            (RunFrameKind.View, "waiting", world.Waiting(session).Single()), (kind, view.State, view.Request.Id));
        Assert.True(await connection.IsAtEnd());
        Assert.DoesNotContain(world.Ledger(), e => e.Data.Move is RequestMove.Execute or RunMove);
        Assert.Equal(0, world.App.Services.GetRequiredService<RunRegistry>().Count);
    }

    [Theory]
    [InlineData("""{"cwd":"TREE","argv":["sudo","true"]}""", "closed policy.blocked")]
    [InlineData("""{"cwd":"TREE","argv":["no-such-program"]}""", "request.no-executable")]
    [InlineData("""{"cwd":"TREE","argv":["echo","a\u0000b"]}""", "request.nul")]
    [InlineData("""{"cwd":"TREE","argv":["echo","x"],"session":"other"}""", "session.unknown")]
    [InlineData("""{"cwd":"/usr","argv":["echo","x"]}""", "session.none")]
    [InlineData("""{"cwd":"TREE","argv":[]}""", "request.empty")]
    [InlineData("""{"cwd":"TREE"}""", "request.malformed")]
    [InlineData("not even json", "request.malformed")]
    [InlineData("", "request.malformed")]
    public async Task A_refusal_is_the_one_that_the_endpoint_for_requests_gives(string question, string expected)
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        question = question.Replace("TREE", tree, StringComparison.Ordinal);
        using var connection = await Connection.Open(world);
        await connection.Ask(question);
        var (kind, text) = await connection.Whole();
        using var agent = world.Client();
        var whole = await agent.PostAsync("/v1/agent/requests", new StringContent(question));
        var body = await whole.Content.ReadAsStringAsync();

        if (kind == RunFrameKind.View)
        {
            var (ours, theirs) = (Read(text, ApiJson.Default.RequestView), Read(body, ApiJson.Default.RequestView));
            Assert.Equal((theirs.State, theirs.Code), (ours.State, ours.Code));
            Assert.StartsWith("closed", expected, StringComparison.Ordinal);
            Assert.Equal("closed", ours.State);
        }
        else
        {
            Assert.Equal(RunFrameKind.Problem, kind);
            Assert.Equal(Read(body, ApiJson.Default.Problem), Read(text, ApiJson.Default.Problem));
            Assert.Equal(expected, Read(text, ApiJson.Default.Problem).Code);
        }
        Assert.Empty(world.Happened<RunEvent.WritIssued>());
    }

    [Fact]
    public async Task A_question_that_is_too_long_is_said_to_be_so_after_all_of_it_was_taken()
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        using var connection = await Connection.Open(world);
        await connection.Ask($$"""{"cwd":"{{tree}}","argv":["echo","{{new string('x', 3 << 20)}}"]}""");
        var (kind, text) = await connection.Whole();
        Assert.Equal((RunFrameKind.Problem, "request.too-large"), (kind, Read(text, ApiJson.Default.Problem).Code));
    }

    [Fact]
    public async Task What_is_no_question_is_told_so_or_ended_and_the_next_is_answered()
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        using (var other = await Connection.Open(world))
        {
            await other.Send(RunFrameKind.Stdin, "x"u8.ToArray());
            Assert.Equal("request.malformed", Read((await other.Whole()).Text, ApiJson.Default.Problem).Code);
        }
        // Gone in the middle of the question.
        using (var cut = await Connection.Open(world))
            await cut.Raw([(byte)RunFrameKind.Ask, 0, 0, 1, 0, (byte)'{']);
        using var agent = world.Client();
        var plain = await agent.PostAsync("/v1/agent/run", new StringContent("{}"));
        Assert.Contains("run.malformed", await plain.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        Assert.Equal(new Ended(0, "on\n", ""), await WritCommand.Run(world, tree, "--", "echo", "on"));
        Assert.Single(world.Outcomes());
    }

    [Fact]
    public async Task Who_never_asks_is_told_after_the_time_for_an_answer()
    {
        await using var world = await AgentWorld.Create(builder => builder.Services.AddSingleton(
            new AgentLimits { AnswerMax = TimeSpan.FromMilliseconds(200) }));
        await world.OpenSession();
        using var connection = await Connection.Open(world);
        var (kind, text) = await connection.Whole();
        Assert.Equal((RunFrameKind.Problem, "realm.busy"), (kind, Read(text, ApiJson.Default.Problem).Code));
    }

    [Fact]
    public async Task A_key_that_comes_again_runs_nothing_a_second_time_and_never_another_command()
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        async Task<(RunFrameKind Kind, string Text)> Go(string program)
        {
            using var connection = await Connection.Open(world);
            await connection.Ask($$"""{"cwd":"{{tree}}","argv":["{{program}}"],"idempotencyKey":"k1"}""");
            return await connection.Whole();
        }

        Assert.Equal(RunFrameKind.Exit, (await Go("true")).Kind);
        var again = await Go("true");
        Assert.Equal((RunFrameKind.Problem, "request.closed"),
            (again.Kind, Read(again.Text, ApiJson.Default.Problem).Code));
        Assert.Equal("request.key-reused", Read((await Go("false")).Text, ApiJson.Default.Problem).Code);
        Assert.Single(world.Happened<RunEvent.WritConsumed>());
    }

    [Fact]
    public async Task With_every_place_taken_the_verdict_stands_and_the_run_is_refused()
    {
        await using var world = await AgentWorld.Create(builder => builder.Services.AddSingleton(
            new AgentLimits { RunsMax = 1 }));
        var (session, tree) = await world.OpenSession();
        using var first = await Connection.Open(world);
        await first.Ask($$"""{"cwd":"{{tree}}","argv":["sleep","600"]}""");
        Assert.Equal(RunFrameKind.Begun, (await first.Next()).Kind);
        using var second = await Connection.Open(world);
        await second.Ask($$"""{"cwd":"{{tree}}","argv":["true"]}""");

        var (kind, text) = await second.Whole();

        Assert.Equal((RunFrameKind.Problem, "run.too-many"), (kind, Read(text, ApiJson.Default.Problem).Code));
        Assert.Single(world.State.OpenSession(session)!.Requests.Values.OfType<RequestState.Ready>());
        Assert.Single(world.Happened<RunEvent.WritConsumed>());
    }

    [Fact]
    public async Task Who_leaves_between_the_question_and_the_run_leaves_no_run_behind()
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        for (var i = 0; i < 10; i++)
        {
            using var connection = await Connection.Open(world);
            await connection.Ask($$"""{"cwd":"{{tree}}","argv":["sleep","600"]}""");
            if (i % 2 == 0)
                await world.Until(() => world.Happened<RunEvent.WritConsumed>().Count() > i);
        }
        await world.Until(() => world.App.Services.GetRequiredService<RunRegistry>().Count == 0
            && world.Outcomes().Count() == world.Happened<RunEvent.WritConsumed>().Count()
            && world.Happened<RequestEvent.Judged>().Count() == 10);
        Assert.All(world.Outcomes(), o => Assert.Equal(RunEnd.Killed, o.End));
        Assert.DoesNotContain(world.State.Sessions.Values.OfType<SessionState.Open>()
            .SelectMany(s => s.Requests.Values), r => r is RequestState.Running or RequestState.Ordered);
    }

    static T Read<T>(string json, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(json, type)!;

    /// <summary>A connection after its upgrade.</summary>
    sealed class Connection(Socket socket) : IDisposable
    {
        public static async Task<Connection> Open(AgentWorld world, string target = "/v1/agent/run")
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(world.Socket));
            var connection = new Connection(socket);
            await connection.Raw(Encoding.ASCII.GetBytes(
                $"POST {target} HTTP/1.1\r\nHost: writ\r\nConnection: Upgrade\r\nUpgrade: writ-run\r\n"
                + "Content-Length: 0\r\n\r\n"));
            var head = new StringBuilder();
            while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
                head.Append(Encoding.ASCII.GetString(await connection.Read(1)));
            Assert.StartsWith("HTTP/1.1 101 ", head.ToString(), StringComparison.Ordinal);
            return connection;
        }

        public async Task Raw(byte[] bytes)
        {
            using var limit = new CancellationTokenSource(AgentWorld.Patience);
            for (ReadOnlyMemory<byte> rest = bytes; !rest.IsEmpty;)
                rest = rest[await socket.SendAsync(rest, limit.Token)..];
        }

        public Task Ask(string question) =>
            Raw(RunFrames.Pieces(RunFrameKind.Ask, Encoding.UTF8.GetBytes(question)));

        public Task Send(RunFrameKind kind, byte[] payload)
        {
            var frame = new byte[RunFrames.HeaderBytes + payload.Length];
            RunFrames.WriteHeader(frame, kind, payload.Length);
            payload.CopyTo(frame, RunFrames.HeaderBytes);
            return Raw(frame);
        }

        public async Task<(RunFrameKind Kind, string Text)> Next()
        {
            Assert.True(RunFrames.TryReadHeader(await Read(RunFrames.HeaderBytes), out var kind, out var length));
            return (kind, Encoding.UTF8.GetString(await Read(length)));
        }

        /// <summary>What it comes to: the exit, or the whole of a view or problem.</summary>
        public async Task<(RunFrameKind Kind, string Text)> Whole()
        {
            var text = new StringBuilder();
            while (true)
            {
                var (kind, piece) = await Next();
                text.Append(kind is RunFrameKind.View or RunFrameKind.Problem ? piece : "");
                if (kind == RunFrameKind.Exit
                    || (kind is RunFrameKind.View or RunFrameKind.Problem && piece.Length == 0))
                    return (kind, text.ToString());
            }
        }

        public async Task<bool> IsAtEnd()
        {
            using var limit = new CancellationTokenSource(AgentWorld.Patience);
            return await socket.ReceiveAsync(new byte[1], limit.Token) == 0;
        }

        async Task<byte[]> Read(int count)
        {
            using var limit = new CancellationTokenSource(AgentWorld.Patience);
            var bytes = new byte[count];
            for (var filled = 0; filled < count;)
            {
                var some = await socket.ReceiveAsync(bytes.AsMemory(filled), limit.Token);
                Assert.NotEqual(0, some);
                filled += some;
            }
            return bytes;
        }

        public void Dispose() => socket.Dispose();
    }
}
