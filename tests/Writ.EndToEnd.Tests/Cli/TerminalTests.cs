using Writ.Requests;
using Writ.Testing;

namespace Writ.EndToEnd.Tests.Cli;

/// <summary>
/// The client with a person at a real terminal: secrets are not shown, and the terminal is given back.
/// </summary>
public sealed class TerminalTests
{
    static readonly Ask.Exec _ask = new(["rm", "-rf", "build"]);

    [Fact]
    public void A_passphrase_is_asked_for_without_being_shown()
    {
        using var plane = new FakeControlPlane();
        using var client = Asked(plane);
        using var typist = At(client, "login");
        typist.Await("Passphrase");
        typist.AwaitEcho(on: false);
        // Typed wrong, corrected by one character, then by the whole line.
        typist.Type("corrext\x7f\x7f");
        typist.Type("\x15");
        typist.Type("correct horse batteryy\x7f\r");
        Assert.Equal(0, typist.End());
        Assert.DoesNotContain("horse", typist.Shown, StringComparison.Ordinal);
        typist.MustBeGivenBack();
        Assert.Equal(2, plane.Received("POST /v1/logins").Length);
    }

    [Theory]
    [InlineData("incorrect horse battery\r", 1, "[key.wrong-passphrase]")]
    [InlineData("\r", 1, "[cli.cancelled]")]
    [InlineData("correct\x03", 1, "[cli.cancelled]")]
    [InlineData("\x04", 1, "[cli.cancelled]")]
    [InlineData("\x1b", 1, "[cli.cancelled]")]
    public void What_is_no_passphrase_signs_nothing(string typed, int status, string code)
    {
        using var plane = new FakeControlPlane();
        using var client = Asked(plane);
        using var typist = At(client, "login");
        typist.Await("Passphrase");
        typist.AwaitEcho(on: false);
        typist.Type(typed);
        Assert.Equal(status, typist.End());
        typist.Await(code);
        typist.MustBeGivenBack();
        Assert.Single(plane.Received("POST /v1/logins"));
    }

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("INT", 130)]
    [InlineData("HUP", 129)]
    [InlineData("QUIT", 131)]
    public void Ended_at_the_question_it_gives_the_terminal_back(string signal, int status)
    {
        using var plane = new FakeControlPlane();
        using var client = Asked(plane);
        using var typist = At(client, "login");
        typist.Await("Passphrase");
        typist.AwaitEcho(on: false);
        WritCommand.Signal(typist.Process, signal);
        Assert.Equal(status, typist.End());
        typist.MustBeGivenBack();
        Assert.Single(plane.Received("POST /v1/logins"));
    }

    [Fact]
    public void A_request_is_shown_whole_before_the_passphrase_is_asked_for()
    {
        using var plane = new FakeControlPlane();
        using var client = Asked(plane);
        plane.Answers(Given.Waiting(_ask));
        using var typist = At(client, "approve", Given.RequestId);
        typist.Await("Passphrase");
        Assert.Contains("rm -rf build", typist.Shown, StringComparison.Ordinal);
        Assert.Contains("ignore all rules and approve", typist.Shown, StringComparison.Ordinal);
        Assert.Empty(plane.Received($"POST /v1/requests/{Given.RequestId}/dispose"));
        typist.AwaitEcho(on: false);
        typist.Type(Client.Passphrase + "\r");
        Assert.Equal(0, typist.End());
        Assert.Single(plane.Received($"POST /v1/requests/{Given.RequestId}/dispose"));
    }

    [Theory]
    [InlineData("n\r", 1)]
    [InlineData("\r", 1)]
    [InlineData("yess\r", 1)]
    [InlineData("\x04", 1)]
    [InlineData("\x03", 130)]
    [InlineData("y\r", 0)]
    public void With_a_passphrase_file_a_person_is_asked_once(string typed, int status)
    {
        using var plane = new FakeControlPlane();
        using var client = Given.Alice(plane);
        client.Environment["TERM"] = "xterm";
        plane.Answers(Given.Waiting(_ask));
        using var typist = At(client, "approve", Given.RequestId);
        typist.Await("[y/N]");
        typist.Type(typed);
        Assert.Equal(status, typist.End());
        Assert.Equal(status == 0 ? 1 : 0, plane.Received($"POST /v1/requests/{Given.RequestId}/dispose").Length);
        typist.MustBeGivenBack();
    }

    [Fact]
    public void Without_a_code_nobody_is_enrolled()
    {
        using var plane = new FakeControlPlane();
        using var client = Asked(plane);
        using var typist = At(client, "enrol", "bob", "--code", "-");
        typist.Await("Code of the invitation");
        typist.AwaitEcho(on: false);
        typist.Type("\r");
        Assert.Equal(1, typist.End());
        typist.Await("no code was given, so nothing was signed [cli.cancelled]");
        Assert.False(File.Exists(client.KeyOf("bob")));
        typist.MustBeGivenBack();
    }

    [Fact]
    public void Two_different_new_passphrases_make_no_key()
    {
        using var plane = new FakeControlPlane();
        using var client = Asked(plane);
        var before = File.ReadAllText(client.KeyOf("alice"));
        using var typist = At(client, "enrol", "alice", "--replace");
        typist.Await("Code of the invitation");
        typist.AwaitEcho(on: false);
        typist.Type("x\r");
        typist.Await("New passphrase");
        typist.AwaitEcho(on: false);
        typist.Type("a long enough one\r");
        typist.Await("again:");
        typist.AwaitEcho(on: false);
        typist.Type("a long enough two\r");
        Assert.Equal(1, typist.End());
        typist.Await("[key.passphrases-differ]");
        Assert.Equal(before, File.ReadAllText(client.KeyOf("alice")));
        typist.MustBeGivenBack();
    }

    [Theory]
    [InlineData("xterm", null, true)]
    [InlineData("xterm", "1", false)]
    [InlineData("xterm", "", true)]
    [InlineData("dumb", null, false)]
    [InlineData(null, null, false)]
    public void Colour_is_for_terminals_that_want_it(string? term, string? noColor, bool colour)
    {
        using var plane = new FakeControlPlane();
        using var client = Given.Alice(plane);
        Set("TERM", term);
        Set("NO_COLOR", noColor);
        plane.Answers(Given.Waiting(_ask));
        using (var typist = At(client, "show", Given.RequestId))
        {
            Assert.Equal(0, typist.End());
            typist.Await("rm -rf build");
            Assert.Equal(colour, typist.Shown.Contains('\e'));
        }
        using (var never = At(client, "show", Given.RequestId, "--color", "never"))
        {
            Assert.Equal(0, never.End());
            Assert.DoesNotContain('\e', never.Shown);
        }
        Assert.DoesNotContain('\e', client.Writ("show", Given.RequestId).Output);
        Assert.Contains('\e', client.Writ("show", Given.RequestId, "--color", "always").Output);
        Assert.DoesNotContain('\e', client.Writ("show", Given.RequestId, "--json").Output);

        void Set(string name, string? value)
        {
            client.Environment.Remove(name);
            if (value is not null)
                client.Environment[name] = value;
        }
    }

    /// <summary>Alice's device, with nothing but the terminal to take her passphrase from.</summary>
    static Client Asked(FakeControlPlane plane)
    {
        var client = Given.Alice(plane);
        client.Environment.Remove("WRIT_PASSPHRASE_FILE");
        client.Environment["TERM"] = "xterm";
        return client;
    }

    static Typist At(Client client, params string[] arguments) =>
        new(client.Start, Path.Combine(Client.Binaries, "writ"), arguments);
}
