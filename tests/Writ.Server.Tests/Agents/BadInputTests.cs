using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Writ.Requests;
using Writ.Runs;
using Writ.Server.Tests.PeoplePath;
using Writ.Sessions;
using Writ.Shell;
using Writ.Testing;
using Writ.Wire;
using Writ.Workflows;

namespace Writ.Server.Tests.Agents;

/// <summary>
/// What agents send that nobody should: each has its refusal, and the next request is answered as ever.
/// </summary>
public sealed class BadInputTests
{
    public static TheoryData<string, string, HttpStatusCode> Hostile => new()
    {
        { """["echo","a\u0000b"]""", "request.nul", HttpStatusCode.BadRequest },
        { """["echo","\ud800"]""", "request.malformed", HttpStatusCode.BadRequest },
        { "[]", "request.empty", HttpStatusCode.BadRequest },
        { """[""]""", "request.empty", HttpStatusCode.BadRequest },
        { $"""["echo","{new string('x', 10 * 1024 * 1024)}"]""", "request.too-large", HttpStatusCode.RequestEntityTooLarge },
        { $"""["echo",{string.Join(',', Enumerable.Repeat("\"x\"", 2_000))}]""", "request.too-large", HttpStatusCode.RequestEntityTooLarge },
        { $"""["echo","{new string('x', 30_000)}"]""", "request.too-large", HttpStatusCode.RequestEntityTooLarge },
        // What does not even fit an entry of the ledger is told from what is only too long for a command.
        { $"""["echo","{new string('x', 200_000)}"]""", "realm.entry-too-large", HttpStatusCode.RequestEntityTooLarge },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task A_command_that_no_program_could_be_given_is_refused_and_nothing_is_lost(
        string argv, string code, HttpStatusCode status)
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        using var agent = world.Client();
        // Who may be refused because of a length alone asks before sending.
        agent.DefaultRequestHeaders.ExpectContinue = true;

        var answer = await agent.PostAsync(
            "/v1/agent/requests", new StringContent($$"""{"cwd":"{{tree}}","argv":{{argv}}}"""));
        var problem = JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(), ApiJson.Default.Problem)!;

        Assert.Equal((status, code), (answer.StatusCode, problem.Code));
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.True(problem.Detail.Length < 500, "a refusal does not repeat what was sent");
        Assert.NotEmpty(problem.Next!);
        await MustStillWork(world, tree);
    }

    [Fact]
    public async Task Too_long_a_command_line_is_said_to_be_too_long_by_the_client()
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        var words = Enumerable.Repeat(new string('x', 100_000), 10);

        var ended = await WritCommand.Run(world, tree, ["--", "echo", .. words]);

        Assert.Equal((2, ""), (ended.Exit, ended.Out));
        Assert.Contains("[request.too-large]", ended.Error, StringComparison.Ordinal);
        Assert.True(ended.Error.Length < 1_000, ended.Error);
        await MustStillWork(world, tree);
    }

    [Theory]
    [InlineData("echo \u202Efdp.exe", "\\u{202e}fdp.exe")]
    [InlineData("echo a\u200Bb", "a\\u{200b}b")]
    [InlineData("echo a\u001b[2Kb", "a\\u{1b}[2Kb")]
    public async Task What_hides_in_a_command_is_shown_wherever_the_command_is(string line, string shown)
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();

        var asked = await WritCommand.Run(world, tree, ["--", "novel-program", .. line.Split(' ')]);

        Assert.DoesNotContain(line.Split(' ')[1], asked.Error, StringComparison.Ordinal);
        var request = (RequestMove.Submit)world.Ledger().Last(e => e.Data.Move is RequestMove.Submit).Data.Move;
        // The bytes are kept as they are, because they are what would run; what people read is another matter.
        Assert.Equal(line.Split(' ')[1], ((Ask.Exec)request.Request.Ask).Argv[^1]);
        var facts = RequestFacts.Of(request.Request, world.State.OpenSession(session)!.Terms);
        Assert.Contains(shown, VisibleText.Of(facts.Line), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clients_that_leave_while_they_wait_leave_the_request_where_it_was()
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        var late = await WritCommand.Run(world, tree, "--", "bash", "-c", AgentWorld.Unclear + "echo after all");
        Assert.Equal(4, late.Exit);
        var id = world.State.OpenSession(session)!.Requests.Keys.Single();
        for (var i = 0; i < 20; i++)
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(world.Socket));
            await socket.SendAsync(Encoding.ASCII.GetBytes(
                $"GET /v1/agent/requests/{id}/wait HTTP/1.1\r\nHost: writ\r\n\r\n"));
            // It is being waited for, as the answer's beginning says.
            Assert.True(await socket.ReceiveAsync(new byte[64]) > 0);
        }
        var killed = WritCommand.StartRun(world, tree, "--request", id.Value, "--wait=50");
        Assert.Contains(
            "waits for approval", await killed.StandardError.ReadLineAsync().WaitAsync(AgentWorld.Patience));
        killed.Kill();
        await killed.WaitForExitAsync();
        killed.Dispose();

        await world.Approve(id);
        var ended = await WritCommand.Run(world, tree, "--request", id.Value);
        Assert.Equal((0, "after all\n"), (ended.Exit, ended.Out));
    }

    [Fact]
    public async Task A_session_that_has_expired_runs_nothing_approved_or_not()
    {
        var clock = new MovableClock();
        await using var world = await AgentWorld.Create(time: clock);
        var (session, tree) = await world.OpenSession(new Bounds(10, 100, 100, 100, 3, 0));
        var waits = await WritCommand.Run(world, tree, "--", "bash", "-c", AgentWorld.Unclear + "echo x > made.txt");
        Assert.Equal(4, waits.Exit);
        var id = world.State.OpenSession(session)!.Requests.Keys.Single();
        await world.Approve(id);

        clock.Advance(TimeSpan.FromMinutes(10));

        var approved = await WritCommand.Run(world, tree, "--request", id.Value);
        var fresh = await WritCommand.Run(world, tree, "--", "true");
        Assert.InRange(approved.Exit, 1, 5);
        Assert.Equal(3, fresh.Exit);
        Assert.Contains("[session.", fresh.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(tree, "made.txt")));
        Assert.Empty(world.Happened<RunEvent.WritConsumed>());
        await world.Until(() => world.State.Sessions[session] is SessionState.Ended { Code: "session.expired" });
    }

    static async Task MustStillWork(AgentWorld world, string tree) =>
        Assert.Equal(new Ended(0, "on\n", ""), await WritCommand.Run(world, tree, "--", "echo", "on"));
}
