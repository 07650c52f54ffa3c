using System.Diagnostics;
using Writ.Testing;

namespace Writ.EndToEnd.Tests.Cli;

/// <summary>The real daemon with a realm of its own in the client's folder; it ends with the test.</summary>
sealed class OwnRealm : IDisposable
{
    static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    readonly Task<string> _output;
    readonly Task<string> _errors;

    OwnRealm(Client client, Process daemon)
    {
        (Client, Daemon) = (client, daemon);
        // Both pipes are emptied, or a talkative daemon would stand still.
        _output = daemon.StandardOutput.ReadToEndAsync();
        _errors = daemon.StandardError.ReadToEndAsync();
    }

    public Client Client { get; }

    public Process Daemon { get; }

    /// <summary>Creates a realm whose founder is alice and starts its daemon; returns once it answers.</summary>
    /// <param name="url">Where people are listened to; else loopback without TLS.</param>
    /// <param name="options">Further options of the daemon.</param>
    public static OwnRealm Start(Client client, string? url = null, params string[] options)
    {
        url ??= $"http://127.0.0.1:{FakeControlPlane.FreePort()}";
        client.Environment["WRIT_URL"] = client.Environment["WRIT_LISTEN"] = url;
        client.Environment["WRIT_DATA"] = Path.Combine(client.Folder, "data");
        client.Environment["WRIT_SOCKET"] = Path.Combine(client.Folder, "agent.sock");
        var made = client.Writ(
            "init", "--name", "Test", "--origin", "writ.test/cli", "--founder", "alice", "--founder-name", "Alice",
            "--json");
        Assert.Equal((0, ""), (made.Status, made.Errors));
        client.Write("founder.json", made.Output);
        var realm = new OwnRealm(client, client.Start(Writd(), ["serve", .. options]));
        try
        {
            var since = Stopwatch.StartNew();
            while (client.Writ("realm") is { Status: not 0 } ran)
                Assert.False(realm.Daemon.HasExited || since.Elapsed > _patience, $"writd does not answer: {ran}");
        }
        catch
        {
            realm.Dispose();
            throw;
        }
        return realm;
    }

    public static string Writd()
    {
        var path = Path.Combine(Client.Binaries, "writd");
        if (!File.Exists(path))
            SharedData.Unavailable("out/writd is not built; run: ./build.sh build");
        return path;
    }

    /// <summary>Ends the daemon by a signal such as TERM; what it said, and its exit status.</summary>
    public Ran End(string signal)
    {
        WritCommand.Signal(Daemon, signal);
        Assert.True(Daemon.WaitForExit(_patience), $"writd did not end by {signal}");
        return new Ran(Daemon.ExitCode, _output.GetAwaiter().GetResult(), _errors.GetAwaiter().GetResult());
    }

    public void Dispose()
    {
        if (!Daemon.HasExited)
            Daemon.Kill(entireProcessTree: true);
        Daemon.WaitForExit();
        Daemon.Dispose();
    }
}
