namespace Writ.EndToEnd.Tests.Cli;

/// <summary>The command is two programs, and nobody has to know.</summary>
public sealed class TwoProgramsTests
{
    [Fact]
    public void Through_a_link_and_with_odd_words_the_other_program_is_found_and_given_what_was_said()
    {
        using var client = new Client();
        var link = client.At("w");
        File.CreateSymbolicLink(link, Path.Combine(Client.Binaries, "writ"));
        var ran = client.Run(link, "version", "--json");
        Assert.Equal((0, ""), (ran.Status, ran.Errors));
        var odd = client.Run(link, "sho w\n\u00e9");
        Assert.Equal(2, odd.Status);
        Assert.Contains("sho w\\u{a}\u00e9", odd.Errors, StringComparison.Ordinal);
        Assert.Equal(2, client.Run(link, "").Status);
    }

    [Fact]
    public void Without_the_other_program_hooks_still_deny_and_all_else_says_what_is_missing()
    {
        using var client = new Client();
        var alone = client.At("writ");
        File.Copy(Path.Combine(Client.Binaries, "writ"), alone);
        var inbox = client.Run(alone, "inbox");
        Assert.Equal((126, ""), (inbox.Status, inbox.Output));
        Assert.Contains($"{alone}-cli", inbox.Errors, StringComparison.Ordinal);
        Assert.Contains("[cli.incomplete]", inbox.Errors, StringComparison.Ordinal);
        Assert.Equal(0, client.Run(alone, "run", "--help").Status);
        Assert.Equal(2, client.Run(alone, "hook", "claude-code", "--socket", client.At("none.sock")).Status);
    }
}
