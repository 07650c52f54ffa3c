using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Writ.Hooks;
using Writ.Requests;
using Writ.Runs;
using Writ.Testing;

namespace Writ.EndToEnd.Tests.Hooks;

/// <summary>
/// The published hook binary and the configured line around it, in every way they can fail. Whatever happens, the
/// assistant is told no: deny JSON or nothing on standard output, exit 2, and a sentence.
/// </summary>
public sealed class HookBinaryTests
{
    [Fact]
    public async Task Without_a_daemon_it_denies_at_once()
    {
        using var place = new Place();

        var (ended, took) = await Hook(place, place["none.sock"], Bash(place.Root, "ls"));

        MustDeny(ended, "hook.unreachable");
        Assert.InRange(took, TimeSpan.Zero, HookPatience.Hook);
    }

    [Fact]
    public async Task A_daemon_that_never_answers_is_denied_before_the_assistant_loses_patience()
    {
        using var place = new Place();
        using var server = new Listener(place["a.sock"], _ => Task.Delay(Timeout.Infinite));

        var (ended, took) = await Hook(place, place["a.sock"], Bash(place.Root, "ls"));

        MustDeny(ended, "hook.");
        // It waited as long as it may, and was done before the line around it lost patience.
        Assert.InRange(took, HookPatience.Hook, HookPatience.Line);
    }

    [Fact]
    public async Task A_daemon_that_does_not_even_accept_is_denied_in_time()
    {
        using var place = new Place();
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(place["a.sock"]));
        socket.Listen(0);
        // A full backlog: connecting blocks.
        using var first = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        first.Connect(new UnixDomainSocketEndPoint(place["a.sock"]));

        var (ended, took) = await Hook(place, place["a.sock"], Bash(place.Root, "ls"));

