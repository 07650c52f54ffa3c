using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Writ.EndToEnd.Tests.Cli;
using Writ.Testing;

namespace Writ.EndToEnd.Tests.Samples;

/// <summary>What <c>./build.sh up</c> plays after it has built: the story checks each of its own steps.</summary>
public sealed class StoryTests : IDisposable
{
    static readonly TimeSpan _patience = TimeSpan.FromMinutes(3);
    static readonly string _folder = Path.Combine(SharedData.RepositoryRoot, "samples", "first-command");

    readonly Client _client = new();

    public StoryTests()
    {
        _client.Environment["WRIT_SAMPLE"] = Path.Combine(_client.Folder, "sample");
        _client.Environment["WRIT_LISTEN"] = $"http://127.0.0.1:{FreePort()}";
        _client.Environment.Remove("WRIT_CONFIG");
        _client.Environment.Remove("WRIT_PASSPHRASE_FILE");
    }

    public static TheoryData<string> Tools()
    {
        var tools = new TheoryData<string> { "git" };
        if (File.Exists("/usr/local/bin/terraform") || File.Exists("/usr/bin/terraform"))
            tools.Add("terraform");
        return tools;
    }

    [Theory]
    [MemberData(nameof(Tools))]
    public void The_story_goes_to_its_end_twice_and_leaves_the_daemon_running(string tool)
    {
        _client.Environment["WRIT_SAMPLE_TOOL"] = tool;

        var first = Run("up.sh");

        Assert.True(first.Status == 0, first.Output + first.Errors);
        Assert.Contains("[workflow.no-owner]", first.Output, StringComparison.Ordinal);
        Assert.Contains("[policy.approval]", first.Output, StringComparison.Ordinal);
        Assert.Contains("[approval.self]", first.Output, StringComparison.Ordinal);
        Assert.Contains("is intact", first.Output, StringComparison.Ordinal);
        Assert.Contains("The same verdict.", first.Output, StringComparison.Ordinal);
        Assert.Contains("[ledger.entry-corrupt]", first.Output, StringComparison.Ordinal);
        var daemon = Daemon();
        Assert.True(IsAlive(daemon));

        var second = Run("up.sh");

        Assert.True(second.Status == 0, second.Output + second.Errors);
        Assert.Equal(daemon, Daemon());

        Assert.Equal(0, Run("down.sh").Status);
        Assert.False(IsAlive(daemon));
    }

    [Fact]
    public async Task An_interrupt_on_the_terminal_leaves_nothing_behind()
    {
        _client.Environment["WRIT_SAMPLE_TOOL"] = "git";
        _client.Environment["TERM"] = "xterm";
        // script(1) gives it a terminal; what is typed here arrives there. Whoever runs tests in the background may
        // have them ignore interrupts, which a shell could not undo.
        using var terminal = _client.Start(
            "/usr/bin/env", "--default-signal=INT", "/usr/bin/script", "-qefc", Path.Combine(_folder, "up.sh"),
            Path.Combine(_client.Folder, "typescript"));
        using var patience = new CancellationTokenSource(_patience);
        var shown = new StringBuilder();
        while (!shown.ToString().Contains("Ctrl-C here stops writd.", StringComparison.Ordinal))
        {
            var buffer = new char[4096];
            var count = await terminal.StandardOutput.ReadAsync(buffer, patience.Token);
            Assert.True(count > 0, shown.ToString());
            shown.Append(buffer, 0, count);
        }
        var daemon = Daemon();
        Assert.True(IsAlive(daemon));

        await terminal.StandardInput.WriteAsync("\x03".AsMemory(), patience.Token);
        await terminal.StandardInput.FlushAsync(patience.Token);
        var rest = await terminal.StandardOutput.ReadToEndAsync(patience.Token);
        await terminal.WaitForExitAsync(patience.Token);

        Assert.Contains($"Stopped writd ({daemon}).", rest, StringComparison.Ordinal);
        Assert.Equal(130, terminal.ExitCode);
        Assert.False(IsAlive(daemon));
        Assert.False(File.Exists(PidFile));
    }

    public void Dispose()
    {
        if (File.Exists(PidFile))
            Run("down.sh");
        _client.Dispose();
    }

    string PidFile => Path.Combine(_client.Environment["WRIT_SAMPLE"], "writd.pid");

    int Daemon() => int.Parse(File.ReadAllText(PidFile));

    // The daemon outlives the story and holds nothing of it; its streams end with the script's.
    Ran Run(string script)
    {
        using var process = _client.Start(Path.Combine(_folder, script));
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(_patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{script} did not end within {_patience}");
        }
        return new Ran(process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
    }

    static bool IsAlive(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
