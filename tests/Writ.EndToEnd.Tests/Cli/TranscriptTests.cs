using System.Diagnostics;
using Writ.Testing;

namespace Writ.EndToEnd.Tests.Cli;

/// <summary>The scenarios, played with the real programs.</summary>
public sealed class TranscriptTests
{
    static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("alone.txt")]
    [InlineData("cedar.txt")]
    [InlineData("completion.txt")]
    [InlineData("policy-alone.txt")]
    public void What_needs_no_control_plane_goes_as_written(string scenario)
    {
        using var client = new Client();
        Samples(client);
        Transcript.Play(scenario, client);
    }

    [Theory]
    [InlineData("realm.txt")]
    [InlineData("policy.txt")]
    public void A_realm_of_its_own_goes_as_written(string scenario)
    {
        using var client = new Client();
        if (!File.Exists(Path.Combine(Client.Binaries, "writd")))
            SharedData.Unavailable("out/writd is not built; run: ./build.sh build");
        var url = $"http://127.0.0.1:{FakeControlPlane.FreePort()}";
        client.Environment["WRIT_URL"] = client.Environment["WRIT_LISTEN"] = url;
        client.Environment["WRIT_DATA"] = Path.Combine(client.Folder, "data");
        client.Environment["WRIT_SOCKET"] = Path.Combine(client.Folder, "agent.sock");
        Samples(client);
        var made = client.Writ(
            "init", "--name", "Test", "--origin", "writ.test/cli", "--founder", "alice", "--founder-name", "Alice",
            "--json");
        Assert.Equal((0, ""), (made.Status, made.Errors));
        client.Write("founder.json", made.Output);
        using var daemon = client.Start(Path.Combine(Client.Binaries, "writd"));
        // Both pipes are emptied, or a talkative daemon would stand still.
        _ = daemon.StandardOutput.ReadToEndAsync();
        var log = daemon.StandardError.ReadToEndAsync();
        try
        {
            var since = Stopwatch.StartNew();
            while (client.Writ("realm").Status != 0)
                Assert.False(daemon.HasExited || since.Elapsed > _patience, "writd does not answer");
            Transcript.Play(scenario, client);
        }
        finally
        {
            daemon.Kill(entireProcessTree: true);
            daemon.WaitForExit();
        }
        Assert.NotNull(log);
    }

    static void Samples(Client client)
    {
        client.Environment["SAMPLE"] = Path.Combine(SharedData.RepositoryRoot, "samples", "first-command");
        client.Environment["POLICIES"] = Path.Combine(SharedData.RepositoryRoot, "policies");
    }
}