        MustDeny(ended, "hook.");
        Assert.InRange(took, TimeSpan.Zero, HookPatience.Line);
    }

    public static TheoryData<string> BadAnswers =>
    [
        "",
        "garbage\r\n\r\n",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{\"exit\":0,\"stdout\":\"{}\"",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnull",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n{\"exit\":0,\"stdout\":\"{}\",\"stderr\":\"\"}",
        Answer(200, """{"exit":0,"stdout":"{}","stderr":""}"""),
        Answer(200, """{"exit":0,"stdout":"","stderr":""}"""),
        Answer(200, """{"exit":0,"stdout":"log line {\"a\":1,\"writ\":\"end\"}","stderr":""}"""),
        Answer(200, """{"exit":1,"stdout":"{\"a\":1,\"writ\":\"end\"}","stderr":"x"}"""),
        Answer(200, """{"exit":2,"stdout":"{\"a\":1,\"writ\":\"end\"}","stderr":""}"""),
        Answer(200, """{"exit":0,"stdout":"{\"hookSpecificOutput\":{\"permissionDecision\":\"allow\"},\"wri","stderr":""}"""),
        Answer(500, """{"exit":0,"stdout":"{\"a\":1,\"writ\":\"end\"}","stderr":""}"""),
        Answer(302, ""),
        Answer(429, """{"type":"t","title":"t","status":429,"code":"realm.busy","detail":"Busy."}"""),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"exi",
    ];

    [Theory]
    [MemberData(nameof(BadAnswers))]
    public async Task A_bad_answer_is_denied(string answer)
    {
        using var place = new Place();
        using var server = new Listener(place["a.sock"], async stream =>
        {
            var buffer = new byte[64 * 1024];
            _ = await stream.ReadAsync(buffer);
            await stream.WriteAsync(Encoding.UTF8.GetBytes(answer));
        });

        var (ended, _) = await Hook(place, place["a.sock"], Bash(place.Root, "ls"));

        MustDeny(ended, "[");
    }

    [Fact]
    public async Task Everything_malformed_huge_or_unknown_is_denied_by_a_live_daemon_too()
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        using var place = new Place();
        var table = new (byte[] Input, string Code)[]
        {
            ([], "hook.malformed"),
            (Encoding.UTF8.GetBytes("{"), "hook.malformed"),
            (new byte[9 * 1024 * 1024], "hook.too-large"),
            (Encoding.UTF8.GetBytes($$"""{"session_id":"s","cwd":"{{tree}}","hook_event_name":"Novel"}"""), "hook.unknown-event"),
            (Tool(tree, "Novel", "{}"), "hook.unknown-tool"),
            (Tool("/usr", "Bash", """{"command":"ls"}"""), "session.none"),
            (Tool(tree, "Bash", """{"command":"sudo ls"}"""), "policy.blocked"),
        };
        foreach (var (input, code) in table)
        {
            var (ended, _) = await Hook(place, world.Socket, input);
            MustDeny(ended, $"[{code}]");
        }
    }

    [Fact]
    public async Task A_large_but_whole_input_is_judged()
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        using var place = new Place();

        var (ended, _) = await Hook(place, world.Socket, Tool(
            tree, "Write", $$"""{"file_path":"{{tree}}/big.txt","content":"{{new string('x', 7 * 1024 * 1024)}}"}"""));

        Assert.Equal((0, ""), (ended.Exit, ended.Error));
        Assert.Equal("allow", Decision(ended.Out));
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("HUP")]
    public async Task Told_to_end_it_denies_first(string signal)
    {
        using var place = new Place();
        using var asked = new SemaphoreSlim(0);
        using var server = new Listener(place["a.sock"], async stream =>
        {
            _ = await stream.ReadAsync(new byte[1024]);
            asked.Release();
            await Task.Delay(Timeout.Infinite);
        });
        var process = Start(place, AgentWorld.Binary("writ"), ["hook", "claude-code", "--socket", place["a.sock"]]);
        var finishing = WritCommand.Finish(process, Bash(place.Root, "ls"));
        Assert.True(await asked.WaitAsync(AgentWorld.Patience));

        WritCommand.Signal(process, signal);

        MustDeny(await finishing, "hook.terminated");
    }

    [Theory]
    [InlineData("hook")]
    [InlineData("hook novel-client")]
    [InlineData("hook claude-code --url x")]
    public async Task A_wrong_command_line_is_denied(string line)
    {
        using var place = new Place();

        var ended = await WritCommand.Finish(Start(place, AgentWorld.Binary("writ"), line.Split(' ')), Bash("/", "ls"));

        MustDeny(ended, "hook.usage");
    }

    public static TheoryData<string, bool> Impostors => new()
    {
        { "exit 0", false },
        { "printf '%s' '{}'", false },
        { "echo log; printf '%s' '{\"a\":1,\"writ\":\"end\"}'", false },
        { "printf '%s' '{\"hookSpecificOutput\":{\"permissionDecision\":\"allow\"'", false },
        { "printf '%s' '{\"a\":1,\"writ\":\"end\"}'; exit 1", false },
        { "kill -9 $$", false },
        { "sleep 60", false },
        { "printf '%s' '{\"a\":1,\"writ\":\"end\"}'", true },
    };

    [Theory]
    [MemberData(nameof(Impostors))]
    public async Task The_configured_line_accepts_a_whole_answer_and_nothing_else(string script, bool passes)
    {
        using var place = new Place();
        var hook = place["writ"];
        await File.WriteAllTextAsync(hook, $"#!/bin/sh\ncat >/dev/null\n{script}\n");
        Writ.Linux.Files.SetMode(hook, 0x1ED);
        var line = ConfiguredLine(place).Replace(AgentWorld.Binary("writ"), hook, StringComparison.Ordinal);
        Assert.Contains(hook, line, StringComparison.Ordinal);

        var ended = await WritCommand.Finish(Start(place, "/bin/sh", ["-c", line]), Bash("/", "ls"));

        Assert.Equal(passes ? 0 : 2, ended.Exit);
        Assert.Equal(passes, ended.Error.Length == 0);
    }

    [Fact]
    public async Task The_configured_line_denies_without_its_binary()
    {
        using var place = new Place();
        var line = ConfiguredLine(place).Replace(AgentWorld.Binary("writ"), "/no/such/writ", StringComparison.Ordinal);

        var ended = await WritCommand.Finish(Start(place, "/bin/sh", ["-c", line]), Bash("/", "ls"));

        Assert.Equal(2, ended.Exit);
        Assert.Contains("hook.fault", ended.Error, StringComparison.Ordinal);
        Assert.Equal("", ended.Out);
    }

    [Fact]
    public async Task Installing_shows_the_difference_keeps_the_rest_and_a_backup_and_proves_itself()
    {
        await using var world = await AgentWorld.Create();
        using var place = new Place();
        var file = place["settings.json"];
        await File.WriteAllTextAsync(file, """{"model":"x","hooks":{"PreToolUse":[{"matcher":"Read","hooks":[{"type":"command","command":"true"}]}]}}""");

        var dry = await Install(place, world.Socket, "--dry-run");
        Assert.Contains("+++ ", dry.Out, StringComparison.Ordinal);
        Assert.Equal(0, dry.Exit);
        Assert.Single(Directory.GetFiles(place.Root));
        Assert.Equal(1, (await Install(place, world.Socket)).Exit);

        var first = await Install(place, world.Socket, "--yes");
        Assert.Equal(0, first.Exit);
        Assert.Contains("proof: exit 2", first.Out, StringComparison.Ordinal);
        Assert.Contains("[hook.unknown-tool]", first.Out, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(place.Root, "*.before-writ.*"));
        var written = await File.ReadAllTextAsync(file);
        using (var json = JsonDocument.Parse(written))
        {
            Assert.Equal("x", json.RootElement.GetProperty("model").GetString());
            var entries = json.RootElement.GetProperty("hooks").GetProperty("PreToolUse");
            Assert.Equal(["Read", "*"], entries.EnumerateArray().Select(e => e.GetProperty("matcher").GetString()));
            Assert.Equal("block", entries[1].GetProperty("hooks")[0].GetProperty("onFailure").GetString());
        }

        var second = await Install(place, world.Socket, "--yes");
        Assert.Equal(0, second.Exit);
        Assert.Equal(written, await File.ReadAllTextAsync(file));
        Assert.Single(Directory.GetFiles(place.Root, "*.before-writ.*"));
    }

    [Fact]
    public async Task A_managed_placement_holds_for_everybody_and_proves_itself()
    {
        await using var world = await AgentWorld.Create();
        using var place = new Place();
        var file = Path.Combine(place.Root, "etc/claude-code/managed-settings.json");

        var dry = await InstallManaged(place, world.Socket, "--dry-run");
        Assert.Equal(0, dry.Exit);
        Assert.Contains("+++ ", dry.Out, StringComparison.Ordinal);
        Assert.Contains("allowManagedHooksOnly", dry.Out, StringComparison.Ordinal);
        Assert.False(File.Exists(file));
        // Nobody to ask, and nobody who said yes.
        Assert.Equal(1, (await InstallManaged(place, world.Socket)).Exit);
        Assert.False(File.Exists(file));

        var made = await InstallManaged(place, world.Socket, "--yes");
        Assert.True(made.Exit == 0, made.Error);
        Assert.Contains("proof: exit 2", made.Out, StringComparison.Ordinal);
        Assert.Contains("[hook.unknown-tool]", made.Out, StringComparison.Ordinal);
        Assert.Equal((UnixFileMode)0x1A4, File.GetUnixFileMode(file));
        using (var json = JsonDocument.Parse(await File.ReadAllTextAsync(file)))
        {
            Assert.True(json.RootElement.GetProperty("allowManagedHooksOnly").GetBoolean());
            foreach (var happened in (string[])["SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse",
                "PostToolUseFailure"])
            {
                var hook = json.RootElement.GetProperty("hooks").GetProperty(happened)[0].GetProperty("hooks")[0];
                Assert.Equal("block", hook.GetProperty("onFailure").GetString());
                Assert.Equal(HookPatience.Assistant.TotalSeconds, hook.GetProperty("timeout").GetInt32());
                // An inline script, so that a missing program is a no as well.
                Assert.StartsWith("o=$(timeout ", hook.GetProperty("command").GetString(), StringComparison.Ordinal);
            }
        }
        var again = await InstallManaged(place, world.Socket, "--yes");
        Assert.Equal(0, again.Exit);
        Assert.Contains("as it should be already", again.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(file)!, "*.before-writ.*"));
    }

    [Fact]
    public async Task A_managed_placement_that_others_could_change_is_said_to_be_one()
    {
        await using var world = await AgentWorld.Create();
        using var place = new Place();
        Directory.CreateDirectory(Path.Combine(place.Root, "etc/claude-code"));
        Writ.Linux.Files.SetMode(Path.Combine(place.Root, "etc/claude-code"), 0x1FF);
        // A link somebody left where the new text is put together leads nowhere.
        var victim = place["victim"];
        await File.WriteAllTextAsync(victim, "untouched");
        File.CreateSymbolicLink(
            Path.Combine(place.Root, "etc/claude-code/managed-settings.json.writ-new"), victim);

        var made = await InstallManaged(place, world.Socket, "--yes");

        Assert.Equal(0, made.Exit);
        Assert.Contains("claude-code can be changed by others than root", made.Error, StringComparison.Ordinal);
        Assert.Equal("untouched", await File.ReadAllTextAsync(victim));
    }

    [Theory]
    [InlineData("agent install")]
    [InlineData("agent install novel-client")]
    [InlineData("agent install claude-code --user --root /tmp")]
    [InlineData("agent install claude-code --root relative")]
    [InlineData("agent install claude-code --socket relative")]
    [InlineData("agent install claude-code --novel")]
    public async Task An_order_to_install_that_is_not_understood_changes_nothing(string line)
    {
        using var place = new Place();
        var ended = await WritCommand.Finish(WritCommand.Start(
            AgentWorld.Binary("writ"), line.Split(' '), place.Root, ("CLAUDE_CONFIG_DIR", place.Root)));
        Assert.Equal((2, ""), (ended.Exit, ended.Out));
        Assert.Contains("usage: writ agent install", ended.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(place.Root));
    }

    [Fact]
    public async Task Settings_that_cannot_be_read_are_left_alone()
    {
        using var place = new Place();
        await File.WriteAllTextAsync(place["settings.json"], "{ broken");

        var ended = await Install(place, place["none.sock"], "--yes");

        Assert.Equal(1, ended.Exit);
        Assert.Equal("{ broken", await File.ReadAllTextAsync(place["settings.json"]));
    }

    static Task<Ended> Install(Place place, string socket, params string[] options) => WritCommand.Finish(
        WritCommand.Start(
        AgentWorld.Binary("writ"), ["agent", "install", "claude-code", "--user", "--socket", socket, .. options],
            place.Root,
        ("CLAUDE_CONFIG_DIR", place.Root)));

    static Task<Ended> InstallManaged(Place place, string socket, params string[] options) => WritCommand.Finish(
        WritCommand.Start(
            AgentWorld.Binary("writ"),
            ["agent", "install", "claude-code", "--managed", "--root", place.Root, "--socket", socket, .. options],
            place.Root));

    /// <summary>The line as the installer writes it, for a socket that nobody serves.</summary>
    static string ConfiguredLine(Place place)
    {
        var start = WritCommand.Start(
            AgentWorld.Binary("writ"), ["agent", "install", "claude-code", "--user", "--yes", "--socket",
                "/no/such.sock"],
            place.Root, ("CLAUDE_CONFIG_DIR", place["config"]));
        WritCommand.Finish(start).GetAwaiter().GetResult();
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(place["config"], "settings.json")));
        return json.RootElement.GetProperty("hooks").GetProperty("PreToolUse")[0].GetProperty("hooks")[0]
            .GetProperty("command").GetString()!;
    }

    static async Task<(Ended Ended, TimeSpan Took)> Hook(Place place, string socket, byte[] input)
    {
        var clock = Stopwatch.StartNew();
        var ended = await WritCommand.Finish(
            Start(place, AgentWorld.Binary("writ"), ["hook", "claude-code", "--socket", socket]), input);
        return (ended, clock.Elapsed);
    }

    static Process Start(Place place, string program, IEnumerable<string> arguments) =>
        WritCommand.Start(program, arguments, place.Root, ("HOME", place.Root));

    static void MustDeny(Ended ended, string code)
    {
        Assert.Equal(2, ended.Exit);
        Assert.Contains(code, ended.Error, StringComparison.Ordinal);
        Assert.EndsWith(HookReplies.Mark, ended.Out.TrimEnd('\n'), StringComparison.Ordinal);
        Assert.NotEqual("allow", Decision(ended.Out));
    }

    static string? Decision(string answer)
    {
        using var json = JsonDocument.Parse(answer);
        return json.RootElement.TryGetProperty("hookSpecificOutput", out var output)
            ? output.GetProperty("permissionDecision").GetString()
            : null;
    }

    static byte[] Bash(string cwd, string command) => Tool(cwd, "Bash", $$"""{"command":"{{command}}"}""");

    static byte[] Tool(string cwd, string tool, string input) => Encoding.UTF8.GetBytes(
        $$"""{"session_id":"s1","cwd":"{{cwd}}","prompt_id":"p1","hook_event_name":"PreToolUse","tool_name":"{{tool}}","tool_input":{{input}},"tool_use_id":"t1"}""");

    static string Answer(int status, string body) =>
        $"HTTP/1.1 {status} X\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}";

    /// <summary>A folder for one test.</summary>
    sealed class Place : IDisposable
    {
        public string Root { get; } = Directory.CreateTempSubdirectory("writ-hook-").FullName;

        public string this[string name] => Path.Combine(Root, name);

        public void Dispose() => Directory.Delete(Root, recursive: true);
    }

    /// <summary>A server on a Unix socket that does one thing to everybody, then hangs up.</summary>
    sealed class Listener : IDisposable
    {
        readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

        /// <summary>
        /// Held, because nothing else holds a task that waits for ever: once collected, its connection would be closed,
        /// and a daemon that never answers would hang up after a moment.
        /// </summary>
        readonly Task _serving;

        public Listener(string path, Func<NetworkStream, Task> serve)
        {
            _socket.Bind(new UnixDomainSocketEndPoint(path));
            _socket.Listen(16);
            _serving = Serve(serve);
        }

        public void Dispose()
        {
            _socket.Dispose();
            GC.KeepAlive(_serving);
        }

        async Task Serve(Func<NetworkStream, Task> serve)
        {
            try
            {
                while (true)
                {
                    var accepted = await _socket.AcceptAsync();
                    await using var stream = new NetworkStream(accepted, ownsSocket: true);
                    await serve(stream);
                }
            }
            catch (Exception fault) when (fault is SocketException or ObjectDisposedException or IOException)
            {
                // The test is over, or the client did not wait for everything.
            }
        }
    }
}
