using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Writ.Requests;
using Writ.Runs;
using Writ.Runs.Recordings;
using Writ.Server.Agents;
using Writ.Server.Storage;
using Writ.Sessions;
using Writ.Testing;
using Writ.Wire;
using Writ.Workflows;

namespace Writ.Server.Tests.Agents;

/// <summary>From a request to a run and back, through the real client, SQLite and sandbox.</summary>
public sealed class RunTests
{
    const int Pending = 4;

    [Fact]
    public async Task A_command_that_policy_permits_runs_at_once_and_behaves_like_itself()
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();

        var ended = await WritCommand.Run(world, tree, "--", "echo", "hello");

        Assert.Equal(new Ended(0, "hello\n", ""), ended);
        var outcome = world.Outcomes().Single();
        Assert.Equal((RunEnd.Exited, 0, 6L), (outcome.End, outcome.ExitCode, outcome.StdoutBytes));
        Assert.Equal(Tier.T2, outcome.Containment!.Tier);
        var recording = Recording(world, outcome);
        Assert.Equal(("echo hello", "hello\r\n"), (recording.Title, recording.AllText()));

        Assert.Equal(1, (await WritCommand.Run(world, tree, "false")).Exit);
        Assert.Equal(2, (await WritCommand.Run(world, tree, "ls", "/no/such/thing")).Exit);
    }

    [Fact]
    public async Task What_a_run_printed_is_kept_with_its_moments_and_without_secrets_for_people_to_play()
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        await File.WriteAllTextAsync(Path.Combine(tree, "notes.txt"),
            "token ghp_0123456789abcdefghijABCDEFGHIJ012345\n", TestContext.Current.CancellationToken);

        var ended = await WritCommand.Run(
            world, tree, "--", "bash", "-c", "echo first; sleep 0.4; cat notes.txt; ls /nowhere");

        Assert.Contains("ghp_", ended.Out, StringComparison.Ordinal);
        var recording = Recording(world, world.Outcomes().Single());
        Assert.DoesNotContain("ghp_", recording.AllText(), StringComparison.Ordinal);
        Assert.Contains("token [masked]\r\n", recording.AllText(), StringComparison.Ordinal);
        Assert.Contains("/nowhere", recording.AllText(), StringComparison.Ordinal);
        Assert.InRange(recording.Pieces.First(p => p.Text.Contains("token", StringComparison.Ordinal)).AtMs
            - recording.Pieces[0].AtMs, 300, 20_000);
    }

    static Recording Recording(AgentWorld world, RunOutcome outcome) => Asciicast.TryRead(
        world.App.Services.GetRequiredService<BlobStore>().TryGet(outcome.OutputDigest!)!.Content)!;

    [Fact]
    public async Task Standard_input_reaches_the_command_and_its_end_does_too()
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        var process = WritCommand.StartRun(world, tree, "--", "cat");
        var input = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 20_000).Select(n => $"{n}\n")));

        var ended = await WritCommand.Finish(process, input);

        Assert.Equal((0, Encoding.ASCII.GetString(input), ""), (ended.Exit, ended.Out, ended.Error));
    }

    [Fact]
    public async Task A_gated_command_waits_and_runs_once_after_approval_and_never_again()
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();

        var asked = await WritCommand.Run(world, tree, "--", "bash", "-c",
            AgentWorld.Unclear + "echo made >> made.txt; exit 7");
        Assert.Equal(Pending, asked.Exit);
        var id = world.State.OpenSession(session)!.Requests.Keys.Single();
        Assert.Contains(id.Value, asked.Error, StringComparison.Ordinal);
        Assert.Contains("team sre", asked.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(tree, "made.txt")));

        Assert.Equal(Pending, (await WritCommand.Run(world, tree, "--request", id.Value)).Exit);
        await world.Approve(id);
        Assert.Equal(7, (await WritCommand.Run(world, tree, "--request", id.Value)).Exit);
        var again = await WritCommand.Run(world, tree, "--request", id.Value);

        Assert.Equal(5, again.Exit);
        Assert.Contains("run.exited", again.Error, StringComparison.Ordinal);
        Assert.Equal("made\n", await File.ReadAllTextAsync(Path.Combine(tree, "made.txt")));
        Assert.Single(world.Happened<RunEvent.WritConsumed>());
    }

    [Fact]
    public async Task Waiting_for_approval_ends_with_the_run_or_with_the_refusal()
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();

        var waits = WritCommand.Run(world, tree, "--wait=50", "--", "bash", "-c",
            AgentWorld.Unclear + "echo approved");
        await world.ApproveNext(session);
        Assert.Equal((0, "approved\n"), ((await waits).Exit, (await waits).Out));

        var refused = WritCommand.Run(world, tree, "--wait=50", "--", "bash", "-c",
            AgentWorld.Unclear + "echo never");
        await world.Until(() => world.Waiting(session).Any());
        await world.Approve(world.Waiting(session).Single(), approves: false);
        Assert.Equal(5, (await refused).Exit);
        Assert.Contains("approval.refused", (await refused).Error, StringComparison.Ordinal);
        Assert.DoesNotContain("never\n", (await refused).Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--wait=0")]
    [InlineData("--wait=1")]
    public async Task Waiting_for_approval_ends_with_its_time_and_the_request_still_waits(string wait)
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();

        var ended = await WritCommand.Run(world, tree, wait, "--", "bash", "-c", AgentWorld.Unclear + "echo later");
        Assert.Equal((4, ""), (ended.Exit, ended.Out));
        Assert.Contains("next: after approval", ended.Error, StringComparison.Ordinal);

        var id = world.Waiting(session).Single();
        ended = await WritCommand.Run(world, tree, "--request", id.Value, wait);
        Assert.Equal(4, ended.Exit);
        Assert.Equal(id, world.Waiting(session).Single());
        await world.Approve(id);
        ended = await WritCommand.Run(world, tree, "--request", id.Value);
        Assert.Equal((0, "later\n"), (ended.Exit, ended.Out));
    }

    [Theory]
    [InlineData("sudo", "privilege", 3)]
    [InlineData("no-such-program-anywhere", "not found", 127)]
    public async Task A_blocked_or_unknown_command_says_why_and_runs_nothing(string program, string why, int exit)
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();

        var ended = await WritCommand.Run(world, tree, "--", program, "true");

        Assert.Equal(exit, ended.Exit);
        Assert.Contains(why, ended.Error, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(world.Happened<RunEvent.WritIssued>());
    }

    [Fact]
    public async Task Nothing_of_the_callers_environment_reaches_the_command()
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        var process = WritCommand.Start(
            AgentWorld.Binary("writ"), ["run", "--wait=50", "--", "env"], tree, ("WRIT_SOCKET", world.Socket),
            ("AWS_SECRET_ACCESS_KEY", "canary"), ("LD_PRELOAD", ""), ("TERM", "xterm"), ("SSH_AUTH_SOCK", "/tmp/x"));
        var finished = WritCommand.Finish(process);
        await world.ApproveNext(session);

        var ended = await finished;

        var names = ended.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('=')[0]).Order()
            .ToArray();
        Assert.Equal(
            ["CHECKPOINT_DISABLE", "GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_0", "GIT_CONFIG_KEY_1", "GIT_CONFIG_KEY_2",
                "GIT_CONFIG_VALUE_0", "GIT_CONFIG_VALUE_1", "GIT_CONFIG_VALUE_2", "GIT_PAGER", "GIT_TERMINAL_PROMPT",
                    "HOME",
                "LANG", "PAGER", "PATH", "TF_IN_AUTOMATION", "TMPDIR", "USER"], names);
        Assert.Contains("PATH=/usr/local/bin:/usr/bin:/bin\n", ended.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_executable_that_changed_after_approval_voids_it()
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        var script = Path.Combine(tree, "tool");
        await File.WriteAllTextAsync(script, "#!/bin/sh\necho first\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.Equal(Pending, (await WritCommand.Run(world, tree, "--", "./tool")).Exit);
        var id = world.Waiting(session).Single();
        await world.Approve(id);
        await File.WriteAllTextAsync(script, "#!/bin/sh\necho other\n");

        var ended = await WritCommand.Run(world, tree, "--request", id.Value);

        Assert.Equal(5, ended.Exit);
        Assert.Contains("approval.stale", ended.Error, StringComparison.Ordinal);
        Assert.Empty(world.Happened<RunEvent.WritConsumed>());
    }

    [Fact]
    public async Task A_working_directory_that_became_a_link_after_approval_voids_it()
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        var inside = Directory.CreateDirectory(Path.Combine(tree, "inside")).FullName;
        Directory.CreateDirectory(Path.Combine(tree, "other"));
        Assert.Equal(Pending, (await WritCommand.Run(world, inside, "--", "bash", "-c",
            AgentWorld.Unclear + "pwd")).Exit);
        var id = world.Waiting(session).Single();
        await world.Approve(id);
        Directory.Delete(inside);
        File.CreateSymbolicLink(inside, "other");

        var ended = await WritCommand.Run(world, tree, "--request", id.Value);

        Assert.Equal(5, ended.Exit);
        Assert.Contains("approval.stale", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Outside_of_every_work_tree_there_is_no_session_and_a_link_does_not_make_one()
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        File.CreateSymbolicLink(Path.Combine(tree, "out"), "/usr");

        foreach (var directory in (string[])["/usr", Path.Combine(tree, "out")])
        {
            var ended = await WritCommand.Run(world, directory, "--", "echo", "x");
            Assert.Equal(3, ended.Exit);
            Assert.Contains("session.none", ended.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_deepest_work_tree_wins_and_two_equally_deep_ones_need_a_name()
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        var deep = Directory.CreateDirectory(Path.Combine(tree, "a/b")).FullName;
        var (inner, _) = await world.OpenSession(tree: Path.Combine(tree, "a"));
        await WritCommand.Run(world, deep, "--", "true");
        Assert.Single(world.State.OpenSession(inner)!.Requests);

        var (second, _) = await world.OpenSession(tree: Path.Combine(tree, "a"));
        var ended = await WritCommand.Run(world, deep, "--", "true");
        Assert.Contains("session.ambiguous", ended.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await WritCommand.Run(world, deep, "--session", second.Value, "--", "true")).Exit);
        Assert.Single(world.State.OpenSession(second)!.Requests);
    }

    [Fact]
    public async Task When_the_client_is_gone_the_run_is_killed_and_recorded()
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        var process = WritCommand.StartRun(world, tree, "--", "sleep", "600");
        await world.Until(() => world.App.Services.GetRequiredService<RunRegistry>().Count == 1
            && world.Happened<RunEvent.WritConsumed>().Any());

        process.Kill();
        await world.Until(() => world.Outcomes().Any());

        Assert.Equal(RunEnd.Killed, world.Outcomes().Single().End);
        process.Dispose();
    }

    [Fact]
    public async Task The_end_of_a_session_kills_its_runs_at_once()
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        var running = WritCommand.Run(world, tree, "--", "sleep", "600");
        await world.Until(() => world.Happened<RunEvent.WritConsumed>().Any());

        await world.Close(session);
        var ended = await running;

        Assert.Equal(137, ended.Exit);
        Assert.Contains("run.killed", ended.Error, StringComparison.Ordinal);
        Assert.Equal(RunEnd.Killed, world.Outcomes().Single().End);
        Assert.Empty(world.State.Leftover);
    }

    [Fact]
    public async Task A_kill_answers_when_nothing_of_the_run_is_left()
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        await File.WriteAllTextAsync(
            Path.Combine(tree, "ready.txt"), "ready\n", TestContext.Current.CancellationToken);
        using var running = WritCommand.StartRun(world, tree, "--", "tail", "-f", "ready.txt");
        Assert.Equal("ready", await running.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        var run = world.Ledger().Select(e => e.Data.Move).OfType<RunMove.Consume>().Single().Run;

        var steps = await world.App.Services.GetRequiredService<RunRegistry>().KillAsync([run,
            new RunId("run-of-nobody")]);

        Assert.Equal([run, new RunId("run-of-nobody")], steps.Select(s => s.Run));
        Assert.Equal((null, null, null), (steps[1].FrozenMs, steps[1].Processes, steps[1].Evidence));
        Assert.InRange(steps[0].FrozenMs!.Value, 0, steps[0].DurationMs);
        var evidence = Encoding.UTF8.GetString(
            world.App.Services.GetRequiredService<BlobStore>().TryGet(steps[0].Evidence!)!.Content);
        Assert.Contains("\"argv\":[\"tail\",\"-f\",\"ready.txt\"]", evidence, StringComparison.Ordinal);
        Assert.Contains($"\"cwd\":\"{tree}\"", evidence, StringComparison.Ordinal);
        Assert.Equal(steps[0].Processes, evidence.Count(c => c == '\n'));
        await world.Until(() => world.Outcomes().Any());
        Assert.Equal(steps[0].Evidence, world.Outcomes().Single().Evidence);
        await running.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(137, running.ExitCode);
    }

    [Fact]
    public async Task What_stands_ready_for_a_session_serves_its_next_command_and_goes_with_it()
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        var runner = world.App.Services.GetRequiredService<Writ.Server.Running.Runner>();

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(new Ended(0, $"{i}\n", ""), await WritCommand.Run(world, tree, "--", "echo", $"{i}"));
            await world.Until(() => runner.SpareCount == 1);
        }
        Assert.Single(world.Outcomes().Select(o => o.Containment!.ToString()).Distinct());

        await world.Close(session);
        await world.Until(() => runner.SpareCount == 0);
    }

    [Fact]
    public async Task The_next_sandbox_stands_while_a_command_runs_and_goes_with_the_session()
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        var runner = world.App.Services.GetRequiredService<Writ.Server.Running.Runner>();

        using var running = WritCommand.StartRun(world, tree, "--", "sleep", "600");
        await world.Until(() => runner.SpareCount == 1);
        Assert.Equal(new Ended(0, "beside\n", ""), await WritCommand.Run(world, tree, "--", "echo", "beside"));
        Assert.False(running.HasExited);

        await world.Close(session);
        await world.Until(() => runner.SpareCount == 0);
        running.Kill();
        await running.WaitForExitAsync();
    }

    [Fact]
    public async Task Too_much_output_ends_the_run_and_only_its_beginning_is_kept()
    {
        await using var world = await AgentWorld.Create(builder => builder.Services.AddSingleton(
            new AgentLimits { OutputBytesMax = 100_000, KeptOutputMax = 1_000 }));
        var (_, tree) = await world.OpenSession();

        var ended = await WritCommand.Run(world, tree, "--", "seq", "1", "10000000");

        Assert.Contains("run.output-limit", ended.Error, StringComparison.Ordinal);
        var outcome = world.Outcomes().Single();
        Assert.Equal(RunEnd.OutputLimit, outcome.End);
        var recording = Recording(world, outcome);
        Assert.True(recording.IsTruncated);
        Assert.StartsWith("1\r\n2\r\n", recording.AllText(), StringComparison.Ordinal);
        Assert.InRange(recording.AllText().Length, 1_000, 1_500);
    }

    [Fact]
    public async Task One_request_asked_for_by_many_at_once_runs_once()
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        await WritCommand.Run(world, tree, "--", "bash", "-c",
            AgentWorld.Unclear + "echo once >> once.txt");
        var id = world.Waiting(session).Single();
        await world.Approve(id);

        var all = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => WritCommand.Run(world, tree, "--request",
            id.Value)));

        Assert.Equal(1, all.Count(e => e.Exit == 0));
        Assert.Equal("once\n", await File.ReadAllTextAsync(Path.Combine(tree, "once.txt")));
        Assert.Single(world.Happened<RunEvent.WritConsumed>());
    }

    [Fact]
    public async Task Without_the_containment_that_is_demanded_nothing_runs()
    {
        await using var world = await AgentWorld.Create(tierMin: Tier.T3);
        var (_, tree) = await world.OpenSession();

        var ended = await WritCommand.Run(world, tree, "--", "touch", "made.txt");

        Assert.Equal(3, ended.Exit);
        Assert.Contains("[run.", ended.Error, StringComparison.Ordinal);
        Assert.Contains(world.Ledger(), e => e.Data is { Move: RunMove.Consume, Refusal: not null });
        Assert.False(File.Exists(Path.Combine(tree, "made.txt")));
    }

    [Fact]
    public async Task Agents_are_answered_on_the_socket_only()
    {
        await using var world = await AgentWorld.Create();
        using var http = new HttpClient
        {
            BaseAddress = new Uri(world.App.Urls.Single(u => u.StartsWith("http://127",
            StringComparison.Ordinal)))
        };

        foreach (var path in (string[])["/v1/agent/health", "/v1/agent/session?cwd=/tmp", "/v1/agent/requests/req-1"])
            Assert.Equal(HttpStatusCode.Forbidden, (await http.GetAsync(path)).StatusCode);
        using var agent = world.Client();
        Assert.Equal(HttpStatusCode.OK, (await agent.GetAsync("/v1/agent/health")).StatusCode);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("""{"cwd":"relative","argv":["true"]}""")]
    [InlineData("""{"cwd":"/","argv":["true"],"line":"true"}""")]
    [InlineData("""{"cwd":"/","argv":["true"],"environment":{"LD_PRELOAD":"x"}}""")]
    [InlineData("""{"cwd":"/","argv":[null]}""")]
    public async Task What_is_not_a_request_is_refused(string body)
    {
        await using var world = await AgentWorld.Create();
        using var agent = world.Client();

        var answer = await agent.PostAsync("/v1/agent/requests", new StringContent(body));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("request.malformed", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_answers_the_same_again_and_never_another_command()
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        using var agent = world.Client();
        async Task<string> Ask(string argv) => await (await agent.PostAsync("/v1/agent/requests", new StringContent(
            $$"""{"cwd":"{{tree}}","argv":{{argv}},"idempotencyKey":"k1"}"""))).Content.ReadAsStringAsync();

        var first = System.Text.Json.JsonSerializer.Deserialize(await Ask("""["true"]"""), ApiJson.Default.RequestView)!;
        var again = System.Text.Json.JsonSerializer.Deserialize(await Ask("""["true"]"""), ApiJson.Default.RequestView)!;

        Assert.Equal(first.Request.Id, again.Request.Id);
        Assert.Contains("request.key-reused", await Ask("""["false"]"""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_frame_that_no_client_sends_ends_the_run()
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        using var agent = world.Client();
        await agent.PostAsync("/v1/agent/requests", new StringContent($$"""{"cwd":"{{tree}}","argv":["sleep","600"]}"""));
        var id = world.State.OpenSession(session)!.Requests.Keys.Single();
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(world.Socket));
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"POST /v1/agent/requests/{id}/run HTTP/1.1\r\nHost: writ\r\nConnection: Upgrade\r\nUpgrade: "
                + $"writ-run\r\nContent-Length: 0\r\n\r\n"));
        await world.Until(() => world.Happened<RunEvent.WritConsumed>().Any());

        await socket.SendAsync(new byte[] { (byte)RunFrameKind.Stdin, 0x7f, 0xff, 0xff, 0xff });
        await world.Until(() => world.Outcomes().Any());

        Assert.Equal(RunEnd.Killed, world.Outcomes().Single().End);
    }
}
