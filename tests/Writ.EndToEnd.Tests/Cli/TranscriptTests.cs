using Writ.Testing;

namespace Writ.EndToEnd.Tests.Cli;

/// <summary>The scenarios, played with the real programs.</summary>
public sealed class TranscriptTests
{
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

    [Fact]
    public void Completion_works_in_zsh_and_fish()
    {
        if (!File.Exists("/usr/bin/zsh") || !File.Exists("/usr/bin/fish"))
            SharedData.Unavailable("zsh and fish are not installed");
        using var client = new Client();
        Transcript.Play("completion-zsh-fish.txt", client);
    }

    [Theory]
    [InlineData("realm.txt")]
    [InlineData("policy.txt")]
    [InlineData("bad-input.txt")]
    [InlineData("changes.txt")]
    [InlineData("held.txt")]
    [InlineData("assistant.txt")]
    public void A_realm_of_its_own_goes_as_written(string scenario)
    {
        using var client = new Client();
        Samples(client);
        using var realm = OwnRealm.Start(client);
        Transcript.Play(scenario, client);
    }

    static void Samples(Client client)
    {
        client.Environment["SAMPLE"] = Path.Combine(SharedData.RepositoryRoot, "samples", "first-command");
        client.Environment["POLICIES"] = Path.Combine(SharedData.RepositoryRoot, "policies");
    }
}
